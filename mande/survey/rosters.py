"""The rosters of an upload: those with a file of their own, and those that stand in rows above."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from mande.errors import Ask, Code, Option, Problem, Severity, Text
from mande.survey.exports.multiples import choice_codes
from mande.survey.exports.shape import Shape, below, split_off, without_repeats
from mande.survey.exports.wide import Roster, Titles, Unplaced, find_wide, wide_titles
from mande.survey.grid import Values, normal_title
from mande.survey.mapping import match_columns
from mande.survey.naming import fields_of, index_of, own_titles
from mande.survey.profile import ImportProfile, load_profile
from mande.survey.validate import WaveUpload

L_WIDE = Code(
    "L-WIDE",
    Text(
        "columns look like a roster in the rows above, but it is not sure which: {found}",
        "des colonnes ressemblent à un tableau répété dans les lignes, sans qu'on sache lequel : {found}",
        "hay columnas que parecen un grupo repetido en las filas, sin saberse cuál: {found}",
    ),
    Text("columns of one of: {tables}", "colonnes d'une de : {tables}", "columnas de una de: {tables}"),
    Text(
        "Answer which roster they hold, or that they are none; or name its repeated group under `repeat` in "
        "mapping.yaml.",
        "Répondez quel tableau elles contiennent, ou aucun ; ou indiquez son groupe répété sous `repeat` "
        "dans mapping.yaml.",
        "Responda qué grupo contienen, o que ninguno; o indique su grupo repetido en `repeat` en "
        "mapping.yaml.",
    ),
    Text("{columns}"),
)
NONE = "ignore"
_SHOWN = 6


def with_repeats(shapes: Mapping[str, Shape], upload: WaveUpload) -> dict[str, Shape]:
    """Return the tables with the repeats that stand in rows above as tables of their own, rows linked.

    Parents come first, so that a repeat within a repeat finds the ids of the rows above it. Columns that
    look like a roster's and cannot be placed are asked about in the table they stand in.
    """
    tables, found = upload.catalogue.tables, dict(shapes)
    profile = load_profile(upload.programme_dir)
    for name in sorted(tables, key=lambda name: depth_of(name, upload)):
        schema = tables[name]
        parent = found.get(schema.parent or "")
        if name in found and parent is not None and schema.parent is not None:
            key = _key_title(schema.parent, parent, upload)
            if key is not None:
                mapped = upload.mapping(name).columns
                found[name] = below(
                    found[name], parent, parent_key=key, schema=schema, table=name, mapped=mapped
                )
        if name in found:
            found |= _with_wide(name, found, upload, profile)
    return found


def _with_wide(
    name: str, shapes: Mapping[str, Shape], upload: WaveUpload, profile: ImportProfile
) -> dict[str, Shape]:
    """Return a table without the rosters that stand in its rows, and these as tables of their own."""
    tables, shape = upload.catalogue.tables, shapes[name]
    children = [child for child in upload.catalogue.children(name) if child not in shapes]
    counted = frozenset(normal_title(child) for child in upload.catalogue.children(name))
    shape = replace(shape, counted=counted)
    key = _key_title(name, shape, upload)
    if not children or key is None:
        return {name: shape}
    named = {child: wide_titles(shape.raw, upload.mapping(child).repeat or child) for child in children}
    used = {index for titles in named.values() for own in titles.values() for index in own.values()}
    free = _free(name, shape, upload) - used
    rosters = dict(_rosters(children, shapes, upload))

    def settle(entry: Unplaced) -> str | None:
        return profile.settled(L_WIDE, _ask(name, entry))

    placed, unplaced = find_wide(shape.raw, free, rosters, settle)
    found: dict[str, Titles] = {
        child: titles for child in children if (titles := {**named[child], **placed.get(child, {})})
    }
    blank = {text.casefold() for text in upload.mapping(name).missing_text}
    split = {
        child: split_off(
            shape,
            titles,
            parent_key=key,
            schema=tables[child],
            blank=blank,
            table=child,
            mapped=upload.mapping(child).columns,
        )
        for child, titles in found.items()
    }
    asked = [_question(name, shape, entry) for entry in unplaced]
    kept = without_repeats(replace(shape, problems=(*shape.problems, *asked)), found.values())
    return {name: kept, **split}


def _free(name: str, shape: Shape, upload: WaveUpload) -> set[int]:
    """Return the columns that answer no question of the table itself and are not the server's."""
    columns, _ = match_columns(shape.raw, upload.mapping(name), upload.questions(name), name)
    titles = shape.raw.columns
    return {i for i in columns.extra if not (shape.platform and shape.platform.is_own(titles[i]))}


def _rosters(
    names: Sequence[str], shapes: Mapping[str, Shape], upload: WaveUpload, depth: int = 1, first: str = ""
) -> Iterator[tuple[str, Roster]]:
    """Yield what may stand in the rows of a table: the rosters below it, and those within them."""
    for name in names:
        if name in shapes:
            continue
        mapping = upload.mapping(name)
        key = own_titles(name, upload.catalogue.tables[name].key, mapping.columns)
        titles = {normal_title(title): what for title, what in _column_names(name, upload).items()}
        yield name, Roster(titles, frozenset(key), depth, first or name, bool(mapping.repeat))
        below_it = upload.catalogue.children(name)
        yield from _rosters(below_it, shapes, upload, depth + 1, first or name)


def _column_names(name: str, upload: WaveUpload) -> dict[str, str]:
    """Return every title that a column of a table may carry, with the question or choice it names.

    Servers count the entries of a repeat within it in a column of their own.
    """
    mapping, questions = upload.mapping(name), upload.questions(name)
    titles = {question: question for question in questions} | fields_of(name, questions) | mapping.columns
    choices = {
        f"{title}_{code}": f"{question}={code}"
        for title, question in titles.items()
        for code in choice_codes(questions[question])
    }
    counts = {f"{child}_count": f"{child}_count" for child in upload.catalogue.children(name)}
    return counts | choices | titles


def _key_title(name: str, shape: Shape, upload: WaveUpload) -> str | None:
    """Return the title of a table's key in the file."""
    index = index_of(shape.raw, upload.catalogue.tables[name].key, upload.mapping(name).columns, name)
    return None if index is None else shape.raw.columns[index]


def _ask(table: str, entry: Unplaced) -> Ask:
    options = [
        Option(name, Text(f"table {name}", f"table {name}", f"tabla {name}")) for name in entry.rosters
    ]
    none = Option(NONE, Text("none of them", "aucune d'elles", "ninguna"))
    return Ask(table=table, column=entry.base, options=(*options, none))


def _question(table: str, shape: Shape, entry: Unplaced) -> Problem:
    titles = [shape.raw.columns[index] for index in entry.indices]
    shown = ", ".join(titles[:_SHOWN]) + (", ..." if len(titles) > _SHOWN else "")
    values: Values = {"found": len(titles), "tables": ", ".join(entry.rosters), "columns": shown}
    place = shape.raw.place(row=shape.raw.header_row)
    return Problem(L_WIDE, place, values, Severity.QUESTION, _ask(table, entry))


def depth_of(table: str, upload: WaveUpload) -> int:
    """Return how many tables stand above a table."""
    parent = upload.catalogue.tables[table].parent
    return 0 if parent is None else 1 + depth_of(parent, upload)
