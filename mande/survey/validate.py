"""Every problem of an upload at once: read, match columns, conform, check."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

import polars as pl

from mande.catalogue import Catalogue
from mande.errors import Code, MandeError, Place, Problem, Severity, Text, did_you_mean
from mande.schema.common import Label
from mande.schema.programme import Programme
from mande.schema.question import Question, Table
from mande.survey.check import Check, CheckContext, Checked, find_checks, run_checks
from mande.survey.circumstances import Circumstances
from mande.survey.conform import conform
from mande.survey.corrections import load_corrections
from mande.survey.exports.multiples import joined
from mande.survey.exports.shape import Shape, shaped
from mande.survey.exports.tidy import form_problems
from mande.survey.faults import Problems
from mande.survey.forms.compare import open_changes, without_other
from mande.survey.forms.snapshot import form_pair, load_form
from mande.survey.grid import SPACES, RawTable, Values
from mande.survey.identity import PEOPLE, merged
from mande.survey.inherit import Fates, fates, inherit
from mande.survey.interview import is_about_interview
from mande.survey.mapping import (
    H_ABSENT,
    H_EXTRA,
    Columns,
    TableMapping,
    expected_titles,
    hidden_titles,
    load_mapping,
    match_columns,
    with_key,
)
from mande.survey.personal import with_locked
from mande.survey.profile import ImportProfile, load_profile
from mande.survey.programme_tables import PROGRAMME_TABLES, with_made_key, with_programme_tables
from mande.survey.read import read_upload
from mande.survey.recode import recoded
from mande.survey.register import register_people
from mande.survey.replacing import pair_problems
from mande.survey.replay import Replayed, Sent, replay
from mande.survey.titles import settle_titles
from mande.survey.verdict import Verdict

__all__ = ["Verdict", "validate_upload"]

P_WAVE = Code(
    "P-WAVE",
    Text(
        "the programme has no such wave", "le programme n'a pas cette vague", "el programa no tiene esa ronda"
    ),
    Text("one of: {known}{hint}", "une de : {known}{hint}", "una de: {known}{hint}"),
    Text(
        "Check the spelling, or add the wave to programme.yaml.",
        "Vérifiez l'orthographe, ou ajoutez la vague à programme.yaml.",
        "Revise la ortografía, o añada la ronda a programme.yaml.",
    ),
)
P_TABLE = Code(
    "P-TABLE",
    Text(
        "there is no such survey table",
        "cette table d'enquête n'existe pas",
        "no existe esa tabla de encuesta",
    ),
    Text("one of: {known}{hint}", "une de : {known}{hint}", "una de: {known}{hint}"),
    Text(
        "Check the spelling, or define the table in indicators/_tables.yaml.",
        "Vérifiez l'orthographe, ou définissez la table dans indicators/_tables.yaml.",
        "Revise la ortografía, o defina la tabla en indicators/_tables.yaml.",
    ),
)
I_NOREGISTER = Code(
    "I-NOREGISTER",
    Text(
        "ids were not compared with the register",
        "les identifiants n'ont pas été comparés au registre",
        "no se compararon los ids con el registro",
    ),
    Text("a readable register", "un registre lisible", "un registro legible"),
    Text("Mend {file}.", "Corrigez {file}.", "Corrija {file}."),
)
H_INTERVIEW = Code(
    "H-INTERVIEW",
    Text(
        "columns about the interview itself: they serve to check the fieldwork and are not stored",
        "colonnes sur l'entretien lui-même : elles servent à contrôler le terrain et ne sont pas gardées",
        "columnas sobre la entrevista misma: sirven para controlar el campo y no se guardan",
    ),
    Text(""),
    Text(""),
)


@dataclass(frozen=True, slots=True)
class WaveUpload:
    """What the files of a wave are checked with, beside the files.

    Attributes
    ----------
    programme, wave : what the files belong to.
    catalogue : tables, questions and rules.
    programme_dir : folder of the programme, where mapping, import profile, forms and register lie.
    previous : gives for a table the wave before and the answers accepted in it.
    history : gives who is known of a table's respondents from other waves (see `identity.people_before`).
    registered : units in registers that came with other waves (columns id, place), where there are any.
    day : day of the upload; without it no date counts as in the future.
    needed : by table, the questions that the programme's indicators need: nobody hears that another one is
        absent. Without it every question counts.
    """

    programme: Programme
    wave: str
    catalogue: Catalogue
    programme_dir: Path
    previous: Callable[[str], tuple[str, pl.DataFrame] | None] = field(default=lambda table: None)
    history: Callable[[str], pl.DataFrame | None] = field(default=lambda table: None)
    day: dt.date | None = None
    registered: pl.DataFrame | None = None
    needed: Mapping[str, Collection[str]] | None = None

    def questions(self, table: str) -> Mapping[str, Question]:
        """Return every question of a table, its key and link among them."""
        return with_key(self.catalogue.questions.get(table, {}), self.catalogue.tables[table])

    def mapping(self, table: str, *, wave: str | None = None) -> TableMapping:
        """Return how a table's columns are read in this wave, or in another."""
        return load_mapping(
            self.programme_dir, table=table, questions=self.questions(table), wave=wave or self.wave
        )


