"""CSV records that need no careful reading: no quotation marks, and every line as wide as the first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from mande.survey.grid import SPACES
from mande.survey.readers.contract import TOP, Body, Line

_BLOCK = 1 << 17


class Records(Protocol):
    """Records of a CSV file, however they are found."""

    def top(self) -> tuple[Line, ...]:
        """Return the first records with a filled cell."""

    def take(self, header_row: int, width: int) -> Body:
        """Return the records below the header."""


def count_bytes(data: bytes, test: Callable[[NDArray[np.uint8]], NDArray[np.bool_]]) -> int:
    """Return how many bytes pass a test; they are looked at in blocks that fit the processor's cache."""
    codes = np.frombuffer(data, np.uint8)
    blocks = (codes[start : start + _BLOCK] for start in range(0, len(codes), _BLOCK))
    return sum(int(np.count_nonzero(test(block))) for block in blocks)


def read_text(data: bytes, separator: str, width: int, *, skip_lines: int = 0) -> pl.DataFrame | None:
    """Return records without a header as text, or None where Polars refuses them."""
    try:
        return pl.read_csv(
            data,
            has_header=False,
            skip_lines=skip_lines,
            schema={f"c{i}": pl.String for i in range(width)},
            separator=separator,
            quote_char='"',
            empty_string_is_null=False,
            missing_columns="raise",
            extra_columns="raise",
        )
    except pl.exceptions.PolarsError:
        return None


@dataclass(frozen=True)
class PlainRecords:
    """Records without quotation marks that all have the same width: one look at the bytes shows it.

    `width` times the lines is the number of separators in the file, and Polars refuses a line that has
    more than its share; so none can have fewer.
    """

    separator: str
    data: bytes
    scan: Callable[[], Records]
    n_lines: int
    width: int

    @classmethod
    def of(cls, data: bytes, separator: str, scan: Callable[[], Records]) -> PlainRecords | None:
        """Return the records, or None where they are not so plain."""
        mark = separator.encode()
        if len(mark) != 1 or not data or b'"' in data:
            return None
        n_lines = count_bytes(data, lambda codes: codes == 0x0A) + (not data.endswith(b"\n"))
        end = data.find(b"\n")
        in_first = data.count(mark, 0, end if end >= 0 else len(data))
        if not in_first or count_bytes(data, lambda codes: codes == mark[0]) != in_first * n_lines:
            return None
        # Polars passes over what a last line without a line end has too many of.
        if data.count(mark, data.rfind(b"\n") + 1) != in_first and not data.endswith(b"\n"):
            return None
        return cls(separator, data, scan, n_lines, in_first + 1)

    def top(self) -> tuple[Line, ...]:
        """Return the first records with a filled cell."""
        lines: list[Line] = []
        start = 0
        for row in range(1, self.n_lines + 1):
            end = self.data.find(b"\n", start)
            text = self.data[start : end if end >= 0 else None].decode()
            line = tuple(text.split(self.separator))
            start = end + 1
            if any(cell.strip(SPACES) for cell in line):
                lines.append((row, line))
                if len(lines) == TOP:
                    break
        return tuple(lines)

    def take(self, header_row: int, width: int) -> Body:
        """Return the records below the header."""
        count = self.n_lines - header_row
        cells = None
        if width == self.width and count > 0:
            cells = read_text(self.data, self.separator, width, skip_lines=header_row)
        if cells is None or cells.height != count:
            return self.scan().take(header_row, width)
        rows = pl.Series("row", np.arange(header_row + 1, self.n_lines + 1), dtype=pl.Int64)
        return Body(cells=cells, rows=rows)
