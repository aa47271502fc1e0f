"""How the sample was drawn decides standard errors: the columns that the design names, by hand, and said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from mande.pipeline.computing import compute
from mande.pipeline.data import read_and_measure
from mande.pipeline.runs import load_definitions
from mande.workspace import Workspace
from tests.pipeline.plants import PROGRAMME, answers, plants_workspace

REGISTER, PLANTS, WORKERS = answers()
STRATA = [f"D{place // 14}" for place in range(40)]


def drawn_within(
    folder: Path, *, strata: str, weights: str, design: str, cluster: str = "firm_id"
) -> Workspace:
    """Return the workspace with these columns in its register and these lines in its design."""
    place = plants_workspace(folder)
    home = place.baselines / PROGRAMME
    register = REGISTER.with_columns(
        pl.Series(strata, STRATA), pl.Series("town", [f"T{i // 2}" for i in range(40)])
    )
    register.rename({"weight": weights}).write_csv(home / "register.csv")
    file = home / "programme.yaml"
    text = file.read_text(encoding="utf-8").replace("  cluster: firm_id\n", f"  cluster: {cluster}\n{design}")
    file.write_text(text, encoding="utf-8")
    return place


def everyone(place: Workspace, indicator: str = "plant_quality"):
    found = compute(indicator, PROGRAMME, "2024", by=[], workspace=place.root)
    return found, found.statistics.filter(statistic="mean").row(0, named=True)


def se_by_hand(x: np.ndarray, w: np.ndarray, stratum: np.ndarray, unit: np.ndarray) -> float:
    """The linearised mean, its totals by sampling unit, their spread within each stratum."""
    z = w * (x - np.average(x, weights=w)) / w.sum()
    variance = 0.0
    for name in np.unique(stratum):
        own = stratum == name
        totals = np.array([z[own & (unit == one)].sum() for one in np.unique(unit[own])])
        n = len(totals)
        variance += n / (n - 1) * ((totals - totals.mean()) ** 2).sum()
    return float(np.sqrt(variance))


@pytest.mark.parametrize(
    ("strata", "weights", "design"),
    [
        ("district", "w", "  strata: district\n  weights: w\n"),
        ("stratum", "weight", ""),  # as the register calls them
        ("district", "weight", "  strata: district\n"),
    ],
)
def test_errors_are_those_of_the_strata_weights_and_clusters_of_the_design(
    tmp_path: Path, strata: str, weights: str, design: str
):
    place = drawn_within(tmp_path, strata=strata, weights=weights, design=design, cluster="town")
    found, row = everyone(place)
    x, w = PLANTS["2024"]["quality"].to_numpy(), REGISTER["weight"].to_numpy()
    towns = np.arange(40) // 2
    assert row["value"] == pytest.approx(np.average(x, weights=w), rel=1e-9)
    assert row["se"] == pytest.approx(se_by_hand(x, w, np.array(STRATA), towns), rel=1e-9)
    told = found.as_record()
    assert (told["weights"], told["strata"], told["clustered"]) == (weights, strata, "town")
    last = found.text().splitlines()[-1]
    assert last.startswith(f"Weights: {weights}; strata: {strata}; standard errors clustered by town.")


def test_workers_are_drawn_with_the_strata_of_their_plants(tmp_path: Path):
    place = drawn_within(
        tmp_path, strata="district", weights="w", design="  strata: district\n  weights: w\n"
    )
    _, row = everyone(place, "job_quality")
    at = np.repeat(np.arange(40), 6)
    x, w = WORKERS["2024"]["job_pay"].to_numpy(), REGISTER["weight"].to_numpy()[at]
    assert row["se"] == pytest.approx(se_by_hand(x, w, np.array(STRATA)[at], at), rel=1e-9)


def test_an_answer_may_tell_the_stratum(tmp_path: Path):
    """The branch is asked, of the plants alone; it stands in no register."""
    place = drawn_within(tmp_path, strata="zone", weights="weight", design="  strata: branch\n")
    branch = PLANTS["2024"]["branch"].to_numpy()
    w = REGISTER["weight"].to_numpy()
    found, row = everyone(place)
    x = PLANTS["2024"]["quality"].to_numpy()
    assert row["se"] == pytest.approx(se_by_hand(x, w, branch, np.arange(40)), rel=1e-9)
    assert found.as_record()["strata"] == "branch"
    at = np.repeat(np.arange(40), 6)
    _, row = everyone(place, "job_quality")
    x = WORKERS["2024"]["job_pay"].to_numpy()
    assert row["se"] == pytest.approx(se_by_hand(x, w[at], branch[at], at), rel=1e-9)


def test_what_was_not_used_is_said_in_three_languages(tmp_path: Path):
    place = drawn_within(tmp_path, strata="zone", weights="w", design="  strata: district\n")
    told = {
        language: compute("plant_quality", PROGRAMME, "2024", language=language, workspace=place.root)
        .text()
        .splitlines()[-1]
        for language in ("en", "fr", "es")
    }
    assert told["en"].startswith("Not weighted (the data have no column weight); no strata (the data have no")
    assert "pas de strates (les données n'ont pas de colonne district)" in told["fr"]
    assert "sin estratos (los datos no tienen la columna district)" in told["es"]


def test_weights_frozen_by_an_evaluation_are_those_of_the_design_too(tmp_path: Path):
    told = []
    for name, design in (("weight", ""), ("w", "  weights: w\n")):
        place = drawn_within(tmp_path / name, strata="zone", weights=name, design=design)
        data = read_and_measure(place, load_definitions(place, PROGRAMME))
        told.append(data.frozen)
    assert told[0] == told[1]
    place = drawn_within(tmp_path / "none", strata="zone", weights="w", design="")
    assert read_and_measure(place, load_definitions(place, PROGRAMME)).frozen != told[0]
