"""Cases 8 to 10: files that were accepted before, that replace another, or belong to another wave."""

from __future__ import annotations

import re
import shlex

import pytest

from mande.errors import MandeError
from mande.pipeline.uploads import accept, validate, validate_files
from tests.pipeline.coop import make_coop, run

HEAD = "farmer_id,sex,hours,interviewed_on\n"
FIRST = HEAD + "F001,f,40,2023-06-01\nF002,m,35,2023-06-02\nF003,f,30,2023-06-03\n"


@pytest.fixture
def place(tmp_path, monkeypatch):
    return make_coop(tmp_path, monkeypatch)


def check(place, text, wave="2023"):
    return validate(place.write(text), programme="coop", wave=wave, workspace=place.workspace.root)


def store(place, text, wave="2023", **options):
    where = place.workspace.root
    return accept(place.write(text), programme="coop", wave=wave, by="Amina", workspace=where, **options)


def found(verdict, code):
    return [p for p in verdict.problems if p.code.id == code]


def test_case_08_the_very_file_that_was_accepted_is_recognised(place):
    receipt = store(place, FIRST)
    verdict = check(place, FIRST)
    (problem,) = found(verdict, "F-SAME")
    day = receipt.accepted_at[:10]
    assert problem.severity.value == "error"
    assert problem.summary() == f"this very file was accepted on {day} as wave 2023, revision 1"
    assert (problem.found(), problem.fix(), problem.place.file) == (
        "accepted by Amina",
        "Nothing to do.",
        "upload.csv",
    )
    assert store(place, FIRST).status == "already accepted"
    assert place.workspace.revisions("coop", "2023") == [1]


def test_case_08_a_superseded_file_says_how_to_go_back_to_it(place):
    store(place, FIRST)
    store(place, FIRST.replace("40", "41"), revision=True, reason="asked again")
    (problem,) = found(check(place, FIRST), "F-SAME")
    assert "revision 1" in problem.summary()
    assert "--revision" in problem.fix()


def verdicts_on(files, **where):
    return validate_files(files, **where).verdicts


def plots_and(place, farmers):
    return [
        place.write(farmers, "farmers.csv"),
        place.write("plot_id,farmer_id,area\nP1,F001,1\nP2,F002,2\n", "plots.csv"),
    ]


def test_case_08_a_file_that_stayed_the_same_beside_a_corrected_one_is_only_a_note(place):
    where = {"programme": "coop", "wave": "2023", "workspace": place.workspace.root}
    accept(plots_and(place, FIRST), by="Amina", **where)
    assert [found(v, "F-SAME")[0].severity.value for v in verdicts_on(plots_and(place, FIRST), **where)] == [
        "error", "error",
    ]  # fmt: skip
    farmers, plots = verdicts_on(plots_and(place, FIRST.replace("40", "41")), **where)
    assert [p.severity.value for p in found(farmers, "F-SUPERSEDE")] == ["question"]
    assert [p.severity.value for p in found(plots, "F-SAME")] == ["note"]


def test_case_08_the_programme_s_own_tables_may_be_the_same_in_every_wave(place):
    where = {"programme": "coop", "workspace": place.workspace.root}
    register = place.write("farmer_id,arm,village\nF001,training,A\nF002,training,A\nF003,none,B\n", "r.csv")
    first, second = place.write(FIRST, "a.csv"), place.write(FIRST.replace("2023-", "2024-"), "b.csv")
    accept([first, register], by="Amina", wave="2023", **where)
    verdicts = verdicts_on([second, register], wave="2024", **where)
    assert [v.table_name for v in verdicts] == ["farmers", "register"]
    assert [found(v, "F-OTHERWAVE") for v in verdicts] == [[], []]
    assert found(verdicts_on([first, register], wave="2024", **where)[0], "F-OTHERWAVE")


def test_case_08_the_very_file_of_another_wave_is_an_error(place):
    store(place, FIRST)
    (problem,) = found(check(place, FIRST, wave="2024"), "F-OTHERWAVE")
    assert (problem.severity.value, problem.found()) == ("error", "accepted as wave 2023")