@dataclass(frozen=True, slots=True)
class Examined:
    """A verdict, the table with what its checks looked at, and what decisions made of its rows.

    Both are None where it could not be read.
    """

    verdict: Verdict
    checked: Checked | None = None
    fates: Fates | None = None


def read_part(
    path: Path, upload: WaveUpload, table: str, sheet: str | None = None
) -> RawTable | tuple[Problem, ...]:
    """Return the cells of one table of an upload, or the problems that keep it from being read."""
    questions, mapping = upload.questions(table), upload.mapping(table)
    try:
        return read_upload(
            path,
            expected=expected_titles(mapping, questions, table),
            sheet=sheet,
            table=table,
            hidden=hidden_titles(mapping, questions, table),
            profile=load_profile(upload.programme_dir),
        )
    except MandeError as error:
        return error.problems


def refused(upload: WaveUpload, table: str, file: str, problems: Sequence[Problem]) -> Examined:
    """Return the verdict on a file that cannot be read."""
    return Examined(Verdict(upload.programme.id, upload.wave, table, file, "", tuple(problems)))


def examine(
    raw: RawTable,
    upload: WaveUpload,
    table: str,
    *,
    shape: Shape | None = None,
    register: pl.Series | None,
    above: Fates | None = None,
    checks: Callable[[], Sequence[Check]] = find_checks,
) -> Examined:
    """Return the verdict on one table, and the table as checks between tables need it.

    Parameters
    ----------
    raw
        The cells as they were read.
    upload
        What they are checked with.
    table
        Name of the table.
    shape
        The same table without what a server adds to it, where it is an export.
    register
        Ids of a register that was uploaded with it.
    above
        What decisions made of the rows of the table above.
    checks
        Finds the checks to run.
    """
    programme, profile = upload.programme, load_profile(upload.programme_dir)
    schema, catalogue = upload.catalogue.tables[table], upload.catalogue
    questions, mapping = upload.questions(table), upload.mapping(table)
    shape = shape or Shape(raw)
    keyed = with_made_key(shape.raw, table, schema, catalogue.tables[programme.entity].key)
    unsaid = frozenset(text.strip().casefold() for text in mapping.missing_text)
    keyed, disagreeing = joined(keyed, questions, mapping, missing=unsaid, table=table)
    columns, problems = match_columns(keyed, mapping, questions, table)
    columns, problems = settle_titles(
        keyed, columns, problems, table=table, questions=questions, mapping=mapping, profile=profile
    )
    columns = without_other(columns, keyed, table, profile)
    found = [*raw.problems, *shape.problems, *disagreeing, *without_interview(problems, raw, shape)]
    found = list(_without_unneeded(found, upload, table))
    found += _form_changes(upload, table, keyed, columns, mapping, profile)
    form = load_form(upload.programme_dir, upload.wave)
    found += form_problems(shape.raw, shape.platform, form.form_id if form else "", profile)
    labels = _labels(keyed, columns.by_question, questions)
    verdict = Verdict(programme.id, upload.wave, table, raw.file, raw.sha256, (), raw=raw, labels=labels)
    if not columns.by_question:
        return Examined(replace(verdict, problems=Problems(found, raw=raw)))
    keyed = recoded(keyed, columns, mapping, questions)
    questions = with_locked(questions, columns, keyed, profile, table=table)
    replayed, sent = _replayed(upload, table, keyed, columns, questions)
    replayed = inherit(
        replayed,
        columns,
        key=schema.key,
        link=schema.link,
        above=above,
        platform=shape.platform,
        is_wide=shape.spread is not None,
    )
    conformed = conform(
        replayed.raw,
        columns,
        name=table,
        schema=schema,
        questions=questions,
        mapping=mapping,
        circumstances=_circumstances(upload, profile),
    )
    context, notes = _context(upload, table, replayed, columns, profile, register)
    checked, faults = run_checks(conformed.table, context, checks())
    found += [*replayed.problems, *conformed.problems, *notes, *checked]
    moved = None if shape.spread is None else shape.spread.place
    verdict = replace(
        verdict,
        problems=Problems(found, (*conformed.faults, *faults), raw, moved),
        table=conformed.table,
        corrections=replayed.applied,
        sent=sent,
        replacing=replayed.replacing,
    )
    own = fates(table, keyed, replayed, columns.by_question.get(schema.key), shape.platform)
    return Examined(verdict, Checked(conformed.table, context, schema), own)


