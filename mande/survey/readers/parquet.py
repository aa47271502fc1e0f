"""Parquet files, as analysts' programs write them."""

from __future__ import annotations

import io

import polars as pl

from mande.errors import MandeError, Problem, Text
from mande.survey.grid import file_problem
from mande.survey.read_codes import F_HUGE, F_NESTED
from mande.survey.readers.archive import corrupt
from mande.survey.readers.contract import Reading, Sheet, one_sheet, warning
from mande.survey.readers.panic import no_panic
from mande.survey.readers.workbook import number_texts

_UNREADABLE = Text(
    "what stands in it is no whole Parquet file",
    "son contenu n'est pas un fichier Parquet entier",
    "su contenido no es un archivo Parquet completo",
)
_MAX_CELLS = 100_000_000


def read(data: bytes, reading: Reading) -> list[Sheet]:
    """Return the one table of a Parquet file; columns of nested values are left out with a warning.

    Raises
    ------
    MandeError
        F-CORRUPT, F-HUGE.
    """
    try:
        with no_panic():
            lazy = pl.scan_parquet(io.BytesIO(data))
            schema = lazy.collect_schema()
            n_rows = int(lazy.select(pl.len()).collect().item())
            if n_rows * max(len(schema), 1) > _MAX_CELLS:
                found = f"{n_rows:,} x {len(schema):,}"
                expected = Text(f"{_MAX_CELLS:,} cells", f"{_MAX_CELLS:,} cellules", f"{_MAX_CELLS:,} celdas")
                raise MandeError([file_problem(F_HUGE, reading.file, found=found, expected=expected)])
            frame = lazy.collect()
            columns = {series.name: text for series in frame if (text := _text(series)) is not None}
    except (pl.exceptions.PolarsError, ValueError, OSError, OverflowError, MemoryError) as error:
        raise corrupt(reading.file, _UNREADABLE, error) from None
    nested: list[Problem] = [
        warning(F_NESTED, reading.place(column=name)) for name in frame.columns if name not in columns
    ]
    return one_sheet(columns, format="parquet", notes=nested)


def _text(series: pl.Series) -> pl.Series | None:
    """Return a column as text, or None for values no cell can hold."""
    kind = series.dtype
    if kind.is_float():
        exact = series.cast(pl.String).cast(pl.Float64) if kind == pl.Float32 else series
        return number_texts(exact).fill_null("")
    if isinstance(kind, pl.Datetime):
        return series.dt.to_string("%Y-%m-%d %H:%M:%S").str.strip_suffix(" 00:00:00").fill_null("")
    if isinstance(kind, pl.List) and kind.inner == pl.String:
        return series.list.join(" ").fill_null("")
    if kind.is_nested() or kind in (pl.Binary, pl.Object):
        return None
    if kind == pl.Null:
        return pl.Series([""] * len(series), dtype=pl.String)
    return series.cast(pl.String).fill_null("")
