"""Frozen results: estimates, findings and the evaluation that holds them; JSON both ways.

Nothing here estimates. Estimators fill these; tables, figures, notebooks and `results.json` read
them. Numbers that cannot be computed are `None` beside a reason, never a stand-in.
"""

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