def test_case_09_another_file_for_an_accepted_wave_is_asked_about_with_what_differs(place):
    store(place, FIRST)
    other = FIRST.replace("F001,f,40", "F001,f,41").replace("F003", "F004")
    verdict = check(place, other)
    (problem,) = found(verdict, "F-SUPERSEDE")
    assert (problem.severity.value, verdict.exit_code) == ("question", 3)
    assert "revision 1, rows: 3" in problem.summary()
    assert problem.found() == "farmers: rows the same 1, changed 1, new 1, gone 1"
    assert problem.answers(programme="coop") == [
        'mande accept FILE -p coop -w WAVE --revision --reason "..."'
    ]
    with pytest.raises(MandeError, match="F-SUPERSEDE"):
        store(place, other)
    with pytest.raises(MandeError, match="A-REASON"):
        store(place, other, revision=True)
    assert place.workspace.revisions("coop", "2023") == [1]
    assert store(place, other, revision=True, reason="F001 asked again").revision == 2
    assert found(check(place, other), "F-SAME")


LATE = FIRST.replace("2023-06", "2024-06")


def test_case_10_interviews_of_another_time_are_asked_about(place):
    verdict = check(place, LATE)
    (problem,) = found(verdict, "F-WRONGWAVE")
    assert problem.severity.value == "question"
    assert problem.found() == "3 of 3 interviews at another time, from 2024-06-01 to 2024-06-03"
    assert problem.expected() == "interviews around 2023-06-30"
    assert problem.place.column == "interviewed_on"
    with pytest.raises(MandeError, match="F-WRONGWAVE"):
        store(place, LATE)
    assert not found(check(place, LATE, wave="2024"), "F-WRONGWAVE")


def test_case_10_the_answer_holds_for_this_wave_alone(place):
    (problem,) = found(check(place, LATE), "F-WRONGWAVE")
    command = shlex.split(problem.answers(programme="coop")[-1].replace("ANSWER", "2023"))
    done = run(place, *command[1:])
    assert done.exit_code == 0, done.output
    verdict = check(place, LATE)
    assert not found(verdict, "F-WRONGWAVE")
    assert found(verdict, "F-WAVEKEPT")[0].severity.value == "note"
    assert found(check(place, FIRST, wave="2024"), "F-WRONGWAVE")
    later = LATE.replace("2024-06-01", "2024-06-05")
    assert found(check(place, later), "F-WRONGWAVE"), "the answer is about other interviews"


@pytest.mark.parametrize("title", ["start", "end", "today"])
def test_case_10_when_interviews_began_tells_their_day_as_well(place, title):
    text = FIRST.replace("interviewed_on", title)
    if title != "today":
        text = re.sub(r"(2023-06-0\d)", r"\1T23:30:00.000-05:00", text)
    (problem,) = found(check(place, text, wave="2024"), "F-WRONGWAVE")
    assert (problem.severity.value, problem.place.column) == ("question", title)
    assert problem.found() == "3 of 3 interviews at another time, from 2023-06-01 to 2023-06-03"
    assert not found(check(place, text), "F-WRONGWAVE")


def test_case_10_the_form_s_own_question_for_the_wave_is_looked_at(place):
    text = "farmer_id,sex,wave\nF001,f,2023\nF002,m,2023.0\nF003,f,Baseline\n"
    (problem,) = found(check(place, text, wave="2024"), "F-WRONGWAVE")
    assert (problem.severity.value, problem.place.column) == ("question", "wave")
    assert problem.found() == "2023, baseline in 3 rows"
    assert problem.expected() == "wave 2024"
    fitting = check(place, text)
    assert not found(fitting, "F-WRONGWAVE")
    assert not found(fitting, "H-EXTRA"), "the questionnaire itself asks for the wave"


def test_case_10_a_round_that_names_no_wave_of_the_programme_is_left_alone(place):
    assert not found(check(place, "farmer_id,sex,round\nF001,f,1\n"), "F-WRONGWAVE")


def test_case_10_declared_fieldwork_decides_to_the_day(place):
    path = place.folder / "programme.yaml"
    text = path.read_text(encoding="utf-8")
    fieldwork = text.replace(
        "reference_date: 2023-06-30}", "reference_date: 2023-06-30, fieldwork: [2023-06-10, 2023-07-01]}"
    )
    path.write_text(fieldwork, encoding="utf-8")
    (problem,) = found(check(place, FIRST), "F-WRONGWAVE")
    assert problem.expected() == "interviews from 2023-06-10 to 2023-07-01"
    assert not found(check(place, FIRST.replace("06-0", "06-1")), "F-WRONGWAVE")


def test_case_10_a_column_that_names_another_wave_is_an_error(place):
    place.mapping("    wave_column: round\n")
    text = "farmer_id,sex,round\nF001,f,2024\nF002,m,2023\n"
    (problem,) = found(check(place, text), "F-WRONGWAVE")
    assert (problem.severity.value, problem.found(), problem.place.column) == (
        "error",
        "2024 in 1 rows",
        "round",
    )
