"""A survey of sixty columns in which one cell of a hundred is faulty, and which ones is known.

So are the answers that contradict each other (see `crossed`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from benchmarks._upload.crossed import GATE, GATED, RULES, contradict
from mande.catalogue import Catalogue, load_catalogue, load_programme
from mande.schema import Programme, Question
from mande.survey.mapping import with_key
from mande.survey.validate import validate_upload
from mande.survey.verdict import Verdict

SHARE = 0.01
TABLE, KEY = "farmers", "farmer_id"
_CHOICES = (
    "none",
    "little",
    "some",
    "much",
    "most",
    "all",
    "once",
    "twice",
    "often",
    "never",
    "maize",
    "tea",
)
_PROGRAMME = {
    "format": 1,
    "id": "bench",
    "title": {"en": "Benchmark"},
    "question": {"en": "How fast?"},
    "summary": {"en": "Generated."},
    "place": "Nowhere",
    "chain": {"en": "Maize"},
    "currency": "KES",
    "entity": TABLE,
    "waves": [
        {"id": "2024", "label": {"en": "Baseline"}, "role": "baseline", "reference_date": "2024-06-30"},
        {"id": "2025", "label": {"en": "Follow-up"}, "role": "follow_up", "reference_date": "2025-06-30"},
    ],
    "arms": {
        "a": {"label": {"en": "A"}, "role": "treatment", "starts": "2025"},
        "b": {"label": {"en": "B"}, "role": "comparison"},
    },
    "design": {
        "assignment": "comparison_group",
        "contrast": {"treated": ["a"], "comparison": ["b"], "baseline": "2024", "follow_up": "2025"},
        "cluster": "village",
        "description": {"en": "Generated."},
    },
    "outcomes": [{"indicator": "number_00", "role": "primary"}],
}

Cells = np.ndarray[Any, np.dtype[Any]]
Fault = Callable[[np.random.Generator, int], tuple[str, str]]


@dataclass(frozen=True)
class Survey:
    """The upload as a file, its programme, and its faults.

    `faults` has a row for each faulty cell and each contradiction between answers: row (as in the file),
    column, code.
    """

    path: Path
    programme: Programme
    catalogue: Catalogue
    folder: Path
    faults: pl.DataFrame

    @property
    def questions(self) -> Mapping[str, Question]:
        """The questions of the table."""
        return with_key(self.catalogue.questions[TABLE], self.catalogue.tables[TABLE])

    def check(self, path: Path | None = None) -> Verdict:
        """Return the verdict on the upload."""
        return validate_upload(
            path or self.path,
            programme=self.programme,
            wave="2024",
            catalogue=self.catalogue,
            programme_dir=self.folder,
        )


def questions() -> dict[str, dict[str, Any]]:
    """Return sixty questions of every type."""
    found: dict[str, dict[str, Any]] = {
        KEY: {"type": "text", "required": True, "unique": True, "pattern": r"F\d{7}"},
        "enumerator": {"type": "text", "pattern": r"E\d{3}"},
    }
    found |= {f"date_{i:02d}": {"type": "date"} for i in range(3)}
    found |= {f"integer_{i:02d}": {"type": "integer", "range": [0, 60 + 10 * i]} for i in range(14)}
    found[GATED]["when"] = GATE
    found |= {f"number_{i:02d}": {"type": "number", "range": [0, 10_000 * (i + 1)]} for i in range(18)}
    found |= {f"yes_no_{i:02d}": {"type": "yes_no"} for i in range(8)}
    found |= {f"choice_{i:02d}": {"type": "choice", "choices": _choices(3 + i)} for i in range(10)}
    found |= {f"multiple_{i:02d}": {"type": "multiple", "choices": _choices(6)} for i in range(2)}
    found |= {f"text_{i:02d}": {"type": "text"} for i in range(3)}
    optional = {"required": False}  # a few cells of every question are left empty
    return {
        name: {"label": {"en": name.replace("_", " ").title()}} | optional | entry
        for name, entry in found.items()
    }


def _choices(count: int) -> dict[str, Any]:
    return {code: {"en": code.title()} for code in _CHOICES[:count]}


def generate(rows: int, folder: Path, *, seed: int = 1) -> Survey:
    """Write a survey of so many rows, with its programme, below `folder`."""
    random = np.random.default_rng(seed)
    cells, faults = {}, []
    for name, entry in questions().items():
        cells[name] = _good(entry, rows, random)
        if name != KEY:
            _leave_out(cells[name], entry, random)
    contradictions = contradict(cells, random)
    faulty = set()
    for place, (name, entry) in enumerate(questions().items()):
        for index in np.flatnonzero(random.random(rows) < SHARE).tolist():
            cells[name][index], code = _fault(name, entry, random, index)
            faults.append((index + 2, place, name, code))
            faulty.add((index, name))
    places = {name: place for place, name in enumerate(cells)}
    for index, name, code, together in contradictions:
        if not any((index, other) in faulty for other in together):
            faults.append((index + 2, places[name], name, code))
    columns = [pl.Series(name, values.tolist(), dtype=pl.String) for name, values in cells.items()]
    schema = {"row": pl.Int64, "place": pl.Int64, "column": pl.String, "code": pl.String}
    known = pl.DataFrame(faults, schema=schema, orient="row").sort("row", "place").drop("place")
    place_ = _write_definitions(folder)
    path = folder / f"upload_{rows}.csv"
    pl.DataFrame(columns).write_csv(path, quote_style="never")
    return Survey(path, *place_, known)


def _write_definitions(folder: Path) -> tuple[Programme, Catalogue, Path]:
    entries = {"format": 1, "table": TABLE, "questions": questions()}
    tables = {TABLE: {"label": {"en": "Farmers"}, "key": KEY}}
    for path, content in {
        "indicators/_tables.yaml": tables,
        "indicators/_questions/farmers.yaml": entries,
        "indicators/_rules/farmers.yaml": {"format": 1, "table": TABLE, "rules": RULES},
        "baselines/bench/programme.yaml": _PROGRAMME,
    }.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(json.dumps(content), encoding="utf-8")
    programme = folder / "baselines" / "bench"
    return load_programme(programme), load_catalogue([folder / "indicators"]), programme


def _good(entry: Mapping[str, Any], rows: int, random: np.random.Generator) -> Cells:
    """Return valid cells of one question."""
    kind = entry["type"]
    if entry.get("unique"):
        return np.array([f"F{i:07d}" for i in range(rows)], object)
    if "pattern" in entry:
        return np.array([f"E{i:03d}" for i in random.integers(0, 300, rows)], object)
    if kind == "integer":
        return random.integers(0, entry["range"][1] - 20, rows).astype(str).astype(object)
    if kind == "number":
        return np.round(random.uniform(0, entry["range"][1] * 0.9, rows), 2).astype(str).astype(object)
    if kind == "date":
        days = np.datetime64("2024-03-01") + random.integers(0, 120, rows)
        return days.astype(str).astype(object)
    if kind == "text":
        words = np.array(_CHOICES, object)
        return np.asarray(words[random.integers(0, 12, rows)] + " " + words[random.integers(0, 12, rows)])
    if kind == "multiple":
        pairs = np.array(
            [f"{a} {b}" for i, a in enumerate(_CHOICES[:6]) for b in _CHOICES[i + 1 : 6]], object
        )
        return np.asarray(pairs[random.integers(0, len(pairs), rows)])
    codes = np.array(["yes", "no"] if kind == "yes_no" else list(entry["choices"]), object)
    return np.asarray(codes[random.integers(0, len(codes), rows)])


def _leave_out(cells: Cells, entry: Mapping[str, Any], random: np.random.Generator) -> None:
    """Leave some cells empty, and give some a declared code for 'no answer'."""
    chance = random.random(len(cells))
    cells[chance < 0.03] = ""
    if entry["type"] != "text":
        cells[(chance >= 0.03) & (chance < 0.04)] = "-97"
        cells[(chance >= 0.04) & (chance < 0.05)] = "-98"


def _fault(name: str, entry: Mapping[str, Any], random: np.random.Generator, index: int) -> tuple[str, str]:
    """Return a faulty cell of one question, and the code it must be reported with.

    People err alike: a column has some hundred different faulty texts, however long it is; ids and
    amounts have more.
    """
    kind, number, pick = entry["type"], int(random.integers(0, 1000)), int(random.integers(0, 3))
    if name == KEY:
        return (("", "V-REQUIRED"), (f"G{index:06d}", "V-PATTERN"), (f"{index}.5E+15", "I-MANGLED"))[pick]
    if "pattern" in entry:
        return f"X{number % 300}", "V-PATTERN"
    if kind == "integer":
        about, over = f"about {number % 60}", f"{number % 200 + 200}"
        return ((about, "V-TYPE"), (f"{number % 50}.5", "V-NOTINT"), (over, "V-RANGE"))[pick]
    if kind == "number":
        over = f"{number + entry['range'][1] + 1}.25"
        return (
            (f"{number % 90} bags", "V-TYPE"),
            (over, "V-RANGE"),
            (f"-{number % 100 + 100}.5", "V-RANGE"),
        )[pick]
    if kind == "date":
        day = f"2024-0{2 + number % 5}-3{pick + 2}"
        return (
            (day, "V-DATEBAD"),
            (f"May {number % 31}", "V-TYPE"),
            (f"2024-{13 + number % 20}-01", "V-DATEBAD"),
        )[pick]
    if kind == "text":
        return f"=SUM(A{number % 200})", "V-INJECTION"
    if kind == "yes_no":
        return ("perhaps", "yess", "both")[pick], "V-TYPE"
    code = list(entry["choices"])[number % len(entry["choices"])]
    return (f"{code}x", f"x{code}", f"{code}{code}")[pick], "V-ENUM"
