"""Who was lost between the baseline and later waves, and did the groups lose alike?

Two losses are told apart: units that were not interviewed again, and outcomes that were reported at
baseline and not later. The difference of the loss rates is tested with clustered errors (CR1).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from mande import wording
from mande.impact.groups import difference, numbers_of, require_columns
from mande.impact.observations import BoolArray, IntArray, as_codes
from mande.impact.waves import wave_label
from mande.results import Cell, Finding, Table

# Losses of more than a fifth, or five points apart with a p-value below 0.05, are called out.
_HIGH = 0.20
_APART = 0.05
# Reporting rates at baseline this far apart mean that the groups seen are selected differently.
_ONE_SIDED = 0.10

COLUMNS = (
    "subject",
    "label",
    "wave",
    "n_treated",
    "reported_treated",
    "n_baseline_treated",
    "lost_treated",
    "n_comparison",
    "reported_comparison",
    "n_baseline_comparison",
    "lost_comparison",
    "difference",
    "std_error",
    "p_value",
)


def attrition(
    frame: pd.DataFrame,
    *,
    unit: str,
    wave: str,
    treated: str,
    cluster: str,
    waves: Sequence[str],
    outcomes: Sequence[str] = (),
    labels: Mapping[str, str] | None = None,
    unit_name: tuple[str, str] = ("unit", "units"),
) -> Finding:
    """Compare losses between the groups, of units and of each outcome.

    Parameters
    ----------
    frame
        One row per unit and wave in which it was interviewed. Not modified.
    unit, wave, cluster
        Columns of the unit's id, of the wave, and by which standard errors are clustered.
    treated
        Column with 1 for treated and 0 for comparison units, the same in every wave.
    waves
        The baseline, then the later waves to compare it with.
    outcomes
        Columns whose gaps are counted as well.
    labels
        What the outcomes are called.
    unit_name
        The unit's name, one and many.

    Returns
    -------
    Finding `attrition`. Table columns `COLUMNS`: of `n_*` baseline units, the share `reported_*` had a
    value at baseline (for units always 1), and of these `n_baseline_*` the share `lost_*` had none in
    `wave`.
    """
    require_columns(frame, [unit, wave, treated, cluster, *outcomes])
    baseline, *later = [wave_label(entry) for entry in waves]
    panel = _Panel(frame, unit, wave, treated, cluster, baseline)
    rows: list[tuple[Cell, ...]] = []
    for name in ("", *outcomes):
        label = unit_name[1] if not name else (labels or {}).get(name, name)
        seen = panel.seen(name)
        rows += [_row(panel, seen, name or "units", label, baseline, follow_up) for follow_up in later]
    table = Table(
        caption="Losses since the baseline, by group",
        columns=COLUMNS,
        rows=tuple(rows),
        notes=(f"Standard errors and p-values clustered by {cluster} (CR1).",),
    )
    records = table.records()
    worrying = [record for record in records if _is_worrying(record)]
    one_sided = any(_is_one_sided(record) for record in records)
    return Finding(
        id="attrition",
        title="Who answered, and who was lost between the waves?",
        status="caution" if worrying or one_sided else "good",
        sentence=_sentence(records, worrying, baseline, unit_name),
        table=table,
        advice=_ADVICE if worrying or one_sided else "",
        values={"n_compared": len(records), "n_worrying": len(worrying)},
    )


_ADVICE = (
    "The effect speaks for those who reported in both waves. Compare those who were lost with those who "
    "stayed at baseline before reading it as an effect on all."
)


class _Panel:
    """Group and cluster of each unit at baseline, and in which waves it has a value."""

    def __init__(
        self, frame: pd.DataFrame, unit: str, wave: str, treated: str, cluster: str, baseline: str
    ) -> None:
        self._frame = frame
        self._units = as_codes(frame[unit])
        self._waves = np.array([wave_label(value) for value in frame[wave]], dtype=object)
        self.n = int(self._units.max(initial=-1)) + 1
        self.group = np.full(self.n, np.nan)
        self.clusters: IntArray = np.full(self.n, -1, dtype=np.intp)
        known = (self._units >= 0) & (self._waves == baseline)
        self.group[self._units[known]] = numbers_of(frame, treated)[known]
        self.clusters[self._units[known]] = as_codes(frame[cluster])[known]

    def seen(self, column: str) -> Mapping[str, BoolArray]:
        """Return per wave which units have a row (no column) or a value of the column."""
        has_value = np.ones(len(self._frame), dtype=bool)
        if column:
            has_value = ~np.isnan(numbers_of(self._frame, column))
        result = {}
        for wave in sorted(set(self._waves)):
            seen = np.zeros(self.n, dtype=bool)
            seen[self._units[(self._waves == wave) & has_value & (self._units >= 0)]] = True
            result[wave] = seen
        return result


def _row(
    panel: _Panel, seen: Mapping[str, BoolArray], subject: str, label: str, baseline: str, follow_up: str
) -> tuple[Cell, ...]:
    nobody = np.zeros(panel.n, dtype=bool)
    interviewed = panel.seen("").get(baseline, nobody)
    reported = seen.get(baseline, nobody)
    lost = np.where(reported, 1.0 - seen.get(follow_up, nobody), np.nan)
    result = difference(lost, panel.group, panel.clusters)
    n1, share1 = _reported(interviewed, reported, panel.group == 1)
    n0, share0 = _reported(interviewed, reported, panel.group == 0)
    return (
        subject,
        label,
        follow_up,
        n1,
        share1,
        result.n_treated,
        result.mean_treated,
        n0,
        share0,
        result.n_comparison,
        result.mean_comparison,
        result.difference,
        result.std_error,
        result.p_value,
    )


def _reported(interviewed: BoolArray, reported: BoolArray, arm: BoolArray) -> tuple[int, float | None]:
    n = int((interviewed & arm).sum())
    return n, (float((reported & arm).sum()) / n if n else None)


def _is_one_sided(record: Mapping[str, Cell]) -> bool:
    """Return whether one group reported the outcome at baseline much more often than the other."""
    treated, comparison = record["reported_treated"], record["reported_comparison"]
    known = isinstance(treated, float) and isinstance(comparison, float)
    return known and abs(float(treated or 0) - float(comparison or 0)) > _ONE_SIDED


def _is_worrying(record: Mapping[str, Cell]) -> bool:
    rates = [record["lost_treated"], record["lost_comparison"]]
    if any(isinstance(rate, float) and rate > _HIGH for rate in rates):
        return True
    gap, p = record["difference"], record["p_value"]
    return isinstance(gap, float) and isinstance(p, float) and abs(gap) > _APART and p < 0.05


def _sentence(
    records: Sequence[Mapping[str, Cell]],
    worrying: Sequence[Mapping[str, Cell]],
    baseline: str,
    unit_name: tuple[str, str],
) -> str:
    parts = [_unit_phrase(record, baseline, unit_name) for record in records if record["subject"] == "units"]
    outcomes = [record for record in worrying if record["subject"] != "units"]
    if outcomes:
        listed = ", ".join(
            f"{wording.lower_first(str(record['label']))} by {record['wave']} "
            f"({_percent(record['lost_treated'])} of treated, "
            f"{_percent(record['lost_comparison'])} of comparison {unit_name[1]})"
            for record in outcomes
        )
        parts.append(f"Of those who reported it in {baseline}, many no longer did for: {listed}.")
    elif any(record["subject"] != "units" for record in records):
        parts.append(f"No outcome reported in {baseline} was lost by more than a fifth of either group.")
    one_sided = {
        record["subject"]: f"{wording.lower_first(str(record['label']))} "
        f"({_percent(record['reported_treated'])} of treated, {_percent(record['reported_comparison'])} of "
        f"comparison {unit_name[1]})"
        for record in records
        if _is_one_sided(record)
    }
    if one_sided:
        listed = ", ".join(one_sided.values())
        parts.append(f"Already in {baseline} the groups differ in who reported at all: {listed}.")
    return " ".join(parts)


def _unit_phrase(record: Mapping[str, Cell], baseline: str, unit_name: tuple[str, str]) -> str:
    counts = (record["n_baseline_treated"], record["n_baseline_comparison"])
    n = sum(count for count in counts if isinstance(count, int))
    return (
        f"Of {wording.count(n, *unit_name)} interviewed in {baseline}, "
        f"{_percent(record['lost_treated'])} of the treated and {_percent(record['lost_comparison'])} of the "
        f"comparison group were not interviewed in {record['wave']}."
    )


def _percent(share: Cell) -> str:
    return f"{100 * share:.0f} %" if isinstance(share, float) else "an unknown share"