def _context(
    upload: WaveUpload,
    table: str,
    replayed: Replayed,
    columns: Columns,
    profile: ImportProfile,
    register: pl.Series | None,
) -> tuple[CheckContext, list[Problem]]:
    """Return what checks may look at beside the table, and what is to be told of the register."""
    programme, schema = upload.programme, upload.catalogue.tables[table]
    is_own = table == programme.entity
    registered, notes = _register(programme, upload, schema, is_own=is_own)
    if register is not None and is_own:
        notes = []  # the one that came with the wave counts
    elif registered is not None:
        register = registered["id"]
    if is_own and replayed.replacing:
        index = columns.by_question.get(schema.key)
        there = None if index is None else replayed.raw.cells[f"c{index}"].str.strip_chars(SPACES)
        notes += pair_problems(replayed.replacing, known=register, interviewed=there)
        if register is not None:
            stand_in = pl.Series([unit for unit, _ in replayed.replacing], dtype=pl.String)
            register = pl.concat([register, stand_in]).unique(maintain_order=True)
    wave_before, answers = upload.previous(table) or ("", None)
    context = CheckContext(
        programme,
        upload.wave,
        replayed.raw,
        columns,
        register if is_own else None,
        profile,
        upload.catalogue.rules.get(table, {}),
        previous=answers,
        previous_wave=wave_before,
        people=_people(registered, upload.history(table)),
        link=schema.link,
        decided=replayed.applied,
    )
    return context, notes


def _circumstances(upload: WaveUpload, profile: ImportProfile) -> Circumstances:
    programme = upload.programme
    reference_date = next(entry.reference_date for entry in programme.waves if entry.id == upload.wave)
    return Circumstances(profile, upload.day, reference_date, programme.currency, upload.catalogue.parameters)


def validate_upload(
    path: Path,
    *,
    programme: Programme,
    wave: str,
    catalogue: Catalogue,
    programme_dir: Path,
    table: str | None = None,
    sheet: str | None = None,
    history: pl.DataFrame | None = None,
    registered: pl.DataFrame | None = None,
    day: dt.date | None = None,
    needed: Mapping[str, Collection[str]] | None = None,
) -> Verdict:
    """Return the verdict on one table; whatever is in the file becomes a problem, never an exception.

    Parameters
    ----------
    path
        The upload.
    programme
        The programme it belongs to.
    wave
        The wave it belongs to.
    catalogue
        Tables, questions and rules.
    programme_dir
        Folder of the programme, where mapping and register lie.
    table
        Survey table of the upload; the programme's own table where it is not given.
    sheet
        Sheet of the workbook; needed only where several could be meant.
    history
        Who is known of the table's respondents from other waves (see `identity.people_before`).
    registered
        Units in registers that came with other waves (columns id, place).
    day
        Day of the upload; without it no date counts as in the future.
    needed
        By table, the questions that the programme's indicators need.

    Raises
    ------
    MandeError
        When the command itself is wrong: P-WAVE, P-TABLE, or a mapping, import profile or correction log
        that is not valid.
    """
    whole = with_programme_tables(catalogue, programme)
    name = table or programme.entity
    check_names(programme, wave, name, whole)
    upload = WaveUpload(
        programme,
        wave,
        whole,
        programme_dir,
        history=lambda table: history,
        day=day,
        registered=registered,
        needed=needed,
    )
    raw = read_part(path, upload, name, sheet)
    if isinstance(raw, tuple):
        return refused(upload, name, path.name, raw).verdict
    return examine(raw, upload, name, shape=shaped(raw), register=None).verdict


def _form_changes(
    upload: WaveUpload,
    table: str,
    raw: RawTable,
    columns: Columns,
    mapping: TableMapping,
    profile: ImportProfile,
) -> Iterator[Problem]:
    pair = form_pair(upload.programme_dir, upload.wave, [entry.id for entry in upload.programme.waves])
    if pair is not None:
        before = upload.mapping(table, wave=pair.wave_before)
        titles = {question: raw.columns[index] for question, index in columns.by_question.items()}
        yield from open_changes(pair, titles, before, mapping, table=table, profile=profile)


