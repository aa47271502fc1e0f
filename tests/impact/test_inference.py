"""Kinds of standard error: against R's numbers, by hand, by brute force, and by law."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, permutations, product
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from mande.errors import MandeError
from mande.impact import estimate
from mande.impact import problems as codes
from mande.impact.contract import Request
from mande.impact.inference import _clusters, cr2, cr3, randomisation, survey
from mande.impact.linear import plain_model, solve
from tests.impact.tables import panel, shared, textbook, written

HOUSES: dict[str, Any] = {"method": "did", "outcome": "rprice", "treated": "nearinc", "time": "year"}
PANEL: dict[str, Any] = {"outcome": "y", "unit": "unit", "time": "wave", "cluster": "cluster"}


def ids(error: pytest.ExceptionInfo[MandeError]) -> list[str]:
    return [problem.code.id for problem in error.value.problems]


@pytest.mark.parametrize(
    ("inference", "std_error"), [("HC1", 8635.58527), ("HC2", 8665.87608), ("HC3", 8751.10459)]
)
def test_house_prices_robust_errors_equal_those_of_r_sandwich(inference, std_error):
    result = estimate(textbook("kielmc"), inference=inference, **HOUSES)
    assert result.std_error == pytest.approx(std_error, rel=1e-6)
    assert (result.estimate, result.df) == (pytest.approx(-11863.90325, rel=1e-9), 317)


@pytest.mark.parametrize(
    ("inference", "std_error", "df", "p"),
    [
        ("CR1", 6621.81794, 33, None),
        ("CR2", 6904.937314, 10.813368, 0.11422371),
        ("CR3", 7363.46968, 33, None),
    ],
)
def test_house_prices_by_district_equal_those_of_r_clubsandwich(inference, std_error, df, p):
    result = estimate(textbook("kielmc"), inference=inference, cluster="cbd", **HOUSES)
    assert result.std_error == pytest.approx(std_error, rel=1e-6)
    assert result.df == pytest.approx(df, rel=1e-6)
    if p is not None:
        assert result.p_value == pytest.approx(p, rel=1e-6)


def test_training_grants_with_firm_effects_equal_those_of_r_clubsandwich():
    result = estimate(
        textbook("jtrain"), method="twfe", outcome="lscrap", treated="grant", covariates=["grant_1"],
        unit="fcode", time="year", inference="CR2",
    )  # fmt: skip
    # printed with as many digits
    assert result.std_error == pytest.approx(0.1431, abs=5e-5)
    assert result.df == pytest.approx(41.0, abs=0.05)
    assert result.p_value == pytest.approx(0.0852, abs=5e-5)


def test_corrections_are_the_same_with_effects_removed_or_as_columns():
    frame = panel(units_per_cluster=3)
    unit = pd.factorize(frame["unit"])[0]
    cluster = pd.factorize(frame["cluster"])[0]
    x, y = frame[["on", "x"]].to_numpy(), frame["y"].to_numpy()
    waves = pd.get_dummies(frame["wave"], drop_first=True, dtype=float).to_numpy()
    units = pd.get_dummies(unit, dtype=float).to_numpy()
    wave = frame["wave"].to_numpy() - 2000
    request = Request("m", "CR", "y", clusters=("cluster",))
    for kind in (cr2, cr3):
        full = kind.linear(solve(plain_model(y, np.column_stack([x, waves, units]), (cluster,))), request)
        inner = solve(plain_model(y, np.column_stack([x, waves]), (cluster,), absorbed=(unit,)))
        both = solve(plain_model(y, x, (cluster,), absorbed=(unit, wave)))
        for fit in (inner, both):
            fitted = kind.linear(fit, request)
            assert fitted.std_errors[:2] == pytest.approx(full.std_errors[:2], rel=1e-8)
            if kind is cr2:
                found = [fitted.references[position].df for position in (0, 1)]
                assert found == pytest.approx([full.references[p].df for p in (0, 1)], rel=1e-8)


def brute_force(y, x, w, codes_, kind):
    """Return the covariance (and the first df) from whole matrices, as the papers write them."""
    n = len(y)
    m = np.linalg.inv(x.T @ (x * w[:, None]))
    hat = x @ m @ (x * w[:, None]).T
    left = np.eye(n) - hat
    residuals, meat, vectors = left @ y, np.zeros_like(m), []
    for code in np.unique(codes_):
        rows = codes_ == code
        block = (left @ left.T)[np.ix_(rows, rows)] if kind == "CR2" else left[np.ix_(rows, rows)]
        values, basis = np.linalg.eigh(block) if kind == "CR2" else (None, None)
        a = basis @ np.diag(values**-0.5) @ basis.T if kind == "CR2" else np.linalg.inv(block)
        score = x[rows].T @ (w[rows] * (a @ residuals[rows]))
        meat += np.outer(score, score)
        vectors.append(left[rows].T @ (a @ (w[rows, None] * x[rows]) @ m[:, 0]))
    gram = np.array([[one @ two for two in vectors] for one in vectors])
    return m @ meat @ m, np.trace(gram) ** 2 / np.sum(gram**2)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("kind", ["CR2", "CR3"])
def test_corrections_equal_whole_matrices(kind, weighted):
    rng = np.random.default_rng(5)
    codes_ = np.repeat(np.arange(8), [2, 3, 9, 4, 4, 5, 6, 7])
    x = np.column_stack([rng.normal(size=(40, 2)) + codes_[:, None] / 9, np.ones(40)])
    y, w = rng.normal(size=40), rng.uniform(0.5, 3, 40) if weighted else np.ones(40)
    fit = solve(plain_model(y, x, (codes_,), weights=w if weighted else None))
    module = cr2 if kind == "CR2" else cr3
    fitted = module.linear(fit, Request("m", kind, "y", clusters=("c",)))
    covariance, df = brute_force(y, x, w, codes_, kind)
    assert fitted.covariance == pytest.approx(covariance, rel=1e-9)
    if kind == "CR2":
        assert fitted.reference.df == pytest.approx(df, rel=1e-9)


def test_an_effect_that_one_cluster_carries_has_no_cr3():
    frame = panel(n_units=12, units_per_cluster=3).query("wave in (2000, 2003)")
    frame["dose"] = np.where(frame["cluster"] == "c01", 1.5, 0.0) * (frame["wave"] == 2003)
    with pytest.raises(MandeError) as error:
        estimate(frame, method="twfe", treated="dose", inference="CR3", **PANEL)
    assert ids(error) == ["M-CLUSTERS"]


def test_two_clusterings_add_up():
    frame = panel(units_per_cluster=3).assign(both=lambda f: f["cluster"] + f["wave"].astype(str))
    call = {"method": "fixed_effects", "treated": "on", "covariates": ["x"], "inference": "CR1"}
    one, two, both = (
        estimate(frame, **(PANEL | call | {"cluster": name})) for name in ("cluster", "wave", "both")
    )
    pair = estimate(frame, **(PANEL | call | {"cluster": ("cluster", "wave")}))
    n = len(frame)

    def bare(result, k):
        g = result.n_clusters
        return result.std_error**2 / (g / (g - 1) * (n - 1) / (n - k))

    # units lie in one cluster and are not counted by it; waves and cells cut across them
    meat = bare(one, 3) + bare(two, 2 + 30) - bare(both, 2 + 30)
    assert pair.std_error**2 == pytest.approx(meat * 4 / 3 * (n - 1) / (n - 3), rel=1e-9)
    assert (pair.cluster, pair.n_clusters, pair.df) == ("cluster and wave", 4, 3)


def test_two_clusterings_equal_pyfixest_with_wave_effects_in_the_clusters():
    # pyfixest 0.60.0, feols("y ~ on + x | unit + wave", vcov={"CRV1": "cluster + wave"}), PYTHONHASHSEED=1
    result = estimate(
        panel(units_per_cluster=3), method="twfe", treated="on", covariates=["x"], inference="CR1",
        **(PANEL | {"cluster": ("cluster", "wave")}),
    )  # fmt: skip
    assert result.std_error == pytest.approx(0.3586190826586636, rel=1e-9)


def test_more_effects_than_can_be_columns_are_refused_by_name_and_avoided_by_auto(monkeypatch):
    monkeypatch.setattr(_clusters, "MOST_COLUMNS", 20)
    call = {"method": "twfe", "treated": "on", "weights": "weight", **PANEL}
    frame = panel(units_per_cluster=5)  # six clusters of five units
    with pytest.raises(MandeError, match="CR2 for 30 effects with weights"):
        estimate(frame, inference="CR2", **call)
    result = estimate(frame, **call)
    assert result.inference == "CR1"
    assert "no better standard error is defined here" in " ".join(result.notes)
    assert result.caution


def test_a_kind_without_two_clusterings_says_so():
    with pytest.raises(MandeError, match="at most 1 with CR2"):
        estimate(panel(), method="twfe", treated="on", inference="CR2",
                 **(PANEL | {"cluster": ("cluster", "wave")}))  # fmt: skip


def wild_by_refitting(frame: pd.DataFrame, null: float) -> float:
    """Return the p-value of a restricted wild bootstrap in which every draw is a regression of its own."""
    y, codes_ = frame["y"].to_numpy() - null * frame["d"].to_numpy(), pd.factorize(frame["cluster"])[0]
    z = np.column_stack([frame["x"], np.ones(len(frame))])
    full = np.column_stack([frame["d"], z])
    restricted = sm.OLS(y, z).fit()

    def statistic(values):
        fit = sm.OLS(values, full).fit(cov_type="cluster", cov_kwds={"groups": codes_})
        return abs(fit.tvalues[0])

    observed, above = statistic(y), 0
    for signs in product((-1.0, 1.0), repeat=codes_.max() + 1):
        draw = restricted.fittedvalues + restricted.resid * np.array(signs)[codes_]
        above += statistic(draw) >= observed * (1 - 1e-9)
    return above / 2 ** (codes_.max() + 1)


def small(seed: int, n_clusters: int = 6) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    cluster = np.repeat(np.arange(n_clusters), 4)
    d = (cluster < n_clusters // 2) * 1.0
    x = rng.normal(size=len(cluster))
    y = 0.8 * d + x + rng.normal(size=n_clusters)[cluster] + rng.normal(size=len(cluster))
    return pd.DataFrame({"cluster": cluster, "d": d, "x": x, "y": y, "unit": np.arange(len(y))})


def as_two_waves(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a panel whose changes are the outcome: zero before."""
    before = frame.assign(wave=1, y=0.0)
    return pd.concat([before, frame.assign(wave=2)])


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_wild_bootstrap_equals_one_that_refits_every_draw(seed):
    frame = small(seed)
    result = estimate(
        as_two_waves(frame), method="did", treated="d", covariates=["x"], inference="wild",
        draws="rademacher", replays=99, **PANEL,
    )  # fmt: skip
    assert result.p_value == wild_by_refitting(frame, 0.0)
    for low, high in result.interval(0.8).pieces:
        for end, inward in ((low, 1), (high, -1)):
            # Just inside the set a value is not rejected, just outside it is.
            assert wild_by_refitting(frame, end + inward * 1e-4) > 0.2
            assert wild_by_refitting(frame, end - inward * 1e-4) <= 0.2


