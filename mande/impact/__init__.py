"""Impact: what the design can show, effects with their errors, and checks of what they rest on."""

from mande.impact.conventions import other_software
from mande.impact.design import DesignReading, read_design
from mande.impact.detectable import detectable_effect, detectable_effects
from mande.impact.diagnostics.attrition import attrition
from mande.impact.diagnostics.balance import balance
from mande.impact.diagnostics.composition import composition
from mande.impact.diagnostics.placebo import placebo_before_start
from mande.impact.diagnostics.seasons import interview_seasons
from mande.impact.engine import OutcomeEstimates, evaluate_outcome
from mande.impact.family import Family, Tested, estimate_family, family_of_effects
from mande.impact.registry import adjustments, estimators, inferences
from mande.impact.run import estimate

__all__ = [
    "DesignReading",
    "Family",
    "OutcomeEstimates",
    "Tested",
    "adjustments",
    "attrition",
    "balance",
    "composition",
    "detectable_effect",
    "detectable_effects",
    "estimate",
    "estimate_family",
    "estimators",
    "evaluate_outcome",
    "family_of_effects",
    "inferences",
    "interview_seasons",
    "other_software",
    "placebo_before_start",
    "read_design",
]
