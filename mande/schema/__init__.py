"""What a definition may say: questions, tables, indicators, parameters, programmes (pydantic models)."""

from mande.schema.common import Definition, Label
from mande.schema.indicator import Example, Indicator, Part, Winsorise
from mande.schema.parameter import DatedValue, Parameter
from mande.schema.programme import Arm, Contrast, Design, Outcome, Programme, Wave
from mande.schema.question import Question, QuestionFile, Table
from mande.schema.rule import Rule, RuleFile

__all__ = [
    "Arm",
    "Contrast",
    "DatedValue",
    "Definition",
    "Design",
    "Example",
    "Indicator",
    "Label",
    "Outcome",
    "Parameter",
    "Part",
    "Programme",
    "Question",
    "QuestionFile",
    "Rule",
    "RuleFile",
    "Table",
    "Wave",
    "Winsorise",
]