def test_the_wild_bootstrap_of_effects_within_units_equals_that_of_changes():
    frame = panel(units_per_cluster=2).query("wave in (2000, 2003)")
    frame["on"] = frame["group"] * (frame["wave"] == 2003)
    results = [
        estimate(frame, method=method, treated=treated, inference="wild", seed=3, **PANEL)
        for method, treated in (("did", "group"), ("twfe", "on"))
    ]
    assert results[0].p_value == results[1].p_value
    ends = [np.array(result.interval().pieces) for result in results]
    assert ends[0] == pytest.approx(ends[1], rel=1e-6)


def test_the_seed_decides_the_draws():
    frame = as_two_waves(small(1, 16))
    call = {"method": "did", "treated": "d", "inference": "wild", **PANEL}
    first, again, other = (estimate(frame, seed=seed, replays=999, **call) for seed in (1, 1, 2))
    assert first == again
    assert first.p_value != other.p_value


def test_the_lady_tasting_tea():
    # Fisher (1935): eight cups, four with milk first, all told right: 1 of 70 draws, 2 with the mirror image
    milk = np.array([1, 0, 0, 1, 1, 0, 1, 0])
    frame = pd.DataFrame({"unit": np.arange(8), "cluster": np.arange(8), "d": milk, "y": milk * 1.0})
    frame["y"] += 1e-9 * np.arange(8)
    result = estimate(as_two_waves(frame), method="did", treated="d", inference="randomisation", **PANEL)
    assert result.p_value == pytest.approx(2 / 70, rel=1e-12)
    assert "all 70 assignments" in result.notes[0]


