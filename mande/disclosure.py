"""The only way out: small cells are suppressed here, and reports show nothing but a `Release`."""

from __future__ import annotations

from dataclasses import dataclass, replace

import polars as pl

from mande.results import Cell, Evaluation, Finding, OutcomeResult, Table

SMALL_CELL = 10
"""Statistics of fewer respondents than this are not shown."""


@dataclass(frozen=True, slots=True)
class Release:
    """An evaluation that may be shown. `suppressed` says which tables lost cells, and how many rows."""

    evaluation: Evaluation
    suppressed: tuple[tuple[str, int], ...] = ()


def release(evaluation: Evaluation, *, threshold: int = SMALL_CELL) -> Release:
    """Return the evaluation with the statistics of small cells removed.

    In every table that names its `cell_size` column, rows with fewer than `threshold` respondents keep
    their labels and their count as 'fewer than', and lose every other number. Counts of response are
    not statistics of answers and stay.
    """
    found: list[tuple[str, int]] = []

    def safe(table: Table) -> Table:
        shown, hidden = _suppress(table, threshold)
        if hidden:
            found.append((table.caption, hidden))
        return shown

    def safe_finding(finding: Finding) -> Finding:
        return replace(finding, table=safe(finding.table)) if finding.table else finding

    def safe_outcome(result: OutcomeResult) -> OutcomeResult:
        return replace(
            result,
            means=safe(result.means),
            changes=safe(result.changes),
            findings=tuple(safe_finding(finding) for finding in result.findings),
        )

    parameters = evaluation.trail.parameters
    cleared = replace(
        evaluation,
        outcomes=tuple(safe_outcome(result) for result in evaluation.outcomes),
        findings=tuple(safe_finding(finding) for finding in evaluation.findings),
        trail=replace(evaluation.trail, parameters=safe(parameters) if parameters else None),
    )
    return Release(cleared, tuple(found))


def _suppress(table: Table, threshold: int) -> tuple[Table, int]:
    if table.cell_size is None:
        return table, 0
    at = table.columns.index(table.cell_size)
    rows: list[tuple[Cell, ...]] = []
    hidden = 0
    for row in table.rows:
        size = row[at]
        if isinstance(size, int | float) and 0 < size < threshold:
            rows.append(tuple(_hide(cell, at == i, threshold) for i, cell in enumerate(row)))
            hidden += 1
        else:
            rows.append(row)
    if not hidden:
        return table, 0
    note = f"Not shown for fewer than {threshold} respondents, to protect them."
    return replace(table, rows=tuple(rows), notes=(*table.notes, note)), hidden


def _hide(cell: Cell, is_size: bool, threshold: int) -> Cell:
    if is_size:
        return f"< {threshold}"
    return None if isinstance(cell, int | float) and not isinstance(cell, bool) else cell


def release_statistics(statistics: pl.DataFrame, *, threshold: int = SMALL_CELL) -> pl.DataFrame:
    """Return statistics of groups without those of small groups.

    Rows with fewer than `threshold` units (`n`) keep their labels and lose their numbers; `n` stays in
    the frame, for whoever shows it to write as 'fewer than'.
    """
    small = (pl.col("n") > 0) & (pl.col("n") < threshold)
    numbers = [pl.when(~small).then(pl.col(name)).alias(name) for name in ("value", "se", "low", "high")]
    told = pl.when(small).then(pl.lit(f"fewer than {threshold} units")).otherwise(pl.col("reason"))
    notes = pl.when(~small).then(pl.col("note"))
    return statistics.with_columns(*numbers, told.alias("reason"), notes.alias("note"))