def _replayed(
    upload: WaveUpload, table: str, raw: RawTable, columns: Columns, questions: Mapping[str, Question]
) -> tuple[Replayed, Sent]:
    """Return the table with the decisions of the correction log carried out, and as the log looks at it."""
    personal = {name for name, entry in questions.items() if entry.personal}
    hidden = personal | {name for name, entry in questions.items() if entry.sensitivity == "protected"}
    log = load_corrections(upload.programme_dir)
    mine = (table, upload.wave)
    entries = [entry for entry in log if (entry.correction.table, entry.correction.wave) == mine]
    key = upload.catalogue.tables[table].key
    replayed = replay(raw, columns, entries, key=key, hidden=hidden, personal=personal)
    return replayed, Sent(raw, columns, frozenset(hidden))


def _people(registered: pl.DataFrame | None, history: pl.DataFrame | None) -> pl.DataFrame:
    parts = [] if history is None else [history]
    if registered is not None:
        nulls = [pl.lit(None, dtype=PEOPLE[name]).alias(name) for name in ("sex", "born")]
        parts.insert(0, registered.with_columns(*nulls, pl.lit("").alias("seen")).select(*PEOPLE))
    return merged(parts)


def context_of(
    upload: WaveUpload, table: str, raw: RawTable, columns: Columns
) -> tuple[CheckContext, list[Problem]]:
    """Return what checks may look at beside a table without decisions, and what is told of the register."""
    whole = Replayed(raw, (), (), pl.int_range(raw.cells.height, eager=True))
    return _context(upload, table, whole, columns, load_profile(upload.programme_dir), None)


def check_names(programme: Programme, wave: str, table: str, catalogue: Catalogue) -> None:
    """Refuse a wave or table that does not exist.

    Raises
    ------
    MandeError
        P-WAVE, P-TABLE.
    """
    waves = [entry.id for entry in programme.waves]
    for code, name, known in ((P_WAVE, wave, waves), (P_TABLE, table, list(catalogue.tables))):
        if name not in known:
            values: Values = {
                "found": name,
                "known": ", ".join(known) or "-",
                "hint": did_you_mean(name, known),
            }
            raise MandeError([Problem(code, Place(), values)])


def without_interview(problems: Iterable[Problem], raw: RawTable, shape: Shape) -> Iterator[Problem]:
    """Yield the problems of columns; those about the interview and those of the server are no strangers."""
    known = []
    for problem in problems:
        if problem.code is H_EXTRA and shape.is_own(problem.place.column):
            continue
        if problem.code is H_EXTRA and is_about_interview(problem.place.column):
            known.append(problem.place.column)
        else:
            yield problem
    if known:
        yield Problem(H_INTERVIEW, raw.place(), {"found": ", ".join(known)}, Severity.NOTE)


def _without_unneeded(problems: Iterable[Problem], upload: WaveUpload, table: str) -> Iterator[Problem]:
    """Yield the problems; of absent questions those alone that some indicator of the programme needs."""
    for problem in problems:
        if problem.code is not H_ABSENT or upload.needed is None or table in PROGRAMME_TABLES:
            yield problem
            continue
        needed = set(upload.needed.get(table, ()))
        names = [name for name in str(problem.values["names"]).split(", ") if name in needed]
        if names:
            yield replace(problem, values={"found": len(names), "names": ", ".join(names)})


def _labels(
    raw: RawTable, by_question: Mapping[str, int], questions: Mapping[str, Question]
) -> Mapping[str, Label]:
    return MappingProxyType(
        {raw.columns[index]: questions[name].label for name, index in by_question.items()}
    )


def _register(
    programme: Programme, upload: WaveUpload, schema: Table, *, is_own: bool
) -> tuple[pl.DataFrame | None, list[Problem]]:
    """Return ids and places of register.csv and of the registers that came with other waves.

    A register that is broken keeps no upload from being checked.
    """
    path, accepted = upload.programme_dir / programme.register_file, upload.registered
    if not is_own or not path.is_file():
        return (accepted if is_own else None), []
    try:
        own = register_people(path, schema.key, programme.design.cluster)
        parts = [own] if accepted is None else [own, accepted]
        return pl.concat(parts).unique("id", keep="first", maintain_order=True), []
    except MandeError as error:
        values: Values = {"found": error.problems[0].summary(), "file": path.name}
        return accepted, [Problem(I_NOREGISTER, Place(file=path.name), values, Severity.WARNING)]
