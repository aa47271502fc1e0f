"""The only way out: small cells are suppressed here, and reports show nothing but a `Release`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import polars as pl

from mande.results import Cell, Comparison, Estimate, Evaluation, Finding, OutcomeResult, Table

SMALL_CELL = 10
"""Statistics of fewer respondents than this are not shown."""
FEW_EMPLOYERS = 3
"""Protected answers of the workers of fewer employers than this are not shown together."""


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

    def safe_estimate(estimate: Estimate) -> Estimate:
        tables = {name: safe(table) for name, table in estimate.tables.items()}
        base = estimate.comparison and _safe_comparison(estimate.comparison, threshold)
        return replace(estimate, tables=tables, comparison=base)

    def safe_outcome(result: OutcomeResult) -> OutcomeResult:
        return replace(
            result,
            primary=result.primary and safe_estimate(result.primary),
            others=tuple(safe_estimate(other) for other in result.others),
            further=tuple(
                replace(further, estimate=safe_estimate(further.estimate)) for further in result.further
            ),
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


def _safe_comparison(base: Comparison, threshold: int) -> Comparison:
    """Return the comparison without the numbers of fewer rows than the threshold."""
    few_after, few_before = 0 < base.n_mean < threshold, 0 < base.n_sd < threshold
    if not few_after and not few_before:
        return base
    return replace(
        base,
        mean=None if few_after else base.mean,
        n_mean=0 if few_after else base.n_mean,
        sd=None if few_before else base.sd,
        n_sd=0 if few_before else base.n_sd,
        reason=f"numbers of fewer than {threshold} rows are not shown",
    )


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


# -- statistics of groups ---------------------------------------------------------------------------

_LOST = ("value", "se", "low", "high")
_CELLS = ("by", "statistic", "number", "values")


def release_statistics(
    statistics: pl.DataFrame, *, threshold: int = SMALL_CELL, employers: int = FEW_EMPLOYERS
) -> pl.DataFrame:
    """Return statistics of groups without those that would show too few units.

    Parameters
    ----------
    statistics
        Columns: `by`, `cell` (list of the group's values, one for each name of `by`), `statistic`,
        `number`, `values`, `value`, `se`, `low`, `high`, `n`, `n_missing`, `n_smallest`, `n_needed` (the
        statistic's own fewest units), `n_employers` (null where no employer is to be guarded), `reason`,
        `note`.
    threshold
        Fewest units that are shown.
    employers
        Fewest employers whose workers are shown together, where `n_employers` is given.

    Returns
    -------
    The same columns and `hidden`. Hidden rows keep their labels and lose their numbers; `reason` says why.
    `hidden` is `small` (fewer units than `threshold`, in the cell or in one of the groups it compares),
    `few` (fewer than the statistic needs), `employers`, `secondary`, or null.

    Notes
    -----
    Where the total of a breakdown is shown, a hidden cell could be found by subtraction. So the hidden
    cells of a breakdown, and of each line of a crossed one, must be two at least and hold `threshold` units
    together; the smallest cells shown are hidden until it is so (Hundepool et al. 2012, Statistical
    Disclosure Control, section 4.4). Cells that are `small`, `few` or `employers` by n lose `n` only where
    it is below the threshold; `secondary` ones lose it too.
    """
    rows = statistics.with_row_index(":row").with_columns(_first_reason(threshold, employers).alias("hidden"))
    more = [
        place
        for (by, *_), table in rows.partition_by(_CELLS, as_dict=True, maintain_order=True).items()
        if by and _total_is_shown(rows, table)
        for place in _secondary(table, threshold)
    ]
    second = pl.col(":row").is_in(more) & pl.col("hidden").is_null()
    rows = rows.with_columns(pl.when(second).then(pl.lit("secondary")).otherwise("hidden").alias("hidden"))
    return _without_numbers(rows.drop(":row"), threshold, employers)


def _first_reason(threshold: int, employers: int) -> pl.Expr:
    n, smallest = pl.col("n"), pl.col("n_smallest")
    small = ((n > 0) & (n < threshold)) | ((smallest > 0) & (smallest < threshold))
    return (
        pl.when(small)
        .then(pl.lit("small"))
        .when((n > 0) & (pl.col("n_employers") < employers))
        .then(pl.lit("employers"))
        .when((n > 0) & (n < pl.col("n_needed")))
        .then(pl.lit("few"))
    )


def _total_is_shown(rows: pl.DataFrame, table: pl.DataFrame) -> bool:
    same = [pl.col(name) == table[name][0] for name in _CELLS[1:]]
    return not rows.filter((pl.col("by") == "") & pl.col("hidden").is_null(), *same).is_empty()


def _secondary(table: pl.DataFrame, threshold: int) -> set[int]:
    """Return the rows to hide beside those that are hidden because they are small."""
    cells = table.filter(pl.col("n") > 0)
    values = cells["cell"].to_list()
    size = dict(zip(cells[":row"].to_list(), cells["n"].to_list(), strict=True))
    lines: list[list[int]] = [list(size)]
    if values and len(values[0]) > 1:
        for axis in range(len(values[0])):
            by_value: dict[str, list[int]] = {}
            for row, cell in zip(size, values, strict=True):
                by_value.setdefault(cell[axis], []).append(row)
            lines += by_value.values()
    at_risk = ["small", "employers"]  # a statistic of too few for its kind follows from no subtraction
    gone = set(cells.filter(pl.col("hidden").is_in(at_risk))[":row"].to_list())
    unshown = set(cells.filter(pl.col("hidden").is_not_null())[":row"].to_list())
    added: set[int] = set()
    changed = True
    while changed:
        changed = False
        for line in lines:
            more = _cover(line, gone, unshown, size, threshold)
            if more:
                added, gone, unshown, changed = added | more, gone | more, unshown | more, True
    return added


def _cover(
    line: list[int], gone: set[int], unshown: set[int], size: Mapping[int, int], threshold: int
) -> set[int]:
    """Return the cells of a line that must be hidden too, the smallest first."""
    hidden = [row for row in line if row in gone]
    more: set[int] = set()
    for row in sorted((row for row in line if row not in unshown), key=lambda row: (size[row], row)):
        covered = [*hidden, *more]
        if not hidden or (len(covered) > 1 and sum(size[one] for one in covered) >= threshold):
            break
        more.add(row)
    return more


def _without_numbers(rows: pl.DataFrame, threshold: int, employers: int) -> pl.DataFrame:
    hidden = pl.col("hidden")
    shown = hidden.is_null()
    told = (
        pl.when(hidden == "secondary")
        .then(pl.lit("hidden, so that a smaller group cannot be worked out from it"))
        .when(hidden == "employers")
        .then(pl.lit(f"units of fewer than {employers} employers"))
        .when(hidden == "few")
        .then(pl.format("fewer than {} units", "n_needed"))
        .when((hidden == "small") & (pl.col("n") >= threshold))
        .then(pl.lit(f"fewer than {threshold} units in one of the groups compared"))
        .when(hidden == "small")
        .then(pl.lit(f"fewer than {threshold} units"))
        .otherwise("reason")
    )
    counted = (pl.col("n") == 0) | (pl.col("n") >= threshold)
    keeps_n = pl.when(counted & (shown | (hidden != "secondary")))
    return rows.with_columns(
        *(pl.when(shown).then(pl.col(name)).alias(name) for name in (*_LOST, "note")),
        *(keeps_n.then(pl.col(name)).alias(name) for name in ("n", "n_missing")),
        told.alias("reason"),
    ).drop("n_smallest", "n_employers")
