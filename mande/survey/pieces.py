"""The verdict on a CSV upload that was checked in pieces: what was found, and what was not looked at.

Everything a row, a column or an id can show is told as by the check of the whole file. Checks that compare
rows with one another in other ways (outliers, enumerators, duplicates that differ in their id) are not run,
and named.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

import polars as pl

from mande.errors import Code, Language, MandeError, Place, Problem, Severity, Text
from mande.survey.cells import chosen_texts, without_repeats
from mande.survey.check import check_modules
from mande.survey.corrections import load_corrections
from mande.survey.exports.multiples import joined
from mande.survey.exports.shape import shaped
from mande.survey.faults import REPORT, as_problems
from mande.survey.forms.snapshot import form_pair, load_form
from mande.survey.grid import SPACES, RawTable
from mande.survey.identity import AGE, BORN, SEX
from mande.survey.mapping import Columns, expected_titles, match_columns
from mande.survey.personal import with_locked
from mande.survey.pieces_verdict import Cause, PiecesVerdict
from mande.survey.profile import load_profile
from mande.survey.recode import recoded
from mande.survey.stream import PIECE, Streamed, check_in_pieces, pieces_of
from mande.survey.table import ROW, ConformedTable, InvalidRows
from mande.survey.titles import settle_titles
from mande.survey.validate import WaveUpload, context_of, without_interview
from mande.survey.verdict import Verdict

LARGE = 100_000_000
"""Bytes above which a CSV file is checked in pieces without being asked to."""
BY_ID = ("changed_person", "registered", "unknown_ids")
"""Checks that look at ids, sex and age of all rows: these columns alone are kept for them."""
BY_ID_COLUMNS = (SEX, AGE, *BORN)
_EXAMPLES = 3

F_WHOLE = Code(
    "F-WHOLE",
    Text(
        "this file cannot be checked in pieces",
        "ce fichier ne peut pas être contrôlé par morceaux",
        "este archivo no se puede revisar por partes",
    ),
    Text(
        "one CSV file in UTF-8, as one table, without decisions about its rows",
        "un fichier CSV en UTF-8, d'une seule table, sans décisions sur ses lignes",
        "un archivo CSV en UTF-8, de una sola tabla, sin decisiones sobre sus filas",
    ),
    Text(
        "Leave `--pieces` out: the file is then checked as a whole.",
        "Retirez `--pieces` : le fichier est alors contrôlé en entier.",
        "Quite `--pieces`: el archivo se revisa entonces completo.",
    ),
)
_NOT_CSV = Text("no CSV in UTF-8", "pas un CSV en UTF-8", "no es un CSV en UTF-8")
_EXPORT = Text("the export of a server", "l'export d'un serveur", "la exportación de un servidor")
_DECIDED = Text(
    "decisions about its rows in corrections.csv",
    "des décisions sur ses lignes dans corrections.csv",
    "decisiones sobre sus filas en corrections.csv",
)
_FORMS = Text(
    "forms that it is compared with", "des formulaires auxquels le comparer", "formularios con que compararlo"
)
_RECODED = Text(
    "answers that are recoded, joined or locked away",
    "des réponses recodées, réunies ou mises sous clé",
    "respuestas recodificadas, unidas o guardadas aparte",
)


@dataclass(frozen=True, slots=True)
class _Start:
    """The first piece of a file, and what its columns are."""

    raw: RawTable
    columns: Columns
    why_whole: Text | None


def why_whole(path: Path, upload: WaveUpload, table: str) -> Text | None:
    """Return why a file has to be checked as a whole; None where its pieces tell the same."""
    found = _start(path, upload, table)
    return found.why_whole if isinstance(found, _Start) else found


def check_large(
    path: Path,
    upload: WaveUpload,
    table: str,
    folder: Path,
    *,
    language: Language = "en",
    report: Path | None = None,
    piece: int = PIECE,
    outside: Callable[[Verdict], Sequence[Problem]] = lambda verdict: (),
) -> PiecesVerdict:
    """Return the verdict on a CSV file, checked in pieces.

    Parameters
    ----------
    path
        The upload.
    upload
        What it is checked with.
    table
        The survey table it holds.
    folder
        Where typed rows and problems are kept meanwhile; they may identify people.
    language
        Of the reader.
    report
        CSV file to write every problem to, one in a row.
    piece
        Bytes read at a time.
    outside
        What only the workspace can tell of a file, by its hash and its columns.

    Raises
    ------
    MandeError
        F-WHOLE where the pieces would not tell what the whole does; what keeps the file from being read.
    """
    start = _start(path, upload, table)
    if not isinstance(start, _Start) or start.why_whole is not None:
        found = start.why_whole if isinstance(start, _Start) else start
        raise MandeError([Problem(F_WHOLE, Place(file=path.name), {"found": found or ""})])
    repeated, told_of = _repeats(path, upload, table, start, piece)
    done = check_in_pieces(
        path, folder,
        programme=upload.programme, wave=upload.wave, catalogue=upload.catalogue,
        programme_dir=upload.programme_dir, table=table, day=upload.day, piece=piece, language=language,
        leave_out=repeated,
    )  # fmt: skip
    (folder / "report_ids.parquet").unlink()  # told again, with all that the whole file tells of them
    by_id = [*told_of, *_by_id(done, path, upload, table, start, piece)]
    whole = [*without_interview(done.problems, start.raw, shaped(start.raw))]
    whole += [problem for problem in by_id if problem.place.row is None]
    as_problems([p for p in by_id if p.place.row is not None]).report(language).write_parquet(
        folder / "report_by_id.parquet"
    )
    columns = _typed(done.data().head(0), upload, table, start, list(start.columns.by_question))
    told = Verdict(upload.programme.id, upload.wave, table, path.name, done.sha256, (), table=columns)
    whole += outside(told)
    codes, severities = _counts(folder, whole)
    if report is not None:
        _write_report(folder, report)
    return PiecesVerdict(
        upload.programme.id, upload.wave, table, path.name, done.sha256, done.rows, language,
        MappingProxyType(severities), MappingProxyType(codes),
        tuple(_causes(folder, whole, language, upload.programme.id)),
        tuple(name for name in done.not_run if name not in BY_ID),
    )  # fmt: skip


def _start(path: Path, upload: WaveUpload, table: str) -> _Start | Text:
    """Return the first piece of a file, or why there is none to look at by itself."""
    mapping, questions = upload.mapping(table), upload.questions(table)
    profile = load_profile(upload.programme_dir)
    try:
        raw = next(pieces_of(path, expected_titles(mapping, questions, table), table, profile, 1_000_000))
    except (MandeError, StopIteration, UnicodeDecodeError):
        return _NOT_CSV
    if raw.format != "csv":
        return _NOT_CSV
    shape = shaped(raw)
    columns, problems = match_columns(raw, mapping, questions, table)
    columns, _ = settle_titles(
        raw, columns, problems, table=table, questions=questions, mapping=mapping, profile=profile
    )
    return _Start(raw, columns, _special(raw, columns, upload, table, shape.platform is not None))


def _special(raw: RawTable, columns: Columns, upload: WaveUpload, table: str, is_export: bool) -> Text | None:
    mapping, questions = upload.mapping(table), upload.questions(table)
    profile = load_profile(upload.programme_dir)
    waves = [entry.id for entry in upload.programme.waves]
    log = load_corrections(upload.programme_dir)
    if is_export:
        return _EXPORT
    if any((e.correction.table, e.correction.wave) == (table, upload.wave) for e in log):
        return _DECIDED
    if form_pair(upload.programme_dir, upload.wave, waves) or load_form(upload.programme_dir, upload.wave):
        return _FORMS
    keeps = (
        joined(raw, questions, mapping, table=table)[0] is raw
        and recoded(raw, columns, mapping, questions) is raw
    )
    locks = with_locked(questions, columns, raw, profile, table=table) is not questions
    return None if keeps and not locks else _RECODED


def _repeats(
    path: Path, upload: WaveUpload, table: str, start: _Start, piece: int
) -> tuple[frozenset[int], list[Problem]]:
    """Return the rows that repeat an earlier one in every cell, wherever it stands, and what is told."""
    key = upload.catalogue.tables[table].key
    if key not in start.columns.by_question:
        return frozenset(), []
    column = f"c{start.columns.by_question[key]}"
    expected = expected_titles(upload.mapping(table), upload.questions(table), table)
    pieces = pieces_of(path, expected, table, load_profile(upload.programme_dir), piece)
    ids = pl.concat([raw.cells.select(pl.col(column).alias("id"), raw.rows.alias(ROW)) for raw in pieces])
    twice = ids.filter(ids["id"].is_duplicated())[ROW]
    if not len(twice):
        return frozenset(), []
    raw = _rows_of(path, upload, table, twice, piece)
    kept, problems = without_repeats(raw, start.columns, key)
    return frozenset() if kept is None else frozenset(raw.rows.filter(~kept).to_list()), problems


def _by_id(
    done: Streamed, path: Path, upload: WaveUpload, table: str, start: _Start, piece: int
) -> list[Problem]:
    """Return what the checks of ids find, and which answers that must be unique stand twice."""
    key = upload.catalogue.tables[table].key
    known = [name for name in start.columns.by_question if name in done.data().collect_schema()]
    if key not in known:
        return []
    context, notes = context_of(upload, table, start.raw, start.columns)
    modules = {module.__name__.rpartition(".")[2]: module for module in check_modules()}
    some = _typed(done.data(), upload, table, start, BY_ID_COLUMNS)
    found = [*notes, *(problem for name in BY_ID for problem in modules[name].check(some, context))]
    unique = [name for name in known if upload.questions(table)[name].unique or name == key]
    answers = done.data().select(*dict.fromkeys((*unique, ROW))).collect()
    again = pl.any_horizontal([pl.col(n).is_duplicated() & pl.col(n).is_not_null() for n in unique])
    twice = answers.filter(again)[ROW].sort()
    if not len(twice):
        return found
    raw = _rows_of(path, upload, table, twice, piece)
    same = _typed(done.data().filter(pl.col(ROW).is_in(twice.implode())), upload, table, start, known)
    texts = chosen_texts(raw.cells, start.columns, upload.mapping(table))
    return [
        *found,
        *modules["unique"].check(
            replace(same, texts=texts.with_columns(pl.all().str.strip_chars(SPACES))), context
        ),
    ]


def _rows_of(path: Path, upload: WaveUpload, table: str, rows: pl.Series, piece: int) -> RawTable:
    """Return some rows of the file as they were read."""
    wanted = frozenset(rows.to_list())
    expected = expected_titles(upload.mapping(table), upload.questions(table), table)
    parts = [
        _chosen(raw, wanted)
        for raw in pieces_of(path, expected, table, load_profile(upload.programme_dir), piece)
    ]
    cells, numbers = pl.concat([p.cells for p in parts]), pl.concat([p.rows for p in parts])
    return replace(parts[0], cells=cells, rows=numbers)


def _chosen(raw: RawTable, rows: frozenset[int]) -> RawTable:
    mask = raw.rows.is_in(list(rows))
    return replace(raw, cells=raw.cells.filter(mask), rows=raw.rows.filter(mask))


def _typed(
    data: pl.LazyFrame, upload: WaveUpload, table: str, start: _Start, names: Sequence[str]
) -> ConformedTable:
    """Return a few columns, or a few rows, of the typed file as a table that checks can look at."""
    schema, columns = upload.catalogue.tables[table], start.columns
    there = data.collect_schema().names()
    kept = [n for n in dict.fromkeys((schema.key, *names)) if n in columns.by_question and n in there]
    frame = data.select(*kept, ROW).sort(ROW).collect()
    return ConformedTable(
        name=table, key=schema.key, questions=upload.questions(table),
        titles={name: start.raw.columns[columns.by_question[name]] for name in kept},
        positions={name: start.raw.positions[columns.by_question[name]] for name in kept},
        frame=frame, texts=frame.select(pl.col(n).cast(pl.String).fill_null("") for n in kept),
        invalid=InvalidRows({}), mapping=upload.mapping(table), file=start.raw.file, sheet=start.raw.sheet,
    )  # fmt: skip


def _reports(folder: Path) -> Iterator[pl.DataFrame]:
    """Yield the problems, piece by piece."""
    yield from (pl.read_parquet(path) for path in sorted(folder.glob("report_*.parquet")))


def _counts(folder: Path, whole: Sequence[Problem]) -> tuple[dict[str, int], dict[str, int]]:
    codes = Counter(problem.code.id for problem in whole)
    severities = Counter(problem.severity.value for problem in whole)
    for found in _reports(folder):
        codes.update(dict(found["code"].value_counts().iter_rows()))
        severities.update(dict(found["severity"].value_counts().iter_rows()))
    return dict(codes), dict(severities)


def _causes(folder: Path, whole: Sequence[Problem], language: Language, programme: str) -> Iterator[Cause]:
    """Yield the causes, worst first, then the file as a whole, then the most frequent."""
    keys = ["severity", "code", "message", "column", "expected", "fix"]
    counts = pl.DataFrame()
    examples = pl.DataFrame()
    for part in _reports(folder):
        own = part.group_by(keys).agg(pl.len().alias("n"))
        first = (
            part.select(*keys, "row", "value").sort("row").group_by(keys, maintain_order=True).head(_EXAMPLES)
        )
        if counts.height:
            own = pl.concat([counts, own]).group_by(keys).agg(pl.col("n").sum())
            first = pl.concat([examples, first.select(examples.columns)]).sort("row")
            first = first.group_by(keys, maintain_order=True).head(_EXAMPLES)
        counts, examples = own, first
    causes = [
        Cause(
            p.severity, p.code.id, p.summary(language), p.place.column, p.expected(language), p.fix(language),
            1, ((p.place.row, p.found(language)),), tuple(p.answers(language, programme=programme)),
        )
        for p in whole
    ]  # fmt: skip
    told: dict[tuple[str, ...], list[tuple[int | None, str]]] = {}
    for *key, row, value in examples.select(*keys, "row", "value").iter_rows() if examples.height else ():
        told.setdefault(tuple(key), []).append((row, value))
    for *key, n in counts.select(*keys, "n").iter_rows() if counts.height else ():
        severity, code, message, column, expected, fix = key
        shown = tuple(told[tuple(key)])
        causes.append(Cause(Severity(severity), code, message, column, expected, fix, n, shown))
    order = list(Severity)
    yield from sorted(causes, key=lambda c: (order.index(c.severity), c.first[0][0] is not None, -c.count))


def _write_report(folder: Path, target: Path) -> None:
    """Write every problem as a row of a CSV file that Excel opens; no cell of it is taken for a formula."""
    with target.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(REPORT)
        for frame in _reports(folder):
            texts = [name for name, dtype in frame.schema.items() if dtype == pl.String]
            writer.writerows(
                frame.with_columns(pl.col(texts).str.replace(r"^([=@\t\r]|[+-][^0-9.])", "'${1}")).iter_rows()
            )
