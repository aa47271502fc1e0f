"""A draft of `mapping.yaml` from a form: what is sure is written, what is likely stands beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mande import yaml12
from mande.schema.question import Question
from mande.survey.forms.choices import recoded
from mande.survey.forms.suggest import Suggestion

_CLOSED = ("choice", "multiple", "yes_no")
_HEAD = """\
# Draft of mapping.yaml: which column of the exports answers which question of the library.
# Check every line. A line that begins with `#?` is a suggestion: take the mark off to use it.
# A recoded choice reads: text in the file -> code of the library.
format: 1
tables:
"""


@dataclass(frozen=True, slots=True)
class Missing:
    """A question that the programme's indicators need and the form is not sure to ask."""

    table: str
    question: str
    label: str
    indicators: tuple[str, ...]
    perhaps: tuple[str, ...]


def draft_text(
    suggestions: Sequence[Suggestion],
    rosters: Mapping[str, str],
    questions: Mapping[str, Mapping[str, Question]],
) -> str:
    """Return the draft as YAML that reads as a mapping, with suggestions as comments.

    Parameters
    ----------
    suggestions
        What each question of the form may be (see `suggest`).
    rosters
        The table of each repeat; '' is the main part.
    questions
        The library's questions, by table.
    """
    lines: list[str] = []
    for repeat, table in rosters.items():
        own = [entry for entry in suggestions if rosters.get(entry.asked.repeat) == table]
        sure = [entry for entry in own if entry.is_sure]
        lines += [f"  {table}:"]
        lines += [f"    repeat: {_scalar(repeat)}"] if repeat else []
        lines += ["    columns:"]
        lines += [
            f"      {_scalar(e.asked.name)}: {e.candidates[0].question}{_beside(e, questions)}" for e in sure
        ]
        lines += list(_perhaps(own, table, questions))
        lines += list(_choice_lines(sure, table, questions))
    lines += list(_unmatched(suggestions, rosters))
    return _HEAD + "\n".join(lines) + "\n"


def _unmatched(suggestions: Sequence[Suggestion], rosters: Mapping[str, str]) -> Iterator[str]:
    """Yield, as comments, every question of the form that nothing above tells of."""
    rest = [e for e in suggestions if not e.candidates or e.asked.repeat not in rosters]
    if rest:
        yield f"# Questions of the form without a place above ({len(rest)}):"
    for entry in rest:
        repeat = f" (in {_plain(entry.asked.repeat)})" if entry.asked.repeat else ""
        yield f'#   {_plain(entry.asked.name)}{repeat}: "{_short(entry.asked.text)}"'


def _plain(text: str) -> str:
    """Return a text as a comment can hold it, in one line and without invisible characters."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def _scalar(text: str) -> str:
    return yaml12.dump([text])[2:].strip()


def _beside(entry: Suggestion, questions: Mapping[str, Mapping[str, Question]]) -> str:
    best = entry.candidates[0]
    known = questions.get(best.table, {}).get(best.question)
    label = f' = "{known.label.en}"' if known else ""
    return f'  # "{_short(entry.asked.text)}"{label} ({best.score:.0f} of 100)'


def _short(text: str) -> str:
    clean = _plain(" ".join(text.split())).replace('"', "'")
    return clean if len(clean) <= 70 else clean[:67] + "..."


def _perhaps(
    own: Sequence[Suggestion], table: str, questions: Mapping[str, Mapping[str, Question]]
) -> Iterator[str]:
    for entry in own:
        best = entry.candidates[0] if entry.candidates and not entry.is_sure else None
        if best is not None:
            beside = _beside(entry, questions)
            if best.table == table:
                yield f"      #? {_scalar(entry.asked.name)}: {best.question}{beside}"
            else:  # no line to take up: the answers stand in the rows of another table
                asked = _plain(entry.asked.name)
                yield f"      # {asked}: perhaps {best.question} of {best.table}, in rows of its own{beside}"


def _choice_lines(
    sure: Sequence[Suggestion], table: str, questions: Mapping[str, Mapping[str, Question]]
) -> Iterator[str]:
    is_open = False
    for entry in sure:
        name = entry.candidates[0].question
        known = questions.get(table, {}).get(name)
        if known is None or known.type not in _CLOSED or not entry.asked.choices:
            continue
        codes, without = recoded(entry.asked.choices, known)
        if not codes and not without:
            continue
        if not is_open:
            yield "    choices:"
            is_open = True
        yield f"      {name}:"
        yield from (f"        {_scalar(text)}: {_scalar(code)}" for text, code in codes.items())
        yield from (
            f"        #? {_scalar(choice.code)}:   # '{_short(choice.text)}' is no choice of the library"
            for choice in without[:20]
        )


def missing_questions(
    suggestions: Sequence[Suggestion],
    needed: Mapping[str, Mapping[str, Sequence[str]]],
    questions: Mapping[str, Mapping[str, Question]],
) -> list[Missing]:
    """Return what indicators need and the form is not sure to ask.

    Parameters
    ----------
    suggestions
        What each question of the form may be.
    needed
        By table and question, the indicators that need it.
    questions
        The library's questions, by table.
    """
    sure = {(e.candidates[0].table, e.candidates[0].question) for e in suggestions if e.is_sure}
    perhaps: dict[tuple[str, str], list[str]] = {}
    for entry in suggestions:
        for candidate in entry.candidates:
            perhaps.setdefault((candidate.table, candidate.question), []).append(entry.asked.name)
    return [
        Missing(
            table,
            name,
            questions[table][name].label.en if name in questions.get(table, {}) else name,
            tuple(indicators),
            tuple(perhaps.get((table, name), ())[:3]),
        )
        for table, names in needed.items()
        for name, indicators in names.items()
        if (table, name) not in sure
    ]
