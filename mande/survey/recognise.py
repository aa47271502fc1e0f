"""Which survey table a file or a sheet holds, told by its column titles; asked where that is not clear."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from mande.catalogue import Catalogue
from mande.errors import Ask, Code, MandeError, Option, Place, Problem, Severity, Text
from mande.schema.programme import Programme
from mande.survey.exports.platform import all_platforms, platform_of
from mande.survey.forms.words import spelled, stem
from mande.survey.grid import Values, normal_title
from mande.survey.mapping import expected_titles, load_mapping, with_key
from mande.survey.naming import OPENING_TITLES
from mande.survey.profile import ImportProfile
from mande.survey.programme_tables import MADE_KEYS
from mande.survey.read import first_lines

L_TABLE = Code(
    "L-TABLE",
    Text(
        "it is not clear which survey table this holds",
        "on ne sait pas quelle table d'enquête ceci contient",
        "no está claro qué tabla de la encuesta contiene esto",
    ),
    Text("titles of one table", "les titres d'une seule table", "los títulos de una sola tabla"),
    Text(
        "Answer the question once; later files with this name are then read without asking.",
        "Répondez une fois ; les fichiers suivants du même nom seront lus sans demander.",
        "Responda una vez; los archivos siguientes con este nombre se leerán sin preguntar.",
    ),
    Text("{found}"),
)
L_OTHER = Code(
    "L-OTHER",
    Text(
        "the sheet holds no survey table; it is not read",
        "la feuille ne contient aucune table d'enquête ; elle n'est pas lue",
        "la hoja no contiene ninguna tabla de la encuesta; no se lee",
    ),
    Text("column titles of a table", "les titres d'une table", "los títulos de una tabla"),
    Text(
        "Nothing, if it is a note or a list; otherwise put the question ids into its first row.",
        "Rien, si c'est une note ou une liste ; sinon mettez les identifiants en première ligne.",
        "Nada, si es una nota o una lista; si no, ponga los ids de las preguntas en la primera fila.",
    ),
    Text("{found}"),
)
L_ANSWERED = Code(
    "L-ANSWERED",
    Text(
        "read as it was answered before: {found}",
        "lu selon la réponse déjà donnée : {found}",
        "leído según la respuesta ya dada: {found}",
    ),
    Text(""),
    Text(""),
    Text(""),
)
IGNORE = "ignore"
_DEPTH = 20
_FEW = 3
_TOLD = 2
_SHOWN_QUESTIONS = 4
_MARKS = r"[/.:-]"
_NUMBERED = r"\[\d+\]|\.\d+\."


@dataclass(frozen=True, slots=True)
class Part:
    """One table of an upload: where it stands and which it is. `sheet` is None for a file as a whole."""

    path: Path
    table: str
    sheet: str | None = None


def recognise(
    paths: Sequence[Path],
    *,
    programme: Programme,
    catalogue: Catalogue,
    programme_dir: Path,
    profile: ImportProfile,
) -> tuple[list[Part], list[Problem]]:
    """Return the tables that files hold, and what is not clear.

    A file that cannot be read, or whose titles fit no table, counts as the programme's own table when it
    is the only one: its own check then says what is wrong.
    """
    known = _known(catalogue, programme, programme_dir)
    parts: list[Part] = []
    problems: list[Problem] = []
    is_settled = False
    for path in paths:
        sheets = _titles(path)
        is_book = len(sheets) > 1
        found: list[Part] = []
        for sheet, lines in sheets.items():
            name = sheet or path.name
            answer = profile.settled(L_TABLE, _ask(name, known))
            is_repeat = _is_repeat(lines)
            fitting = [answer] if answer else _named(name, known, is_repeat) or _fitting(lines, known)
            place = Place(path.name, sheet)
            if answer:
                said = {"found": f"{name} = {answer}"}
                problems.append(Problem(L_ANSWERED, place, said, Severity.NOTE))
            if fitting == [IGNORE]:
                is_settled = True
                continue
            if len(fitting) == 1:
                found.append(Part(path, fitting[0], sheet if is_book else None))
            elif not fitting and is_book and not is_repeat:
                problems.append(Problem(L_OTHER, place, {"found": _shown(lines)}, Severity.WARNING))
            elif fitting or is_book or len(paths) > 1:
                values: Values = {"found": ", ".join(fitting) or _shown(lines)}
                possible = fitting or [
                    table for table, entry in known.items() if entry.is_roster or not is_repeat
                ]
                likely = _likely(lines, {table: known[table] for table in possible})
                if likely:
                    first, why = next(iter(likely.items()))
                    values["found"] = _likeliest(str(values["found"]), first, why)
                ask = _ask(name, known, likely)
                problems.append(Problem(L_TABLE, place, values, Severity.QUESTION, ask))
        parts += _joined(found)
    is_asked = any(problem.severity is Severity.QUESTION for problem in problems)
    if len(paths) == 1 and not parts and not is_settled and not is_asked:
        return [Part(paths[0], programme.entity)], []
    return parts, problems


def _joined(parts: Sequence[Part]) -> list[Part]:
    """Return the parts, those of one file that hold the same table as one: reading asks how they belong."""
    tables = [part.table for part in parts]
    joined = [Part(p.path, p.table, None if tables.count(p.table) > 1 else p.sheet) for p in parts]
    return list(dict.fromkeys(joined))


@dataclass(frozen=True, slots=True)
class _Known:
    """The titles that columns of a table may carry, those of which one must be there, and its repeat."""

    titles: frozenset[str]
    keys: frozenset[str]
    repeat: str = ""
    questions: tuple[str, ...] = ()
    is_roster: bool = False


def _known(catalogue: Catalogue, programme: Programme, folder: Path) -> dict[str, _Known]:
    found = {}
    unit = catalogue.tables[programme.entity].key
    for name, schema in catalogue.tables.items():
        questions = with_key(catalogue.questions.get(name, {}), schema)
        mapping = load_mapping(folder, table=name, questions=questions)
        titles = frozenset(map(normal_title, expected_titles(mapping, questions, name)))
        label = questions[schema.key].label
        keys = {schema.key, label.en, label.fr, label.es} | {
            title for title, question in mapping.columns.items() if question == schema.key
        }
        if name in MADE_KEYS:  # told by what the key is made of, beside the unit and the date
            keys |= {part for part in MADE_KEYS[name] if part not in ("unit", "date", "group")}
        elif name != programme.entity and schema.key == unit and schema.parent is None:
            keys = {"arm"}  # the register carries the unit's key too: its arm tells it
        found[name] = _Known(
            titles,
            frozenset(map(normal_title, keys - {""})),
            mapping.repeat,
            tuple(catalogue.questions.get(name, {})),
            schema.parent is not None,
        )
    return found


def _titles(path: Path) -> dict[str, list[tuple[str, ...]]]:
    """Return the first lines of each sheet that holds anything."""
    try:
        return first_lines(path)
    except MandeError:
        return {"": []}  # what keeps it from being read is told where it is read


def _is_repeat(lines: Sequence[Sequence[str]]) -> bool:
    """Return whether a sheet's rows name a row of another by its server's key: it holds answers."""
    refers = {platform.parent_key for platform in all_platforms()}
    return any(
        refers & {normal_title(cell) for cell in line} and platform_of(line) is not None for line in lines
    )


def _named(name: str, known: Mapping[str, _Known], is_repeat: bool) -> list[str]:
    """Return the table whose repeat a sheet or file is named after, as servers name them.

    A repeat that no mapping names may be called as its table is.
    """
    plain = normal_title(name).removesuffix(".csv")
    lengths = {
        table: len(repeat)
        for table, entry in known.items()
        if (repeat := entry.repeat or (table if is_repeat else ""))
        and re.search(rf"(?:^|[^a-z0-9]){re.escape(normal_title(repeat))}$", plain)
    }
    # `form-firm_sales` is named after firm_sales, though it ends as sales does.
    return [table for table, length in lengths.items() if length == max(lengths.values())]


def _fitting(lines: Sequence[Sequence[str]], known: Mapping[str, _Known]) -> list[str]:
    """Return the table whose titles fit best; several where they fit alike, none where none does."""
    scores: dict[str, int] = {}
    for line in lines:
        titles = {normal_title(cell) for cell in line if cell}
        # What is numbered (`plots[1]/size`) stands in the rows of another table.
        titles |= {re.split(_MARKS, title)[-1] for title in titles if not re.search(_NUMBERED, title)}
        is_interview = any(titles & opening for opening in OPENING_TITLES.values())
        for name, entry in known.items():
            score = len(titles & entry.titles)
            has_key = bool(titles & entry.keys)
            # An interview may hold its key alone, where all else is asked in rosters.
            if (has_key and (score > 1 or is_interview)) or score >= _FEW:
                scores[name] = max(scores.get(name, 0), 2 * score + has_key)
    best = max(scores.values(), default=0)
    return [name for name, score in scores.items() if score == best]


def _likeliest(found: str, table: str, why: str) -> Text:
    return Text(
        f"{found}; likeliest {table}: {why}",
        f"{found} ; le plus probable {table} : {why}",
        f"{found}; lo más probable {table}: {why}",
    )


def _likely(lines: Sequence[Sequence[str]], known: Mapping[str, _Known]) -> dict[str, str]:
    """Return the tables whose questions the titles name, the likeliest first, each with what names them.

    A title may have further words only where they are the table's own name or common to many titles.
    """
    names = [re.split(_MARKS, cell)[-1] for line in lines[:1] for cell in line if cell]
    titles = {name: _words(name) for name in names}
    counts = Counter(word for words in titles.values() for word in words)
    common = {word for word, count in counts.items() if count >= max(_FEW, len(titles) // 3)}
    scores: dict[str, tuple[int, str]] = {}
    for table, entry in known.items():
        own = _words(table)
        wanted = {question: _words(question) for question in entry.questions}
        told = [
            f"{title} = {question}"
            for question, words in wanted.items()
            if (
                title := next(
                    (t for t, found in titles.items() if words <= found <= words | own | common), ""
                )
            )
        ]
        is_named = any(own <= words for words in titles.values())
        if len(told) >= _TOLD or (told and is_named):
            scores[table] = (len(told) + is_named, ", ".join(told[:_SHOWN_QUESTIONS]))
    ranked = sorted(scores, key=lambda table: -scores[table][0])
    return {table: scores[table][1] for table in ranked}


def _words(name: str) -> set[str]:
    return set(map(stem, spelled(name).split()))


def _ask(name: str, known: Mapping[str, _Known], likely: Mapping[str, str] = MappingProxyType({})) -> Ask:
    ordered = [*likely, *(table for table in known if table not in likely)]
    options = [Option(table, _table_text(table, likely.get(table, ""))) for table in ordered]
    ignore = Text("do not read it", "ne pas la lire", "no leerla")
    return Ask(column=name, options=(*options, Option(IGNORE, ignore)))


def _table_text(table: str, why: str) -> Text:
    told = f" ({why})" if why else ""
    return Text(f"table {table}{told}", f"table {table}{told}", f"tabla {table}{told}")


def _shown(lines: Sequence[Sequence[str]]) -> str:
    line = next((line for line in lines if any(line)), [])
    titles = [cell for cell in line if cell]
    return ", ".join(titles[:6]) + (", ..." if len(titles) > 6 else "")
