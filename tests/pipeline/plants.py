"""A made-up programme of 40 plants and their 240 workers, seen twice: what the example programme lacks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from mande.pipeline.runs import load_definitions
from mande.pipeline.uploads import accept_pending
from mande.pipeline.workspaces import init_workspace
from mande.workspace import Workspace

PROGRAMME = "plants"
WAVES = ("2024", "2025")
PLANTS_FILE = "working_conditions/plant_quality.yaml"
_N, _EACH = 40, 6

_PROGRAMME = """\
format: 1
id: plants
title: {en: Plants}
question: {en: Did it help?}
summary: {en: Made up.}
place: Nowhere
chain: {en: Shirts}
currency: XTS
entity: firms
unit_name: [plant, plants]
waves:
  - {id: "2024", label: {en: "2024"}, role: baseline, reference_date: 2024-12-31,
     uploads: {firms: uploads/firms_2024.csv, workers: uploads/workers_2024.csv}}
  - {id: "2025", label: {en: "2025"}, role: follow_up, reference_date: 2025-12-31,
     uploads: {firms: uploads/firms_2025.csv, workers: uploads/workers_2025.csv}}
arms:
  trained: {label: {en: Trained, fr: Formé, es: Capacitado}, role: treatment, starts: "2025"}
  waiting: {label: {en: Waiting, fr: En attente, es: En espera}, role: comparison}
design:
  assignment: comparison_group
  contrast: {treated: [trained], comparison: [waiting], baseline: "2024", follow_up: "2025"}
  cluster: firm_id
  description: {en: Made up.}
outcomes:
  - {indicator: plant_quality, role: primary}
  - {indicator: plant_quality, distribution: {anderson_index: [value, orders, defects]}}
"""
_QUESTIONS = """\
format: 1
table: firms
questions:
  branch: {label: {en: Branch, fr: Branche, es: Rama}, type: choice, choices: {
    cut: {en: Cutting, fr: Coupe, es: Corte}, sew: {en: Sewing, fr: Couture, es: Costura},
    dye: {en: Dyeing, fr: Teinture, es: Tintura}}}
  quality: {label: {en: Quality}, type: number}
  orders: {label: {en: Orders}, type: number}
  defects: {label: {en: Defects}, type: number}
  manager_threatened: {label: {en: Manager threatened}, type: yes_no, sensitivity: protected}
"""
_HEAD = """\
format: 1
id: {id}
version: 1
domain: working_conditions
label: {{en: {en}, fr: {fr}, es: {es}}}
source: made up
pitfalls: made up
"""
_INDICATORS = {
    "job_quality": (
        ("Job quality", "Qualité de l'emploi", "Calidad del empleo"),
        """\
entity: workers
unit: LCU
direction: higher_is_better
value: job_pay
plausible: [0, 150]
winsorise: {upper: 0.95, within: [wave]}
statistics: [mean, {anderson_index: [job_pay, job_voice, job_safety]}, {gender_gap: {group: job_sex}}]
disaggregate: [job_sex, arm]
questions:
  job_sex: {label: {en: Sex, fr: Sexe, es: Sexo}, type: choice, choices: {
    F: {en: Women, fr: Femmes, es: Mujeres}, M: {en: Men, fr: Hommes, es: Hombres}}}
  job_pay: {label: {en: Pay}, type: number, unit: LCU}
  job_voice: {label: {en: Voice}, type: number}
  job_safety: {label: {en: Safety}, type: number}
examples:
  - {given: {job_pay: 5}, expect: 5}
  - {given: {job_pay: null}, expect: null}
""",
    ),
    "threatened_workers": (
        ("Threatened workers", "Travailleurs menacés", "Trabajadores amenazados"),
        """\
entity: workers
unit: share of workers
direction: lower_is_better
parts: {silent: not job_threatened}
value: job_threatened
plausible: [0, 0.5]
statistics: [share]
sensitivity: protected
disaggregate: [job_sex, firms.branch]
questions:
  job_threatened: {label: {en: Threatened}, type: yes_no, sensitivity: protected}
