"""The dated values behind a result, as one table."""

from __future__ import annotations

import polars as pl

from mande.results import Table

_SAME = ("parameter", "key", "source", "provisional", "illustrative", "uplifted")


def parameter_table(used: pl.DataFrame, *, currency: str) -> Table | None:
    """Return the values of parameters that were looked up; None where none was.

    Values that share parameter, key, source and marks stand in one row, with their span. All cells but
    the count are text, so that only the count is hidden where it is small.

    Parameters
    ----------
    used
        Rows as `mande.measure.measure_with_parameters` returns them.
    currency
        Code of the programme's currency, which stands for LCU in units.
    """
    if used.is_empty():
        return None
    marked = used.with_columns(pl.col("uplift_low").is_not_null().alias("uplifted"))
    rows = []
    for _, group in marked.sort("parameter", "key", "start").group_by(_SAME, maintain_order=True):
        first = group.row(0, named=True)
        marks = [name for name in ("provisional", "illustrative") if first[name]]
        if first["uplifted"]:
            factors = [*group["uplift_low"], *group["uplift_high"]]
            marks.append(f"uplifted, times {_span(factors)}")
        period = f"{first['start']} to {_end(group)}"
        unit = first["unit"].replace("LCU", currency)
        cells = (first["parameter"], first["key"], period, _span(group["value"].to_list()), unit)
        rows.append((*cells, first["source"], ", ".join(marks), int(group["look_ups"].sum())))
    columns = ("parameter", "key", "valid", "value", "unit", "source", "notes", "look_ups")
    note = "Look-ups count rows of the survey, once for each indicator that uses the value."
    caption = "Prices, benchmarks and other parameters used"
    return Table(caption, columns, tuple(rows), notes=(note,), cell_size="look_ups")


def _end(group: pl.DataFrame) -> str:
    return "open" if group["last_day"].null_count() else str(group["last_day"].max())


def _span(numbers: list[float]) -> str:
    low, high = f"{min(numbers):.6g}", f"{max(numbers):.6g}"
    return low if low == high else f"{low} to {high}"
