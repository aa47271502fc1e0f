"""Were the groups alike before the programme?

Normalised difference: (m1 - m0) / sqrt((s1^2 + s0^2) / 2), which does not grow with the sample;
beyond 0.25 in size, regression leans on its functional form (Imbens and Rubin 2015, 14.2; Imbens and
Wooldridge 2009, Journal of Economic Literature 47(1)).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy import stats

from mande import wording
from mande.impact.groups import Difference, clustered, difference, numbers_of, require_columns
from mande.impact.observations import FloatArray, IntArray, as_codes
from mande.impact.regressors import spread, variation_problems
from mande.results import Cell, Finding, Table

_LARGE = 0.25
# With fewer clusters for each characteristic, the joint test rejects far too often to be shown.
_CLUSTERS_PER_CHARACTERISTIC = 10

COLUMNS = (
    "characteristic",
    "label",
    "n_treated",
    "mean_treated",
    "sd_treated",
    "n_comparison",
    "mean_comparison",
    "sd_comparison",
    "normalised_difference",
    "difference",
    "std_error",
    "p_value",
    "n_smaller",
)


def balance(
    frame: pd.DataFrame,
    *,
    characteristics: Sequence[str],
    treated: str,
    cluster: str,
    labels: Mapping[str, str] | None = None,
) -> Finding:
    """Compare the groups on what they were before the programme.

    Parameters
    ----------
    frame
        One row per unit, at baseline. Not modified.
    characteristics
        Columns to compare, each over the rows that have it.
    treated
        Column with 1 for treated and 0 for comparison units; other rows are left out.
    cluster
        Column by which standard errors are clustered (CR1).
    labels
        What the characteristics are called.

    Returns
    -------
    Finding `balance` with the columns `COLUMNS`; a row whose smaller group is too small to be shown is
    suppressed on release. `values` hold the number of characteristics compared,
    of large differences, and the joint test where it is shown.

    Examples
    --------
    >>> import pandas as pd
    >>> farms = pd.DataFrame({"id": range(6), "member": [1, 1, 1, 0, 0, 0], "cows": [1, 2, 3, 2, 3, 4]})
    >>> balance(farms, characteristics=["cows"], treated="member", cluster="id").table.records()[0][
    ...     "normalised_difference"]
    -1.0
    """
    require_columns(frame, [*characteristics, treated, cluster])
    names = {name: (labels or {}).get(name, name) for name in characteristics}
    group, clusters = numbers_of(frame, treated), as_codes(frame[cluster])
    group = np.where(np.isin(group, (0.0, 1.0)), group, np.nan)
    values = {name: numbers_of(frame, name) for name in characteristics}
    compared = {name: difference(values[name], group, clusters) for name in characteristics}
    rows = tuple(_row(name, names[name], result) for name, result in compared.items())
    table = _table(rows, cluster)
    sizes = {name: normalised(result) for name, result in compared.items()}
    known = {name: size for name, size in sizes.items() if size is not None}
    large = [names[name] for name, size in known.items() if abs(size) > _LARGE]
    joint, joint_values = _joint(values, group, clusters)
    counts: dict[str, Cell] = {"n_compared": len(known), "n_large": len(large)}
    return Finding(
        id="balance",
        title="Were the groups alike before the programme?",
        status="caution" if large or not known else "good",
        sentence=f"{_sentence(large, len(known))} {joint}",
        table=table,
        advice=_advice(large),
        values=counts | joint_values,
    )


def _table(rows: tuple[tuple[Cell, ...], ...], cluster: str) -> Table:
    return Table(
        caption="Characteristics before the programme, by group",
        columns=COLUMNS,
        rows=rows,
        notes=(
            "Normalised difference: difference of means over the root of the average variance.",
            f"Standard errors and p-values clustered by {cluster} (CR1).",
        ),
        cell_size="n_smaller",
    )


def normalised(result: Difference) -> float | None:
    """Return the normalised difference, or None where a group has fewer than two values or none varies."""
    if result.difference is None or result.sd_treated is None or result.sd_comparison is None:
        return None
    spread_ = float(np.sqrt((result.sd_treated**2 + result.sd_comparison**2) / 2))
    return result.difference / spread_ if spread_ > 0 else None


def _row(name: str, label: str, result: Difference) -> tuple[Cell, ...]:
    return (
        name,
        label,
        result.n_treated,
        result.mean_treated,
        result.sd_treated,
        result.n_comparison,
        result.mean_comparison,
        result.sd_comparison,
        normalised(result),
        result.difference,
        result.std_error,
        result.p_value,
        min((n for n in (result.n_treated, result.n_comparison) if n), default=0),
    )


def _sentence(large: Sequence[str], n_known: int) -> str:
    if not n_known:
        return "No characteristic could be compared before the programme."
    compared = wording.count(n_known, "characteristic")
    limit = f"{_LARGE:g} standard deviations"
    if not large and n_known == 1:
        return f"The one characteristic compared differs between the groups by no more than {limit}."
    if not large:
        return f"None of the {compared} compared differs between the groups by more than {limit}."
    listed = ", ".join(wording.lower_first(name) for name in large)
    differ = "differs" if len(large) == 1 else "differ"
    start = f"{len(large)} of the {compared} compared {differ} between the groups"
    return f"{start} by more than {limit}: {listed}."


def _advice(large: Sequence[str]) -> str:
    if not large:
        return ""
    return (
        "Starting levels cancel in a comparison of changes, but groups that start apart may also change "
        "apart: read the effect beside one that takes these characteristics as covariates."
    )


def _joint(
    values: Mapping[str, FloatArray], group: FloatArray, clusters: IntArray
) -> tuple[str, dict[str, Cell]]:
    """Return a Wald test that no characteristic tells the groups apart, over complete rows."""
    if len(values) < 2:
        return "", {}
    columns = np.column_stack([*values.values()])
    complete = ~np.isnan(columns).any(axis=1) & ~np.isnan(group) & (clusters >= 0)
    columns, group, clusters = columns[complete], group[complete], clusters[complete]
    order = np.lexsort((*columns.T, group, clusters))
    columns, group, clusters = columns[order], group[order], clusters[order]
    q, n_clusters = columns.shape[1], len(np.unique(clusters))
    smaller = min(len(np.unique(clusters[group == arm])) for arm in (0, 1))
    # Both groups must carry the test: it is the smaller one that makes it unreliable.
    if smaller < _CLUSTERS_PER_CHARACTERISTIC or n_clusters < _CLUSTERS_PER_CHARACTERISTIC * q:
        reason = f"{n_clusters} clusters with every characteristic known, {smaller} in the smaller group"
        return f"A joint test is not shown: too few clusters for {q} characteristics ({reason}).", {}
    if variation_problems(columns - columns.mean(axis=0), spread(columns), [*values], why_absorbed=""):
        return "A joint test is not shown: the characteristics repeat one another.", {}
    fitted = clustered(group, np.column_stack([columns, np.ones(len(group))]), clusters)
    slopes, covariance = fitted.coefficients[:q], fitted.covariance[:q, :q]
    statistic = float(slopes @ np.linalg.solve(covariance, slopes)) / q
    p = float(stats.f.sf(statistic, q, n_clusters - 1))
    text = f"Taken together (joint test over {len(group)} units with all values): p = {wording.p_value(p)}."
    return text, {"joint_f": statistic, "joint_p": p, "joint_n": len(group), "joint_df": n_clusters - 1}
