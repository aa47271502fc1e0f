"""What stands behind a computed value: the dated values of parameters, and what it is not told apart by."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mande.errors import MandeError
from mande.pipeline.computing import compute
from mande.workspace import Workspace
from tests.pipeline.plants import PROGRAMME, answers, plants_workspace

_, PLANTS, WORKERS = answers()
BENCHMARK = """\
format: 1
id: living_wage_benchmark
version: 1
label: {en: Living wage}
unit: LCU/month
by: [region]
lasts: {months: 12}
uplift: {index: consumer_price_index, by: [region], up_to_months: 36}
values:
  - {start: 2023-06-01, value: 4000, key: {region: north}, source: Study}
"""
INDEX = """\
format: 1
id: consumer_price_index
version: 1
label: {en: Index}
unit: base period = 100
by: [region]
lasts: {months: 1}
values:
  - {start: 2023-06-01, value: 100, key: {region: north}, source: Office}
  - {start: 2025-12-01, value: 125, key: {region: north}, source: Office, provisional: true}
"""
PAY_GAP = """\
format: 1
id: pay_gap
version: 1
domain: working_conditions
label: {en: Pay gap, fr: Écart de salaire, es: Brecha salarial}
source: made up
pitfalls: made up
entity: workers
unit: LCU
direction: lower_is_better
uses: {benchmark: {parameter: living_wage_benchmark, by: [region]}}
value: benchmark - job_pay
statistics: [mean, total]
questions: {region: {label: {en: Region}, type: text}}
examples:
  - {given: {job_pay: null}, expect: null}
  - {given: {job_pay: 5}, expect: null, because: there is no benchmark}
