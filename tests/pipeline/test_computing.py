"""Computing an indicator: numbers by hand, what stays hidden, languages, and requests that cannot be met."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner

from mande.cli import cli
from mande.errors import MandeError
from mande.pipeline.computing import compute
from mande.pipeline.data import Pulled, read_and_measure
from mande.pipeline.evaluation import evaluate
from mande.pipeline.runs import load_definitions
from mande.pipeline.uploads import accept_pending
from mande.workspace import Workspace
from tests.pipeline.plants import PLANTS_FILE, PROGRAMME, answers, plants_workspace

REGISTER, PLANTS, WORKERS = answers()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return plants_workspace(tmp_path_factory.mktemp("plants"))


@pytest.fixture(scope="module")
def evaluation(place: Workspace):
    return evaluate(PROGRAMME, workspace=place.root)


def computed(place: Workspace, name: str, wave: str = "2025", **more):
    return compute(name, PROGRAMME, wave, workspace=place.root, **more)


def workers(wave: str) -> pl.DataFrame:
    return WORKERS[wave].join(REGISTER, on="firm_id", maintain_order="left")


def only(frame: pl.DataFrame, **wanted: str) -> dict:
    (row,) = frame.filter(*(pl.col(name) == value for name, value in wanted.items())).to_dicts()
    return row


def mean_of(frame: pl.DataFrame, column: str) -> float:
    return float(np.average(frame[column], weights=frame["weight"]))


# -- numbers --------------------------------------------------------------------------------------


def test_two_variables_are_crossed(place: Workspace):
    found = computed(place, "job_quality", by=["job_sex,arm"]).statistics
    cells = found.filter(statistic="mean", by="job_sex,arm", values="as measured")
    assert cells.height == 4
    for row in cells.iter_rows(named=True):
        sex, arm = row["cell"]
        own = workers("2025").filter(job_sex=sex, arm=arm)
        assert row["value"] == pytest.approx(mean_of(own, "job_pay"))
        assert (row["n"], row["n_missing"]) == (own.height, 0)


def test_winsorised_values_stand_beside_those_as_measured(place: Workspace):
    """Of 240 values the 228th in order is the 95 % quantile; the twelve above it are set to it."""
    result = computed(place, "job_quality")
    everyone = workers("2025")
    quantile = sorted(everyone["job_pay"])[227]
    cut = everyone.with_columns(pl.col("job_pay").clip(upper_bound=quantile))
    rows = result.statistics.filter(by="", statistic="mean")
    assert rows["values"].to_list() == ["as measured", "winsorised"]
    assert rows["value"].to_list() == pytest.approx([mean_of(everyone, "job_pay"), mean_of(cut, "job_pay")])
    assert result.pulled == 12
    index = result.statistics.filter(by="", statistic="anderson_index job_pay / job_voice / job_safety")
    assert index["values"].to_list() == [""]  # it does not take the value


def test_effects_are_estimated_on_the_winsorised_values_that_compute_shows(tmp_path: Path):
    place = plants_workspace(tmp_path)
    file = place.indicators / PLANTS_FILE
    text = file.read_text(encoding="utf-8").replace(
        "plausible:", "winsorise: {upper: 0.9, within: [wave]}\nplausible:"
    )
    file.write_text(text, encoding="utf-8")
    shown = computed(place, "plant_quality", by=["arm"]).statistics.filter(by="arm", values="winsorised")
    frame = read_and_measure(place, load_definitions(place, PROGRAMME)).frame
    frame = frame[frame["wave"] == "2025"]
    for row in shown.iter_rows(named=True):
        own = frame[frame["arm"] == row["cell"][0]]
        assert row["value"] == pytest.approx(np.average(own["plant_quality"], weights=own["weight"]))


def test_quantiles_are_taken_within_the_answers_that_a_definition_names(tmp_path: Path):
    """Of three branches one has the 20 values that a quantile needs: its largest goes, once a wave."""
    place = plants_workspace(tmp_path)
    file = place.indicators / PLANTS_FILE
    rule = "winsorise: {upper: 0.95, within: [wave, stratum, branch]}\nplausible:"
    file.write_text(file.read_text(encoding="utf-8").replace("plausible:", rule), encoding="utf-8")
    data = read_and_measure(place, load_definitions(place, PROGRAMME))
    assert data.pulled["plant_quality"] == Pulled(2, ("wave", "branch"))
    assert data.frame["plant_quality"].max() == 170  # of a branch with two plants
    assert computed(place, "plant_quality").pulled == 1
    notes = evaluate(PROGRAMME, workspace=place.root).main.means.notes
    assert any(note.endswith("are set to it (by wave, branch, arms pooled).") for note in notes)


def test_workers_of_one_plant_are_no_independent_units(place: Workspace):
    """The linearised mean by hand, its totals by plant, which are the sampling units."""
    row = only(
        computed(place, "job_quality", "2024").statistics, by="", statistic="mean", values="as measured"
    )
    everyone = workers("2024")
    w, x = everyone["weight"].to_numpy(), everyone["job_pay"].to_numpy()
    z = w * (x - np.average(x, weights=w)) / w.sum()
    totals = z.reshape(40, 6).sum(axis=1)
    assert row["se"] == pytest.approx(np.sqrt(40 / 39 * ((totals - totals.mean()) ** 2).sum()))
    assert computed(place, "job_quality", "2024").as_record()["clustered"] == "firm_id"


# -- an index with frozen weights -----------------------------------------------------------------


def by_hand(reference: pl.DataFrame, columns: list[str]):
    """Return Anderson's index as a function of rows, from the formulas of the paper on a reference group."""
    w, n = reference["weight"].to_numpy(), reference.height

    def moments(x):
        mean = np.average(x, weights=w)
        return mean, np.sqrt(np.average((x - mean) ** 2, weights=w) * n / (n - 1))

    values = reference.select(columns).to_numpy()
    at, sd = np.array([moments(column) for column in values.T]).T
    z = (values - at) / sd
    covariance = (z * w[:, None]).T @ z / w.sum() * n / (n - 1)
    share = np.linalg.inv(covariance).sum(axis=1)
    share /= share.sum()
    centre, spread = moments(z @ share)
    return lambda rows: (((rows.select(columns).to_numpy() - at) / sd) @ share - centre) / spread


