"""Frozen results: estimates, findings and the evaluation that holds them; JSON both ways.

Nothing here estimates. Estimators fill these; tables, figures, notebooks and `results.json` read
them. Numbers that cannot be computed are `None` beside a reason, never a stand-in.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_LAZY = {
    "ArmSummary": "mande.results.evaluation",
    "Cell": "mande.results.findings",
    "Comparison": "mande.results.comparison",
    "DefinitionUsed": "mande.results.evaluation",
    "Dropped": "mande.results.estimate",
    "Estimate": "mande.results.estimate",
    "Evaluation": "mande.results.evaluation",
    "Finding": "mande.results.findings",
    "Further": "mande.results.further",
    "Interval": "mande.results.estimate",
    "OutcomeResult": "mande.results.evaluation",
    "ProgrammeSummary": "mande.results.evaluation",
    "Reference": "mande.results.estimate",
    "Sample": "mande.results.estimate",
    "Scale": "mande.wording",
    "Status": "mande.results.findings",
    "Table": "mande.results.findings",
    "Term": "mande.results.estimate",
    "Trail": "mande.results.evaluation",
    "WaveSummary": "mande.results.evaluation",
    "compare": "mande.results.telling",
    "from_json": "mande.results.evaluation",
    "results_schema": "mande.results.evaluation",
    "to_json": "mande.results.evaluation",
}
"""Each name loads with its module when it is first used: a table needs no pandas, an estimate does."""

if TYPE_CHECKING:
    from mande.results.comparison import Comparison
    from mande.results.estimate import Dropped, Estimate, Interval, Reference, Sample, Term
    from mande.results.evaluation import (
        ArmSummary,
        DefinitionUsed,
        Evaluation,
        OutcomeResult,
        ProgrammeSummary,
        Trail,
        WaveSummary,
        from_json,
        results_schema,
        to_json,
    )
    from mande.results.findings import Cell, Finding, Status, Table
    from mande.results.further import Further
    from mande.results.telling import compare
    from mande.wording import Scale

__all__ = [
    "ArmSummary",
    "Cell",
    "Comparison",
    "DefinitionUsed",
    "Dropped",
    "Estimate",
    "Evaluation",
    "Finding",
    "Further",
    "Interval",
    "OutcomeResult",
    "ProgrammeSummary",
    "Reference",
    "Sample",
    "Scale",
    "Status",
    "Table",
    "Term",
    "Trail",
    "WaveSummary",
    "compare",
    "from_json",
    "results_schema",
    "to_json",
]


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(importlib.import_module(_LAZY[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
