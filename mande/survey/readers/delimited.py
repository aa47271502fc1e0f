"""CSV and TSV files as records of text, numbered as Excel numbers them.

Polars reads the regular part of a file, which is nearly always all of it, after a scan of the bytes
has shown where each record ends. It fills short rows and would shift long ones without a word, so
rows that do not fit the header are found by that scan, and read one by one.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from types import MappingProxyType

import numpy as np
import polars as pl

from mande.errors import Ask, MandeError, Option, Problem, Text
from mande.survey.grid import SPACES, count_known, file_problem, note
from mande.survey.read_codes import C_DELIM, C_DELIM2, C_QUOTE
from mande.survey.readers.contract import TOP, Body, Line, Reading, Sheet, question, used
from mande.survey.readers.encoding import Decoded, decode, encoding_question
from mande.survey.readers.plain import PlainRecords, Records, count_bytes, read_text

_DECLARABLE = (",", ";", "\t", "|")
_NAMES = {
    ",": Text("commas", "des virgules", "comas"),
    ";": Text("semicolons", "des points-virgules", "puntos y comas"),
    "\t": Text("tabs", "des tabulations", "tabuladores"),
}
_WORDS = {"comma": ",", "semicolon": ";", "tab": "\t"}
_Bytes = np.ndarray[tuple[int], np.dtype[np.uint8]]
_Ints = np.ndarray[tuple[int], np.dtype[np.int64]]
_Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]
_QUOTE = '"'
_NEWLINE = "\n"
_SAMPLE = 30
_START = 4000  # where UTF-16 shows itself
SPOILED = "\u00c3\u00c2\u00c5\u00e2\ufffd"
"""Letters with which text begins that was converted twice, and the sign of a lost one."""
_CONTROL = bytes(code for code in range(32) if code not in (9, 10, 13))


@dataclass(frozen=True)
class CsvText:
    """A CSV file as text, with line ends made alike and a `sep=` line taken off.

    Plain letters may stay bytes: they are decoded when somebody asks for the text.
    """

    content: str | bytes
    separator: str
    first_line: int

    @cached_property
    def text(self) -> str:
        """The file as text."""
        return self.content if isinstance(self.content, str) else self.content.decode("ascii")


def read(data: bytes, reading: Reading, *, name: str = "") -> list[Sheet]:
    """Return the one sheet of a CSV file.

    Parameters
    ----------
    data
        The file.
    reading
        What is known of it.
    name
        Of the sheet, where the file is a member of an archive.

    Raises
    ------
    MandeError
        C-DELIM2 (a question), C-QUOTE, F-CORRUPT.
    """
    if _is_plain(data):
        separator, told = _find_separator(_head(data).decode("ascii"), reading)
        return [_sheet(CsvText(data, separator, 1), data, Decoded(""), told, reading, name)]
    decoded = decode(data, reading)
    text = decoded.text
    if "\r" in text:
        text = text.replace("\r\n", _NEWLINE).replace("\r", _NEWLINE)
    if text[:4].lower() == "sep=" and text[4:5] in _DECLARABLE and text[5:6] in (_NEWLINE, ""):
        return [_sheet(CsvText(text[6:], text[4], 2), data, decoded, [], reading, name)]
    separator, told = _find_separator(text, reading)
    return [_sheet(CsvText(text, separator, 1), data, decoded, told, reading, name)]


def _is_plain(data: bytes) -> bool:
    """Return whether the bytes are plain letters, one each, with line ends as here, and no `sep=` line."""
    is_ascii = data.isascii() and not data.startswith(b"\0") and b"\0" not in data[:_START]
    return is_ascii and data[:4].lower() != b"sep=" and b"\r" not in data


def _head(data: bytes) -> bytes:
    """Return the first lines, and one byte more where the file goes on."""
    end = -1
    for _ in range(_SAMPLE):
        end = data.find(b"\n", end + 1)
        if end < 0:
            return data
    return data[: end + 1]


def _sheet(
    source: CsvText, data: bytes, decoded: Decoded, told: Sequence[Problem], reading: Reading, name: str
) -> Sheet:
    """Return the sheet of a file whose letters and separator are known."""
    notes = [*decoded.notes, *told]
    if source.separator != ",":
        notes.append(note(C_DELIM, reading.place(sheet=name), found=separator_name(source.separator)))
    records = open_records(
        source, file=reading.file, data=data if isinstance(source.content, bytes) else None
    )
    top = records.top()
    if decoded.unclear:
        notes.append(_ask_letters(decoded, source, top, reading))
    is_plain = isinstance(source.content, bytes)
    return Sheet(
        name=name,
        format="csv",
        top=top,
        take=records.take,
        may_hold_control=_may_hold_control(data),
        may_be_garbled=not is_plain and any(mark in source.text for mark in SPOILED),
        notes=tuple(notes),
    )


def _may_hold_control(data: bytes) -> bool:
    """Return whether there are more characters below the space than tabs and line ends."""
    n_more = count_bytes(data, lambda codes: (codes < 0x20) & (codes != 0x0A))
    if not n_more or n_more == data.count(b"\r") + data.count(b"\t"):
        return False
    return len(data.translate(None, _CONTROL)) != len(data)


def separator_name(separator: str) -> Text:
    """Return the name of a separator in three languages."""
    return _NAMES.get(separator, Text(f"'{separator}'"))


def _find_separator(text: str, reading: Reading) -> tuple[str, list[Problem]]:
    """Return the separator under which the first records agree best with the header."""
    # A quoted line break may cut the last record of the sample: it is left out.
    end = -1
    for _ in range(_SAMPLE):
        end = text.find(_NEWLINE, end + 1)
        if end < 0:
            break
    head = text if end < 0 else text[:end]
    scores = {mark: _agreement(head, mark, is_cut=end >= 0) for mark in _NAMES}
    best = max(scores.values())
    fitting = [mark for mark, score in scores.items() if score == best]
    known = {mark: _known(head, mark, reading) for mark in _NAMES}
    most = max(known.values())
    if most >= 2:  # the titles are known under one separator: nothing is left to guess
        recognised = [mark for mark, count in known.items() if count == most]
        fitting = recognised if len(recognised) == 1 else fitting
    elif best[1] == 1:
        return ",", []
    if len(fitting) == 1:
        return fitting[0], []
    options = tuple(Option(word, _NAMES[mark]) for word, mark in _WORDS.items() if mark in fitting)
    ask = Ask(table=reading.table, options=options)
    given = reading.answer(C_DELIM2, ask)
    if given is not None:
        return _WORDS[given], [used(C_DELIM2, given, reading.place())]
    names = Text(*(" / ".join(_NAMES[mark].in_(lang) for mark in fitting) for lang in ("en", "fr", "es")))
    raise MandeError([question(C_DELIM2, reading.place(), ask, found=names)])


def _known(head: str, separator: str, reading: Reading) -> int:
    """Return how many known titles stand in one of the first records."""
    try:
        records = list(_reader(head, separator))
    except csv.Error:
        return 0
    return max((count_known(record, reading.titles) for record in records), default=0)


def _agreement(head: str, separator: str, *, is_cut: bool) -> tuple[float, int]:
    """Return the share of records as wide as the header, and that width."""
    try:
        records = [record for record in _reader(head, separator) if record]
    except csv.Error:
        return (0.0, 1)
    if is_cut and len(records) > 2:
        records.pop()
    width = len(records[0]) if records else 1
    if width == 1:
        return (0.0, 1)
    return (sum(len(record) == width for record in records) / len(records), width)


def _reader(text: str, separator: str) -> Iterable[list[str]]:
    return csv.reader(io.StringIO(text, newline=_NEWLINE), delimiter=separator)


def _ask_letters(decoded: Decoded, source: CsvText, top: Sequence[Line], reading: Reading) -> Problem:
    """Return the question how the letters are written, shown by cells that may be shown."""
    first = decoded.unclear[0]
    titles: tuple[str, ...] = max(
        (line for _, line in top), key=lambda line: sum(map(reading.is_open, line)), default=()
    )
    words: list[bytes] = []
    for line in decoded.unclear[:1000]:
        cells = line.rstrip(b"\r").split(source.separator.encode())
        if len(cells) == len(titles):
            shown = (cell.strip(b' "') for cell, t in zip(cells, titles, strict=True) if reading.is_open(t))
            words += [cell[:40] for cell in shown if not cell.isascii()]
    row = 1 + source.text[: _find_line(source.text, first)].count(_NEWLINE)
    return encoding_question(decoded.unclear, words, row, reading)


def _find_line(text: str, line: bytes) -> int:
    """Return where the line begins, told by its plain letters up to the first unclear one."""
    ascii_part = line.rstrip(b"\r")
    start = next((at for at, byte in enumerate(ascii_part) if byte >= 0x80), len(ascii_part))
    return max(text.find(ascii_part[:start].decode("ascii")), 0)


def open_records(source: CsvText, *, file: str, data: bytes | None = None) -> Records:
    """Return the records of a file.

    Raises
    ------
    MandeError
        C-QUOTE when a quotation mark is never closed.
    """
    data = source.text.encode() if data is None else data
    scan = partial(_open_scanned, source, file, data)
    return PlainRecords.of(data, source.separator, scan) or scan()


def _open_scanned(source: CsvText, file: str, data: bytes) -> Records:
    starts, widths = _scan(data, source.separator.encode())
    if starts is None:
        return CarefulRecords.of(source, file)
    return ScannedRecords(source, file, data, np.append(starts, len(data)), widths)


@dataclass(frozen=True)
class ScannedRecords:
    """Records whose bounds a scan of the bytes has found; Polars reads them."""

    source: CsvText
    file: str
    data: bytes
    bounds: _Ints
    widths: _Ints

    def _parse(self, index: int) -> tuple[str, ...]:
        record = self.data[self.bounds[index] : self.bounds[index + 1]].decode()
        return tuple(next(iter(_reader(record, self.source.separator))))

    def top(self) -> tuple[Line, ...]:
        """Return the first records with a filled cell."""
        lines: list[Line] = []
        for index in np.flatnonzero(self.widths).tolist():
            line = self._parse(index)
            if any(cell.strip(SPACES) for cell in line):
                lines.append((index + 1, line))
                if len(lines) == TOP:
                    break
        return tuple(lines)

    def take(self, header_row: int, width: int) -> Body:
        """Return the records below the header, those of another width than the header apart."""
        widths = self.widths.copy()
        widths[:header_row] = -1
        regular = widths == width
        cells = _read_regular(self.data, self.bounds, regular, self.source.separator, width)
        if cells is None:
            return CarefulRecords.of(self.source, self.file).take(header_row, width)
        misfit = np.flatnonzero((widths > 0) & ~regular).tolist()
        return Body(
            cells=cells,
            rows=pl.Series("row", np.flatnonzero(regular) + 1, dtype=pl.Int64),
            misfits=MappingProxyType({index + 1: self._parse(index) for index in misfit}),
            blank=tuple((np.flatnonzero(widths == 0) + 1).tolist()),
            lines=MappingProxyType({index + 1: self._line(index) for index in misfit}),
        )

    def _line(self, index: int) -> int:
        return self.data.count(b"\n", 0, int(self.bounds[index])) + self.source.first_line


def _scan(data: bytes, separator: bytes) -> tuple[_Ints, _Ints] | tuple[None, _Ints]:
    """Return where records start and how many cells each has (0 for an empty line).

    The first is None when a quotation mark stands inside an unquoted cell or is never closed: then
    only a reading from cell to cell tells what is meant.
    """
    none = np.empty(0, np.int64)
    codes = np.frombuffer(data, np.uint8)
    is_end, is_mark = codes == 0x0A, codes == separator[0]
    quotes = np.flatnonzero(codes == 0x22)
    if len(separator) != 1 or len(quotes) % 2:
        return None, none
    if len(quotes):
        if not _is_well_quoted(codes, quotes, is_end | is_mark):
            return None, none
        inside = np.zeros(len(codes), np.int8)
        inside[quotes[0::2]], inside[quotes[1::2]] = 1, -1
        outside = np.cumsum(inside, dtype=np.int8) == 0
        is_end, is_mark = is_end & outside, is_mark & outside
    borders = np.flatnonzero(is_end | is_mark)
    at = np.flatnonzero(codes[borders] == 0x0A)
    ends = borders[at]
    starts = np.concatenate(([0], ends + 1))
    # A record has as many cells as it has borders, its line end included.
    widths = np.diff(np.concatenate(([-1], at)))
    if starts[-1] == len(codes):
        starts = starts[:-1]
    else:
        last = len(borders) - 1 - (at[-1] if len(at) else -1)
        ends, widths = np.append(ends, len(codes)), np.append(widths, last + 1)
    widths[ends == starts] = 0
    return starts, widths


def _is_well_quoted(codes: _Bytes, quotes: _Ints, is_border: _Flags) -> bool:
    """Return whether every quoted cell is quoted as a whole; a doubled mark inside it is fine."""
    opening, closing = quotes[0::2], quotes[1::2]
    before = np.where(opening > 0, opening - 1, 0)
    after = np.minimum(closing + 1, len(codes) - 1)
    doubled_open = np.zeros(len(opening), bool)
    doubled_open[1:] = opening[1:] == closing[:-1] + 1
    doubled_close = np.append(doubled_open[1:], False)
    opens_cell = doubled_open | (opening == 0) | is_border[before]
    closes_cell = doubled_close | (closing == len(codes) - 1) | is_border[after]
    return bool(opens_cell.all() and closes_cell.all())


def _read_regular(
    data: bytes,
    bounds: _Ints,
    regular: _Flags,
    separator: str,
    width: int,
) -> pl.DataFrame | None:
    """Return the records marked in `regular`, or None when Polars sees other records than the scan."""
    count = int(regular.sum())
    if not count:
        return pl.DataFrame(schema={f"c{i}": pl.String for i in range(width)})
    edges = np.flatnonzero(np.diff(np.concatenate(([0], regular.astype(np.int8), [0]))))
    runs = [data[bounds[low] : bounds[high]] for low, high in zip(edges[0::2], edges[1::2], strict=True)]
    cells = read_text(b"".join(runs), separator, width)
    return cells if cells is not None and cells.height == count else None


@dataclass(frozen=True)
class CarefulRecords:
    """Records read cell by cell, as Excel does: a mark inside an unquoted cell is a plain character."""

    records: list[list[str]]
    first_lines: list[int]

    @classmethod
    def of(cls, source: CsvText, file: str) -> CarefulRecords:
        """Read all records.

        Raises
        ------
        MandeError
            C-QUOTE when a quotation mark is never closed.
        """
        reader = csv.reader(io.StringIO(source.text, newline=_NEWLINE), delimiter=source.separator)
        records: list[list[str]] = []
        starts: list[int] = []
        line = 0
        try:
            for record in reader:
                records.append(record)
                starts.append(line)
                line = reader.line_num
        except csv.Error:
            raise MandeError([_open_quote(file, reader.line_num, source, "")]) from None
        if records and records[-1] and not _ends_whole(source, starts[-1]):
            raise MandeError([_open_quote(file, line, source, records[-1][-1])])
        return cls(records, [start + source.first_line for start in starts])

    def top(self) -> tuple[Line, ...]:
        """Return the first records with a filled cell."""
        filled = (
            (index + 1, tuple(record))
            for index, record in enumerate(self.records)
            if any(cell.strip(SPACES) for cell in record)
        )
        return tuple(line for line, _ in zip(filled, range(TOP), strict=False))

    def take(self, header_row: int, width: int) -> Body:
        """Return the records below the header, those of another width than the header apart."""
        below = list(enumerate(self.records, start=1))[header_row:]
        regular = [(row, record) for row, record in below if len(record) == width]
        misfits = {row: tuple(record) for row, record in below if record and len(record) != width}
        columns = (
            zip(*(record for _, record in regular), strict=True) if regular else ([] for _ in range(width))
        )
        return Body(
            cells=pl.DataFrame(
                {f"c{i}": pl.Series(list(column), dtype=pl.String) for i, column in enumerate(columns)}
            ),
            rows=pl.Series("row", [row for row, _ in regular], dtype=pl.Int64),
            misfits=MappingProxyType(misfits),
            blank=tuple(row for row, record in below if not record),
            lines=MappingProxyType({row: self.first_lines[row - 1] for row in misfits}),
        )


def _ends_whole(source: CsvText, start: int) -> bool:
    """Return whether the last record, which begins after line `start`, closes its quotation marks."""
    last = _NEWLINE.join(source.text.split(_NEWLINE)[start:])
    # With one more cell behind it, a record with an open quotation mark swallows that cell.
    probe = last.rstrip(_NEWLINE) + source.separator + "end"
    before = list(_reader(last, source.separator))
    after = list(_reader(probe, source.separator))
    return len(after[-1]) == len(before[-1]) + 1


def _open_quote(file: str, line: int, source: CsvText, last_cell: str) -> Problem:
    opened = line - last_cell.rstrip(_NEWLINE).count(_NEWLINE)
    shown = max(opened, 1) + source.first_line - 1
    return file_problem(C_QUOTE, file, row=None, line=shown)
