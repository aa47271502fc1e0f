"""A change between two waves, split by composition and rate, as the compute command gives it."""

from __future__ import annotations

import shutil
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner

from mande.cli import cli
from mande.pipeline.computing import compute

REPOSITORY = Path(__file__).parent.parent.parent
PROGRAMME = "michigan_training_grants"
DEFINITION = """\
format: 1
id: scrap_change
version: 1
domain: upgrading
upgrading: process
label: {en: Scrap, fr: Rebut, es: Desecho}
entity: firms
unit: per 100 items
recall: calendar year
direction: lower_is_better
parts:
  size: if_(employees < 50, 'small', 'large')
value: scrapped_items
statistics:
  - mean
  - kitagawa: {category: size, group: period, high: now, low: baseline}
source: "made for a test"
pitfalls: none
examples:
  - given: {scrapped_items: 3, employees: 20}
    expect: 3
  - given: {scrapped_items: null, employees: 20}
    expect: null
"""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("changes")
    source = REPOSITORY / "baselines" / PROGRAMME
    leave = shutil.ignore_patterns("waves", "private")
    shutil.copytree(source, folder / "baselines" / PROGRAMME, ignore=leave)
    own = folder / "indicators" / "upgrading"
    own.mkdir(parents=True)
    (own / "scrap_change.yaml").write_text(DEFINITION, encoding="utf-8")
    for wave, name in (("1987", "1987_baseline.csv"), ("1988", "1988_follow_up.csv")):
        upload = str(source / "uploads" / name)
        arguments = ["accept", upload, "-p", PROGRAMME, "-w", wave, "--workspace", str(folder)]
        result = CliRunner().invoke(cli, arguments)
        assert result.exit_code == 0, result.output
    return folder


def numbers(workspace: Path, wave: str) -> pl.DataFrame:
    found = compute("scrap_change", PROGRAMME, wave, by=[], workspace=workspace).statistics
    return found.filter(pl.col("statistic").str.starts_with("kitagawa"))


def answers(name: str) -> pl.DataFrame:
    rows = pl.read_csv(REPOSITORY / "baselines" / PROGRAMME / "uploads" / name, infer_schema=False)
    both = rows.select(pl.col("scrap", "employ").cast(pl.Float64, strict=False)).drop_nulls()
    return both.with_columns(small=pl.col("employ") < 50)


def test_the_parts_are_those_of_the_two_uploads_by_hand(workspace: Path):
    before, now = answers("1987_baseline.csv"), answers("1988_follow_up.csv")
    composition = rate = 0.0
    for small in (True, False):
        here = [rows.filter(pl.col("small") == small) for rows in (before, now)]
        w_0, w_1 = (len(part) / len(rows) for part, rows in zip(here, (before, now), strict=True))
        r_0, r_1 = (part["scrap"].mean() for part in here)
        composition += (w_1 - w_0) * (r_1 + r_0) / 2
        rate += (r_1 - r_0) * (w_1 + w_0) / 2
    found = {row["number"]: row for row in numbers(workspace, "1988").to_dicts()}
    assert found["composition"]["value"] == pytest.approx(composition, rel=1e-9)
    assert found["rate"]["value"] == pytest.approx(rate, rel=1e-9)
    assert found["gap"]["value"] == pytest.approx(now["scrap"].mean() - before["scrap"].mean(), rel=1e-9)
    assert found["gap"]["n"] == len(before) + len(now)
    # Plants seen twice: the change is known better than from two samples of other plants.
    apart = before["scrap"].var() / len(before) + now["scrap"].var() / len(now)
    assert found["gap"]["se"] < 0.8 * apart**0.5


def test_the_baseline_itself_has_no_change(workspace: Path):
    rows = numbers(workspace, "1987").to_dicts()
    assert [(row["value"], row["reason"]) for row in rows] == [(None, "no units in group baseline")]
