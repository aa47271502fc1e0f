"""CSV uploads larger than memory: checked piece by piece, with the same rules and the same words.

A first pass looks at every column as a whole, so that what is asked about it rests on the whole file; a
second reads each piece under the answers, writes its typed rows and its problems as Parquet, and lets
it go. Checks that compare rows with one another are left out and named, but for ids that stand twice.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import astuple, dataclass, field, replace
from pathlib import Path

import polars as pl

from mande.catalogue import Catalogue
from mande.errors import Language, MandeError, Problem, Text
from mande.schema.programme import Programme
from mande.survey.asking import Found, Plain, Seen, ask_all
from mande.survey.check import CheckContext, check_modules, run_checks
from mande.survey.checks.unique import I_DUP
from mande.survey.circumstances import Circumstances
from mande.survey.conform import AskAll, Conformed, conform
from mande.survey.faults import REPORT, Problems
from mande.survey.field import FieldRule
from mande.survey.grid import RawTable
from mande.survey.mapping import expected_titles, load_mapping, match_columns, with_key
from mande.survey.profile import ImportProfile, load_profile
from mande.survey.read import read_upload
from mande.survey.read_codes import F_EMPTY
from mande.survey.table import ROW
from mande.survey.titles import settle_titles

PIECE = 16_000_000
"""Bytes read at a time."""


@dataclass(frozen=True, slots=True)
class Streamed:
    """What a check in pieces found.

    Attributes
    ----------
    rows : rows read. counts : problems by code. severities : problems by severity.
    problems : those of the file or a column as a whole, questions among them.
    not_run : checks that compare rows with one another, which were left out.
    sha256 : of the file. data_sha256 : of the typed rows, piece by piece.
    folder : `data_*.parquet` are the typed rows, `report_*.parquet` the problems (see `faults.REPORT`).
    """

    rows: int
    counts: Mapping[str, int]
    severities: Mapping[str, int]
    problems: tuple[Problem, ...]
    not_run: tuple[str, ...]
    sha256: str
    data_sha256: str
    folder: Path

    def report(self) -> pl.LazyFrame:
        """Return every problem as a row."""
        return pl.scan_parquet(self.folder / "report_*.parquet")

    def data(self) -> pl.LazyFrame:
        """Return the typed rows."""
        return pl.scan_parquet(self.folder / "data_*.parquet")


@dataclass
class _Whole:
    """What the pieces of one column come to."""

    seen: Seen
    odd: Counter[str] = field(default_factory=Counter)
    cells: dict[str, str] = field(default_factory=dict)
    plain: Plain = field(default_factory=Plain)

    def add(self, seen: Seen) -> None:
        self.odd.update(seen.odd)
        self.plain = self.plain + seen.plain()
        for text in seen.odd:
            if text not in self.cells:
                self.cells[text] = seen.cells(text)

    def settle(self) -> tuple[FieldRule, Found]:
        whole = replace(self.seen, odd=self.odd, cells=self.cells.__getitem__, plain=lambda: self.plain)
        return ask_all(whole)


@dataclass(frozen=True)
class _Upload:
    """A file with all that is needed to read any piece of it."""

    path: Path
    programme: Programme
    wave: str
    catalogue: Catalogue
    programme_dir: Path
    table: str
    about: Circumstances
    piece: int
    leave_out: frozenset[int] = frozenset()

    def conformed(self, ask: AskAll) -> Iterator[tuple[RawTable, Conformed, CheckContext, list[Problem]]]:
        """Yield each piece typed, with what is wrong with its titles."""
        schema = self.catalogue.tables[self.table]
        questions = with_key(self.catalogue.questions.get(self.table, {}), schema)
        mapping = load_mapping(self.programme_dir, table=self.table, questions=questions)
        expected = expected_titles(mapping, questions, self.table)
        for whole in pieces_of(self.path, expected, self.table, self.about.profile, self.piece):
            raw = without_rows(whole, self.leave_out)
            columns, problems = match_columns(raw, mapping, questions, self.table)
            columns, problems = settle_titles(
                raw, columns, problems,
                table=self.table, questions=questions, mapping=mapping, profile=self.about.profile,
            )  # fmt: skip
            done = conform(
                raw, columns,
                name=self.table, schema=schema, questions=questions, mapping=mapping,
                circumstances=self.about, ask=ask,
            )  # fmt: skip
            rules = self.catalogue.rules.get(self.table, {})
            yield raw, done, CheckContext(self.programme, self.wave, raw, columns, rules=rules), problems


def without_rows(raw: RawTable, rows: frozenset[int]) -> RawTable:
    """Return a piece without some of its rows."""
    if not rows:
        return raw
    mask = ~raw.rows.is_in(list(rows))
    return replace(raw, cells=raw.cells.filter(mask), rows=raw.rows.filter(mask))


def pieces_of(
    path: Path, expected: set[str], table: str, profile: ImportProfile, size: int
) -> Iterator[RawTable]:
    """Yield the cells of a CSV file piece by piece, rows numbered as in the whole file.

    Parameters
    ----------
    path
        The file, in UTF-8 with its titles in the first line.
    expected
        Titles to look for.
    table, profile
        As for `read_upload`.
    size
        Bytes read at a time.

    Raises
    ------
    MandeError
        What keeps the file from being read.
    """
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / path.name
        for offset, content in _cut(path, size):
            copy.write_bytes(content)
            try:
                raw = read_upload(copy, expected=expected, table=table, profile=profile)
            except MandeError as error:
                if offset and all(problem.code == F_EMPTY for problem in error.problems):
                    continue  # blank lines at the end
                raise
            yield _moved(raw, offset)


def _cut(path: Path, size: int) -> Iterator[tuple[int, bytes]]:
    """Yield the file in pieces of whole records, each below the header, with how many rows it is down."""
    with path.open("rb") as file:
        header, rest, offset = file.readline(), b"", 0
        while True:
            block = file.read(size)
            content = rest + block
            end = len(content) if not block else _last_record(content)
            rest = content[end:]
            if end:
                yield offset, header + content[:end]
                offset += re.sub(rb'"[^"]*"', b"", content[:end]).count(b"\n")
            if not block:
                return


def _last_record(content: bytes) -> int:
    """Return where the last whole record ends: at a line end outside quotation marks."""
    end = content.rfind(b"\n") + 1
    while end and content.count(b'"', 0, end) % 2:
        end = content.rfind(b"\n", 0, end - 1) + 1
    return end


def _moved(raw: RawTable, offset: int) -> RawTable:
    """Return a piece with its rows numbered as in the whole file."""

    def moved(problem: Problem) -> Problem:
        row = problem.place.row
        if row is None or row <= raw.header_row:
            return problem
        return replace(problem, place=replace(problem.place, row=row + offset))

    return replace(
        raw,
        rows=raw.rows + offset,
        misfits={row + offset: cells for row, cells in raw.misfits.items()},
        problems=tuple(map(moved, raw.problems)),
    )


def check_in_pieces(
    path: Path,
    folder: Path,
    *,
    programme: Programme,
    wave: str,
    catalogue: Catalogue,
    programme_dir: Path,
    table: str | None = None,
    day: dt.date | None = None,
    piece: int = PIECE,
    language: Language = "en",
    leave_out: frozenset[int] = frozenset(),
) -> Streamed:
    """Check a CSV upload piece by piece; the memory it takes does not grow with its rows.

    Parameters
    ----------
    path
        The upload, CSV in UTF-8 with its titles in the first line.
    folder
        Where typed rows and problems are written; it must be empty or absent.
    programme, wave, catalogue, programme_dir, table, day
        As for `validate_upload`.
    piece
        Bytes read at a time.
    language
        Of the problems as they are written.
    leave_out
        Numbers of rows that are passed over.

    Raises
    ------
    MandeError
        What keeps the file from being read at all.
    """
    reference_date = next(entry.reference_date for entry in programme.waves if entry.id == wave)
    profile = load_profile(programme_dir)
    about = Circumstances(profile, day, reference_date, programme.currency, catalogue.parameters)
    name = table or programme.entity
    upload = _Upload(path, programme, wave, catalogue, programme_dir, name, about, piece, leave_out)
    folder.mkdir(parents=True, exist_ok=True)
    settled = _settle(upload)
    return _second_pass(upload, folder, settled, language)


def _settle(upload: _Upload) -> dict[str, tuple[FieldRule, Found]]:
    """Return how each column is read, with a view of the whole file."""
    wholes: dict[str, _Whole] = {}

    def look(seen: Seen) -> tuple[FieldRule, Found]:
        wholes.setdefault(seen.name, _Whole(seen)).add(seen)
        return seen.rule, Found()

    for _ in upload.conformed(look):
        pass
    return {name: whole.settle() for name, whole in wholes.items()}


def _second_pass(
    upload: _Upload, folder: Path, settled: Mapping[str, tuple[FieldRule, Found]], language: Language
) -> Streamed:
    by_row = [module for module in check_modules() if getattr(module, "BY_ROW", False)]
    others = [module.__name__.rpartition(".")[2] for module in check_modules() if module not in by_row]
    counts: Counter[str] = Counter()
    severities: Counter[str] = Counter()
    once: dict[tuple[str, str, str], Problem] = {}
    ids: list[pl.DataFrame] = []
    hashed, n_rows = hashlib.sha256(), 0

    def known(seen: Seen) -> tuple[FieldRule, Found]:
        rule, found = settled[seen.name]
        return rule, replace(found, problems=())

    for number, (raw, done, context, titles) in enumerate(upload.conformed(known)):
        checked, faults = run_checks(done.table, context, [module.check for module in by_row])
        found = [*raw.problems, *titles, *done.problems, *checked]
        single = [problem for problem in found if (problem.place.row or 0) > raw.header_row]
        for problem in found:
            if (problem.place.row or 0) <= raw.header_row:
                key = (problem.code.id, problem.place.column, problem.severity.value)
                once[key] = _together(once[key], problem) if key in once else problem
        problems = Problems(single, (*done.faults, *faults), raw)
        problems.report(language).write_parquet(folder / f"report_{number:05d}.parquet")
        counts += problems.codes()
        severities += Counter({kind.value: count for kind, count in problems.severities().items()})
        frame = done.table.frame
        frame.write_parquet(target := folder / f"data_{number:05d}.parquet")
        hashed.update(hashlib.sha256(target.read_bytes()).digest())
        n_rows += frame.height
        if done.table.key in frame.columns:
            ids.append(frame.select(pl.col(done.table.key).alias("id"), ROW).drop_nulls())
    asked = [problem for _, found in settled.values() for problem in found.problems]
    twice = _twice(ids, upload, language)
    twice.write_parquet(folder / "report_ids.parquet")
    whole = (*once.values(), *asked)
    counts += Counter(problem.code.id for problem in whole) + Counter({I_DUP.id: twice.height})
    severities += Counter(problem.severity.value for problem in whole) + Counter({"error": twice.height})
    with upload.path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    left_out = tuple(name for name in others if name != "unique")
    return Streamed(n_rows, counts, severities, whole, left_out, digest, hashed.hexdigest(), folder)


def _together(one: Problem, other: Problem) -> Problem:
    """Return what was told of two pieces as of the whole: cells counted in both are added up."""
    before, after = one.values.get("found"), other.values.get("found")
    if isinstance(before, int) and isinstance(after, int):
        return replace(one, values={**one.values, "found": before + after})
    if isinstance(before, Text) and isinstance(after, Text):
        added = [_added(a, b) for a, b in zip(astuple(before), astuple(after), strict=True)]
        return replace(one, values={**one.values, "found": Text(*added)})
    return one


def _added(before: str, after: str) -> str:
    """Return `cells: 3 (F1 = 1)` of `cells: 1 (F1 = 1)` and `cells: 2 (G1 = 1)`; other texts as they are."""
    first, second = _COUNT.match(before), _COUNT.match(after)
    if first is None or second is None or first[1] != second[1]:
        return before
    return f"{first[1]}{int(first[2]) + int(second[2])}{before[first.end() :]}"


_COUNT = re.compile(r"((?:cells|cellules|celdas) ?: )(\d+)")


def _twice(ids: list[pl.DataFrame], upload: _Upload, language: Language) -> pl.DataFrame:
    """Return a row of the report for each row whose id stands in another row too."""
    if not ids:
        return pl.DataFrame(schema=REPORT)
    known = pl.concat(ids)
    again = known.filter(known["id"].is_duplicated()).sort("id", ROW)
    if not again.height:
        return pl.DataFrame(schema=REPORT)
    # By groups that are joined back: within a window Polars now and then breaks off when it joins texts.
    rows = again.group_by("id").agg(pl.col(ROW).cast(pl.String).str.join(", ").alias("rows"))
    told = again.join(rows, on="id", how="left", nulls_equal=True, maintain_order="left")
    told = told.with_columns((pl.col("id") + pl.lit(" in rows ") + pl.col("rows")).alias("value"))
    key = upload.catalogue.tables[upload.table].key
    return told.select(
        pl.lit("").alias("sheet"),
        pl.col(ROW).alias("row"),
        pl.lit(key).alias("column"),
        pl.lit(key).alias("question"),
        pl.col("id").alias("respondent"),
        pl.lit("error").alias("severity"),
        pl.lit(I_DUP.id).alias("code"),
        "value",
        pl.lit(I_DUP.summary.in_(language)).alias("message"),
        pl.lit(I_DUP.expected.in_(language)).alias("expected"),
        pl.lit(I_DUP.fix.in_(language)).alias("fix"),
    )