examples:
  - {given: {job_threatened: yes}, expect: 1}
  - {given: {job_threatened: null}, expect: null}
""",
    ),
    "plant_quality": (
        ("Plant quality", "Qualité de l'usine", "Calidad de la planta"),
        """\
entity: firms
unit: points
direction: higher_is_better
value: quality
plausible: [0, 100]
examples:
  - {given: {quality: 5}, expect: 5}
  - {given: {quality: null}, expect: null}
""",
    ),
}


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def answers() -> tuple[pl.DataFrame, dict[str, pl.DataFrame], dict[str, pl.DataFrame]]:
    """Return the register, and the answers of plants and of workers by wave.

    Plants 1 to 20 are trained. Two plants dye, with 12 workers. In 2025, w001 is paid a thousand times too
    much, and p01 scores 170 of 100 points.
    """
    rng = np.random.default_rng(5)
    firms = [f"p{i:02d}" for i in range(1, _N + 1)]
    arms = ["trained"] * 20 + ["waiting"] * 20
    weights = rng.integers(1, 5, _N).astype(float)
    register = pl.DataFrame({"firm_id": firms, "arm": arms, "weight": weights})
    branch = ["dye"] * 2 + ["cut"] * 18 + ["sew"] * 20
    of = np.repeat(np.arange(_N), _EACH)
    n = len(of)
    sex = np.where(rng.random(n) < 0.5, "F", "M")
    plants, workers = {}, {}
    for after, wave in enumerate(WAVES):
        gain = after * (np.arange(_N) < 20) * 1.0
        quality = 50 + 4 * rng.normal(size=_N) + 3 * gain
        orders = 20 + 0.5 * (quality - 50) + rng.normal(size=_N) + 2 * gain
        pay = 100 + 6 * rng.normal(size=n) + 3 * gain[of]
        if after:
            quality[0], pay[0] = 170.0, 100_000.0
        plants[wave] = pl.DataFrame(
            {
                "firm_id": firms,
                "branch": branch,
                "quality": quality.round(3),
                "orders": orders.round(3),
                "defects": (9 - 0.3 * orders + rng.normal(size=_N)).round(3),
                "manager_threatened": np.where(rng.random(_N) < 0.3, "yes", "no"),
            }
        )
        workers[wave] = pl.DataFrame(
            {
                "worker_id": [f"w{i:03d}" for i in range(1, n + 1)],
                "firm_id": [firms[at] for at in of],
                "job_sex": sex,
                "job_pay": pay.round(3),
                "job_voice": (0.4 * pay / 100 + rng.normal(size=n)).round(3),
                "job_safety": (5 + rng.normal(size=n) + gain[of]).round(3),
                "job_threatened": np.where(rng.random(n) < 0.3, "yes", "no"),
            }
        )
    return register, plants, workers


def plants_workspace(folder: Path, *, accepted: bool = True) -> Workspace:
    """Return a workspace with the programme; its waves are accepted unless told otherwise."""
    place = init_workspace(folder / "w")
    home = place.baselines / PROGRAMME
    _write(home / "programme.yaml", _PROGRAMME)
    _write(place.indicators / "_questions" / "plants.yaml", _QUESTIONS)
    for name, ((en, fr, es), rest) in _INDICATORS.items():
        text = _HEAD.format(id=name, en=en, fr=f'"{fr}"', es=f'"{es}"') + rest
        _write(place.indicators / "working_conditions" / f"{name}.yaml", text)
    register, plants, workers = answers()
    _write(home / "register.csv", register.write_csv())
    for wave in WAVES:
        _write(home / "uploads" / f"firms_{wave}.csv", plants[wave].write_csv())
        _write(home / "uploads" / f"workers_{wave}.csv", workers[wave].write_csv())
    if accepted:
        accept_pending(place, load_definitions(place, PROGRAMME))
    return place
