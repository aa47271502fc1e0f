"""Every problem that reading, checking, accepting and linking can report."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

import mande.survey
from mande import catalogue, workspace
from mande.errors import Code


def codes_of(module: ModuleType) -> dict[str, Code]:
    """Return the codes a module declares, by id."""
    return {value.id: value for value in vars(module).values() if isinstance(value, Code)}


def all_codes() -> dict[str, Code]:
    """Return every code of definitions, workspace and survey, by id, for `mande explain CODE`."""
    prefix = f"{mande.survey.__name__}."
    names = sorted(entry.name for entry in pkgutil.walk_packages(mande.survey.__path__, prefix))
    modules = [catalogue, workspace, *(importlib.import_module(name) for name in names)]
    found = {name: code for module in modules for name, code in codes_of(module).items()}
    return dict(sorted(found.items()))
