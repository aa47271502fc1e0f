"""A programme judged by a distribution: from its definition to the effect and its name."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from mande.errors import MandeError
from mande.measure import summarise
from mande.pipeline.data import read_and_measure
from mande.pipeline.evaluation import evaluate
from mande.pipeline.runs import load_definitions
from mande.pipeline.workspaces import init_workspace
from mande.schema import Outcome

PROGRAMME = "michigan_training_grants"
LAST = "  - {indicator: sales_per_employee}\n"
ADDED = """\
  - {indicator: average_salary, distribution: gini}
  - {indicator: average_salary, distribution: {quantile: {q: 0.1}}}
  - {indicator: sales_per_employee, distribution: {ratio_of_sums: {below: staff}}}
"""
GINI = "gini_of_average_salary"
TENTH = "quantile_q_0_1_of_average_salary"
RATIO = "ratio_of_sums_below_staff_of_sales_per_employee"


def with_outcomes(root, lines: str):
    place = init_workspace(root / "w")
    file = place.root / "baselines" / PROGRAMME / "programme.yaml"
    text = file.read_text(encoding="utf-8")
    assert LAST in text
    file.write_text(text.replace(LAST, LAST + lines), encoding="utf-8")
    return place


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    return with_outcomes(tmp_path_factory.mktemp("distribution"), ADDED)


@pytest.fixture(scope="module")
def evaluation(workspace):
    return evaluate(PROGRAMME, workspace=workspace.root)


def test_a_reader_sees_what_the_outcome_is(evaluation):
    gini, tenth, ratio = (evaluation.outcome(name) for name in (GINI, TENTH, RATIO))
    plain = evaluation.outcome("average_salary")
    assert gini.label == f"Gini coefficient of {plain.label[0].lower()}{plain.label[1:]}"
    assert tenth.label.startswith("Quantile 0.1 of ")
    assert (gini.unit, gini.direction, gini.scale) == ("index", "lower_is_better", "level")
    assert (tenth.unit, tenth.direction) == (plain.unit, plain.direction)
    assert ratio.unit == "ratio"
    assert "recentred" in gini.formula
    assert any("recentred" in note.lower() for note in gini.means.notes)
    assert gini.primary is not None
    assert gini.primary.label == gini.label


def test_cells_average_to_their_statistic_and_the_effect_is_their_difference(workspace, evaluation):
    data = read_and_measure(workspace, load_definitions(workspace, PROGRAMME))
    rows = data.frame[["arm", "wave", "average_salary", GINI]].dropna()
    plain = pl.DataFrame({name: rows[name].to_list() for name in ("arm", "wave", "average_salary")})
    expected = summarise(plain, {"gini": "average_salary"}, by=["arm", "wave"])
    means = rows.groupby(["arm", "wave"])[GINI].mean()
    assert len(expected) == 9
    for row in expected.iter_rows(named=True):
        assert means[row["arm"], row["wave"]] == pytest.approx(row["value"], abs=1e-12)
    both = data.frame[data.frame["wave"].isin(["1987", "1988"])]
    wide = both.pivot(index="firm_id", columns="wave", values=GINI).dropna()
    treated = both.drop_duplicates("firm_id").set_index("firm_id")["arm"].loc[wide.index] == "grant_1988"
    change = (wide["1988"] - wide["1987"]).to_numpy()
    effect = evaluation.outcome(GINI).primary.estimate
    assert effect == pytest.approx(change[treated].mean() - change[~treated.to_numpy()].mean(), abs=1e-12)
    assert np.isfinite(data.frame[RATIO].dropna()).all()


def test_outcomes_that_cannot_be_are_refused_all_at_once(tmp_path):
    lines = """\
  - {indicator: average_salary, distribution: total}
  - {indicator: average_salary, distribution: ginni}
  - {indicator: average_salary, distribution: {fgt: {line: minimum}}}
  - {indicator: sales_per_employee, distribution: {median: staff}}
"""
    place = with_outcomes(tmp_path, lines)
    with pytest.raises(MandeError) as caught:
        evaluate(PROGRAMME, workspace=place.root)
    told = [(problem.code.id, problem.found()) for problem in caught.value.problems]
    assert told == [
        ("P-DISTRIBUTION", "total of value"),
        ("F-STATISTIC", "ginni"),
        ("F-STATISTIC", "minimum"),
        ("P-DISTRIBUTION", "median of staff"),
    ]
    for problem in caught.value.problems:
        assert problem.place.file.endswith("programme.yaml")
        assert problem.place.question.startswith("outcomes.")
    first = caught.value.problems[0]
    assert "gini" in first.expected()
    for language in ("fr", "es"):
        assert first.summary(language) != first.summary("en")


def test_an_outcome_has_a_name_of_its_own_and_levels_only():
    outcome = Outcome(indicator="income", distribution={"quantile": {"q": 0.1}})
    assert outcome.name == "quantile_q_0_1_of_income"
    assert Outcome(indicator="income").name == "income"
    with pytest.raises(ValueError, match="estimated in levels"):
        Outcome(indicator="income", distribution="gini", scale="log")
