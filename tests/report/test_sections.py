"""What a reader is told: the answer first, the wording of the statistics, nothing hidden."""

from dataclasses import replace

import pytest

from mande.disclosure import release
from mande.errors import MandeError
from mande.report.book import Report, open_results
from mande.report.sections.answer import headline
from mande.results import DefinitionUsed, to_json
from tests.report.example import estimate, evaluation, outcome


def text(section: str, one=None) -> str:
    return Report(release(one or evaluation())).section(section).text()


def with_main(**changed):
    one = evaluation()
    return replace(one, outcomes=(outcome(**changed), *one.outcomes[1:]))


def test_an_interval_that_covers_zero_is_no_clear_sign():
    assert headline(evaluation()).startswith("No clear sign that the programme changed the scrap rate")
    assert "−27" in headline(evaluation())


def test_an_interval_that_excludes_zero_names_the_assumption():
    one = with_main(primary=estimate(effect=-0.5, error=0.1))
    assert headline(one).startswith("The programme changed the scrap rate by −39")
    assert "if the assumption below holds" in headline(one)


def test_an_effect_that_cannot_be_estimated_says_why():
    one = with_main(primary=None, reason="nobody answered twice")
    assert "cannot say" in headline(one)
    assert "nobody answered twice" in headline(one)


def test_the_answer_lists_clear_unclear_and_absent_outcomes():
    shown = text("answer")
    assert "Clear effect: training hours +28.6 hours (+20.4 to +36.8 hours)" in shown
    assert "No clear sign of an effect: scrap rate" in shown
    assert "plants with a union, because no firm changed between the waves" in shown


def test_what_cannot_be_said_follows_the_answer():
    assert "What this evaluation cannot say" in text("answer")
    assert "trends cannot be tested" in text("answer")


def test_limits_are_not_repeated_among_the_checks():
    assert "trends cannot be tested" not in text("checks")
    assert "Balance at the baseline" in text("checks")


def test_small_cells_are_not_in_any_section():
    shown = text("changes")
    assert "&lt; 10" in shown
    assert "fewer than 10 respondents" in shown


def test_another_level_changes_the_intervals_and_their_label(tmp_path):
    path = tmp_path / "results.json"
    path.write_bytes(to_json(evaluation()))
    narrow = open_results(path, level=0.8).section("effects").text()
    assert "80 % interval" in narrow
    assert "95 %" not in narrow


def test_a_section_that_does_not_exist_is_named_with_a_suggestion():
    with pytest.raises(MandeError, match="did you mean effects"):
        Report(release(evaluation())).section("efects")


@pytest.mark.parametrize("name", ["effects"])
def test_a_figure_is_the_same_drawing_twice(name):
    report = Report(release(evaluation()))
    assert report.figure(name).html() == report.figure(name).html()


def test_a_figure_without_data_is_left_out():
    one = with_main(changes=replace(evaluation().main.changes, rows=()))
    assert Report(release(one)).figure("change_by_arm", indicator="scrap_rate").blocks == ()


def test_an_evaluation_without_any_effect_still_reads():
    one = evaluation()
    bare = replace(
        one, outcomes=tuple(replace(r, primary=None, reason="no comparison", others=()) for r in one.outcomes)
    )
    for section in ("answer", "effects", "method", "changes"):
        assert text(section, bare)
    assert text("other_methods", bare) == ""
    assert "0 of" not in text("answer", bare)
    assert ".." not in text("answer", bare)


def test_the_method_names_every_indicator_with_its_version_and_where_it_is_defined():
    used = (
        DefinitionUsed("scrap_rate", "Scrap rate", 3, True, "scrapped_items", "per 100 items"),
        DefinitionUsed("employees", "Employees", 2, False, "staff + owners", "people"),
    )
    one = replace(with_main(version=3, local=True, definition="scrap_rate"), definitions=used)
    shown = text("method", one)
    assert "scrap_rate version 3, locally defined" in shown
    assert "hours version 1" in shown
    assert "hours version 1, locally" not in shown
    table = shown[shown.index("Indicators used and their versions") :]
    for word in ("Employees", "staff + owners", "library", "locally defined"):
        assert word in table