def test_draws_within_strata_keep_numbers():
    rng = np.random.default_rng(0)
    stratum = np.repeat([0, 1, 2], 4)
    d = np.tile([1, 1, 0, 0], 3)
    y = 1.2 * d + 3.0 * stratum + rng.normal(size=12)
    frame = pd.DataFrame({"unit": np.arange(12), "cluster": np.arange(12), "d": d, "y": y, "s": stratum})
    result = estimate(
        as_two_waves(frame), method="did", treated="d", strata="s", inference="randomisation", **PANEL
    )
    actual, above = y[d == 1].mean() - y[d == 0].mean(), 0
    for chosen in product(list(combinations(range(4), 2)), repeat=3):
        treated = np.zeros(12, dtype=bool)
        for block, members in enumerate(chosen):
            treated[[4 * block + member for member in members]] = True
        above += abs(y[treated].mean() - y[~treated].mean()) >= abs(actual) * (1 - 1e-9)
    assert result.p_value == pytest.approx(above / 6**3, rel=1e-12)


def test_start_dates_are_drawn_again():
    frame = panel(n_units=6)
    call = {"method": "twfe", "treated": "on", **PANEL}
    result = estimate(frame, inference="randomisation", assigned_by="unit", **call)
    starts = frame.query("on == 1").groupby("unit")["wave"].min().reindex(frame["unit"].unique())
    values, above, count = starts.fillna(9999).to_list(), 0, 0
    for order in sorted(set(permutations(values))):
        drawn = frame.assign(
            on=(frame["wave"] >= frame["unit"].map(dict(zip(starts.index, order, strict=True)))) * 1.0
        )
        above += abs(estimate(drawn, inference="CR1", **call).estimate) >= abs(result.estimate) * (1 - 1e-9)
        count += 1
    assert count == 90
    assert result.p_value == pytest.approx(above / count, rel=1e-12)


