"""What a person reads and copies: labels beside codes, commands without gaps, numbers as they are."""

from __future__ import annotations

import openpyxl
import pytest

from mande.errors import Language
from mande.pipeline.uploads import validate_files
from tests.pipeline.coop import make_coop, run

IDS = [f"F{number:03d}" for number in range(1, 13)]
REGISTER = "farmer_id,arm,village\n" + "".join(f"{name},training,A\n" for name in IDS)


@pytest.fixture
def place(tmp_path, monkeypatch):
    return make_coop(tmp_path, monkeypatch)


def found(verdict, code):
    return [p for p in verdict.problems if p.code.id == code]


@pytest.mark.parametrize(
    ("language", "listed", "hint"),
    [
        ("en", "one of: f (Female), m (Male)", "femal (did you mean f (Female)?)"),
        ("fr", "un de : f (Femme), m (Homme)", "femal (vouliez-vous dire f (Femme) ?)"),
        ("es", "una de: f (Mujer), m (Hombre)", "femal (¿quiso decir f (Mujer)?)"),
    ],
)
def test_choices_are_told_with_their_labels_in_the_reader_s_language(
    shared_coop, language: Language, listed, hint
):
    (problem,) = found(shared_coop.check("farmer_id,sex\nF001,femal\n"), "V-ENUM")
    assert problem.expected(language) == listed
    assert problem.found(language) == hint


def lost(coop, ids):
    (coop.folder / "register.csv").write_text(REGISTER, encoding="utf-8")
    return coop.check("farmer_id,sex\n" + "".join(f"{name},f\n" for name in ids))


def test_case_59_a_file_of_which_no_id_is_known_is_asked_about(coop):
    from mande.survey.profile import FILE, Answer, load_profile

    new = [f"F{number:03d}" for number in range(501, 513)]
    (problem,) = found(lost(coop, new), "I-LOST")
    assert (problem.severity.value, problem.place.column) == ("question", "farmer_id")
    assert problem.found() == "12 of 12 ids are not known, such as F501"
    assert problem.expected() == "ids as F001"
    assert not found(lost(coop, new), "I-UNKNOWN"), "one question stands for all"
    entry = Answer(
        ask="I-LOST", table="farmers", column="farmer_id", about=problem.ask.about, answer="new", by="A",
        at="2024-01-01",
    )  # fmt: skip
    (coop.folder / FILE).write_text(load_profile(coop.folder).with_answer(entry).text(), encoding="utf-8")
    settled = lost(coop, new)
    assert not found(settled, "I-LOST")
    assert found(settled, "I-UNKNOWN") or found(settled, "I-NEAR"), "each is told of again"
    assert found(lost(coop, [*new[:-1], "F999"]), "I-LOST"), "other ids, another question"


def test_a_file_with_some_known_ids_is_not_asked_about(coop):
    assert not found(lost(coop, [*IDS[:3], *(f"F{n:03d}" for n in range(501, 510))]), "I-LOST")


def test_merged_answers_are_an_error_where_they_stand(coop, tmp_path):
    path = tmp_path / "merged.xlsx"
    book = openpyxl.Workbook()
    sheet = book.active
    for row in [["farmer_id", "sex", "remarks"], *([f"F00{n}", "f", "near"] for n in range(1, 5))]:
        sheet.append(row)
    sheet.merge_cells("C3:C4")
    sheet.merge_cells("A7:C7")
    book.save(path)
    (problem,) = found(coop.check(path), "L-MERGED")
    assert (problem.severity.value, problem.place.row, problem.place.column) == ("error", 3, "remarks")
    assert problem.found() == "C3:C4"


def test_commands_name_the_programme_the_wave_and_the_file_with_its_folder(place):
    path = place.write("farmer_id,sex\nF001,f\nF002,m\nF003,f\n", "my farmers.csv")
    where = {"programme": "coop", "workspace": place.workspace.root}
    run(place, "accept", str(path), "-p", "coop", "-w", "2023", "--by", "Amina")
    path = place.write("farmer_id,sex\nF001,m\nF002,m\nF003,f\n", "my farmers.csv")
    verdict = validate_files([path], wave="2023", **where)
    text = verdict.text()
    assert f'mande accept "{path}" -p coop -w 2023 --revision' in text
    assert f'mande validate "{path}" --programme coop --wave 2023' in verdict.as_json().replace('\\"', '"')
    refused = run(place, "accept", str(path), "-p", "coop", "-w", "2023", "--by", "Amina")
    assert f'mande accept "{path}" -p coop -w 2023 --revision' in refused.output
    assert not {"PROGRAMME", "WAVE", "FILE"} & set(refused.output.replace('"', " ").split())


def test_columns_told_together_are_not_counted_as_columns_of_columns(shared_coop):
    text = shared_coop.check("farmer_id,sex,round_2,note_2\nF001,f,1,2\n").text()
    assert "columns round_2, note_2\n" in text


def test_a_whole_number_that_changed_is_told_without_a_fraction(place):
    for wave, income in (("2023", "174669"), ("2024", "180000.5")):
        path = place.write(f"farmer_id,sex,income\nF001,f,{income}\n", f"{wave}.csv")
        run(place, "accept", str(path), "-p", "coop", "-w", wave, "--by", "Amina")
    told = run(place, "diff", "coop", "2023", "2024").output
    assert "174669 " in told.replace("\n", " ")
    assert "174669.0" not in told
    assert "180000.5" in told


def test_a_codebook_without_declared_uploads_shows_what_the_programme_asks(place):
    told = run(place, "codebook", "coop").output
    assert "## Table `farmers`" in told
    assert "| `income` |" in told
