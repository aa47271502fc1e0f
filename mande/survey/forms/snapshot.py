"""The form a wave was asked with, kept beside the programme: `baselines/<programme>/forms/<wave>.yaml`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mande import yaml12
from mande.catalogue import parse, read_yaml
from mande.survey.forms.form import SurveyForm

FOLDER = "forms"


def form_text(form: SurveyForm) -> str:
    """Return a form as YAML."""
    content: dict[str, Any] = form.model_dump(mode="json", exclude_defaults=True)
    return yaml12.dump({"format": form.format, **content})


def load_form(programme_dir: Path, wave: str) -> SurveyForm | None:
    """Return the form of a wave, or None where none was imported.

    Raises
    ------
    MandeError
        D-YAML or D-SCHEMA.
    """
    path = programme_dir / FOLDER / f"{wave}.yaml"
    return parse(SurveyForm, read_yaml(path), file=f"{FOLDER}/{path.name}") if path.is_file() else None


@dataclass(frozen=True, slots=True)
class FormPair:
    """The form of a wave, and the newest one before it with the wave it belongs to."""

    wave_before: str
    before: SurveyForm
    now: SurveyForm


def form_pair(programme_dir: Path, wave: str, order: Sequence[str]) -> FormPair | None:
    """Return the form of a wave and the newest one before it; None where there are not both.

    Raises
    ------
    MandeError
        D-YAML or D-SCHEMA.
    """
    now = load_form(programme_dir, wave)
    if now is None:
        return None
    for name in reversed(order[: order.index(wave)]):
        before = load_form(programme_dir, name)
        if before is not None:
            return FormPair(name, before, now)
    return None
