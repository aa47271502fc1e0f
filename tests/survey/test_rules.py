"""Rules between answers: judged wherever their own answers are sound, and checked as definitions."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from mande.catalogue import load_catalogue
from mande.survey.rules import check_rules

QUESTIONS = """
format: 1
table: farmers
questions:
  hours_paid: {label: {en: Hours paid}, type: number, range: [0, 112]}
  hours_worked: {label: {en: Hours worked}, type: number, range: [0, 112]}
  employed: {label: {en: Employed}, type: yes_no}
  wage: {label: {en: Wage}, type: number, when: employed, when_skipped: zero}
  skill: {label: {en: Skill}, type: integer, when: employed}
  contract: {label: {en: Contract}, type: yes_no, when: employed, required: true}
  secret: {label: {en: Secret}, type: integer, range: [0, 5], sensitivity: protected}
  n_plots: {label: {en: Number of plots}, type: integer, count_of: plots}
"""
RULES = """
format: 1
table: farmers
rules:
  paid_within_worked:
    rule: hours_paid <= hours_worked
    message: {en: More hours were paid than worked, fr: Trop d'heures payées, es: Demasiadas horas pagadas}
    examples:
      - {given: {hours_paid: 40, hours_worked: 40}, expect: true}
      - {given: {hours_paid: 60, hours_worked: 48}, expect: false}
  secret_below_plots:
    rule: secret <= n_plots
    severity: soft
    message: {en: The secret exceeds the plots, fr: Secret, es: Secreto}
    fix: {en: Ask again in private., fr: Redemandez., es: Vuelva a preguntar.}
    cells: [n_plots]
    examples:
      - {given: {secret: 1, n_plots: 2}, expect: true}
      - {given: {secret: 3, n_plots: 2}, expect: false}
  area_of_plots:
    rule: sum(plots.area) <= 10 * n_plots
    message: {en: The plots are too large, fr: Parcelles trop grandes, es: Parcelas demasiado grandes}
    examples:
      - {given: {n_plots: 1, plots: [{area: 9}, {area: 1}]}, expect: true}
      - {given: {n_plots: 1, plots: [{area: 9}, {area: 2}]}, expect: false}
"""
HEAD = "farmer_id,sex,hours_paid,hours_worked,secret,n_plots\n"


@pytest.fixture(scope="module")
def farm(place_with):
    return place_with({"indicators/_questions/farm.yaml": QUESTIONS, "indicators/_rules/farmers.yaml": RULES})


def crossed(verdict):
    return [p for p in verdict.problems if p.code.id == "X-CROSS"]


def test_a_broken_rule_is_an_error_at_its_first_cell_with_both_answers(farm):
    verdict = farm.check(HEAD + "F001,f,60,48,,\nF002,f,48,48,,\n")
    (problem,) = crossed(verdict)
    assert (problem.place.row, problem.place.column, problem.severity) == (2, "hours_paid", "error")
    assert (problem.also, verdict.cell(problem)) == (("hours_worked",), "C2")
    assert problem.summary() == "More hours were paid than worked"
    assert problem.found("fr") == "hours_paid = 60, hours_worked = 48"
    assert problem.expected() == "the rule hours_paid <= hours_worked"
    assert "At least one of these answers is wrong" in problem.fix()


@pytest.mark.parametrize("paid", ["", "-98", "abc", "113", "-1"])
def test_a_rule_says_nothing_where_an_answer_is_missing_or_faulty_by_itself(farm, paid):
    assert crossed(farm.check(HEAD + f"F001,f,{paid},48,,\n")) == []
    assert crossed(farm.check(HEAD + "F001,f,60,113,,\n")) == []


def test_a_rule_is_judged_in_rows_that_have_other_faults(farm):
    verdict = farm.check(HEAD + "F001,xx,60,48,,about\n")
    assert {p.code.id for p in verdict.problems if p.severity == "error"} == {"V-ENUM", "V-TYPE", "X-CROSS"}


def test_known_faults_are_all_found_and_nothing_else(farm):
    """Every row is broken or not by construction; other faults fall on every third cell."""
    draw = random.Random(7)
    lines, broken = [], []
    for number in range(500):
        paid, worked = draw.randint(0, 112), draw.randint(0, 112)
        spoilt = draw.random() < 0.3
        sex = "zz" if draw.random() < 0.5 else "f"
        lines.append(f"F{number:03d},{sex},{'x' if spoilt else paid},{worked},,")
        if paid > worked and not spoilt:
            broken.append(number + 2)
    verdict = farm.check(HEAD + "\n".join(lines) + "\n")
    assert [p.place.row for p in crossed(verdict)] == broken
    assert len(broken) > 100


def test_a_protected_answer_of_a_rule_is_hidden_and_a_soft_rule_warns(farm):
    (problem,) = crossed(farm.check(HEAD + "F001,f,,,5,1\n"))
    assert (problem.severity, problem.place.column) == ("warning", "n_plots")
    assert problem.found() == "secret = (hidden), n_plots = 1"
    assert problem.fix() == "Ask again in private."


def test_a_rule_about_rows_below_needs_both_tables(farm):
    farmers = farm.write(HEAD + "F001,f,,,,1\nF002,f,,,,1\nF003,f,,,,1\n", "farmers.csv")
    plots = farm.write("plot_id,farmer_id,area\nP1,F001,9\nP2,F001,2\nP3,F002,-5\nP4,F003,5\n", "plots.csv")
    assert crossed(farm.check(farmers)) == []
    verdict = farm.check_wave(farmers, plots)
    (problem,) = crossed(verdict.verdicts[0])  # not F002: its area is faulty by itself
    assert (problem.place.respondent, problem.summary()) == ("F001", "The plots are too large")


# -- skips ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("employed", "wage", "skill", "contract", "expected"),
    [
        ("yes", "5", "1", "no", []),
        ("no", "0", "", "no", []),  # zero and 'no' say what the skip says
        ("no", "5", "", "", [("X-SKIP", "wage", "error")]),
        ("no", "", "1", "", [("X-SKIP", "skill", "warning")]),
        ("no", "", "-99", "", []),
        ("no", "", "", "yes", [("X-SKIP", "contract", "error")]),
        ("yes", "", "1", "yes", [("X-SKIP-EMPTY", "wage", "warning")]),
        ("yes", "5", "1", "", [("X-SKIP-EMPTY", "contract", "error")]),
        ("yes", "-98", "-98", "-98", []),
        ("", "", "", "", []),  # nobody knows whether they apply
        (
            "",
            "5",
            "1",
            "yes",
            [("X-SKIP-FILTER", name, "warning") for name in ("wage", "skill", "contract")],
        ),
        ("perhaps", "5", "1", "", []),
    ],
)
def test_answers_and_skips_agree(farm, employed, wage, skill, contract, expected):
    verdict = farm.check(
        f"farmer_id,sex,employed,wage,skill,contract\nF001,f,{employed},{wage},{skill},{contract}\n"
    )
    found = [
        (p.code.id, p.place.column, p.severity) for p in verdict.problems if p.code.id.startswith("X-SKIP")
    ]
    assert found == expected


def test_a_skip_names_the_answer_it_depends_on(farm):
    verdict = farm.check("farmer_id,sex,employed,wage\nF001,f,no,5\n")
    problem = next(p for p in verdict.problems if p.code.id == "X-SKIP")
    assert problem.expected() == "an answer only where employed; here employed (Employed) = no"


# -- as definitions -------------------------------------------------------------------------------


def problems_of(root: Path, rules: str) -> list[tuple[str, int | None, str]]:
    (root / "indicators/_rules/farmers.yaml").write_text(rules, encoding="utf-8")
    found = check_rules(load_catalogue([root / "indicators"]))
    return [(p.code.id, p.place.row, p.found()) for p in found]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("rule: hours_paid <= hours_worked", "rule: hours_piad <= 3", ("F-NAME", 6, "hours_piad")),
        ("rule: hours_paid <= hours_worked", "rule: hours_paid +", ("F-SYNTAX", 6, "hours_paid +")),
        ("secret <= n_", "secret + n_", ("F-KIND", 12, "secret + n_plots, which is a number")),
        ("cells: [n_plots]", "cells: [n_plot]", ("D-NAME", 16, "n_plot")),
        ("sum(plots.area)", "plots.area", ("F-AGGREGATE", 21, "plots.area")),
        ("sum(plots.area)", "sum(plots.aera)", ("F-NAME", 21, "plots.aera")),
        ("rule: secret <= n_plots", "rule: phone == 'x'", ("F-NAME", 12, "phone")),  # personal
        ("n_plots: 2}, expect: false", "n_plots: 2}, expect: true", ("D-RULE", 19, "false")),
        ("{secret: 3, n_plots: 2}, expect: false", "{secrt: 3}, expect: null", ("D-NAME", 19, "secrt")),
        ("table: farmers", "table: farmer", ("D-NAME", 3, "farmer")),
    ],
)  # fmt: skip
def test_a_wrong_rule_is_told_with_its_line(coop, old, new, expected):
    root = coop.workspace.root
    (root / "indicators/_questions/farm.yaml").write_text(QUESTIONS, encoding="utf-8")
    (root / "indicators/_rules").mkdir()
    assert problems_of(root, RULES) == []
    assert problems_of(root, RULES.replace(old, new, 1)) == [expected]


def test_a_question_that_counts_or_spells_out_nothing_is_told(coop):
    root = coop.workspace.root
    text = QUESTIONS.replace("count_of: plots", "count_of: farmers").replace(
        "label: {en: Hours paid}", "other_of: crop, label: {en: Hours paid}"
    )
    (root / "indicators/_questions/farm.yaml").write_text(text, encoding="utf-8")
    found = check_rules(load_catalogue([root / "indicators"]))
    assert [(p.code.id, p.place.row) for p in found] == [("D-NAME", 5), ("D-NAME", 12)]
    assert "crops" in found[0].expected()


def test_the_rules_of_the_library_are_in_order():
    catalogue = load_catalogue([Path(__file__).parents[2] / "indicators"])
    assert check_rules(catalogue) == []
    assert sum(map(len, catalogue.rules.values())) >= 15
