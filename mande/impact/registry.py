"""Find estimators and kinds of standard error: files of this package, and entry points of others."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from types import MappingProxyType, ModuleType
from typing import TypeVar

from mande.impact import estimators as estimator_files
from mande.impact import inference as inference_files
from mande.impact import multiplicity as multiplicity_files
from mande.impact.contract import Estimator, Inference
from mande.impact.multiplicity._shared import Adjustment

Plugin = TypeVar("Plugin", Estimator, Inference, Adjustment)


@cache
def estimators() -> Mapping[str, Estimator]:
    """Return every method by name."""
    return _discover(estimator_files, "ESTIMATOR", Estimator, "mande.estimators")


@cache
def inferences() -> Mapping[str, Inference]:
    """Return every kind of standard error by name."""
    return _discover(inference_files, "INFERENCE", Inference, "mande.inference")


@cache
def adjustments() -> Mapping[str, Adjustment]:
    """Return every correction for several outcomes by name."""
    return _discover(multiplicity_files, "ADJUSTMENT", Adjustment, "mande.multiplicity")


def _discover(package: ModuleType, attribute: str, kind: type[Plugin], group: str) -> Mapping[str, Plugin]:
    """Return what files of `package` and entry points of `group` define, in alphabetical order.

    Raises
    ------
    TypeError
        When an entry point is not of the right type, or a name is taken twice.
    """
    found: list[Plugin] = []
    names = [info.name for info in pkgutil.iter_modules(package.__path__)]
    found += [
        getattr(import_module(f"{package.__name__}.{name}"), attribute)
        for name in names
        if not name.startswith("_")
    ]
    for entry in entry_points(group=group):
        loaded = entry.load()
        found.append(getattr(loaded, attribute, loaded))
    by_name: dict[str, Plugin] = {}
    for plugin in found:
        if not isinstance(plugin, kind):
            raise TypeError(f"{group}: expected {kind.__name__}, found {plugin!r}")
        if plugin.name in by_name:
            raise TypeError(f"{group}: {plugin.name} is defined twice")
        by_name[plugin.name] = plugin
    return MappingProxyType(dict(sorted(by_name.items())))
