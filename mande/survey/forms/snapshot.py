"""The form a wave was asked with, kept beside the programme: `baselines/<programme>/forms/<wave>.yaml`."""

from __future__ import annotations

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


def forms_up_to(programme_dir: Path, wave: str, order: list[str]) -> tuple[SurveyForm, SurveyForm] | None:
    """Return the newest form before a wave and the wave's own; None where there are not both."""
    own = load_form(programme_dir, wave)
    earlier = order[: order.index(wave)] if wave in order else []
    before = next((form for name in reversed(earlier) if (form := load_form(programme_dir, name))), None)
    return None if own is None or before is None else (before, own)
