"""The command says what it does, exits with the right code, and starts at once."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from mande.cli import cli
from mande.pipeline.workspaces import init_workspace

PROGRAMME = "michigan_training_grants"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    return init_workspace(tmp_path_factory.mktemp("cli") / "w")


def run(*arguments: str, workspace=None):
    where = ["--workspace", str(workspace.root)] if workspace else []
    return CliRunner().invoke(cli, [*arguments, *where])


def upload(workspace, change=lambda text: text) -> Path:
    source = workspace.root / "baselines" / PROGRAMME / "uploads" / "1987_baseline.csv"
    path = workspace.root / "upload.csv"
    path.write_text(change(source.read_text(encoding="utf-8")), encoding="utf-8")
    return path


def validate(workspace, path, *more):
    return run("validate", str(path), "--programme", PROGRAMME, "--wave", "1987", *more, workspace=workspace)


@pytest.mark.parametrize("module", ["mande", "mande.cli"])
def test_starting_loads_no_heavy_library(module):
    heavy = {
        "pandas",
        "polars",
        "numpy",
        "scipy",
        "statsmodels",
        "linearmodels",
        "papermill",
        "matplotlib",
        "pydantic",
    }
    code = f"import sys, {module}; print(sorted({heavy!r} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_a_check_loads_nothing_that_only_writes_workbooks_and_pages():
    code = "import sys, mande.pipeline.uploads; print(sorted({'xlsxwriter', 'jinja2'} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_help_lists_the_commands():
    text = run("--help").output
    for command in ("init", "validate", "accept", "evaluate", "explain", "codebook"):
        assert command in text


def test_an_upload_with_oddities_only_exits_with_one(workspace):
    found = validate(workspace, upload(workspace))
    assert found.exit_code == 1


def test_an_upload_with_errors_exits_with_three_and_a_marked_copy(workspace):
    path = upload(workspace, lambda text: text.replace("1987,410032,100,", "1987,410032,about 100,"))
    found = validate(workspace, path)
    assert found.exit_code == 3
    assert "about 100" in found.output
    copy = path.with_suffix(".checked.xlsx")
    assert not copy.exists(), "it holds what the file holds: nobody asked for it"
    assert "--marked" in found.output
    assert "Copie marquée" in validate(workspace, path, "--marked", "--lang", "fr").output
    assert copy.is_file()


def test_a_marked_copy_never_takes_the_place_of_an_upload(workspace):
    path = upload(workspace, lambda text: text.replace("1987,410032,100,", "1987,410032,about 100,"))
    before = path.read_bytes()
    found = validate(workspace, path, "--annotated", str(path))
    assert (found.exit_code, "W-OVERWRITE" in found.output) == (3, True)
    assert path.read_bytes() == before


def test_a_clean_upload_exits_with_zero(workspace):
    path = upload(workspace)
    title, *rows = path.read_text(encoding="utf-8").splitlines()
    # A real survey has gaps; whoever has no answer says why.
    filled = [",".join(cell or "-97" for cell in row.split(",")) for row in rows]
    path.write_text("\n".join([title, *filled]) + "\n", encoding="utf-8")
    odd = {p["row"] for p in json.loads(validate(workspace, path, "--json").stdout)["problems"]}
    lines = path.read_text(encoding="utf-8").splitlines()
    kept = [line for number, line in enumerate(lines, start=1) if number not in odd]
    path.write_text("\n".join(kept) + "\n", encoding="utf-8")
    found = validate(workspace, path)
    assert found.exit_code == 0, found.output


def test_json_names_every_problem_with_its_place_and_fix(workspace):
    path = upload(workspace, lambda text: text.replace("1987,410032,100,", "1987,410032,about 100,"))
    body = json.loads(validate(workspace, path, "--json").stdout)
    assert body["verdict"] == "errors"
    wrong = next(problem for problem in body["problems"] if problem["severity"] == "error")
    assert {"code", "severity", "row", "column", "value", "message", "fix"} <= set(wrong)
    assert (wrong["row"], wrong["column"], wrong["value"]) == (2, "employ", "about 100")


def test_messages_come_in_french(workspace):
    path = upload(workspace, lambda text: text.replace("1987,410032,100,", "1987,410032,about 100,"))
    assert "ligne" in validate(workspace, path, "--lang", "fr").output


def test_a_faulty_upload_is_not_accepted(workspace):
    path = upload(workspace, lambda text: text.replace("1987,410032,100,", "1987,410032,about 100,"))
    found = run("accept", str(path), "-p", PROGRAMME, "-w", "1987", workspace=workspace)
    assert found.exit_code == 3
    assert not workspace.revisions(PROGRAMME, "1987")


def test_a_misspelt_programme_is_corrected_without_a_traceback(workspace):
    found = run("evaluate", "michigan_training_grant", workspace=workspace)
    assert found.exit_code == 3
    assert "did you mean michigan_training_grants" in found.output
    assert "Traceback" not in found.output


def test_a_new_workspace_is_made_once(tmp_path):
    assert run("init", str(tmp_path / "new")).exit_code == 0
    again = run("init", str(tmp_path / "new"))
    assert again.exit_code == 3
    assert "W-EXISTS" in again.output


def test_a_code_is_explained():
    found = run("explain", "v-soft")
    assert found.exit_code == 0
    assert found.output.startswith("V-SOFT")
