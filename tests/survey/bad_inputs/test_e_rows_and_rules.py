"""Cases 62 to 65, 68 and 70: links between tables, contradictions, enumerators, small cells."""

from __future__ import annotations

import random

import polars as pl
import pytest

from mande.disclosure import SMALL_CELL, release_statistics
from mande.errors import MandeError
from mande.survey.page import verdict_page

QUESTIONS = """
format: 1
table: farmers
questions:
  hours_paid: {label: {en: Hours paid}, type: number, range: [0, 168]}
  hours_worked: {label: {en: Hours worked}, type: number, range: [0, 168]}
  employed: {label: {en: Employed}, type: yes_no}
  wage: {label: {en: Wage}, type: number, when: employed, when_skipped: zero}
  plot_count: {label: {en: Number of plots}, type: integer, count_of: plots}
  has_plots: {label: {en: Has plots}, type: yes_no}
  tools:
    label: {en: Tools}
    type: multiple
    exclusive: [none]
    choices: {hoe: {en: Hoe}, plough: {en: Plough}, none: {en: None}}
"""
for _number in range(8):
    QUESTIONS += f"  q{_number}: {{label: {{en: Question {_number}}}, type: integer}}\n"
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
  much_work:
    rule: hours_worked <= 100
    severity: soft
    message: {en: Many hours, fr: Beaucoup d'heures, es: Muchas horas}
    examples:
      - {given: {hours_worked: 100}, expect: true}
      - {given: {hours_worked: 101}, expect: false}
"""
TABLES = """
farmers: {label: {en: Farmers}, key: farmer_id}
plots: {label: {en: Plots}, key: plot_id, parent: farmers, link: farmer_id, gate: has_plots}
"""


@pytest.fixture(scope="module")
def farm(place_with):
    return place_with(
        {
            "indicators/_tables.yaml": TABLES,
            "indicators/_questions/more.yaml": QUESTIONS,
            "indicators/_rules/farmers.yaml": RULES,
        }
    )


def found(verdict, code):
    return [p for p in verdict.problems if p.code.id == code]


def together(farm, farmers: str, plots: str):
    return farm.check_wave(farm.write(farmers, "farmers.csv"), farm.write(plots, "plots.csv")).verdicts


# -- 62 I-REPEAT ----------------------------------------------------------------------------------


def test_case_62_rows_without_a_parent_are_errors_at_their_link(farm):
    farmers, plots = together(
        farm, "farmer_id,sex\nF001,f\n", "plot_id,farmer_id,area\nP1,F001,1\nP2,F009,1\nP3,F010,1\n"
    )
    orphans = found(plots, "I-REPEAT")
    assert [(p.place.row, p.place.column, plots.cell(p), p.severity) for p in orphans] == [
        (3, "farmer_id", "B3", "error"), (4, "farmer_id", "B4", "error"),
    ]  # fmt: skip
    assert "farmers.csv" in orphans[0].expected()
    with pytest.raises(MandeError, match="I-REPEAT"):
        farm.accept([farmers, plots])


def test_case_62_a_count_that_is_not_the_number_of_rows_is_an_error(farm):
    farmers, _ = together(
        farm,
        "farmer_id,sex,plot_count\nF001,f,3\nF002,f,1\nF003,m,0\nF004,m,\n",
        "plot_id,farmer_id,area\nP1,F001,1\nP2,F001,1\nP3,F002,1\nP4,F004,1\n",
    )
    (problem,) = found(farmers, "I-REPEAT-COUNT")
    assert (problem.place.respondent, problem.place.column, farmers.cell(problem)) == (
        "F001",
        "plot_count",
        "C2",
    )
    assert (problem.found(), problem.expected()) == ("3", "2 rows, as in plots.csv")


def test_case_62_a_gate_that_contradicts_the_rows(farm):
    farmers, _ = together(
        farm,
        "farmer_id,sex,has_plots\nF001,f,no\nF002,f,yes\nF003,m,no\nF004,m,yes\n",
        "plot_id,farmer_id,area\nP1,F001,1\nP2,F002,1\n",
    )
    (said_no,) = found(farmers, "I-REPEAT-GATE")
    assert (said_no.place.respondent, said_no.severity) == ("F001", "error")
    (said_yes,) = found(farmers, "I-REPEAT-NONE")
    assert (said_yes.place.respondent, said_yes.severity) == ("F004", "warning")


def test_case_62_child_keys_that_stand_twice(farm):
    _, plots = together(
        farm, "farmer_id,sex\nF001,f\nF002,f\n", "plot_id,farmer_id,area\nP1,F001,1\nP1,F002,2\n"
    )
    assert [p.place.row for p in found(plots, "I-DUP")] == [2, 3]


def test_case_62_links_by_submission_that_lead_elsewhere(farm):
    farmers = "farmer_id,sex,_uuid\nF001,f,u-1\nF002,f,u-2\n"
    plots = "plot_id,farmer_id,area,_submission__uuid\nP1,F001,1,u-1\nP2,F002,1,u-1\nP3,F002,1,\n"
    (broken,) = found(together(farm, farmers, plots)[1], "I-REPEAT-LINK")
    assert (broken.place.row, broken.expected()) == (3, "id F001, by _submission__uuid")


def test_case_62_links_broken_by_sorting_one_table(farm):
    """Kobo numbers parents in `_index`; after sorting, the numbers and the ids no longer agree."""
    farmers = "farmer_id,sex,_index\nF001,f,1\nF002,f,2\nF003,m,3\n"
    good = "plot_id,farmer_id,area,_parent_index\nP1,F001,1,1\nP2,F002,1,2\nP3,F003,1,3\n"
    assert not found(together(farm, farmers, good)[1], "I-REPEAT-LINK")
    sorted_alone = good.replace("P1,F001,1,1", "P1,F001,1,2").replace("P2,F002,1,2", "P2,F002,1,1")
    broken = found(together(farm, farmers, sorted_alone)[1], "I-REPEAT-LINK")
    assert [(p.place.row, p.severity) for p in broken] == [(2, "error"), (3, "error")]
    assert "id F002, by _parent_index" in broken[0].expected()


# -- 63 X-CROSS, 64 X-SKIP ------------------------------------------------------------------------


def test_case_63_answers_that_contradict_one_another(farm):
    verdict = farm.check(
        "farmer_id,sex,hours_paid,hours_worked\nF001,zz,60,48\nF002,f,10,120\nF003,f,200,48\n"
    )
    hard, soft = found(verdict, "X-CROSS")
    assert (hard.place.row, verdict.cell(hard), hard.also, hard.severity) == (
        2,
        "C2",
        ("hours_worked",),
        "error",
    )
    assert hard.found() == "hours_paid = 60, hours_worked = 48"
    assert (soft.place.row, verdict.cell(soft), soft.severity) == (3, "D3", "warning")
    assert [p.place.row for p in found(verdict, "V-RANGE")] == [4]  # there the rule says nothing
    with pytest.raises(MandeError, match="X-CROSS"):
        farm.accept(verdict)


def test_case_64_an_answer_where_the_question_should_have_been_skipped(farm):
    verdict = farm.check("farmer_id,sex,employed,wage\nF001,f,no,50\nF002,f,yes,\nF003,f,no,\nF004,f,no,0\n")
    (given,) = found(verdict, "X-SKIP")
    assert (given.place.row, verdict.cell(given), given.severity) == (2, "D2", "error")
    assert given.expected() == "an answer only where employed; here employed (Employed) = no"
    (missing,) = found(verdict, "X-SKIP-EMPTY")
    assert (missing.place.row, missing.severity) == (3, "warning")


def test_case_64_an_answer_whose_filter_is_empty_is_told_of(farm):
    verdict = farm.check("farmer_id,sex,employed,wage\nF001,f,,50\nF002,f,,\nF003,f,-97,60\nF004,f,,0\n")
    (given,) = found(verdict, "X-SKIP-FILTER")
    assert (given.place.row, verdict.cell(given), given.severity.value) == (2, "D2", "warning")
    assert given.expected() == "an answer to employed, as the question is asked only if employed"
    assert not found(verdict, "X-SKIP")


# -- 65 X-MULTI -----------------------------------------------------------------------------------


@pytest.mark.parametrize("written", ["hoe plough", "hoe,plough", "plough; hoe", "Hoe, Plough"])
def test_case_65_lists_of_choices_come_to_one_form(farm, written):
    table = farm.check(f'farmer_id,sex,tools\nF001,f,"{written}"\n').table
    assert table.frame["tools"].to_list() == ["hoe plough"]


def test_case_65_none_together_with_others_is_an_error(farm):
    verdict = farm.check("farmer_id,sex,tools\nF001,f,hoe none\nF002,f,none\nF003,f,hoe plough\n")
    (problem,) = found(verdict, "X-MULTI")
    assert (problem.place.row, problem.place.column, problem.severity) == (2, "tools", "error")
    with pytest.raises(MandeError, match="X-MULTI"):
        farm.accept(verdict)


@pytest.mark.parametrize("mark", ["/", ".", "_"])
def test_case_65_a_list_and_the_columns_of_its_choices_must_not_disagree(farm, mark):
    title = f"tools{mark}plough"
    verdict = farm.check(
        f"farmer_id,sex,tools,{title}\nF001,f,hoe plough,0\nF002,f,hoe,TRUE\nF003,f,plough,1\nF004,f,hoe,\n"
    )
    problems = found(verdict, "X-MULTI-COLUMNS")
    assert [(p.place.row, p.severity) for p in problems] == [(2, "error"), (3, "error")]
    assert problems[0].found() == "in one column: hoe plough; marked: -"


# -- 68 X-ENUM, 70 P-SMALL ------------------------------------------------------------------------


def test_case_68_an_enumerator_who_repeats_one_interview(farm):
    draw = random.Random(1)
    lines = []
    for number in range(60):
        answers = [str(draw.randint(0, 50)) for _ in range(8)]
        if number % 6 == 0:
            answers = ["7"] * 8
        lines.append(f"F{number:03d},f,E{number % 6},{','.join(answers)}")
    titles = ",".join(f"q{number}" for number in range(8))
    verdict = farm.check(f"farmer_id,sex,enumerator_id,{titles}\n" + "\n".join(lines) + "\n")
    (problem,) = found(verdict, "X-ENUM")
    assert (problem.severity, problem.place.column) == ("warning", "enumerator_id")
    assert (
        problem.found()
        == "E0, 10 interviews: 100 % of interviews with the same answers throughout as another"
    )
    assert verdict.exit_code == 1


def test_case_70_a_published_cell_with_fewer_people_than_the_threshold_is_suppressed():
    sizes = [4, SMALL_CELL - 1, SMALL_CELL]
    published = pl.DataFrame(
        {
            "by": "arm",
            "cell": [["a"], ["b"], ["c"]],
            "statistic": "mean",
            "number": "",
            "values": "",
            **{name: [1.5, 2.5, 3.5] for name in ("value", "se", "low", "high")},
            "n": sizes,
            "n_missing": 0,
            "n_smallest": 0,
            "n_needed": 0,
            "n_employers": pl.Series([None] * 3, dtype=pl.Int64),
            "reason": pl.Series([None] * 3, dtype=pl.String),
            "note": "x",
        }
    )
    shown = release_statistics(published)
    assert shown["value"].to_list() == [None, None, 3.5]
    assert shown["low"].to_list() == [None, None, 3.5]
    assert shown["hidden"].to_list() == ["small", "small", None]
    assert shown["cell"].to_list() == [["a"], ["b"], ["c"]]


def test_nothing_protected_leaves_with_any_answer(farm):
    verdict = farm.check("farmer_id,sex,harassed,phone\nF001,f,9,0712345678\n")
    for text in (verdict.text(), verdict.as_json(), verdict_page(verdict)):
        assert "0712345678" not in text
