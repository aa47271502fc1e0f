"""The core of the regressions: against statsmodels with every effect as a column, and by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from pydantic import TypeAdapter

from mande.errors import MandeError
from mande.impact import problems as codes
from mande.impact.contract import Fitted, InfluenceFit, Request
from mande.impact.inference import influence
from mande.impact.linear import absorbed_sets, count_for_clusters, leverage, plain_model, residualise, solve
from mande.results import Estimate, Interval, Reference, Sample, Term


def tables(seed: int = 3, n: int = 200):
    rng = np.random.default_rng(seed)
    one, two = rng.integers(0, 12, n), rng.integers(0, 7, n)
    x = rng.normal(size=(n, 2)) + one[:, None] / 5
    y = x @ [1.5, -2.0] + one - 0.3 * two + rng.normal(size=n)
    return y, x, one, two, rng.uniform(0.5, 2.0, n)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("n_sets", [0, 1, 2])
def test_absorbed_effects_give_what_indicator_columns_give(weighted, n_sets):
    y, x, one, two, w = tables()
    sets = (one, two)[:n_sets]
    weights = w if weighted else None
    fit = solve(plain_model(y, x, weights=weights, absorbed=sets))
    dummies = [pd.get_dummies(codes_, drop_first=True, dtype=float).to_numpy() for codes_ in sets]
    full = np.column_stack([x, *dummies, *([np.ones(len(y))] if sets else [])])
    reference = sm.WLS(y, full, weights=w if weighted else 1.0).fit()
    assert fit.coefficients == pytest.approx(reference.params[:2], rel=1e-9)
    assert fit.residuals == pytest.approx(reference.resid, abs=1e-8)
    assert fit.n - fit.n_coefficients == reference.df_resid
    assert fit.bread == pytest.approx(reference.normalized_cov_params[:2, :2], rel=1e-8)
    if n_sets < 2:
        root = np.sqrt(fit.weights)[:, None] * full
        hat = np.einsum("ij,jk,ik->i", root, np.linalg.inv(root.T @ root), root)
        assert leverage(fit) == pytest.approx(hat, rel=1e-9)


def test_removing_effects_twice_changes_nothing():
    _, x, one, two, w = tables()
    once = residualise(x, (one, two), w)
    assert residualise(once, (one, two), w) == pytest.approx(once, abs=1e-9)


def test_a_set_within_a_finer_set_is_left_out():
    unit = np.arange(12)
    assert len(absorbed_sets((unit // 4, unit))) == 1
    assert len(absorbed_sets((unit, unit))) == 1


def test_effects_nested_in_clusters_are_not_counted():
    y, x, one, two, _ = tables()
    fit = solve(plain_model(y, x, (one // 3,), absorbed=(one, two)))
    assert count_for_clusters(fit, (one // 3,)) == 2 + 1 + 6
    assert count_for_clusters(fit, (np.arange(len(y)),)) == 2 + 1 + 6 + 11


def test_a_combination_of_absorbed_effects_is_refused():
    y, x, one, two, _ = tables()
    with pytest.raises(MandeError) as caught:
        solve(plain_model(y, np.column_stack([x, one + 2 * two]), absorbed=(one, two)))
    assert caught.value.problems[0].code is codes.COLLINEAR


def test_influence_functions_of_a_mean_give_its_error():
    rng = np.random.default_rng(1)
    values, clusters = rng.normal(size=(40, 2)), np.arange(40) // 4
    fit = InfluenceFit(values.mean(axis=0), ("a", "b"), values - values.mean(axis=0), "a", joint=("a", "b"))
    fitted = influence.influence(fit, Request("m", "influence", "y"))
    assert fitted.std_errors == pytest.approx(values.std(axis=0) / np.sqrt(40), rel=1e-12)
    # Two independent statistics: the 95 % point of the larger is that of one at sqrt(0.95).
    assert fitted.simultaneous.quantile(0.975) == pytest.approx(2.236, abs=0.15)
    grouped = InfluenceFit(fit.estimates, fit.names, fit.psi, "a", clusters=(clusters,))
    sums = pd.DataFrame(fit.psi).groupby(clusters).sum().to_numpy()
    assert influence.influence(grouped, Request("m", "influence", "y", clusters=("c",))).std_errors == (
        pytest.approx(np.sqrt((sums**2).sum(axis=0)) / 40, rel=1e-12)
    )


def result(reference: Reference) -> Estimate:
    terms = (Term("d", 1.0, 0.5), Term("x", 2.0, 0.1))
    return Estimate("y", "d", "m", "i", 1.0, 0.5, reference, 9, 9, 9, "c", terms, Sample(9, 9), "")


def test_draws_give_p_values_and_intervals():
    reference = Reference("draws", draws=tuple(np.arange(1, 100) / 25), counts_observed=True)
    estimate = result(reference)
    assert estimate.p_value == (50 + 1) / 100  # draws 2.00, 2.04, ... 3.96, and the one observed
    assert estimate.interval(0.9).pieces == ((1 - 0.5 * 3.6, 1 + 0.5 * 3.6),)
    row = estimate.tidy(terms="all").iloc[1]
    assert pd.isna(row["p_value"])
    assert pd.isna(row["ci_low"])


def test_sets_may_have_pieces_and_open_ends():
    curve = ((-2.0, 0.0), (-1.0, 0.2), (0.0, 0.01), (1.0, 1.0), (2.0, 0.5))
    estimate = result(Reference("set", curve=curve, p_null=0.01))
    assert estimate.p_value == 0.01
    interval = estimate.interval(0.9)
    assert isinstance(interval, Interval)
    assert np.array(interval.pieces) == pytest.approx(
        np.array([[-1.5, -1 + 0.1 / 0.19], [0.09 / 0.99, np.inf]]), rel=1e-12
    )
    assert interval.excludes(0.0)
    assert estimate.tidy(0.9)["ci_high"].iloc[0] == np.inf


def test_new_parts_of_an_estimate_survive_json():
    adapter = TypeAdapter(Estimate)
    estimate = result(Reference("set", curve=((0.0, 0.1), (1.0, 1.0)), p_null=0.1))
    assert adapter.validate_json(adapter.dump_json(estimate)) == estimate


def test_a_variance_lost_in_rounding_is_zero():
    fitted = Fitted(np.ones(2), np.diag([1.0, -1e-18]), Reference("normal"), 9, None)
    assert list(fitted.std_errors) == [1.0, 0.0]
