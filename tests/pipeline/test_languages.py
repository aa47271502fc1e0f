"""Whoever runs a command of the survey part in French or Spanish reads French or Spanish."""

from __future__ import annotations

import click
import openpyxl
import pytest

from mande.cli import cli
from mande.pipeline.following import panel_report
from mande.pipeline.panel_words import COLUMNS, PHRASES, said, worded
from mande.pipeline.uploads import accept
from tests.pipeline.coop import make_coop, run

REGISTER = (
    "farmer_id,arm,village,stratum,status_2024,replaces\nF001,training,A,hill,,\nF002,training,A,hill,moved,\n"
    "F003,none,B,hill,,\nF004,none,B,hill,refused,\nF005,none,B,hill,,F004\n"
)
FIRST = "farmer_id,sex,income\nF001,f,10\nF002,m,20\nF003,f,30\nF004,m,40\n"
SECOND = "farmer_id,sex,income\nF001,f,12\nF003,f,33\nF005,f,3\n"
UPTAKE = "farmer_id,activity,date,dose,cost\nF001,training,2023-05-01,2,100\n"
NOT_SURVEY = {"init", "evaluate", "schema"}


@pytest.fixture
def coop(tmp_path, monkeypatch):
    place = make_coop(tmp_path, monkeypatch)
    (place.folder / "register.csv").write_text(REGISTER, encoding="utf-8")
    path = place.folder / "programme.yaml"
    text = path.read_text(encoding="utf-8").replace("outcomes:", "characteristics: [income]\noutcomes:")
    path.write_text(text, encoding="utf-8")
    root = place.workspace.root
    uptake = place.write(UPTAKE, "uptake.csv")
    accept([place.write(FIRST, "a.csv"), uptake], programme="coop", wave="2023", by="A", workspace=root)
    accept(place.write(SECOND, "b.csv"), programme="coop", wave="2024", by="A", workspace=root)
    return place


def commands(group, context, prefix=""):
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands(command, context, f"{prefix}{name} ")
        else:
            yield f"{prefix}{name}", command


def test_every_command_of_the_survey_part_has_a_language():
    lacking = [
        name
        for name, command in commands(cli, click.Context(cli))
        if name not in NOT_SURVEY and "--lang" not in {o for p in command.params for o in p.opts}
    ]
    assert lacking == []


def test_every_phrase_of_the_panel_has_three_languages():
    assert all(text.fr and text.es for text in (*PHRASES, *COLUMNS.values()))


@pytest.mark.parametrize("language", ["fr", "es"])
def test_no_caption_note_heading_or_sentence_of_the_panel_stays_english(coop, language):
    report = panel_report("coop", workspace=coop.workspace.root)
    assert len(report.tables) >= 7
    same_word = {"stratum"} if language == "en" else set()
    for table in report.tables:
        told = worded(table, language)
        assert told.caption != table.caption
        assert all(a != b for a, b in zip(told.notes, table.notes, strict=True))
        english = {c for c in table.columns if c in told.columns} - same_word
        assert english <= {"farmer_id", "village"}
    for finding in report.findings:
        assert said(finding.title, language) != finding.title
        assert said(finding.sentence, language) != finding.sentence


def test_panel_in_french(coop):
    shown = run(coop, "panel", "coop", "--lang", "fr").output
    assert "Unités inscrites et enquêtées, par groupe et vague" in shown
    assert "Perdues entre 2023 et 2024, par groupe" in shown
    assert "Qui a été perdu ? Les unités perdues à la vague 2024" in shown
    assert "  ensemble  2023" in shown
    assert '"caption": "Unités inscrites' in run(coop, "panel", "coop", "--lang", "fr", "--json").output


def test_history_and_differences_in_spanish(coop):
    assert "archivo: a.csv" in run(coop, "waves", "coop", "--lang", "es").output
    shown = run(coop, "diff", "coop", "2023", "2024", "--lang", "es").output
    assert "farmers: filas 0 iguales, 2 cambiadas, 1 nuevas, 2 desaparecidas" in shown
    assert "Solo en una de las dos: uptake" in shown


def test_the_tracking_list_in_french(coop, tmp_path):
    out = tmp_path / "list.xlsx"
    shown = run(coop, "tracking", "coop", "-w", "2024", "--out", str(out), "--lang", "fr").output
    assert "À trouver : 1 ; clos" in shown
    book = openpyxl.load_workbook(out)
    rows = [[cell.value for cell in row] for row in book["À trouver"].iter_rows()]
    assert rows[0] == [
        "farmer_id",
        "village",
        "strate",
        "dernière_enquête",
        "enquêteur",
        "statut",
        "remplace",
        "remplacée_par",
    ]
    assert rows[1][:6] == ["F002", "A", "hill", "2023", None, "partie ailleurs"]


def test_units_of_computed_indicators_are_in_the_readers_language(coop):
    arguments = ["indicators", "compute", "income_of_farm", "-p", "coop", "-w", "2023"]
    assert "(KES/campagne)" in run(coop, *arguments, "--lang", "fr").output
    assert "(KES/campaña)" in run(coop, *arguments, "--lang", "es").output
    assert "(KES/season)" in run(coop, *arguments).output


def test_an_answer_is_confirmed_in_french(coop):
    shown = run(coop, "answer", "coop", "V-DATEORDER", "dmy", "--lang", "fr").output
    assert "Validez de nouveau le fichier." in shown
