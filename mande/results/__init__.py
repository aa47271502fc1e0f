"""Frozen results: estimates, findings and the evaluation that holds them; JSON both ways.

Nothing here estimates. Estimators fill these; tables, figures, notebooks and `results.json` read
them. Numbers that cannot be computed are `None` beside a reason, never a stand-in.
"""

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
    to_json,
)
from mande.results.findings import Cell, Finding, Status, Table
from mande.wording import Scale

__all__ = [
    "ArmSummary",
    "Cell",
    "DefinitionUsed",
    "Dropped",
    "Estimate",
    "Evaluation",
    "Finding",
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
    "from_json",
    "to_json",
]
