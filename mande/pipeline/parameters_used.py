"""The dated values behind a result, as one table, for a reader in three languages, and for machines."""

from __future__ import annotations

from typing import Any

import polars as pl

from mande.disclosure import SMALL_CELL
from mande.errors import Language, Text
from mande.results import Table
from mande.units import unit_in
from mande.wording import in_marks, number

_CAPTION = Text(
    "Prices, benchmarks and other parameters used",
    "Prix, références et autres paramètres utilisés",
    "Precios, referencias y otros parámetros usados",
)
_HEAD = (
    Text("parameter", "paramètre", "parámetro"),
    Text("key", "clé", "clave"),
    Text("valid", "validité", "vigencia"),
    Text("value", "valeur", "valor"),
    Text("unit", "unité", "unidad"),
    Text("source", "source", "fuente"),
    Text("notes", "remarques", "notas"),
    Text("look-ups", "consultations", "consultas"),
)
_TO = Text("{low} to {high}", "{low} à {high}", "{low} a {high}")
_OPEN = Text("open", "sans fin", "sin fin")
_MARKS = {
    "provisional": Text("provisional", "provisoire", "provisional"),
    "illustrative": Text("illustrative", "illustratif", "ilustrativo"),
}
_UPLIFTED = Text("uplifted, times {factor}", "actualisé, fois {factor}", "actualizado, por {factor}")
_SAME = ("parameter", "key", "source", "provisional", "illustrative", "uplifted")


def parameter_table(used: pl.DataFrame, *, currency: str, language: Language = "en") -> Table | None:
    """Return the values of parameters that were looked up; None where none was.

    Values that share parameter, key, source and marks stand in one row, with their span. All cells but
    the count are text, so that only the count is hidden where it is small.

    Parameters
    ----------
    used
        Rows as `mande.measure.measure_with_parameters` returns them.
    currency
        Code of the programme's currency, which stands for LCU in units.
    language
        Of units, marks and numbers; names of columns stay English.
    """
    if used.is_empty():
        return None
    marked = used.with_columns(pl.col("uplift_low").is_not_null().alias("uplifted"))
    rows = []
    for _, group in marked.sort("parameter", "key", "start").group_by(_SAME, maintain_order=True):
        first = group.row(0, named=True)
        marks = [_MARKS[name].in_(language) for name in ("provisional", "illustrative") if first[name]]
        if first["uplifted"]:
            factors = [*group["uplift_low"], *group["uplift_high"]]
            marks.append(_UPLIFTED.in_(language).format(factor=_span(factors, language)))
        period = _TO.in_(language).format(low=first["start"], high=_end(group, language))
        unit = unit_in(first["unit"], language).replace("LCU", currency)
        value = _span(group["value"].to_list(), language)
        cells = (first["parameter"], first["key"], period, value, unit)
        rows.append((*cells, first["source"], ", ".join(marks), int(group["look_ups"].sum())))
    columns = ("parameter", "key", "valid", "value", "unit", "source", "notes", "look_ups")
    note = "Look-ups count rows of the survey, once for each indicator that uses the value."
    return Table(_CAPTION.in_(language), columns, tuple(rows), notes=(note,), cell_size="look_ups")


def parameter_lines(used: pl.DataFrame, *, currency: str, language: Language = "en") -> list[tuple[str, ...]]:
    """Return the caption, the headings and the rows of the table in a language; nothing where none was used.

    Look-ups of few are counted as fewer, as the report does.
    """
    table = parameter_table(used, currency=currency, language=language)
    if table is None:
        return []
    rows = []
    for *cells, count in table.rows:
        times = int(count) if isinstance(count, int) else 0
        few = 0 < times < SMALL_CELL
        shown = f"< {SMALL_CELL}" if few else in_marks(f"{times:,}", language)
        rows.append((*(str(cell) for cell in cells), shown))
    return [
        (f"{table.caption} :" if language == "fr" else f"{table.caption}:",),
        tuple(text.in_(language) for text in _HEAD),
        *rows,
    ]


def parameter_records(used: pl.DataFrame, *, currency: str) -> list[dict[str, Any]]:
    """Return every dated value for machines; look-ups of few are null."""
    stated = [
        name for name in used.columns if name not in ("indicator", "name", "reference_date", "look_ups")
    ]
    whole = used.group_by(stated, maintain_order=True).agg(pl.col("look_ups").sum())
    return [
        {
            **row,
            "start": str(row["start"]),
            "last_day": None if row["last_day"] is None else str(row["last_day"]),
            "unit": row["unit"].replace("LCU", currency),
            "look_ups": row["look_ups"] if row["look_ups"] >= SMALL_CELL else None,
        }
        for row in whole.sort("parameter", "key", "start").iter_rows(named=True)
    ]


def _end(group: pl.DataFrame, language: Language) -> str:
    return _OPEN.in_(language) if group["last_day"].null_count() else str(group["last_day"].max())


def _span(values: list[float], language: Language) -> str:
    low, high = (_plain(end, language) for end in (min(values), max(values)))
    return low if low == high else _TO.in_(language).format(low=low, high=high)


def _plain(value: float, language: Language) -> str:
    return in_marks(number(value, digits=6), language)