"""
HEAD = "parameter              key           valid"


def changed(file: Path, *changes: tuple[str, str]) -> None:
    text = file.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    file.write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    place = plants_workspace(tmp_path_factory.mktemp("plants"))
    home = place.baselines / PROGRAMME
    (home / "parameters").mkdir()
    (home / "parameters" / "living_wage_benchmark.yaml").write_text(BENCHMARK, encoding="utf-8")
    (home / "parameters" / "consumer_price_index.yaml").write_text(INDEX, encoding="utf-8")
    (place.indicators / "working_conditions" / "pay_gap.yaml").write_text(PAY_GAP, encoding="utf-8")
    changed(home / "programme.yaml", ("outcomes:", "constants: {region: north}\noutcomes:"))
    changed(
        place.indicators / "working_conditions" / "threatened_workers.yaml",
        (
            "parts: {silent: not job_threatened}",
            "parts: {silent: not job_threatened, band: \"if_(job_pay < 100, 'low', 'high')\"}",
        ),
        ("disaggregate: [job_sex", "disaggregate: [job_sex, band, silent, stratum, firms.tier"),
    )
    return place


def computed(place: Workspace, name: str, **more):
    return compute(name, PROGRAMME, "2025", workspace=place.root, **more)


# -- parameters -----------------------------------------------------------------------------------


def test_a_benchmark_stands_with_its_uplift_and_the_mark_that_it_may_be_revised(place: Workspace):
    """4000 of June 2023, times 125 / 100, the index of December 2025 being provisional."""
    found = computed(place, "pay_gap")
    records = {(row["parameter"], row["start"]): row for row in found.as_record()["parameters"]}
    row = records["living_wage_benchmark", "2023-06-01"]
    assert (row["value"], row["uplift_low"], row["uplift_high"]) == (4000, 1.25, 1.25)
    assert (row["key"], row["last_day"], row["unit"]) == ("region north", "2024-05-31", "XTS/month")
    assert (row["provisional"], row["illustrative"], row["source"]) == (True, False, "Study")
    assert row["look_ups"] == 240
    assert [records["consumer_price_index", day]["provisional"] for day in ("2023-06-01", "2025-12-01")] == [
        False,
        True,
    ]
    mean = found.statistics.filter(statistic="mean", by="")["value"].item()
    assert mean < 5000 - 100  # the benchmark uplifted, not as it stands
    lines = found.text().splitlines()
    shown = lines[lines.index("Prices, benchmarks and other parameters used:") + 1 :]
    (line,) = [line for line in shown if line.startswith("living_wage_benchmark")]
    assert re.split(r"  +", line)[1:] == [
        "region north", "2023-06-01 to 2024-05-31", "4,000", "XTS/month", "Study",
        "provisional, uplifted, times 1.25", "240",
    ]  # fmt: skip


def test_parameters_are_told_in_the_language_and_its_marks(place: Workspace):
    french = computed(place, "pay_gap", language="fr").text()
    assert "Prix, références et autres paramètres utilisés :" in french
    assert "4\u202f000" in french
    assert "provisoire, actualisé, fois 1,25" in french
    spanish = computed(place, "pay_gap", language="es").text()
    assert "provisional, actualizado, por 1,25" in spanish
    assert "4.000" in spanish


def test_look_ups_of_few_are_not_counted(place: Workspace, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("mande.pipeline.parameters_used.SMALL_CELL", 241)
    found = computed(place, "pay_gap")
    row = next(row for row in found.as_record()["parameters"] if row["parameter"] == "living_wage_benchmark")
    assert row["look_ups"] is None
    (line,) = [line for line in found.text().splitlines() if line.startswith("living_wage_benchmark")]
    assert line.endswith("< 241")


def test_an_indicator_without_parameters_has_none(place: Workspace):
    found = computed(place, "plant_quality")
    assert found.as_record()["parameters"] == []
    assert "Prices" not in found.text()


# -- numbers --------------------------------------------------------------------------------------


def test_numbers_have_the_marks_of_the_language(place: Workspace):
    """The total of 240 gaps, a million or more, has its thousands parted as each language does."""
    total = computed(place, "pay_gap").statistics.filter(statistic="total", by="")["value"].item()
    for language, mark in (("en", ","), ("fr", "\u202f"), ("es", ".")):
        text = computed(place, "pay_gap", language=language).text()
        assert f"{total:,.0f}".replace(",", mark) in text
    french = computed(place, "plant_quality", language="fr")
    se = french.statistics.filter(statistic="mean", by="")["se"].item()
    assert f"{se:.3g}".replace(".", ",") in french.text()
    assert f"{se:.3g}" not in french.text()


def test_weights_in_a_note_have_the_marks_of_the_language(place: Workspace):
    notes = [
        line for line in computed(place, "job_quality", language="fr").text().splitlines() if "fixés" in line
    ]
    assert notes
    assert all(re.search(r"job_safety \d,\d", line) and not re.search(r"\d\.\d", line) for line in notes)


def test_a_total_says_how_many_units_are_not_in_it(tmp_path: Path):
    place = plants_workspace(tmp_path)
    file = place.indicators / "working_conditions" / "plant_quality.yaml"
    changed(
        file,
        ("value: quality", "value: only_if(quality < 50, quality)"),
        ("plausible:", "statistics: [total]\nplausible:"),
    )
    found = compute("plant_quality", PROGRAMME, "2024", workspace=place.root, language="es")
    gone = (PLANTS["2024"]["quality"] >= 50).sum()
    assert f"sin {gone} de las 40 unidades" in found.text()


# -- what it is told apart by ---------------------------------------------------------------------


def test_a_protected_indicator_is_told_apart_by_its_own_part_of_open_answers(place: Workspace):
    by_band = computed(place, "threatened_workers").statistics.filter(by="band")
    low = int((WORKERS["2025"]["job_pay"] < 100).sum())
    assert {row["cell"][0]: row["n"] for row in by_band.iter_rows(named=True)} == {
        "low": low,
        "high": 240 - low,
    }
    assert computed(place, "threatened_workers", by=["band"]).statistics.filter(by="band").height == 2


def test_what_a_definition_reports_by_is_not_left_out_without_a_word(place: Workspace):
    found = computed(place, "threatened_workers")
    assert set(found.left_out) == {"silent", "stratum", "firms.tier"}
    told = {row["by"]: row["reason"] for row in found.as_record()["left_out"]}
    assert told["silent"].startswith("protected")
    assert (told["stratum"], told["firms.tier"]) == ("not in the data", "no unit has an answer")
    assert "Not told apart by silent: protected" in found.text()
    assert (
        "Pas de répartition par silent : protégé"
        in computed(place, "threatened_workers", language="fr").text()
    )
    assert computed(place, "threatened_workers", by=["arm"]).left_out == {}
    with pytest.raises(MandeError, match="P-PROTECTED"):
        computed(place, "threatened_workers", by=["silent"])