@pytest.mark.parametrize("wave", ["2024", "2025"])
def test_an_index_keeps_the_weights_of_the_comparison_arm_at_the_baseline(place: Workspace, wave: str):
    index = by_hand(workers("2024").filter(arm="waiting"), ["job_pay", "job_voice", "job_safety"])
    result = computed(place, "job_quality", wave, by=["arm"])
    rows = result.statistics.filter(pl.col("statistic").str.starts_with("anderson_index"))
    for arm in ("trained", "waiting"):
        own = workers(wave).filter(arm=arm)
        found = rows.filter(pl.col("cell").list.contains(arm))["value"].item()
        assert found == pytest.approx(np.average(index(own), weights=own["weight"]), abs=1e-9)
    assert "weights frozen on 120 units" in rows["note"][0]
    assert "job_safety 0." in result.text()


def test_the_index_of_the_comparison_arm_at_the_baseline_is_0(place: Workspace):
    rows = computed(place, "job_quality", "2024", by=["arm"]).statistics
    own = rows.filter(
        pl.col("statistic").str.starts_with("anderson"), pl.col("cell").list.contains("waiting")
    )
    assert own["value"].item() == pytest.approx(0, abs=1e-9)


def test_an_effect_on_an_index_is_that_on_each_units_index_with_frozen_weights(evaluation):
    start, end = (PLANTS[wave].join(REGISTER, on="firm_id") for wave in ("2024", "2025"))
    index = by_hand(start.filter(arm="waiting"), ["quality", "orders", "defects"])
    change = index(end) - index(start)
    trained = (start["arm"] == "trained").to_numpy()
    outcome = evaluation.outcomes[1]
    assert outcome.indicator.startswith("anderson_index")
    assert outcome.primary.estimate == pytest.approx(change[trained].mean() - change[~trained].mean())
    assert any("frozen on 20 units of the comparison arm" in note for note in outcome.means.notes)


def test_without_a_baseline_or_a_comparison_arm_an_index_says_why_it_has_no_value(tmp_path: Path):
    place = plants_workspace(tmp_path, accepted=False)
    home = place.baselines / PROGRAMME
    text = (home / "programme.yaml").read_text(encoding="utf-8")
    arguments = ["-p", PROGRAMME, "-w", "2025", "--workspace", str(place.root)]
    accept_later_wave(place)
    shown = CliRunner().invoke(cli, ["indicators", "compute", "job_quality", *arguments]).output
    assert "no weights: the baseline wave has not been accepted" in shown
    alone = text.replace("comparison: [waiting]", "comparison: []")
    (home / "programme.yaml").write_text(alone, encoding="utf-8")
    shown = (
        CliRunner().invoke(cli, ["indicators", "compute", "job_quality", *arguments, "--lang", "fr"]).output
    )
    assert "pas de poids : le programme n'a pas de groupe de comparaison" in shown


