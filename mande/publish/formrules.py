"""Rules between answers as constraints of a questionnaire: the device refuses what an upload would.

A constraint is asked where the last of its answers is given. It holds while one of them is blank or a
missing code, so that nobody is kept from saying that they do not know. Soft rules do not stop an
interview, and rules about rows of other tables cannot be judged before these are asked: both are left to
the check of the upload.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from mande.errors import MandeError, Place
from mande.formula import Formula, aggregates, names, parse
from mande.publish.formtext import LANGUAGES
from mande.publish.xpath import MISSING, xpath
from mande.schema.common import Label
from mande.schema.question import Question
from mande.schema.rule import Rule

Row = dict[str, str]


def constrain(
    survey: Sequence[Row],
    rules: Mapping[str, Rule],
    questions: Mapping[str, Question],
    fields: Mapping[str, str],
) -> list[str]:
    """Add the rules of one table to the rows of a survey sheet, and return the rules that were left out.

    Parameters
    ----------
    survey
        Rows of the sheet, changed in place: `constraint` and its messages.
    rules, questions
        Of the table.
    fields
        The form's field of each question of the table that is asked.
    """
    order = {row["name"]: index for index, row in enumerate(survey) if not row["type"].startswith("end")}
    left = []
    for name, rule in rules.items():
        formula = parse(rule.rule)
        mine = {column.name for column in names(formula)}
        last = _last_asked(survey, order, [fields[column] for column in mine if column in fields])
        if rule.severity == "soft" or not mine <= set(fields) or last is None or not _is_own(formula):
            left.append(name)
            continue
        condition = _condition(rule.rule, mine, questions, fields, Place(question=name))
        if condition is None:
            left.append(name)
            continue
        _add(survey[last], condition.replace(f"${{{survey[last]['name']}}}", "."), rule.message)
    return left


def _is_own(formula: Formula) -> bool:
    return not aggregates(formula.root) and not any(column.table for column in names(formula))


def _last_asked(survey: Sequence[Row], order: Mapping[str, int], fields: Sequence[str]) -> int | None:
    """Return the row in which the last of several fields is asked; None where one of them is not."""
    found = [
        order[field] for field in fields if field in order and survey[order[field]]["type"] != "calculate"
    ]
    return max(found) if found and len(found) == len(fields) else None


def _condition(
    text: str,
    mine: set[str],
    questions: Mapping[str, Question],
    fields: Mapping[str, str],
    place: Place,
) -> str | None:
    """Return the rule in XPath, true where an answer is missing; None where XPath has no such thing."""
    try:
        said = xpath(text, questions, fields, place=place)
    except MandeError:  # told by the caller: the rule is left out
        return None
    unknown = " or ".join(_unknown(fields[name]) for name in sorted(mine))
    return f"({unknown} or {said})"


def _unknown(field: str) -> str:
    return f"${{{field}}} = '' or selected('{MISSING}', ${{{field}}})"


def _add(row: Row, condition: str, message: Label) -> None:
    before = row.get("constraint")
    row["constraint"] = f"({before}) and {condition}" if before else condition
    for heading, text in _messages(message):
        key = f"constraint_message::{heading}"
        row[key] = f"{row[key]}; {text}" if row.get(key) else text


def _messages(message: Label) -> Iterator[tuple[str, str]]:
    for code, heading in LANGUAGES.items():
        yield heading, message.in_(code)
