"""A questionnaire as it was asked: its questions, where they stand, and what they offer."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from mande.schema.common import Definition

FormType = Literal["text", "integer", "number", "choice", "multiple", "date", "calculated", "place", "file"]
Labels = dict[str, str]
"""Texts by language as the form names it; the empty name is the form's default language."""
Name = Annotated[str, StringConstraints(min_length=1)]


class FormChoice(Definition):
    """One option of a choice list: its code and its texts."""

    code: Name
    labels: Labels = Field(default_factory=dict)

    @property
    def text(self) -> str:
        """The first text of the option, or its code."""
        return next(iter(self.labels.values()), self.code)


class FormQuestion(Definition):
    """One question of a form.

    Attributes
    ----------
    name : its name in the form, which is the title of its column (after the groups) in an export.
    groups : names of the groups around it, outermost first, repeats among them.
    repeat : name of the innermost repeat around it; empty in the main part.
    row : row in the form's sheet.
    """

    name: Name
    type: FormType
    labels: Labels = Field(default_factory=dict)
    choices: tuple[FormChoice, ...] = ()
    groups: tuple[str, ...] = ()
    repeat: str = ""
    row: int = 0

    @property
    def text(self) -> str:
        """The question as it was asked, or its name."""
        return next(iter(self.labels.values()), self.name)


class SurveyForm(Definition):
    """A questionnaire. `file` and `sheet` say where it was read."""

    format: Literal[1] = 1
    file: str = ""
    sheet: str = ""
    form_id: str = ""
    version: str = ""
    questions: tuple[FormQuestion, ...] = ()

    @property
    def repeats(self) -> tuple[str, ...]:
        """Names of the repeats that hold questions, in their order."""
        return tuple(dict.fromkeys(q.repeat for q in self.questions if q.repeat))
