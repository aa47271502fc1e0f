"""Problems say what, where, found, expected and how to fix, in three languages."""

import pickle
from string import Formatter

import pytest

from mande.errors import Code, MandeError, Place, Problem, Severity, Text, did_you_mean, raise_errors
from mande.pipeline.explaining import all_codes, declared_codes, explain_code

HOURS = Code(
    "V-HOURS",
    Text("too many hours", "trop d'heures", "demasiadas horas"),
    Text("at most {maximum}", "au plus {maximum}", "a lo sumo {maximum}"),
    Text("Ask again.", "Redemander.", "Preguntar de nuevo."),
)
PLACE = Place(file="wave1.xlsx", sheet="Workers", row=17, column="hours", question="Hours worked last week")


def problem(severity: Severity = Severity.ERROR) -> Problem:
    return Problem(HOURS, PLACE, {"found": 200, "maximum": 112}, severity)


@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_an_explanation_leaves_no_placeholder(language):
    for code in all_codes():
        explained = explain_code(code, language=language)
        assert "{" not in explained
    assert "…" not in explain_code("V-RANGE", language=language).splitlines()[1]


def test_a_problem_shows_its_five_parts():
    assert problem().text() == (
        "V-HOURS  too many hours\n"
        "  where       wave1.xlsx, sheet Workers, row 17, column hours (Hours worked last week)\n"
        "  found       200\n"
        "  expected    at most 112\n"
        "  how to fix  Ask again."
    )


def test_the_same_problem_speaks_french_and_spanish():
    assert "ligne 17" in problem().text("fr")
    assert "au plus 112" in problem().text("fr")
    assert "a lo sumo 112" in problem().text("es")


def test_a_missing_translation_falls_back_to_english():
    assert Text("only English").in_("fr") == "only English"


def test_the_record_carries_what_json_readers_need():
    record = problem().as_record()
    assert (record["code"], record["row"], record["column"], record["value"]) == (
        "V-HOURS",
        17,
        "hours",
        "200",
    )


def test_all_errors_of_a_step_are_raised_at_once_and_warnings_are_not():
    with pytest.raises(MandeError) as caught:
        raise_errors([problem(), problem(Severity.WARNING), problem()])
    assert len(caught.value.problems) == 2
    raise_errors([problem(Severity.WARNING), problem(Severity.NOTE)])


def test_an_error_survives_the_way_to_another_process():
    error = MandeError([problem()])
    assert pickle.loads(pickle.dumps(error)).problems == error.problems


def test_did_you_mean_names_close_words_only():
    assert did_you_mean("villge", ["village", "sex"]) == " (did you mean village?)"
    assert did_you_mean("xyz", ["village", "sex"]) == ""


@pytest.mark.parametrize("code", all_codes().values(), ids=lambda code: code.id)
def test_every_code_has_a_summary_and_translations_that_use_the_same_values(code):
    assert code.summary.en
    for text in (code.summary, code.expected, code.fix, code.found):
        names = {name for _, name, _, _ in Formatter().parse(text.en) if name}
        for other in (text.fr, text.es):
            if other:
                assert {name for _, name, _, _ in Formatter().parse(other) if name} == names


def test_codes_can_be_explained_and_a_wrong_one_is_corrected():
    assert "programme" in explain_code("w-programme")
    with pytest.raises(MandeError, match="did you mean W-NONE"):
        explain_code("W-NON")


def test_no_two_kinds_of_problem_share_a_code():
    seen = {}
    for code in declared_codes():
        assert seen.setdefault(code.id, code) == code
