"""Programmes made up for one design each: a workspace with its own small library, data and all."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from mande.pipeline.evaluation import evaluate
from mande.results import Evaluation, from_json, to_json
from tests.pipeline.coop import INDICATOR

TABLES = "farmers: {label: {en: Farmers}, key: farmer_id}\n"
QUESTIONS = """
format: 1
table: farmers
questions:
  farmer_id: {label: {en: Farmer code}, type: text, required: true, unique: true}
  income: {label: {en: Farm income}, type: number, unit: LCU, per: season}
  age: {label: {en: Age}, type: number, unit: years}
  sex: {label: {en: Sex}, type: choice, choices: {f: {en: Woman}, m: {en: Man}}}
  member: {label: {en: Member}, type: yes_no}
  took_part: {label: {en: Took part}, type: yes_no}
  interview_date: {label: {en: Day of the interview}, type: date}
"""
BEFORE, AFTER = "2022", "2024"
_WAVES = {BEFORE: "baseline", AFTER: "follow_up"}
AGE = INDICATOR.replace("income_of_farm", "age_of_farmer").replace("LCU/season", "years")
AGE = AGE.replace("value: income", "value: age").replace("{income:", "{age:").replace("Farm income", "Age")
ARMS: Mapping[str, Any] = {
    "training": {"label": {"en": "Training"}, "role": "treatment", "starts": AFTER},
    "none": {"label": {"en": "No training"}, "role": "comparison"},
}


def make(
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
    data: pd.DataFrame,
    *,
    design: Mapping[str, Any],
    arms: Mapping[str, Any] = ARMS,
    register: tuple[str, ...] = (),
    waves: Mapping[str, str] = _WAVES,
    **programme: Any,
) -> Path:
    """Write a workspace and return its root.

    `data` has one row per farmer and wave: farmer_id, wave, arm, village, and answers; `register` names
    columns that stand in the register and not among the answers.
    """
    monkeypatch.setattr("mande.pipeline.runs.library_root", lambda: root)
    contrast = {"treated": ["training"], "comparison": ["none"], "baseline": BEFORE, "follow_up": AFTER}
    given = {"assignment": "randomised", "cluster": "village", "description": {"en": "Made up."}}
    given |= {**design, "contrast": {**contrast, **design.get("contrast", {})}}
    body = {
        "format": 1, "id": "made", "title": {"en": "Made up"}, "question": {"en": "Did it help?"},
        "summary": {"en": "A test."}, "place": "Nowhere", "chain": {"en": "Maize"}, "currency": "KES",
        "entity": "farmers", "unit_name": ["farmer", "farmers"],
        "waves": [
            {"id": wave, "label": {"en": wave}, "role": role, "reference_date": f"{wave}-12-31",
             "uploads": {"farmers": f"uploads/{wave}.csv"}}
            for wave, role in waves.items()
        ],
        "arms": dict(arms), "design": given,
        "outcomes": [{"indicator": "income_of_farm", "role": "primary"}], **programme,
    }  # fmt: skip
    folder = root / "baselines" / "made"
    (folder / "uploads").mkdir(parents=True)
    listed = ["farmer_id", "arm", "village", *register]
    data.drop_duplicates("farmer_id")[listed].to_csv(folder / "register.csv", index=False)
    for wave, rows in data.groupby("wave"):
        answers = rows.drop(columns=["wave", "arm", "village", *register])
        answers.dropna(axis=1, how="all").to_csv(folder / "uploads" / f"{wave}.csv", index=False)
    for path, text in {
        "indicators/_tables.yaml": TABLES,
        "indicators/_questions/farmers.yaml": QUESTIONS,
        "indicators/income/income_of_farm.yaml": INDICATOR,
        "indicators/income/age_of_farmer.yaml": AGE,
        "baselines/made/programme.yaml": yaml.safe_dump(body, sort_keys=False),
    }.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return root


def evaluated(*given: Any, **more: Any) -> Evaluation:
    """Return the evaluation of a programme made by `make`, after its way through JSON and back."""
    found = evaluate("made", workspace=make(*given, **more))
    assert from_json(to_json(found)) == found
    return found


def farmers(
    n: int = 240, *, seed: int = 7, arms: Mapping[str, float] | None = None, per_village: int = 4
) -> pd.DataFrame:
    """Return farmers in both waves: villages take the arms in turn, each arm adds its effect afterwards."""
    effects = arms or {"training": 30.0, "none": 0.0}
    rng = np.random.default_rng(seed)
    village = np.arange(n) // per_village
    arm = np.array(list(effects))[village % len(effects)]
    level = 100 + rng.normal(0, 10, n) + rng.normal(0, 3, village.max() + 1)[village]
    parts = []
    for place, wave in enumerate((BEFORE, AFTER)):
        gain = np.array([effects[name] for name in arm]) * place
        parts.append(
            pd.DataFrame(
                {
                    "farmer_id": [f"F{i:04d}" for i in range(n)],
                    "wave": wave,
                    "arm": arm,
                    "village": [f"V{v:03d}" for v in village],
                    "income": (level + 5 * place + gain + rng.normal(0, 5, n)).round(2),
                    "sex": np.where(np.arange(n) % 3 == 0, "f", "m"),
                    "age": 30 + np.arange(n) % 25,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)
