"""A small workspace of its own: one programme, one table with every type of question."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from mande.catalogue import Catalogue, load_catalogue, load_programme
from mande.schema import Programme
from mande.survey.accept import Receipt, accept_upload
from mande.survey.together import WaveUpload, WaveVerdict, validate_wave
from mande.survey.validate import Verdict, validate_upload
from mande.workspace import Workspace

TABLES = """
farmers: {label: {en: Farmers}, key: farmer_id}
plots: {label: {en: Plots}, key: plot_id, parent: farmers, link: farmer_id}
"""

QUESTIONS = """
format: 1
table: farmers
questions:
  farmer_id:
    label: {en: Farmer code, fr: Code du producteur}
    type: text
    required: true
    unique: true
    pattern: F\\d{3}
  sex:
    label: {en: Sex, fr: Sexe, es: Sexo}
    type: choice
    required: true
    choices: {f: {en: Female, fr: Femme, es: Mujer}, m: {en: Male, fr: Homme, es: Hombre}}
  hours:
    label: {en: Hours worked a week, fr: Heures par semaine, es: Horas por semana}
    type: integer
    unit: hours
    per: week
    required: false
    range: [0, 112]
    usual: [0, 70]
  income:
    label: {en: Farm income, fr: Revenu agricole}
    type: number
    unit: LCU
    per: season
    required: false
    range: [-1000000, null]
  member: {label: {en: Member of the cooperative, fr: Membre}, type: yes_no, required: false}
  crops:
    label: {en: Crops grown}
    type: multiple
    required: false
    choices: {maize: {en: Maize, fr: Maïs}, beans: {en: Beans, fr: Haricots}, tea: {en: Tea, fr: Thé}}
  interviewed_on: {label: {en: Day of the interview}, type: date}
  remarks: {label: {en: Remarks}, type: text}
  phone: {label: {en: Phone number}, type: text, personal: true}
  harassed:
    {label: {en: Harassed at work}, type: integer, range: [0, 5], required: false, sensitivity: protected}
"""

PLOTS = """
format: 1
table: plots
questions:
  area: {label: {en: Area}, type: number, required: false, unit: ha, range: [0, null]}
"""

PROGRAMME = """
format: 1
id: coop
title: {en: Cooperative support}
question: {en: Did it help?}
summary: {en: A test programme.}
place: Nowhere
chain: {en: Maize}
currency: KES
entity: farmers
waves:
  - {id: "2023", label: {en: Baseline}, role: baseline, reference_date: 2023-06-30}
  - {id: "2024", label: {en: Follow-up}, role: follow_up, reference_date: 2024-06-30}
  - {id: "2025", label: {en: Second follow-up}, role: follow_up, reference_date: 2025-06-30}
arms:
  training: {label: {en: Training}, role: treatment, starts: "2024"}
  none: {label: {en: No training}, role: comparison}
design:
  assignment: comparison_group
  contrast: {treated: [training], comparison: [none], baseline: "2023", follow_up: "2024"}
  cluster: village
  description: {en: Volunteers.}
outcomes:
  - {indicator: income, role: primary}
"""

REGISTER = """farmer_id,arm,village
F001,training,A
F002,training,A
F003,none,B
F004,none,B
F005,none,C
"""


@dataclass(frozen=True)
class Place:
    """The workspace with its loaded definitions."""

    workspace: Workspace
    programme: Programme
    catalogue: Catalogue
    folder: Path
    uploads: Path

    def write(self, content: str | bytes, name: str = "upload.csv") -> Path:
        path = self.uploads / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def mapping(self, text: str) -> None:
        (self.folder / "mapping.yaml").write_text(f"format: 1\ntables:\n  farmers:\n{text}", encoding="utf-8")

    def check(self, content: str | bytes | Path, *, wave: str = "2023", **options: Any) -> Verdict:
        path = content if isinstance(content, Path) else self.write(content)
        return validate_upload(
            path,
            programme=self.programme,
            wave=wave,
            catalogue=self.catalogue,
            programme_dir=self.folder,
            **options,
        )

    def check_wave(
        self, *files: Path, wave: str = "2023", previous: Any = None, **options: Any
    ) -> WaveVerdict:
        upload = WaveUpload(
            self.programme, wave, self.catalogue, self.folder, previous or (lambda table: None)
        )
        return validate_wave(files, upload, **options)

    def accept(
        self, content: str | bytes | Path | Verdict | list[Verdict], *, wave: str = "2023", **options: Any
    ) -> Receipt:
        verdict = content if isinstance(content, Verdict | list) else self.check(content, wave=wave)
        options = {"by": "Wanjiru", "now": dt.datetime(2024, 3, 3, 9, 30, tzinfo=dt.UTC)} | options
        return accept_upload(
            verdict, workspace=self.workspace, programme=self.programme, wave=wave, **options
        )


def programme_folder(root: Path) -> Path:
    """Write the definitions and return the programme's folder."""
    for path, text in {
        "indicators/_tables.yaml": TABLES,
        "indicators/_questions/farmers.yaml": QUESTIONS,
        "indicators/_questions/plots.yaml": PLOTS,
        "baselines/coop/programme.yaml": PROGRAMME,
        "baselines/coop/register.csv": REGISTER,
    }.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return root / "baselines" / "coop"


def make_place(root: Path, more: Mapping[str, str] | None = None) -> Place:
    """Make the workspace; `more` are further files of it, by path."""
    folder = programme_folder(root)
    for path, text in (more or {}).items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    uploads = root / "uploads"
    uploads.mkdir()
    return Place(
        Workspace(root), load_programme(folder), load_catalogue([root / "indicators"]), folder, uploads
    )


@pytest.fixture(scope="session")
def place_with(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Place]:
    """Make a workspace with further files, by path."""
    return lambda more: make_place(tmp_path_factory.mktemp("more"), more)


@pytest.fixture
def coop(tmp_path: Path) -> Place:
    """A fresh workspace."""
    return make_place(tmp_path)


@pytest.fixture(scope="session")
def shared_coop(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A workspace for tests that only check uploads."""
    return make_place(tmp_path_factory.mktemp("coop"))


@pytest.fixture
def codes() -> Callable[[Verdict], list[str]]:
    """Codes of a verdict's errors and warnings, in their order."""
    return lambda verdict: [p.code.id for p in verdict.problems if p.severity.value != "note"]


@pytest.fixture
def workbook(tmp_path: Path) -> Callable[..., Path]:
    """Write sheets (name -> rows) as a workbook; values keep their types."""

    def write(sheets: dict[str, list[list[Any]]], name: str = "upload.xlsx") -> Path:
        path = tmp_path / name
        with xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd"}) as book:
            for title, rows in sheets.items():
                sheet = book.add_worksheet(title)
                for row, line in enumerate(rows):
                    for column, value in enumerate(line):
                        if value is not None:
                            sheet.write(row, column, value)
        return path

    return write
