"""One question with several answers, exported in one column, in a column for each choice, or in both.

`crops` = "maize beans"; `crops/maize`, `crops/beans` = 1/0 (or true/false, or the choice itself); or both,
which may disagree when somebody edited one of them. An export with labels has these in place of the codes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from mande.errors import Code, Problem, Text
from mande.schema.question import Question
from mande.survey.exports.reshape import Column, columns_of, with_columns
from mande.survey.grid import SPACES, RawTable, Values, normal_title
from mande.survey.mapping import TableMapping, expected_titles
from mande.survey.naming import fields_of

X_MULTI = Code(
    "X-MULTI-COLUMNS",
    Text(
        "the columns of one question disagree",
        "les colonnes d'une même question se contredisent",
        "las columnas de una misma pregunta se contradicen",
    ),
    Text(
        "the choices of column {joined} and those marked in its columns to be the same",
        "les mêmes choix dans la colonne {joined} et dans ses colonnes",
        "las mismas opciones en la columna {joined} y en sus columnas",
    ),
    Text(
        "Look which is right and correct the other, or export the question in one column only.",
        "Voyez laquelle est juste et corrigez l'autre, ou exportez la question dans une seule colonne.",
        "Vea cuál es correcta y corrija la otra, o exporte la pregunta en una sola columna.",
    ),
    Text(
        "in one column: {found}; marked: {marked}",
        "dans une colonne : {found} ; cochés : {marked}",
        "en una columna: {found}; marcadas: {marked}",
    ),
)
X_MARK = Code(
    "X-MARK",
    Text(
        "the mark of a choice is neither yes nor no",
        "la marque d'un choix n'est ni oui ni non",
        "la marca de una opción no es ni sí ni no",
    ),
    Text(
        "1 or 0, true or false, or empty",
        "1 ou 0, vrai ou faux, ou vide",
        "1 o 0, verdadero o falso, o vacío",
    ),
    Text(
        "Write 1 where the choice was ticked, 0 where it was not.",
        "Écrivez 1 si le choix est coché, 0 sinon.",
        "Escriba 1 si la opción se marcó, 0 si no.",
    ),
)
X_CHOICE = Code(
    "X-MULTI-CHOICE",
    Text(
        "the column belongs to a choice that the question does not have",
        "la colonne est celle d'un choix que la question n'a pas",
        "la columna es de una opción que la pregunta no tiene",
    ),
    Text(
        "one of the choices of {joined}: {choices}",
        "un des choix de {joined} : {choices}",
        "una de las opciones de {joined}: {choices}",
    ),
    Text(
        "Say in mapping.yaml under `choices` which choice it is, or list the column under `ignore`.",
        "Indiquez dans mapping.yaml, sous `choices`, quel choix c'est, ou mettez la colonne sous `ignore`.",
        "Diga en mapping.yaml, en `choices`, qué opción es, o ponga la columna en `ignore`.",
    ),
    Text("ticked in {count} rows", "cochée dans {count} lignes", "marcada en {count} filas"),
)
_NO = frozenset({"", "0", "0.0", "false", "no", "faux", "falso", "non"})
_YES = frozenset({"1", "1.0", "true", "yes", "vrai", "verdadero", "oui", "si", "sí", "x"})
_JOINTS = ("/", ".", ":", "_", "__", "-", " | ")
"""What stands between the title of a question and the code of a choice, by server and option of export."""
_GROUPS = ("/", ".", ":")  # other joints also stand within names
_TAIL = re.compile(r"[/.:-]")
_LISTED = 1000


@dataclass(frozen=True, slots=True)
class _Marked:
    """A question's choice columns: by code, the column's index; `joined` is that of the column of lists.

    `written` is the code or label in the column's title, in lower case; `strangers` are columns of choices
    that the question does not have.
    """

    title: str
    choices: Mapping[str, int]
    joined: int | None
    written: Mapping[str, str]
    strangers: Sequence[int] = ()

    @property
    def has_labels(self) -> bool:
        """Whether the export has labels in place of codes."""
        return any(normal_title(code) != written for code, written in self.written.items())


def joined(
    raw: RawTable,
    questions: Mapping[str, Question],
    mapping: TableMapping,
    *,
    missing: frozenset[str] = frozenset(),
    table: str = "",
) -> tuple[RawTable, list[Problem]]:
    """Return the table with one column for each question that allows several answers.

    Parameters
    ----------
    raw
        Cells as text.
    questions
        Every question of the table.
    mapping
        Titles and recoded choices of the programme.
    missing
        Texts (in lower case) that mean that a question was not answered.
    table
        Name of the table: our own form may put it before a question's id.

    The joined cell lists the codes of what is ticked; it is empty where nothing is, as in an export that
    has the list alone.
    """
    columns = columns_of(raw)
    problems: list[Problem] = []
    replaced: dict[int, Column] = {}
    dropped: set[int] = set()
    for group in _groups(raw, questions, mapping, table):
        cells, found = _merged(raw, group, missing)
        problems += [*found, *_strangers(raw, group)]
        first = min(group.choices.values()) if group.joined is None else group.joined
        replaced[first] = Column(group.title, raw.positions[first], cells)
        dropped |= set(group.choices.values()) - {first}
    if not replaced:
        return raw, problems
    kept = [replaced.get(index, column) for index, column in enumerate(columns) if index not in dropped]
    return with_columns(raw, kept), problems


def _groups(
    raw: RawTable, questions: Mapping[str, Question], mapping: TableMapping, table: str
) -> Iterator[_Marked]:
    """Yield the choice columns of each question with several answers that has such columns."""
    wanted = _wanted(questions, mapping, table)
    titles = {normal_title(title): index for index, title in enumerate(raw.columns)}
    found: dict[str, dict[str, tuple[int, str]]] = {}
    joints: dict[str, str] = {}
    for plain, index in titles.items():
        starts = [0, *(match.end() for match in _TAIL.finditer(plain))]
        ending = next((wanted[plain[start:]] for start in starts if plain[start:] in wanted), None)
        if ending is not None:
            joint, written, code = ending
            base = plain[: -len(joint + written)]
            found.setdefault(base, {}).setdefault(code, (index, written))
            joints[base] = joint
    used = {index for choices in found.values() for index, _ in choices.values()}
    known = {normal_title(title) for title in expected_titles(mapping, questions, table)}
    for base, choices in found.items():
        whole = titles.get(base)
        first = raw.columns[min(index for index, _ in choices.values())]
        strangers = [
            index
            for plain, index in titles.items()
            if plain.startswith(base + joints[base]) and index not in used and plain not in known
        ]
        yield _Marked(
            first[: len(base)] if whole is None else raw.columns[whole],
            {code: index for code, (index, _) in choices.items()},
            whole,
            {code: written for code, (_, written) in choices.items()},
            strangers if joints[base] in _GROUPS else (),
        )


def _wanted(
    questions: Mapping[str, Question], mapping: TableMapping, table: str
) -> dict[str, tuple[str, str, str]]:
    """Return the titles that a column of one choice may have, with joint, code or label in it, and code."""
    titles = {name: {normal_title(name)} for name, entry in questions.items() if entry.type == "multiple"}
    for title, name in (*fields_of(table, questions).items(), *mapping.columns.items()):
        if name in titles:
            titles[name].add(normal_title(title))
    found: dict[str, tuple[str, str, str]] = {}
    for name, own in titles.items():
        entry = questions[name]
        codes = [(code, code) for code in (*entry.choices, *mapping.choices.get(name, {}))]
        codes += [(text, str(code)) for code in entry.missing_codes for text in _written(code)]
        labels = [
            (text, code) for code, label in entry.choices.items() for text in (label.en, label.fr, label.es)
        ]
        # A code comes last: it wins over the label of another choice that reads the same.
        for text, code in [*labels, *codes]:
            written = normal_title(text)
            if written:
                found |= {
                    f"{title}{joint}{written}": (joint, written, code) for title in own for joint in _JOINTS
                }
    return found


def _written(code: int) -> tuple[str, str]:
    """Return how a missing code stands in a title: SurveyCTO has `_98` for `-98`."""
    return str(code), str(code).replace("-", "_")


def choice_codes(question: Question) -> list[str]:
    """Return the codes by which titles of single choices end; none for a question with one answer."""
    if question.type != "multiple":
        return []
    return [*question.choices, *(text for code in question.missing_codes for text in _written(code))]


def _strangers(raw: RawTable, group: _Marked) -> Iterator[Problem]:
    """Yield the columns of choices that the question does not have, where somebody ticked them."""
    for index in group.strangers:
        cells = _plain(raw.cells[f"c{index}"])
        ticked = int(cells.is_in(_YES).sum())
        if ticked and cells.is_in([*_YES, *_NO]).all():
            place = raw.place(row=raw.header_row, column=raw.columns[index])
            values: Values = {"count": ticked, "joined": group.title, "choices": ", ".join(group.choices)}
            yield Problem(X_CHOICE, place, values)


def _merged(raw: RawTable, group: _Marked, missing: frozenset[str]) -> tuple[pl.Series, list[Problem]]:
    """Return the cells of the joined column, and where marks and list do not agree."""
    marks = {code: _plain(raw.cells[f"c{index}"]) for code, index in group.choices.items()}
    problems = [
        problem
        for code, cells in marks.items()
        for problem in _strange(raw, group.choices[code], (code, group.written[code]), cells, missing)
    ]
    ticked = [
        pl.when(pl.col(code).is_in([*_YES, code.casefold(), group.written[code]]))
        .then(pl.lit(code))
        .alias(code)
        for code in marks
    ]
    frame = pl.DataFrame([cells.alias(code) for code, cells in marks.items()])
    marked = frame.select(pl.concat_str(ticked, separator=" ", ignore_nulls=True)).to_series()
    if group.joined is None:
        return marked, problems
    whole = raw.cells[f"c{group.joined}"]
    listed = _plain(whole)
    unsaid = ["", *missing]
    answered = frame.select(pl.any_horizontal(~pl.all().is_in(unsaid))).to_series()
    has_list = ~listed.is_in(unsaid)
    told = [code.casefold() for code in group.choices]
    if group.has_labels:
        # The list is one of labels too: it says the same, if it has the words of what is ticked.
        has_list &= ~answered
        differs = answered & ~listed.is_in(unsaid) & (_words(whole) != _words(_labelled(marked, group)))
    else:
        differs = answered & has_list & (_sorted(listed, told) != _sorted(marked.str.to_lowercase(), told))
    for index in differs.arg_true().head(_LISTED).to_list():
        place = raw.place(row=raw.rows[index], column=group.title)
        values: Values = {"found": whole[index], "marked": marked[index] or "-", "joined": group.title}
        problems.append(Problem(X_MULTI, place, values))
    return whole.zip_with(has_list, marked), problems


def _plain(cells: pl.Series) -> pl.Series:
    return cells.str.strip_chars(SPACES).str.to_lowercase()


def _labelled(marked: pl.Series, group: _Marked) -> pl.Series:
    """Return what is ticked as it stands in the titles."""
    parts = pl.element().replace(dict(group.written))
    return marked.str.split(" ").list.eval(parts).list.join(" ")


def _words(texts: pl.Series) -> pl.Series:
    """Return the words of each text, each once, in one order."""
    known = {text: " ".join(sorted(set(normal_title(text).split()))) for text in texts.unique().to_list()}
    return texts.replace_strict(known, return_dtype=pl.String)


def _sorted(texts: pl.Series, codes: Sequence[str]) -> pl.Series:
    """Return the chosen ones of `codes`, in one order: a choice without a column of its own tells nothing."""
    parts = texts.str.replace_all(r"[;,|]", " ").str.split(" ")
    return parts.list.eval(pl.element().filter(pl.element().is_in(codes))).list.sort().list.join(" ")


def _strange(
    raw: RawTable, index: int, names: Sequence[str], cells: pl.Series, missing: frozenset[str]
) -> Iterator[Problem]:
    known = [*_YES, *_NO, *missing, *(name.casefold() for name in names)]
    for row in (~cells.is_in(known)).arg_true().head(_LISTED).to_list():
        place = raw.place(row=raw.rows[row], column=raw.columns[index])
        yield Problem(X_MARK, place, {"found": raw.cells[f"c{index}"][row]})
