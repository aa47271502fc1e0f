"""`mande form import` reads a field questionnaire, drafts its mapping and says what is missing."""

import json
import shutil
from pathlib import Path

import pytest
import xlsxwriter
from click.testing import CliRunner

from mande import yaml12
from mande.cli import cli
from mande.survey.mapping import MappingFile

ROOT = Path(__file__).parents[2]
PROGRAMME = "michigan_training_grants"


@pytest.fixture
def workspace(tmp_path):
    folder = tmp_path / "baselines" / PROGRAMME
    folder.mkdir(parents=True)
    shutil.copy(ROOT / "baselines" / PROGRAMME / "programme.yaml", folder)
    return tmp_path


def form_file(folder, rows):
    path = folder / "form.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("survey")
        for row, line in enumerate([["type", "name", "label"], *rows]):
            sheet.write_row(row, 0, line)
    return path


def run(workspace, *words):
    return CliRunner().invoke(cli, ["form", "import", *map(str, words), "--workspace", str(workspace)])


def test_the_draft_reads_as_a_mapping_and_the_missing_questions_are_named(workspace):
    form = form_file(
        workspace,
        [["integer", "employees", "Employees"], ["decimal", "turnover", "Annual sales of the firm"]],
    )
    done = run(workspace, form, "-p", PROGRAMME)
    assert done.exit_code == 0, done.output
    draft = workspace / "baselines" / PROGRAMME / "mapping.draft.yaml"
    mapping = MappingFile.model_validate(yaml12.load(draft.read_text(encoding="utf-8")))
    assert mapping.tables["firms"].columns == {"employees": "employees"}
    assert "firms.sales: Annual sales (for sales_per_employee; perhaps turnover)" in done.output
    assert "firms.employees:" not in done.output


def test_the_key_is_asked_for_whatever_the_indicators_need(workspace):
    form = form_file(workspace, [["integer", "employees", "Employees"]])
    assert "firms.firm_id: Firm code (for every upload)" in run(workspace, form, "-p", PROGRAMME).output
    form = form_file(workspace, [["integer", "employees", "Employees"], ["text", "firm_id", "Code"]])
    assert "for every upload" not in run(workspace, form, "-p", PROGRAMME).output


def test_a_form_kept_for_a_wave_is_compared_later(workspace):
    form = form_file(workspace, [["integer", "employees", "Employees"]])
    assert run(workspace, form, "-p", PROGRAMME, "-w", "1987").exit_code == 0
    assert (workspace / "baselines" / PROGRAMME / "forms" / "1987.yaml").is_file()
    refused = run(workspace, form, "-p", PROGRAMME, "-w", "2087")
    assert refused.exit_code == 3
    assert "P-WAVE" in refused.output


def test_json_lists_every_question_with_its_candidates(workspace):
    form = form_file(workspace, [["integer", "employees", "Employees"]])
    record = json.loads(run(workspace, form, "-p", PROGRAMME, "--json").stdout)
    assert record["questions"][0]["candidates"][0]["question"] == "employees"
    assert record["questions"][0]["sure"] is True


def test_a_text_file_is_no_form(workspace):
    path = workspace / "notes.txt"
    path.write_text("hello", encoding="utf-8")
    done = run(workspace, path, "-p", PROGRAMME)
    assert (done.exit_code, "Q-NOTFORM" in done.output) == (3, True)


def test_the_name_of_a_programme_alone_writes_its_questionnaire(workspace, tmp_path):
    out = tmp_path / "out.xlsx"
    done = CliRunner().invoke(cli, ["form", PROGRAMME, "--out", str(out), "--workspace", str(workspace)])
    assert (done.exit_code, out.is_file()) == (0, True)
