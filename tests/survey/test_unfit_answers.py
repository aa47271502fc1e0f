"""An answer that is none of those possible does not settle a question, and that is said."""

from __future__ import annotations

import pytest

DATES = "farmer_id,sex,interviewed_on\nF001,f,25/03/2023\nF002,m,26/03/2023\n"


def answered(coop, answer: str):
    (coop.folder / "import_profile.yaml").write_text(
        "format: 1\nanswers:\n"
        f"  - {{ask: V-DATEORDER, table: farmers, answer: {answer}, by: Ana, at: 2024-01-01}}\n",
        encoding="utf-8",
    )
    return coop.check_wave(coop.write(DATES))


@pytest.mark.parametrize("answer", ["dmy", "month_day_year"])
def test_an_answer_that_is_not_possible_is_told_beside_the_question(coop, answer):
    verdict = answered(coop, answer)
    assert verdict.status == "questions"
    (problem,) = [p for p in verdict.all_problems if p.code.id == "Q-UNFIT"]
    assert (problem.severity, problem.place.column, problem.found()) == ("warning", "interviewed_on", answer)
    assert problem.expected() == "one of: day_month_year, mistake"
    assert "V-DATEORDER" in problem.summary("fr")


def test_an_answer_that_settles_the_question_is_not_complained_of(coop):
    verdict = answered(coop, "day_month_year")
    assert verdict.status == "ok"
    assert "Q-UNFIT" not in {p.code.id for p in verdict.all_problems}


def test_a_question_without_an_answer_is_only_a_question(coop):
    verdict = coop.check_wave(coop.write(DATES))
    assert "Q-UNFIT" not in {p.code.id for p in verdict.all_problems}
