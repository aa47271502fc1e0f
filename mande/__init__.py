"""Monitoring, evaluation and impact measurement for value chain programmes.

Everything named here loads when it is first used: `import mande` itself is instant.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_LAZY = {
    "Estimate": "mande.results",
    "Evaluation": "mande.results",
    "Finding": "mande.results",
    "Interval": "mande.results",
    "MandeError": "mande.errors",
    "Problem": "mande.errors",
    "accept": "mande.pipeline.uploads",
    "compare": "mande.results",
    "estimate": "mande.impact",
    "evaluate": "mande.pipeline.evaluation",
    "open_report": "mande.pipeline.reporting",
    "other_software": "mande.impact",
    "validate": "mande.pipeline.uploads",
}

__all__ = [
    "Estimate",
    "Evaluation",
    "Finding",
    "Interval",
    "MandeError",
    "Problem",
    "__version__",
    "accept",
    "compare",
    "estimate",
    "evaluate",
    "open_report",
    "other_software",
    "validate",
]

if TYPE_CHECKING:
    from mande.errors import MandeError, Problem
    from mande.impact import estimate, other_software
    from mande.pipeline.evaluation import evaluate
    from mande.pipeline.reporting import open_report
    from mande.pipeline.uploads import accept, validate
    from mande.results import Estimate, Evaluation, Finding, Interval, compare


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(importlib.import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'mande' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
