"""Titles that almost name a question: a label that several questions share, a unit that has changed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from mande.errors import Ask, Code, Option, Problem, Severity, Text
from mande.schema.question import Question
from mande.survey.asking import Q_ANSWERED
from mande.survey.grid import RawTable, Values, letter, normal_title
from mande.survey.mapping import H_ABSENT, H_EXTRA, H_MISSING, Columns, TableMapping
from mande.survey.parse import as_float
from mande.survey.profile import ImportProfile
from mande.units import unit_text

H_UNIT = Code(
    "H-UNIT",
    Text(
        "the title names another unit than the question has: {unit}",
        "le titre nomme une autre unité que celle de la question : {unit}",
        "el título nombra otra unidad que la de la pregunta: {unit}",
    ),
    Text("{question} in {unit}", "{question} en {unit}", "{question} en {unit}"),
    Text(
        "Answer how many {unit} one such unit is, with `--note` for the source.",
        "Répondez combien de {unit} fait une telle unité, avec `--note` pour la source.",
        "Responda cuántos {unit} es una unidad así, con `--note` para la fuente.",
    ),
)
H_LABELS = Code(
    "H-LABELS",
    Text(
        "column titles are labels of questions",
        "les titres des colonnes sont des libellés de questions",
        "los títulos de las columnas son etiquetas de preguntas",
    ),
    Text("one question for each title", "une question par titre", "una pregunta por título"),
    Text(
        "Answer which question the column holds, or say it in mapping.yaml.",
        "Répondez quelle question la colonne contient, ou indiquez-le dans mapping.yaml.",
        "Responda qué pregunta contiene la columna, o indíquelo en mapping.yaml.",
    ),
)
_UNITS = frozenset(
    {
        *("kg", "kgs", "kilogram", "kilograms", "g", "gram", "grams", "ton", "tons", "tonne", "tonnes", "t"),
        *(
            "quintal",
            "quintals",
            "lb",
            "lbs",
            "pound",
            "pounds",
            "bag",
            "bags",
            "sack",
            "sacks",
            "tin",
            "tins",
        ),
        *("basket", "baskets", "crate", "crates", "bunch", "bunches", "piece", "pieces", "litre", "litres"),
        *("liter", "liters", "l", "ha", "hectare", "hectares", "acre", "acres", "m2", "manzana", "manzanas"),
        *(
            "tarea",
            "tareas",
            "usd",
            "eur",
            "hour",
            "hours",
            "day",
            "days",
            "week",
            "weeks",
            "month",
            "months",
        ),
        *("season", "seasons", "year", "years"),
    }
)


def settle_titles(
    raw: RawTable,
    columns: Columns,
    problems: Sequence[Problem],
    *,
    table: str,
    questions: Mapping[str, Question],
    mapping: TableMapping,
    profile: ImportProfile,
) -> tuple[Columns, list[Problem]]:
    """Return the columns with those settled whose titles only almost name a question, and all problems.

    Parameters
    ----------
    raw
        The cells as read.
    columns, problems
        What `match_columns` returned.
    table
        The survey table: answers are kept for it.
    questions
        Every question of the table.
    mapping
        What `mapping.yaml` says: titles it names or ignores are not asked about.
    profile
        Answers given before.
    """
    free = {name: question for name, question in questions.items() if name not in columns.by_question}
    found = list(problems)
    by_question, factors, extra = dict(columns.by_question), dict(columns.factors), list(columns.extra)
    for index in columns.extra:
        title = raw.columns[index]
        asked = _shared_label(title, free) or _other_unit(title, free)
        if asked is None or normal_title(title) in map(normal_title, mapping.ignore):
            continue
        names, unit = asked
        name, factor, told = _ask(raw, index, names, unit, table, questions, profile)
        found = [entry for entry in found if not _is_about(entry, title, [questions[n] for n in names])]
        found.append(told)
        if name is not None and name in free:
            by_question[name] = index
            extra.remove(index)
            del free[name]
            factors |= {} if factor == 1 else {name: factor}
    found += _label_note(raw, by_question, questions)
    settled = replace(
        columns,
        by_question=MappingProxyType(by_question),
        extra=tuple(extra),
        factors=MappingProxyType(factors),
    )
    return settled, _absent_told_anew(found, set(by_question))


def _shared_label(title: str, free: Mapping[str, Question]) -> tuple[list[str], str] | None:
    plain = normal_title(title)
    names = [
        n for n, q in free.items() if plain in {normal_title(t) for t in (q.label.en, q.label.fr, q.label.es)}
    ]
    return (names, "") if len(names) > 1 else None


def _other_unit(title: str, free: Mapping[str, Question]) -> tuple[list[str], str] | None:
    """Return the question a title names but for its unit, and that unit."""
    stem, unit = _parted(title)
    if unit not in _UNITS:
        return None
    for name, question in free.items():
        if question.type not in ("integer", "number") or not question.unit:
            continue
        bases = {normal_title(name), _parted(name)[0], *(_parted(t)[0] for t in (question.label.en,))}
        if (
            stem in bases | {normal_title(question.label.en)}
            and unit not in normal_title(question.unit).split()
        ):
            return [name], unit
    return None


def _parted(title: str) -> tuple[str, str]:
    """Return a title without the unit at its end, and that unit.

    Examples
    --------
    >>> _parted("yield_bags"), _parted("Yield (bags)")
    (('yield', 'bags'), ('yield', 'bags'))
    """
    match = re.fullmatch(r"(.+?)[\s_]*[\s_(\[]([a-z0-9]+)[)\]]?", normal_title(title))
    return (match[1].strip(), match[2]) if match else (normal_title(title), "")


def _ask(
    raw: RawTable,
    index: int,
    names: Sequence[str],
    unit: str,
    table: str,
    questions: Mapping[str, Question],
    profile: ImportProfile,
) -> tuple[str | None, float, Problem]:
    """Return the question a column answers and its factor, where that is known, and what to tell."""
    title, own = raw.columns[index], unit_text(questions[names[0]].unit)
    place = raw.place(row=raw.header_row, column=title)
    code = H_UNIT if unit else H_LABELS
    options = () if unit else tuple(Option(n, Text(str(questions[n].label))) for n in names)
    free = Text("")
    if unit:
        free = Text(
            f"how many {own.en} are in one unit of '{unit}', as a number",
            f"combien de {own.fr} dans une unité de « {unit} », en nombre",
            f"cuántos {own.es} hay en una unidad de «{unit}», como número",
        )
    answer = profile.settled(code, ask := Ask(table=table, column=title, options=options, free=free))
    factor = as_float(answer or "") if unit else 1.0
    if answer is None or factor is None or factor <= 0:
        shown: Values = {"found": f"{letter(raw.positions[index])}: {title}", "unit": own}
        shown["question"] = ", ".join(names)
        return None, 1.0, Problem(code, place, shown, Severity.QUESTION, ask)
    told: Values = {"code": code.id, "found": answer, "count": raw.cells.height}
    return names[0] if unit else answer, factor, Problem(Q_ANSWERED, place, told, Severity.NOTE)


def _is_about(problem: Problem, title: str, questions: Sequence[Question]) -> bool:
    """Return whether a problem says of a column or question what is asked about now."""
    if problem.code == H_EXTRA:
        return problem.place.column == title
    return problem.code == H_MISSING and problem.place.question in {q.label.en for q in questions}


def _label_note(
    raw: RawTable, by_question: Mapping[str, int], questions: Mapping[str, Question]
) -> Iterator[Problem]:
    by_label = {n: i for n, i in by_question.items() if normal_title(raw.columns[i]).rpartition("/")[2] != n}
    languages = {
        language
        for name, index in by_label.items()
        for language in ("en", "fr", "es")
        if normal_title(getattr(questions[name].label, language)) == normal_title(raw.columns[index])
    }
    if languages:
        n, total = len(by_label), len(by_question)
        listed = "/".join(sorted(languages))
        found = Text(
            f"{n} of {total} columns ({listed})",
            f"{n} colonnes sur {total} ({listed})",
            f"{n} de {total} columnas ({listed})",
        )
        yield Problem(H_LABELS, raw.place(row=raw.header_row), {"found": found}, Severity.NOTE)


def _absent_told_anew(problems: Sequence[Problem], answered: set[str]) -> list[Problem]:
    """Return the problems; a question that has got its column is not absent any more."""
    told = []
    for problem in problems:
        if problem.code != H_ABSENT:
            told.append(problem)
            continue
        names = [name for name in str(problem.values["names"]).split(", ") if name not in answered]
        if names:
            told.append(replace(problem, values={"found": len(names), "names": ", ".join(names)}))
    return told