def accept_later_wave(place: Workspace) -> None:
    """Accept the workers and plants of 2025 alone."""
    home = place.baselines / PROGRAMME / "programme.yaml"
    text = home.read_text(encoding="utf-8")
    first = "{firms: uploads/firms_2024.csv, workers: uploads/workers_2024.csv}"
    home.write_text(text.replace(f",\n     uploads: {first}", ""), encoding="utf-8")
    accept_pending(place, load_definitions(place, PROGRAMME))
    home.write_text(text, encoding="utf-8")


# -- what is implausible --------------------------------------------------------------------------


def test_values_outside_the_plausible_range_are_counted_listed_and_kept(place: Workspace):
    result = computed(place, "job_quality")
    assert (result.implausible.n, result.implausible.units) == (1, ("w001",))
    assert "Outside the plausible range (0 to 150): 1 of 240 units" in result.text()
    assert "Units to look at: w001" in result.text()
    assert only(result.statistics, by="", statistic="mean", values="as measured")["n"] == 240
    assert computed(place, "job_quality", "2024").implausible.n == 0


def test_an_evaluation_counts_values_outside_the_plausible_range(evaluation):
    steps = [row[1:] for row in evaluation.trail.steps.rows if row[0] == "Plant quality"]
    assert ("values outside the plausible range, kept", 1) in steps
    assert any(
        "1 value lies outside the plausible range (0 to 100)" in n for n in evaluation.main.means.notes
    )


# -- what is protected ----------------------------------------------------------------------------


def test_protected_units_are_not_listed(place: Workspace):
    result = computed(place, "threatened_workers")
    threatened = (WORKERS["2025"]["job_threatened"] == "yes").sum()
    assert (result.implausible.n, result.implausible.units) == (threatened, ())
    assert "w0" not in result.text()
    assert "w0" not in json.dumps(result.as_record())


def test_a_protected_statistic_of_several_numbers_counts_its_employers(tmp_path: Path):
    place = plants_workspace(tmp_path)
    file = place.indicators / "working_conditions" / "threatened_workers.yaml"
    text = file.read_text(encoding="utf-8").replace(
        "parts: {silent: not job_threatened}",
        "parts: {silent: not job_threatened, mood: \"if_(job_threatened, 'uneasy', 'calm')\"}",
    )
    file.write_text(text.replace("[share]", "[{distribution: mood}]"), encoding="utf-8")
    everyone = computed(place, "threatened_workers").statistics.filter(by="")
    assert everyone["number"].to_list() == ["calm", "uneasy"]
    assert everyone["n"].to_list() == [240, 240]
    assert everyone["hidden"].to_list() == [None, None]
    assert everyone["value"].sum() == pytest.approx(1)


