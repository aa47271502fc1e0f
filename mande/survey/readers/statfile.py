"""What Stata and SPSS files have in common: typed columns with labels and kinds of missing values."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import polars as pl
import pyreadstat

from mande.errors import Text
from mande.survey.readers.archive import corrupt
from mande.survey.readers.workbook import MAX_CELLS, cell_text, check_extent, number_texts

FAULTS = (
    pyreadstat.ReadstatError,
    pyreadstat.PyreadstatError,
    ValueError,
    OverflowError,
    MemoryError,
    TypeError,  # of a name or label that is not text: damaged files reach the library's own code
    LookupError,
    AttributeError,
)
_UNREADABLE = Text(
    "what stands in it is no whole Stata or SPSS file",
    "son contenu n'est pas un fichier Stata ou SPSS entier",
    "su contenido no es un archivo Stata o SPSS completo",
)
Load = Callable[..., tuple[dict[str, list[Any]], Any]]


def load(
    read: Load, data: bytes, file: str, *, encoding: str | None = None
) -> tuple[dict[str, list[Any]], Any]:
    """Return the columns of a file and what it says about them; dates stay numbers.

    Raises
    ------
    MandeError
        F-CORRUPT, F-HUGE.
    """
    try:
        _, about = read(io.BytesIO(data), metadataonly=True, encoding=encoding)
        width = max(about.number_columns or 0, 1)
        check_extent(about.number_rows or 0, width, "", file)
        most = MAX_CELLS // width + 1  # a file need not say how many rows it has
        columns, about = read(
            io.BytesIO(data),
            user_missing=True,
            disable_datetime_conversion=True,
            output_format="dict",
            encoding=encoding,
            row_limit=most,
        )
        check_extent(max(map(len, columns.values()), default=0), width, "", file)
        if not all(isinstance(name, str) for name in columns):
            raise ValueError("a variable without a name")
        return columns, about
    except FAULTS as error:
        raise corrupt(file, _UNREADABLE, error) from None


def texts(values: Sequence[Any], *, is_single: bool = False) -> pl.Series:
    """Return a column as text: numbers as a person would type them, an absent value as empty text.

    `is_single` numbers were stored with seven digits: 0.1 is not 0.100000001490116.
    """
    kinds = {value.__class__ for value in values} - {type(None)}
    if not kinds <= {int, float}:
        return pl.Series(["" if value is None else cell_text(value) for value in values], dtype=pl.String)
    numbers = pl.Series(values, dtype=pl.Float64, strict=False)
    if is_single:
        numbers = numbers.cast(pl.Float32).cast(pl.String).cast(pl.Float64)
    return number_texts(numbers).fill_null("")


def label_texts(labels: Mapping[Any, str]) -> dict[str, str]:
    """Return labels by the text of their code."""
    return {cell_text(code): label for code, label in labels.items()}


def day_texts(days: pl.Series, epoch: str) -> pl.Series:
    """Return days counted from `epoch` as ISO dates; a number that is no day stays a number."""
    return _time_texts(days, epoch, per_day=1.0, pattern="%Y-%m-%d")


def moment_texts(seconds: pl.Series, epoch: str) -> pl.Series:
    """Return seconds counted from `epoch` as ISO dates with their time, where they have one."""
    shown = _time_texts(seconds, epoch, per_day=86_400.0, pattern="%Y-%m-%d %H:%M:%S")
    return shown.str.strip_suffix(" 00:00:00")


def _time_texts(numbers: pl.Series, epoch: str, *, per_day: float, pattern: str) -> pl.Series:
    start = pl.lit(epoch).str.to_datetime("%Y-%m-%d")
    is_time = (numbers.abs() < 1e6 * per_day).fill_null(value=False)
    frame = pl.DataFrame({"n": numbers.cast(pl.Float64), "is_time": is_time})
    moment = start + pl.duration(seconds=pl.col("n").mul(86_400.0 / per_day).round().cast(pl.Int64))
    shown = frame.select(pl.when("is_time").then("n").alias("n")).select(moment.dt.to_string(pattern))
    return shown.to_series().zip_with(is_time, number_texts(frame["n"])).fill_null("")
