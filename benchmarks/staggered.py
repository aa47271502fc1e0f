"""Staggered starts: Callaway and Sant'Anna with one covariate, and imputation, beside other packages.

diff-diff and differences are no dependencies: a row is left out, and said so, where one is not installed.
"""

from __future__ import annotations

import importlib
import importlib.util
import warnings
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd

from benchmarks._measuring import Timed, alternating, seconds, table
from mande.impact import estimate

ROWS = 100_000
WAVES = 10
AIMS: Mapping[tuple[str, str], float] = {
    ("callaway_santanna", "diff-diff"): 1.0,
    ("callaway_santanna", "differences"): 5.0,
    ("imputation", "diff-diff"): 10.0,
    ("imputation", "diff-diff, overall effect alone"): 10.0,
}
"""How many times as fast as another package each method is to be.

Here every effect by cohort and wave comes with the overall one; diff-diff is asked for its averages by
cohort and by wave since the start as well, and once more for the overall effect alone.
"""


def panel(rows: int = ROWS, seed: int = 0) -> pd.DataFrame:
    """Return a staggered panel: id, wave, first (0: never), x, y."""
    rng = np.random.default_rng(seed)
    n_units = rows // WAVES
    unit, wave = np.repeat(np.arange(n_units), WAVES), np.tile(np.arange(1, WAVES + 1), n_units)
    first = rng.choice([0, 4, 6, 8], size=n_units)
    x = rng.normal(size=n_units) + 0.2 * (first > 0)
    on = (first[unit] > 0) & (wave >= first[unit])
    y = rng.normal(size=n_units)[unit] + 0.1 * wave * (1 + x[unit]) + on + rng.normal(size=len(unit))
    return pd.DataFrame({"id": unit, "wave": wave, "first": first[unit], "x": x[unit], "y": y})


def _own(frame: pd.DataFrame, method: str) -> float:
    covariates = ["x"] if method == "callaway_santanna" else []
    return estimate(
        frame, method=method, outcome="y", unit="id", time="wave", first_treated="first",
        covariates=covariates,
    ).estimate  # fmt: skip


def _diff_diff(frame: pd.DataFrame, method: str) -> float:
    package = importlib.import_module("diff_diff")
    names: dict[str, Any] = {"outcome": "y", "unit": "id", "time": "wave", "first_treat": "first"}
    if method == "imputation":
        return float(package.ImputationDiD().fit(frame, aggregate="all", **names).overall_att)
    return float(package.CallawaySantAnna().fit(frame, covariates=["x"], **names).overall_att)


def _diff_diff_overall(frame: pd.DataFrame, method: str) -> float:
    package = importlib.import_module("diff_diff")
    fitted = package.ImputationDiD().fit(frame, outcome="y", unit="id", time="wave", first_treat="first")
    return float(fitted.overall_att)


def _differences(frame: pd.DataFrame, method: str) -> float:
    package: ModuleType = importlib.import_module("differences")
    cohort = frame["first"].where(frame["first"] > 0)
    data = frame.assign(first=cohort).set_index(["id", "wave"])
    fitted = package.ATTgt(data=data, cohort_column="first")
    fitted.fit("y ~ x", est_method="dr", progress_bar=False)
    return float(fitted.aggregate("simple").iloc[0, 0])


PEERS: Mapping[str, tuple[str, Callable[[pd.DataFrame, str], float]]] = {
    "diff-diff": ("diff_diff", _diff_diff),
    "diff-diff, overall effect alone": ("diff_diff", _diff_diff_overall),
    "differences": ("differences", _differences),
}


def run() -> str:
    """Return the seconds of each method here and elsewhere, and their ratio."""
    frame, rows, absent = panel(), [], set()
    for (method, peer), aim in AIMS.items():
        module, work = PEERS[peer]
        if importlib.util.find_spec(module) is None:
            absent.add(module)
            rows.append([method, peer, f"{seconds(lambda m=method: _own(frame, m)):.3f}", "", "", f"{aim:g}"])
            continue
        found = _contest(frame, method, work)
        here, there = found["mande"]["all"], found["other"]["all"]
        rows.append([method, peer, f"{here:.3f}", f"{there:.3f}", f"{there / here:.1f}", f"{aim:g}"])
    header = ["method", "beside", "mande, s", "other, s", "ratio", "aim"]
    text = f"{ROWS:,} rows, {WAVES} waves, medians of 3\n" + table(header, rows)
    return text + "".join(f"\n{name} is not installed" for name in sorted(absent))


def _contest(
    frame: pd.DataFrame, method: str, work: Callable[[pd.DataFrame, str], float]
) -> dict[str, dict[str, float]]:
    def here() -> Timed:
        return {"all": seconds(lambda: _own(frame, method))}

    def there() -> Timed:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return {"all": seconds(lambda: work(frame, method))}

    return alternating({"mande": here, "other": there}, times=3)
