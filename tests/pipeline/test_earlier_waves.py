"""Indicators that use earlier waves, computed over accepted waves of a programme."""

from __future__ import annotations

import shutil
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner

from mande.cli import cli
from mande.pipeline.computing import Computed, compute

REPOSITORY = Path(__file__).parent.parent.parent
PROGRAMME = "michigan_training_grants"
UPLOADS = {"1987": "1987_baseline.csv", "1988": "1988_follow_up.csv", "1989": "1989_follow_up.csv"}
DEFINITION = """\
format: 1
id: scrap_{wave}
version: 1
domain: upgrading
upgrading: process
label: {{en: Scrap}}
entity: firms
unit: per 100 items
direction: lower_is_better
uses:
  before: {{question: scrapped_items, wave: {wave}}}
value: before
source: none
pitfalls: none
examples:
  - given: {{before: 2}}
    expect: 2
  - given: {{before: null}}
    expect: null
"""


def accepted(folder: Path, *waves: str) -> Path:
    source = REPOSITORY / "baselines" / PROGRAMME
    shutil.copytree(
        source, folder / "baselines" / PROGRAMME, ignore=shutil.ignore_patterns("waves", "private")
    )
    own = folder / "indicators" / "upgrading"
    own.mkdir(parents=True)
    for wave in ("previous", "baseline"):
        (own / f"scrap_{wave}.yaml").write_text(DEFINITION.format(wave=wave), encoding="utf-8")
    for wave in waves:
        call = ["accept", str(source / "uploads" / UPLOADS[wave]), "-p", PROGRAMME, "-w", wave]
        result = CliRunner().invoke(cli, [*call, "--workspace", str(folder)])
        assert result.exit_code == 0, result.output
    return folder


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return accepted(tmp_path_factory.mktemp("whole"), "1987", "1988", "1989")


def mean(found: Computed) -> float:
    (row,) = found.statistics.filter((pl.col("by") == "") & (pl.col("statistic") == "mean")).to_dicts()
    return float(row["value"])


def scrap(wave: str) -> float:
    folder = REPOSITORY / "baselines" / PROGRAMME / "uploads"
    rows = pl.read_csv(folder / UPLOADS[wave], infer_schema=False)
    value = rows["scrap"].cast(pl.Float64, strict=False).drop_nulls().mean()
    assert isinstance(value, float)
    return value


def test_previous_is_the_wave_before_and_baseline_the_first(whole: Path):
    waves = {name: scrap(name) for name in UPLOADS}
    assert len({round(value, 6) for value in waves.values()}) == 3
    previous = compute("scrap_previous", PROGRAMME, "1989", by=[], workspace=whole)
    baseline = compute("scrap_baseline", PROGRAMME, "1989", by=[], workspace=whole)
    assert mean(previous) == pytest.approx(waves["1988"], rel=1e-9)
    assert mean(baseline) == pytest.approx(waves["1987"], rel=1e-9)
    first = compute("scrap_previous", PROGRAMME, "1988", by=[], workspace=whole)
    assert mean(first) == pytest.approx(waves["1987"], rel=1e-9)


def test_at_the_baseline_there_is_nothing_before(whole: Path):
    for name in ("scrap_previous", "scrap_baseline"):
        found = compute(name, PROGRAMME, "1987", by=[], workspace=whole)
        (reason,) = found.missing["reason"].to_list()
        assert "there is no earlier wave to compare with" in reason
        assert found.missing["n"].to_list() == [found.units]


def test_where_the_wave_before_was_not_accepted_no_older_one_takes_its_place(tmp_path: Path):
    folder = accepted(tmp_path, "1987", "1989")
    found = compute("scrap_previous", PROGRAMME, "1989", by=[], workspace=folder)
    assert found.missing["n"].to_list() == [found.units]
    baseline = compute("scrap_baseline", PROGRAMME, "1989", by=[], workspace=folder)
    assert mean(baseline) == pytest.approx(scrap("1987"), rel=1e-9)
