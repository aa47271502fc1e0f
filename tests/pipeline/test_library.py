"""The library as its users meet it: every catalogue entry is there, listed, checked, and computed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner

from mande.cli import cli
from mande.errors import MandeError
from mande.pipeline.computing import compute
from mande.pipeline.forms import write_forms
from mande.pipeline.library import check_library, list_indicators, roots

REPOSITORY = Path(__file__).parent.parent.parent
PROGRAMME = "michigan_training_grants"
CODES = {
    "INC": 9, "WAG": 10, "WRK": 15, "BAR": 14, "GEN": 9, "UPG": 11, "CAP": 1, "CLU": 1, "LNK": 3, "SOC": 5,
}  # fmt: skip


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("library")
    source = REPOSITORY / "baselines" / PROGRAMME
    shutil.copytree(
        source, folder / "baselines" / PROGRAMME, ignore=shutil.ignore_patterns("waves", "private")
    )
    result = CliRunner().invoke(
        cli,
        [
            "accept",
            str(source / "uploads" / "1987_baseline.csv"),
            "-p",
            PROGRAMME,
            "-w",
            "1987",
            "--workspace",
            str(folder),
        ],
    )
    assert result.exit_code == 0, result.output
    return folder


def test_every_entry_of_the_catalogue_is_defined_once():
    records = [record for record in list_indicators(REPOSITORY) if record["set"] != "additional"]
    expected = sorted(f"{name}-{i:02d}" for name, n in CODES.items() for i in range(1, n + 1))
    assert sorted(record["code"] for record in records) == expected
    assert sum(record["set"] == "core" for record in records) == 60
    assert sum(record["set"] == "extension" for record in records) == 18


def test_the_library_is_in_order_and_means_what_is_on_record():
    found = check_library(REPOSITORY)
    assert found.text().endswith("0 errors, 0 warnings.")


@pytest.fixture
def small_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two indicators of the library: all of it is checked once, above, and takes its time."""
    library = tmp_path / "library" / "indicators"
    for name in ("_questions", "_parameters", "upgrading"):
        shutil.copytree(REPOSITORY / "indicators" / name, library / name)
    for name in ("_tables.yaml", "fingerprints.json"):
        shutil.copy(REPOSITORY / "indicators" / name, library / name)
    for path in (library / "upgrading").glob("*.yaml"):
        if path.stem not in ("rework_rate", "scrap_rate"):
            path.unlink()
    monkeypatch.setattr("mande.pipeline.library.library_root", lambda: library.parent)
    return library


def test_a_changed_formula_without_a_new_version_is_told_with_its_file(workspace: Path, small_library: Path):
    own = workspace / "indicators" / "upgrading"
    own.mkdir(parents=True)
    source = (small_library / "upgrading" / "rework_rate.yaml").read_text(encoding="utf-8")
    changed = source.replace("version: 1", "version: 2", 1)
    (own / "rework_rate.yaml").write_text(changed, encoding="utf-8")
    assert [p.code.id for p in check_library(workspace).problems] == ["D-RECORD"]
    assert check_library(workspace, record=True).added == 1
    assert check_library(workspace).problems == ()
    (own / "rework_rate.yaml").write_text(
        changed.replace("direction: lower_is_better", "direction: neutral"), encoding="utf-8"
    )
    (problem,) = check_library(workspace, record=True).problems
    assert problem.code.id == "D-MEANING"
    assert problem.place.file.endswith("rework_rate.yaml")
    shutil.rmtree(workspace / "indicators")


def test_outside_a_workspace_there_is_the_library_alone(tmp_path: Path):
    assert len(roots(tmp_path)) == 1


def test_an_indicator_is_computed_with_its_error_and_what_is_missing(workspace: Path):
    found = compute("scrap_rate", PROGRAMME, "1987", by=["arm"], workspace=workspace)
    (mean,) = found.statistics.filter((pl.col("by") == "") & (pl.col("statistic") == "mean")).to_dicts()
    rows = pl.read_csv(
        REPOSITORY / "baselines" / PROGRAMME / "uploads" / "1987_baseline.csv", infer_schema=False
    )
    scrap = rows["scrap"].cast(pl.Float64, strict=False).drop_nulls()
    assert mean["value"] == pytest.approx(scrap.mean(), rel=1e-9)
    # Who answered is a domain of all plants, as in R's survey package: their number is random too.
    of_domain = scrap.std(ddof=0) / len(scrap) ** 0.5 * (len(rows) / (len(rows) - 1)) ** 0.5
    assert mean["se"] == pytest.approx(of_domain, rel=1e-9)
    assert (mean["n"], mean["n_missing"]) == (len(scrap), len(rows) - len(scrap))
    assert found.missing["n"].sum() == len(rows) - len(scrap)
    assert "Arm: Grant in 1988" in found.text()


@pytest.mark.parametrize(
    ("option", "word", "meant"), [("domain", "wagess", "wages"), ("entity", "worker", "workers")]
)
def test_a_misspelt_domain_is_no_empty_library(option: str, word: str, meant: str):
    with pytest.raises(MandeError) as caught:
        list_indicators(REPOSITORY, **{option: word})
    (problem,) = caught.value.problems
    assert problem.code.id == "P-FILTER"
    assert f"did you mean {meant}" in str(caught.value)


def test_an_unknown_group_is_corrected(workspace: Path):
    with pytest.raises(MandeError) as caught:
        compute("scrap_rate", PROGRAMME, "1987", by=["arms"], workspace=workspace)
    assert "did you mean arm?" in str(caught.value)


def test_a_wave_that_was_not_accepted_is_told(workspace: Path):
    with pytest.raises(MandeError) as caught:
        compute("scrap_rate", PROGRAMME, "1988", workspace=workspace)
    assert [problem.code.id for problem in caught.value.problems] == ["P-PENDING"]


def test_the_commands_give_tables_for_people_and_json_for_machines(workspace: Path):
    run = CliRunner().invoke
    listed = json.loads(run(cli, ["indicators", "list", "--domain", "wages", "--json"]).output)
    assert {record["domain"] for record in listed} == {"wages"}
    assert "```math" in run(cli, ["indicators", "show", "INC-05"]).output
    arguments = ["indicators", "compute", "scrap_rate", "-p", PROGRAMME, "-w", "1987"]
    result = run(cli, [*arguments, "--json", "--workspace", str(workspace)])
    assert json.loads(result.output)["version"] == 1


def test_a_programme_gets_its_form(workspace: Path, tmp_path: Path):
    (written,) = write_forms(PROGRAMME, tmp_path / "form.xlsx", workspace=workspace)
    assert written.path.is_file()
    assert "questions, about" in written.text()
