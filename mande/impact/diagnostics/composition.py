"""Did the sample of a group change its make-up between cross-sections?

Where other units are asked in each wave, a change of the groups' means may be a change of who was asked.
For each characteristic that the programme cannot change, the change of the treated group's mean from one
wave to the other is compared with that of the comparison group: a difference-in-differences that should be
nothing. It is sized by the standard deviation in the wave before, both groups taken together (Imbens and
Rubin 2015, 14.2), and called out beyond a quarter, or beyond a tenth with a p-value below 0.05 (CR1).
Source: Hong (2013), Journal of Applied Econometrics 28(2); Sant'Anna and Xu (2023), arXiv 2304.13925.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mande.errors import Code, Text
from mande.impact import problems as codes
from mande.impact.coded import coded
from mande.impact.groups import clustered, numbers_of, require_columns
from mande.impact.observations import BoolArray, FloatArray, IntArray, as_codes
from mande.impact.waves import wave_label
from mande.results import Cell, Finding, Table
from mande.wording import count, lower_first

LARGE, SOME = 0.25, 0.1
"""Standard deviations: changes apart beyond the first are called out, beyond the second if p is below
0.05."""
COLUMNS = (
    "characteristic",
    "label",
    "treated_before",
    "treated_after",
    "comparison_before",
    "comparison_after",
    "apart",
    "std_error",
    "p_value",
    "apart_in_sds",
    "n_smaller",
)
_TITLE = "Did the make-up of the sample change between the waves?"

COMPOSITION = Code(
    "M-COMPOSITION",
    Text(
        "the sample changed its make-up between the waves, in one group otherwise than in the other",
        "la composition de l'échantillon a changé entre les vagues, autrement dans un groupe que "
        "dans l'autre",
        "la composición de la muestra cambió entre las rondas, en un grupo de otro modo que en el otro",
    ),
    Text(
        "groups that are made up alike before and after: changes apart of less than {limit} standard "
        "deviations",
        "des groupes composés de même avant et après : écarts de moins de {limit} écarts types",
        "grupos compuestos igual antes y después: diferencias de menos de {limit} desviaciones estándar",
    ),
    Text(
        "Name these as covariates of the design, weight the waves to the same make-up, or read the "
        "effect as one "
        "on whoever was asked. For the next wave, draw the sample as the first was drawn.",
        "Nommez-les covariables du plan, pondérez les vagues vers la même composition, ou lisez "
        "l'effet comme celui "
        "sur les personnes enquêtées. Pour la prochaine vague, tirez l'échantillon comme le premier.",
        "Nómbrelos covariables del diseño, pondere las rondas a la misma composición, o lea el "
        "efecto como el de "
        "quienes fueron entrevistados. En la próxima ronda, extraiga la muestra como la primera.",
    ),
    Text("{found}"),
)


@dataclass(frozen=True, slots=True)
class _Rows:
    group: FloatArray
    is_after: BoolArray
    clusters: IntArray


def composition(
    frame: pd.DataFrame,
    *,
    characteristics: Sequence[str],
    treated: str,
    wave: str,
    periods: tuple[str, str],
    cluster: str,
    labels: Mapping[str, str] | None = None,
) -> Finding:
    """Compare the change of each characteristic between the groups.

    Parameters
    ----------
    frame
        One row per unit and wave, other units in each wave. Not modified.
    characteristics
        Columns of what the programme cannot change, as numbers.
    treated
        Column with 1 for treated and 0 for comparison units; other rows are left out.
    wave, periods
        Column of the wave, and the two waves, before and after.
    cluster
        Column by which standard errors are clustered (CR1).
    labels
        What the characteristics are called.

    Returns
    -------
    Finding `composition` with the columns `COLUMNS`: a caution M-COMPOSITION where the make-up changed
    apart, good where it did not, information where nothing could be compared.
    """
    require_columns(frame, [*characteristics, treated, wave, cluster])
    told = frame[wave].map(wave_label, na_action="ignore").to_numpy()
    group = numbers_of(frame, treated)
    in_waves = np.isin(told, list(periods))
    rows = _Rows(np.where(in_waves, group, np.nan), told == periods[1], as_codes(frame[cluster]))
    names = {name: (labels or {}).get(name, name) for name in characteristics}
    table = Table(
        caption=f"Characteristics in {periods[0]} and {periods[1]}, by group",
        columns=COLUMNS,
        rows=tuple(_row(name, label, numbers_of(frame, name), rows) for name, label in names.items()),
        notes=(
            "Apart: the change of the treated group's mean less that of the comparison group.",
            f"Standard errors clustered by {cluster} (CR1).",
        ),
        cell_size="n_smaller",
    )
    return _finding(table, periods)


def _finding(table: Table, periods: tuple[str, str]) -> Finding:
    records = [record for record in table.records() if record["apart"] is not None]
    changed = [record for record in records if _is_apart(record)]
    values: dict[str, Cell] = {"n_compared": len(records), "n_changed": len(changed)}
    if changed:
        listed = ", ".join(
            f"{lower_first(str(record['label']))} ({_sds(record['apart_in_sds'])})" for record in changed
        )
        problem = codes.problem(
            COMPOSITION, column=str(changed[0]["characteristic"]), found=listed, limit=LARGE
        )
        return coded(problem, id="composition", title=_TITLE, status="caution", table=table, values=values)
    if not records:
        sentence = (
            f"Other units were asked in {periods[0]} and {periods[1]}, and no characteristic was "
            f"known in both "
            "waves: whether the groups are made up alike cannot be shown."
        )
        advice = "Name as characteristics of the programme what cannot change: age, sex, place."
        return Finding("composition", _TITLE, "caution", sentence, table, advice=advice, values=values)
    n = count(len(records), "characteristic")
    sentence = f"Of {n} compared, none changed otherwise in one group than in the other."
    return Finding("composition", _TITLE, "good", sentence, table, values=values)


def _is_apart(record: Mapping[str, Cell]) -> bool:
    size, p = record["apart_in_sds"], record["p_value"]
    if not isinstance(size, float):
        return False
    return abs(size) > LARGE or (abs(size) > SOME and isinstance(p, float) and p < 0.05)


def _sds(size: Cell) -> str:
    return f"{size:+.2f} standard deviations" if isinstance(size, float) else "no spread before"


def _row(name: str, label: str, values: FloatArray, rows: _Rows) -> tuple[Cell, ...]:
    known = ~np.isnan(values) & np.isin(rows.group, (0.0, 1.0)) & (rows.clusters >= 0)
    values, after = values[known], rows.is_after[known]
    treated, clusters = rows.group[known] == 1, rows.clusters[known]
    # Sorted, so that sums do not depend on the order of the rows.
    order = np.lexsort((values, after, treated, clusters))
    values, after, treated, clusters = values[order], after[order], treated[order], clusters[order]
    cells = [
        values[treated & ~after],
        values[treated & after],
        values[~treated & ~after],
        values[~treated & after],
    ]
    means = [float(cell.mean()) if len(cell) else None for cell in cells]
    smallest = min(len(cell) for cell in cells)
    if not smallest:
        return (name, label, *means, None, None, None, None, smallest)
    apart = float(cells[1].mean() - cells[0].mean() - cells[3].mean() + cells[2].mean())
    error = p = None
    enough = min(len(np.unique(clusters[treated == side])) for side in (True, False)) >= 2
    if enough and max(float(np.ptp(cell)) for cell in cells) > 0:
        both = np.column_stack([treated & after, treated, after, np.ones(len(values))]).astype(float)
        fitted = clustered(values, both, clusters)
        error = float(fitted.std_errors[0])
        p = fitted.reference.p_value(float(fitted.coefficients[0]) / error) if error > 0 else None
    start = np.concatenate([cells[0] - cells[0].mean(), cells[2] - cells[2].mean()])
    sd = float(np.sqrt((start**2).sum() / (len(start) - 2))) if len(start) > 2 else 0.0
    return (name, label, *means, apart, error, p, apart / sd if sd > 0 else None, smallest)