def test_group_sums_and_whole_columns_give_the_same_draws(monkeypatch):
    frame = as_two_waves(small(4, 12)).assign(weight=lambda f: 1.0 + f["unit"] % 3)
    call = {"method": "did", "treated": "d", "covariates": ["x"], "weights": "weight", **PANEL}
    short = estimate(frame, inference="randomisation", **call)
    monkeypatch.setattr(randomisation, "_group_sums", lambda fit, assignment: None)
    long = estimate(frame, inference="randomisation", **call)
    assert short.p_value == long.p_value
    assert np.array(short.interval().pieces) == pytest.approx(np.array(long.interval().pieces), rel=1e-6)


def test_the_set_of_randomisation_holds_what_the_test_of_the_shifted_outcome_keeps():
    frame = as_two_waves(small(4, 12))
    call = {"method": "did", "treated": "d", "inference": "randomisation", **PANEL}
    low, high = estimate(frame, **call).interval(0.9).pieces[0]
    after = frame["wave"] == 2
    for shift, is_kept in (
        (low - 1e-4, False),
        (low + 1e-4, True),
        (high - 1e-4, True),
        (high + 1e-4, False),
    ):
        shifted = frame.assign(y=frame["y"] - shift * frame["d"] * after)
        assert (estimate(shifted, **call).p_value > 0.1) is is_kept


def test_cross_sections_are_replayed_regression_by_regression():
    frame = small(7, 8).assign(wave=1)
    later = small(8, 8).assign(wave=2)
    both = pd.concat([frame, later])
    call = {"method": "did", "treated": "d", "outcome": "y", "time": "wave", "cluster": "cluster"}
    result = estimate(both, inference="randomisation", **call)
    above = 0
    for chosen in combinations(range(8), 4):
        drawn = both.assign(d=both["cluster"].isin(chosen) * 1.0)
        above += abs(estimate(drawn, inference="CR1", **call).estimate) >= abs(result.estimate) * (1 - 1e-9)
    assert result.p_value == pytest.approx(above / 70, rel=1e-12)