def test_reasons_beyond_the_listed_are_counted_together(place: Workspace, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("mande.pipeline.computed.MOST_REASONS", 1)
    missing = pl.DataFrame({"reason": ["refused", "not asked", "invalid"], "n": [50, 12, 3]})
    lines = replace(computed(place, "job_quality"), missing=missing).text().splitlines()
    after = lines[lines.index("Without a value:") + 1 :][:2]
    assert [line.split()[0] for line in after] == ["50", "15"]
    assert "other reasons (2;" in after[1]


@pytest.mark.parametrize(
    "name", ["firm_id", "worker_id", "job_threatened", "silent", "firms.manager_threatened"]
)
def test_protected_indicators_are_not_split_by_answer_or_employer(place: Workspace, name: str):
    with pytest.raises(MandeError) as caught:
        computed(place, "threatened_workers", by=[name])
    (problem,) = caught.value.problems
    assert problem.code.id == "P-PROTECTED"
    assert name not in problem.expected().split(": no")[0].split(", ")


def test_open_indicators_are_not_split_by_a_protected_answer(place: Workspace):
    for name in ("job_threatened", "firms.manager_threatened"):
        with pytest.raises(MandeError, match="P-PROTECTED"):
            computed(place, "job_quality", by=[name])


def test_protected_answers_of_the_workers_of_two_employers_are_hidden(place: Workspace):
    """Twelve workers of two plants dye. Those who cut are the smaller other group, hidden with them."""
    rows = computed(place, "threatened_workers").statistics.filter(by="firms.branch")
    told = {row["cell"][0]: (row["hidden"], row["value"] is None) for row in rows.iter_rows(named=True)}
    assert told == {"dye": ("employers", True), "cut": ("secondary", True), "sew": (None, False)}
    plain = computed(place, "job_quality", by=["firms.branch"]).statistics.filter(by="firms.branch")
    assert plain.filter(pl.col("cell").list.contains("dye"))["hidden"].is_null().any()


def test_counts_of_few_stay_out_of_the_json_too(tmp_path: Path):
    place = plants_workspace(tmp_path, accepted=False)
    file = place.baselines / PROGRAMME / "uploads" / "workers_2025.csv"
    frame = pl.read_csv(file, infer_schema=False)
    few = frame.with_columns(
        pl.when(pl.int_range(pl.len()) < 4).then(pl.lit("")).otherwise("job_pay").alias("job_pay")
    )
    file.write_text(few.write_csv(), encoding="utf-8")
    accept_pending(place, load_definitions(place, PROGRAMME))
    record = computed(place, "job_quality").as_record()
    assert record["missing"] == [{"reason": "job_pay: not answered", "n": None}]
    assert "      < 10  job_pay : sans réponse" in computed(place, "job_quality", language="fr").text()


# -- words ----------------------------------------------------------------------------------------


def test_labels_headings_and_reasons_come_in_three_languages(place: Workspace):
    french = computed(place, "job_quality", language="fr").text()
    for words in (
        "Qualité de l'emploi",
        "erreur type",
        "vague 2025",
        "Sexe: Femmes",
        "Groupe: Formé",
        "winsorisé",
    ):
        assert words in french
    spanish = computed(place, "threatened_workers", language="es")
    assert "Rama: Costura" in spanish.text()
    assert "unidades de menos de 3 empleadores" in spanish.text()
    record = spanish.as_record()
    assert record["label"] == "Trabajadores amenazados"
    assert {row["cell"][0] for row in record["statistics"] if row["by"] == "firms.branch"} == {
        "cut",
        "dye",
        "sew",
    }


def test_the_currency_is_the_programmes(place: Workspace):
    assert (
        computed(place, "job_quality")
        .text()
        .startswith("Job quality (XTS), job_quality version 1, wave 2025")
    )


# -- requests that cannot be met --------------------------------------------------------------------


def refused(place: Workspace, *arguments: str) -> str:
    where = ["--workspace", str(place.root)]
    found = CliRunner().invoke(cli, ["indicators", *arguments, *where])
    assert found.exit_code == 3, found.output
    assert "Traceback" not in found.output
    return found.output


def test_what_is_not_there_is_said_in_plain_words(place: Workspace):
    ours = ("-p", PROGRAMME, "-w", "2025")
    assert "P-INDICATOR" in refused(place, "show", "NOSUCH")
    assert "did you mean job_quality or plant_quality?" in refused(place, "compute", "job_qualty", *ours)
    assert "one of: 2024, 2025" in refused(place, "compute", "job_quality", "-p", PROGRAMME, "-w", "2023")
    assert "did you mean job_sex or job_safety?" in refused(
        place, "compute", "job_quality", *ours, "--by", "jobsex"
    )
    assert "P-CROSSED" in refused(place, "compute", "job_quality", *ours, "--by", "job_sex,arm,firms.branch")
    assert "240 groups" in refused(place, "compute", "job_quality", *ours, "--by", "job_pay")
    assert "W-PROGRAMME" in refused(place, "compute", "job_quality", "-p", "plant", "-w", "2025")
    assert "la tabla households" in refused(place, "compute", "INC-01", *ours, "--lang", "es")


def test_a_wave_that_did_not_ask_gives_no_value_and_says_why(place: Workspace):
    result = computed(place, "take_home_pay")
    assert result.statistics["value"].is_null().all()
    assert result.missing["n"].sum() == 240
    assert "not asked" in result.text()
    assert "question non posée" in computed(place, "take_home_pay", language="fr").text()


def test_a_level_is_a_share(place: Workspace):
    arguments = ["indicators", "compute", "job_quality", "-p", PROGRAMME, "-w", "2025", "--level", "95"]
    found = CliRunner().invoke(cli, [*arguments, "--workspace", str(place.root)])
    assert found.exit_code == 2
    assert "0<x<1" in found.output
