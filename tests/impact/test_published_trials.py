"""Field trials as published: clusters, weights and waves as the authors have them, to the digits printed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from mande.impact import estimate
from mande.results import Estimate
from tests.impact.tables import SHARED, shared

TRIAL: dict[str, Any] = {
    "method": "ancova", "treated": ["trial_P", "cont"], "cluster": "village", "inference": "CR2",
}  # fmt: skip


def effect(result: Estimate) -> tuple[float, float]:
    return result.estimate, result.std_error


def printed(estimate: float, std_error: float, decimals: int) -> Any:
    return pytest.approx((estimate, std_error), abs=0.5 * 10**-decimals, rel=0)


# Mozambique: consultants and savings of irrigation associations -----------------------------------------


@pytest.mark.parametrize(("more", "expected"), [({}, (0.075, 0.043)), ({"absorb": "prov"}, (0.078, 0.038))])
def test_use_of_electric_pumps_as_published(more, expected):
    """Christian and others (2022), table 3, columns 19 and 20: endline weights, clusters by association."""
    file = SHARED / "moz_proirri" / "proirri.dta"
    if not file.exists():
        pytest.skip("moz_proirri is not beside the checkout; its licence keeps it out of the project")
    frame = pd.read_stata(file, convert_categoricals=False).query("data_endline == 1")
    result = estimate(
        frame, method="ancova", outcome="el_d_useelecpump", treated="treatment", weights="pweight",
        cluster="associd", inference="CR1", **more,
    )  # fmt: skip
    assert effect(result) == printed(*expected, 3)
    assert result.n == 1784


# Uganda: trial packs of hybrid maize seed and cooking demonstrations ------------------------------------


def trimmed(values: pd.Series) -> pd.Series:
    """Without the lowest and the highest hundredth."""
    low, high = values.quantile([0.01, 0.99])
    return values.where(values.between(low, high))


def logarithm(values: pd.Series) -> pd.Series:
    return np.log(values.where(values > 0))


def growers() -> pd.DataFrame:
    """Farmers interviewed at the end, without the arms that paid or had a discount."""
    files = (shared(f"uganda_maize_mippi/{wave}.csv", low_memory=False) for wave in ("baseline", "endline"))
    first, last = (frame[~frame["paid_pac"] & ~frame["discounted"]] for frame in files)
    harvest = trimmed(first["bag_harv"] * first["bag_kg"])
    before = pd.DataFrame(
        {
            "ID": first["farmer_ID"],
            "village": first[["distID", "subID", "vilID"]].astype(str).agg("_".join, axis=1),
            "hybrid_before": (first["bazo_use"] == "Yes").astype(float),
            "production_before": logarithm(harvest),
            "productivity_before": logarithm(trimmed(harvest / first["plot_size"])),
        }
    )
    last = last[last["consent"] == "Yes"]
    numbers = last[["plot_count", "bag_harv", "bag_kg", "size_selected"]].apply(
        pd.to_numeric, errors="coerce"
    )
    harvest = trimmed(numbers["bag_harv"].where(numbers["bag_harv"] != 999) * numbers["bag_kg"])
    varieties = last.filter(regex="plot_imp_type$")
    after = last[["ID", "trial_P", "cont"]].assign(
        # Those who grew no maize have no variety.
        hybrid=(varieties == "Bazooka").any(axis=1).astype(float).where(numbers["plot_count"] != 0),
        production=logarithm(harvest),
        productivity=logarithm(trimmed(harvest / numbers["size_selected"])),
    )
    return after.merge(before, on="ID")


@pytest.mark.parametrize(
    ("outcome", "expected", "n"),
    [
        ("hybrid", [(0.6666, 0.0376), (0.0715, 0.0371), (-0.0758, 0.0582)], 1495),
        ("production", [(-0.0905, 0.0834), (0.0900, 0.0864), (0.0425, 0.1236)], 1410),
        ("productivity", [(-0.0148, 0.0751), (0.1052, 0.0710), (0.0417, 0.1054)], 1375),
    ],
)
def test_trial_packs_and_demonstrations_as_published(outcome, expected, n):
    result = estimate(growers(), outcome=outcome, baseline=f"{outcome}_before", pooled=False, **TRIAL)
    found = {term.name: (term.estimate, term.std_error) for term in result.terms}
    names = ("trial_P", "cont", "trial_P:cont")
    assert {name: found[name] for name in names} == {
        name: printed(*pair, 4) for name, pair in zip(names, expected, strict=True)
    }
    assert (result.n, result.n_clusters) == (n, 156)


@pytest.mark.parametrize(
    ("outcome", "arm", "other", "expected"),
    [
        ("hybrid", "trial_P", "cont", (0.6287, 0.0293)),
        ("hybrid", "cont", "trial_P", (0.0338, 0.0293)),
        ("production", "trial_P", "cont", (-0.0693, 0.0616)),
        ("production", "cont", "trial_P", (0.1112, 0.0619)),
        ("productivity", "trial_P", "cont", (0.0060, 0.0525)),
        ("productivity", "cont", "trial_P", (0.1259, 0.0528)),
    ],
)
def test_one_arm_over_the_other_as_published(outcome, arm, other, expected):
    """The authors centre the other arm over all they interviewed, also those without the outcome.

    `pooled=True` centres it over the rows used, which moves the effect by the interaction times the
    difference of the two shares: that is all that lies between the two.
    """
    frame = growers()
    centred = frame[other] - frame[other].mean()
    frame = frame.assign(other=centred, product=frame[arm] * centred)
    result = estimate(
        frame, outcome=outcome, baseline=f"{outcome}_before", covariates=["other", "product"],
        **(TRIAL | {"treated": arm}),
    )  # fmt: skip
    assert effect(result) == printed(*expected, 4)
    pooled = estimate(frame, outcome=outcome, baseline=f"{outcome}_before", **TRIAL)
    terms = {term.name: term.estimate for term in pooled.terms}
    used = frame.dropna(subset=[outcome, f"{outcome}_before"])
    moved = terms["trial_P:cont"] * (used[other].mean() - frame[other].mean())
    assert terms[arm] - moved == pytest.approx(result.estimate, rel=1e-8)