@pytest.mark.parametrize(
    ("change", "arguments", "where"),
    [
        ({"on": lambda f: (f["wave"] % 2) * (f["cluster"] > "c03")}, {}, "on"),
        ({}, {"strata": "x"}, "x"),
    ],
)
def test_a_draw_that_cannot_be_replayed_is_refused(change, arguments, where):
    frame = panel(units_per_cluster=3).assign(**change)
    with pytest.raises(MandeError) as error:
        estimate(frame, method="twfe", treated="on", inference="randomisation", **PANEL, **arguments)
    assert ids(error) == ["M-ASSIGNED"]
    assert error.value.problems[0].place.column == where


def schools():
    frame = shared("oracles/apiclus1.csv")
    used = frame[["ell", "meals", "mobility"]].to_numpy(dtype=float)
    x = np.column_stack([used, np.ones(len(frame))])
    model = plain_model(
        frame["api00"].to_numpy(float), x, (pd.factorize(frame["dnum"])[0],), weights=frame["pw"].to_numpy()
    )
    return frame, model


def test_a_survey_regression_equals_that_of_r_survey():
    frame, model = schools()
    model = replace(model, data=replace(model.data, extra={"fpc": frame["fpc"].to_numpy(float)}))
    request = Request("m", "survey", "y", clusters=("dnum",), options={"fpc": "fpc"})
    fitted = survey.linear(solve(model), request)
    assert fitted.coefficients[:2] == pytest.approx([-0.51672178, -3.12320426], rel=1e-7)
    assert fitted.std_errors[:2] == pytest.approx([0.32400395, 0.27808304], rel=1e-7)
    assert fitted.reference.df == 15 - 1 - 3
    mean = plain_model(model.outcome, np.ones((len(frame), 1)), model.clusters, weights=model.weights)
    mean = replace(mean, data=replace(mean.data, extra={"fpc": frame["fpc"].to_numpy(float)}))
    finite = survey.linear(solve(mean), request)
    assert finite.std_errors[0] == pytest.approx(23.54224, abs=5e-6)
    without = survey.linear(solve(mean), replace(request, options={"fpc": None}))
    assert without.coefficients[0] == pytest.approx(644.16940, rel=1e-7)
    assert without.std_errors[0] == pytest.approx(23.779, abs=5e-4)


def test_strata_of_a_survey_by_hand():
    # two strata of two units; totals of x w e around their stratum's mean
    y = np.array([1.0, 3.0, 10.0, 16.0])
    model = plain_model(y, np.ones((4, 1)), weights=np.array([1.0, 1.0, 2.0, 2.0]))
    model = replace(model, strata=np.array([0, 0, 1, 1]))
    fitted = survey.linear(solve(model), Request("m", "survey", "y", options={"fpc": None}))
    # stratum one: n/(n-1) * 2 * 1^2, stratum two: n/(n-1) * 2 * (2 * 3)^2; over the square of the weights
    assert fitted.std_errors[0] == pytest.approx(((4 + 144) / 36) ** 0.5)
    assert fitted.reference.df == 2


def test_a_stratum_of_one_unit_is_refused():
    frame = written("""
        unit | wave | d | y | s
        a    | 1    | 1 | 1 | 1
        a    | 2    | 1 | 4 | 1
        b    | 1    | 0 | 2 | 1
        b    | 2    | 0 | 3 | 1
        c    | 1    | 0 | 2 | 2
        c    | 2    | 0 | 5 | 2
    """)
    with pytest.raises(MandeError) as error:
        estimate(
            frame, method="did", outcome="y", treated="d", unit="unit", time="wave", strata="s",
            inference="survey",
        )  # fmt: skip
    assert [problem.code for problem in error.value.problems] == [codes.SURVEY]


def test_robust_errors_of_a_row_fitted_by_itself_are_refused():
    frame = panel().query("wave in (2000, 2003)").assign(one=lambda f: (f["unit"] == "u003") * 1.0)
    with pytest.raises(MandeError) as error:
        estimate(frame, method="did", treated="group", covariates=["one"], inference="HC3",
                 outcome="y", unit="unit", time="wave")  # fmt: skip
    assert ids(error) == ["M-ROWS"]
