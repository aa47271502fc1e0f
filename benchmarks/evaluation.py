"""A whole evaluation: twelve outcomes, 5,000 firms, three waves, with what each of its parts took.

The example programme, its firms taken again and again until there are enough (with noise in what they sell
and pay), and five of its outcomes under a second name. No other package does the same, so that the seconds
stand alone.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

import mande
from benchmarks._measuring import seconds, table
from mande.pipeline.answers import answer_question

ROOT = Path(__file__).resolve().parents[1]
PROGRAMME = "michigan_training_grants"
UNITS = 5_000
AGAIN = ("average_salary", "employment", "sales_per_employee", "scrap_rate", "training_hours_per_employee")
NUMBERS = ("sales", "avgsal")
"""Columns whose values are moved by some per cent."""


def workspace(folder: Path, n_units: int = UNITS) -> None:
    """Write a workspace in which `n_units` firms answer in three waves."""
    for name in ("indicators", "notebooks"):
        shutil.copytree(ROOT / name, folder / name)
    home = folder / "baselines" / PROGRAMME
    kept_out = shutil.ignore_patterns("waves", "private")
    shutil.copytree(ROOT / "baselines" / PROGRAMME, home, ignore=kept_out)
    register = pd.read_csv(home / "register.csv")
    copies = -(-n_units // len(register))
    _again(register, "firm_id", copies, n_units).to_csv(home / "register.csv", index=False)
    for number, path in enumerate(sorted((home / "uploads").glob("*.csv"))):
        frame = _again(pd.read_csv(path), "fcode", copies, n_units)
        noise = np.random.default_rng(number).lognormal(0, 0.05, (len(frame), len(NUMBERS)))
        frame[list(NUMBERS)] = (frame[list(NUMBERS)] * noise).round().astype("Int64")
        frame.to_csv(path, index=False)
    _second_names(folder, home)


def _again(frame: pd.DataFrame, unit: str, copies: int, n_units: int) -> pd.DataFrame:
    parts = [frame.assign(**{unit: frame[unit] + 1_000_000 * number}) for number in range(copies)]
    return pd.concat(parts, ignore_index=True).iloc[:n_units]


def _second_names(folder: Path, home: Path) -> None:
    plan = yaml.safe_load((home / "programme.yaml").read_text("utf-8"))
    for name in AGAIN:
        (path,) = (folder / "indicators").rglob(f"{name}.yaml")
        text = path.read_text("utf-8").replace(f"id: {name}", f"id: {name}_again", 1)
        path.with_name(f"{name}_again.yaml").write_text(text, "utf-8")
        plan["outcomes"].append({"indicator": f"{name}_again"})
    (home / "programme.yaml").write_text(yaml.safe_dump(plan, allow_unicode=True), "utf-8")


def run(n_units: int = UNITS) -> str:
    """Return the seconds of an evaluation, part by part, on the clock and of the processors."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        workspace(folder, n_units)
        # Firms that come again and again look as if some answered in another unit.
        answer_question(PROGRAMME, "X-UNIT", "same", by="benchmark", workspace=folder)
        first = seconds(lambda: mande.evaluate(PROGRAMME, workspace=folder))
        marks: list[tuple[str, float, float]] = []

        def mark(text: str) -> None:
            marks.append((text, time.perf_counter(), time.process_time()))

        mark("reading definitions")
        found = mande.evaluate(PROGRAMME, workspace=folder, progress=mark)
        mark("end")
    rows = [
        (text, f"{clock - start:.2f}", f"{processor - used:.2f}")
        for (text, start, used), (_, clock, processor) in pairwise(marks)
    ]
    whole = tuple(f"{last - begun:.2f}" for begun, last in zip(marks[0][1:], marks[-1][1:], strict=True))
    head = (
        f"{len(found.outcomes)} outcomes, {n_units:,} firms, 3 waves; with accepting the files {first:.2f} s"
    )
    return f"{head}\n" + table(("part", "s", "cpu s"), [*rows, ("all", *whole)])
