"""What other software prints for the same model: against the libraries themselves, and by hand where they
are not."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import mande
from mande.cli import cli
from mande.errors import MandeError
from tests.impact.tables import panel

FRAME = panel(n_units=40, n_waves=4, units_per_cluster=2).assign(
    unit_=lambda t: pd.factorize(t["unit"])[0], cluster_=lambda t: pd.factorize(t["cluster"])[0]
)
LAST = FRAME[FRAME["wave"] == 2003].reset_index(drop=True)


def table(frame: pd.DataFrame = LAST, **call: object) -> pd.DataFrame:
    given_ = {"method": "ancova", "outcome": "y", "treated": "group"} | call
    return mande.other_software(frame, **given_).set_index("software")


def plain_regression(**fit: object):
    columns = sm.add_constant(LAST[["group", "x"]].to_numpy(dtype=float))
    return sm.OLS(LAST["y"].to_numpy(), columns).fit(**fit)


def test_statsmodels_clustered_is_what_statsmodels_prints():
    row = table(covariates=["x"], cluster="cluster").loc["statsmodels"]
    found = plain_regression(cov_type="cluster", cov_kwds={"groups": LAST["cluster_"]})
    assert (row["std_error"], row["p_value"]) == pytest.approx((found.bse[1], found.pvalues[1]))
    assert row["distribution"] == "normal"


def test_statsmodels_hc1_is_what_statsmodels_prints():
    row = table(covariates=["x"], inference="HC1").loc["statsmodels"]
    found = plain_regression(cov_type="HC1")
    assert (row["std_error"], row["p_value"]) == pytest.approx((found.bse[1], found.pvalues[1]))


@pytest.mark.parametrize(
    ("software", "kind"),
    [("Stata, R lm", "nonrobust"), ("Stata robust", "HC1"), ("R estimatr", "HC2"), ("R sandwich", "HC3")],
)
def test_errors_without_clusters_are_those_of_statsmodels_with_t(software, kind):
    row = table(covariates=["x"], inference="HC1").loc[software]
    found = plain_regression(cov_type=kind, use_t=True)
    assert (row["std_error"], row["p_value"]) == pytest.approx((found.bse[1], found.pvalues[1]))
    assert row["df"] == 37


def test_linearmodels_panel_is_what_linearmodels_prints():
    from linearmodels import PanelOLS

    row = table(FRAME, method="fixed_effects", treated="on", unit="unit", time="wave").loc["linearmodels"]
    wide = FRAME.set_index(["unit_", "wave"])
    fit = PanelOLS(wide["y"], wide[["on"]], entity_effects=True).fit(
        cov_type="clustered", cluster_entity=True
    )
    assert (row["std_error"], row["p_value"]) == pytest.approx((fit.std_errors["on"], fit.pvalues["on"]))
    assert row["df"] == fit.df_resid


@pytest.mark.parametrize("kind", ["clustered", "robust"])
def test_linearmodels_instruments_are_what_linearmodels_prints(kind):
    from linearmodels.iv import IV2SLS

    rng = np.random.default_rng(1)
    data = LAST.assign(took=LAST["group"] * (rng.random(len(LAST)) < 0.8))
    more = {"cluster": "cluster"} if kind == "clustered" else {}
    row = table(data, method="iv", treated="took", instruments="group", **more).loc["linearmodels"]
    known = {"clusters": data["cluster_"]} if kind == "clustered" else {}
    ones = np.ones((len(data), 1))
    fit = IV2SLS(data["y"], ones, data[["took"]], data[["group"]]).fit(cov_type=kind, **known)
    assert (row["std_error"], row["p_value"]) == pytest.approx((fit.std_errors["took"], fit.pvalues["took"]))


def test_stata_by_hand():
    # Two observations in each of five clusters, a difference of two means: the formula of the manual.
    frame = pd.DataFrame({"d": [1, 1, 1, 1, 0, 0, 0, 0, 0, 0], "c": [1, 1, 2, 2, 3, 3, 4, 4, 5, 5],
                          "y": [5.0, 7, 4, 8, 1, 3, 2, 2, 4, 6]})  # fmt: skip
    found = mande.other_software(frame, method="ancova", outcome="y", treated="d", cluster="c")
    row = found.set_index("software").loc["Stata"]
    one, zero = np.array([-1.0, 1, -2, 2]), np.array([-2.0, 0, -1, -1, 1, 3])
    sums = [(one[0] + one[1]) / 4, (one[2] + one[3]) / 4, (zero[0] + zero[1]) / 6, (zero[2] + zero[3]) / 6,
            (zero[4] + zero[5]) / 6]  # fmt: skip
    variance = sum(part**2 for part in sums) * 5 / 4 * 9 / 8
    assert row["std_error"] == pytest.approx(variance**0.5)
    assert row["p_value"] == pytest.approx(2 * stats.t.sf(3 / variance**0.5, 4))


def test_in_levels_the_same_difference_in_differences_has_another_factor():
    two = FRAME[FRAME["wave"].isin([2000, 2003])].assign(after=lambda t: (t["wave"] == 2003).astype(float))
    found = table(two, method="did", unit="unit", time="wave", cluster="cluster").loc["Stata, levels"]
    columns = np.column_stack([np.ones(len(two)), two["group"], two["after"], two["group"] * two["after"]])
    fit = sm.OLS(two["y"].to_numpy(), columns.astype(float)).fit(
        cov_type="cluster", cov_kwds={"groups": two["cluster_"]}, use_t=True
    )
    assert (found["estimate"], found["std_error"]) == pytest.approx((fit.params[3], fit.bse[3]))
    assert found["p_value"] == pytest.approx(2 * stats.t.sf(abs(fit.params[3] / fit.bse[3]), 19))


# Printed by pyfixest 0.60.0 on these tables (feols, vcov CRV1 by the cluster; errors and p-values).
PYFIXEST = {
    "unit effects": (0.2489162577634219, 1.1102230246251565e-15),
    "two-way effects": (0.4268834936477619, 5.53756609211753e-06),
    "difference-in-differences": (0.6464911323010143, 0.00021891598151979608),
}


def pyfixest_rows() -> dict[str, pd.Series]:
    two = FRAME[FRAME["wave"].isin([2000, 2003])]
    panel_ = {"treated": "on", "unit": "unit", "time": "wave"}
    did = {"method": "did", "treated": "group", "unit": "unit", "time": "wave"}
    return {
        "unit effects": table(FRAME, method="fixed_effects", **panel_).loc["R fixest"],
        "two-way effects": table(FRAME, method="twfe", cluster="cluster", **panel_).loc["R fixest"],
        "difference-in-differences": table(two, **did).loc["R fixest, levels"],
    }


@pytest.mark.parametrize("model", PYFIXEST)
def test_rows_of_fixest_are_what_pyfixest_printed(model):
    row = pyfixest_rows()[model]
    error, p = PYFIXEST[model]
    assert row["std_error"] == pytest.approx(error, rel=1e-9)
    assert row["p_value"] == pytest.approx(p, rel=1e-6, abs=1e-15)


def test_pyfixest_where_it_is_installed_still_prints_that():
    pyfixest = pytest.importorskip("pyfixest", reason="needs pyfixest, which is no dependency")
    fit = pyfixest.feols("y ~ on | unit", FRAME, vcov={"CRV1": "unit"})
    assert float(fit.se()["on"]) == pytest.approx(PYFIXEST["unit effects"][0])


def test_linearmodels_with_two_sets_of_effects_is_what_linearmodels_prints():
    from linearmodels import PanelOLS

    call = {"method": "twfe", "treated": "on", "unit": "unit", "time": "wave", "cluster": "cluster"}
    row = table(FRAME, **call).loc["linearmodels"]
    wide = FRAME.set_index(["unit_", "wave"])
    model = PanelOLS(wide["y"], wide[["on"]], entity_effects=True, time_effects=True)
    fit = model.fit(cov_type="clustered", clusters=wide["cluster_"])
    assert row["std_error"] == pytest.approx(fit.std_errors["on"])
    assert row["p_value"] == pytest.approx(fit.pvalues["on"])


# CR1 and CR2 of this package are tested against numbers of R; the rows of R must be these.
@pytest.mark.parametrize(("software", "inference"), [("R fixest", "CR1"), ("R estimatr", "CR2")])
def test_rows_of_r_are_the_errors_that_are_tested_against_r(software, inference):
    call = {"method": "ancova", "outcome": "y", "treated": "group", "cluster": "cluster", "covariates": ["x"]}
    row = table(**call).loc[software]
    own = mande.estimate(LAST, inference=inference, **call)
    assert (row["std_error"], row["p_value"], row["df"]) == pytest.approx(
        (own.std_error, own.p_value, own.df)
    )


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 20), st.floats(0.01, 100))
def test_errors_grow_with_the_outcome_and_p_values_stay(seed, scale):
    frame = panel(seed, n_units=24)[lambda t: t["wave"] == 2003]
    one = table(frame, cluster="cluster")
    other = table(frame.assign(y=frame["y"] * scale).sample(frac=1, random_state=seed), cluster="cluster")
    assert other["std_error"].tolist() == pytest.approx((one["std_error"] * scale).tolist())
    assert other["p_value"].tolist() == pytest.approx(one["p_value"].tolist())


def test_the_first_row_is_what_this_package_prints_and_every_row_says_its_convention():
    found = mande.other_software(LAST, method="ancova", outcome="y", treated="group", cluster="cluster")
    own = mande.estimate(LAST, method="ancova", outcome="y", treated="group", cluster="cluster")
    assert found.loc[0, ["software", "std_error", "p_value"]].tolist() == [
        "mande",
        own.std_error,
        own.p_value,
    ]
    assert found["estimate"].nunique() == 1
    assert (found["convention"].str.len() > 10).all()


def test_a_method_that_is_no_regression_is_refused_with_what_to_do():
    with pytest.raises(MandeError, match="M-CONVENTION"):
        mande.other_software(
            FRAME, method="callaway_santanna", outcome="y", unit="unit", time="wave", first_treated="first"
        )


def test_the_command_shows_the_table_on_request(tmp_path):
    file = tmp_path / "last.csv"
    LAST.to_csv(file, index=False)
    asked = ["estimate", str(file), "-m", "ancova", "-y", "y", "-t", "group", "--cluster", "cluster"]
    plain = CliRunner().invoke(cli, asked)
    assert "statsmodels" not in plain.output
    shown = CliRunner().invoke(cli, [*asked, "--other-software"])
    assert shown.exit_code == 0
    for software in ("Stata", "R fixest", "R estimatr", "statsmodels"):
        assert f"\n{software}: error " in shown.output
    record = json.loads(CliRunner().invoke(cli, [*asked, "--other-software", "--json"]).output)
    assert [row["software"] for row in record["other_software"]][:2] == ["mande", "Stata"]
