"""WE-04 c: who is empowered at the boundary of A-WEAI, from answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from mande.catalogue import load_catalogue
from mande.measure import measure

LIBRARY = Path(__file__).parent.parent.parent / "indicators"
CATALOGUE = load_catalogue([LIBRARY])
A_WEAI = CATALOGUE.indicators["a_weai"]
ADEQUATE: Mapping[str, Any] = A_WEAI.examples[0].given
PRODUCTION = {"could_decide_food_crops": 1}
CREDIT = {"credit_used": False, "credit_decided": None}
ASSETS = {"land_own": "none", "assets_own": "poultry"}


def scored(*changes: Mapping[str, Any]) -> dict[str, float | None]:
    """The parts of one respondent who is adequate in all but what changes."""
    given = dict(ADEQUATE)
    for change in changes:
        given |= change
    asked = CATALOGUE.questions["respondents"]
    kinds = {"yes_no": pl.Boolean, "integer": pl.Float64, "number": pl.Float64, "date": pl.Date}
    schema = {name: kinds.get(question.type, pl.String) for name, question in asked.items()}
    row = pl.DataFrame(
        {name: [given.get(name)] for name in schema} | {"respondent_id": ["a"], "hh_id": ["h"]},
        schema=schema,
        strict=False,
    )
    found = measure(A_WEAI, {"respondents": row}, catalogue=CATALOGUE, reference_date=dt.date(2024, 1, 1))
    return found.row(0, named=True)


@pytest.mark.parametrize(
    ("changes", "fifteenths", "empowered"),
    [
        ((CREDIT,), 14, 1),
        ((CREDIT, ASSETS), 12, 1),
        ((PRODUCTION,), 12, 1),
        ((PRODUCTION, CREDIT), 11, 0),
    ],
)
def test_four_fifths_is_empowered_whatever_the_fifteenths_sum_to(
    changes: tuple[Mapping[str, Any], ...], fifteenths: int, empowered: int
):
    found = scored(*changes)
    assert found["value"] == pytest.approx(fifteenths / 15, abs=1e-12)
    assert found["empowered"] == empowered
    assert found["inadequacy"] == pytest.approx(1 - fifteenths / 15, abs=1e-12)


def test_a_missing_indicator_leaves_neither_score_nor_status():
    found = scored({"group_member": None})
    assert found["value"] is None
    assert found["empowered"] is None
    assert found["reason"] == "group_member is missing"
