"""Every problem of an upload at once: read, match columns, conform, check."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import polars as pl

from mande.catalogue import Catalogue
from mande.errors import Code, MandeError, Place, Problem, Severity, Text, did_you_mean
from mande.schema.common import Label
from mande.schema.programme import Programme
from mande.schema.question import Question, Table
from mande.survey.check import CheckContext, run_checks
from mande.survey.circumstances import Circumstances
from mande.survey.conform import conform
from mande.survey.faults import Problems
from mande.survey.grid import RawTable, Values
from mande.survey.mapping import expected_titles, hidden_titles, load_mapping, match_columns, with_key
from mande.survey.profile import load_profile
from mande.survey.read import read_upload
from mande.survey.register import register_ids
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


def validate_upload(
    path: Path,
    *,
    programme: Programme,
    wave: str,
    catalogue: Catalogue,
    programme_dir: Path,
    table: str | None = None,
    sheet: str | None = None,
    day: dt.date | None = None,
) -> Verdict:
    """Return the verdict on an upload; whatever is in the file becomes a problem, never an exception.

    Parameters
    ----------
    path
        The upload, CSV or XLSX.
    programme
        The programme it belongs to.
    wave
        The wave it belongs to.
    catalogue
        Tables and questions.
    programme_dir
        Folder of the programme, where mapping and register lie.
    table
        Survey table of the upload; the programme's own table where it is not given.
    sheet
        Sheet of the workbook; needed only where several could be meant.
    day
        Day of the upload; without it no date counts as in the future.

    Raises
    ------
    MandeError
        When the command itself is wrong: P-WAVE, P-TABLE, or a mapping or import profile that is not valid.
    """
    name = table or programme.entity
    _check_names(programme, wave, name, catalogue)
    schema = catalogue.tables[name]
    questions = with_key(catalogue.questions.get(name, {}), schema)
    mapping = load_mapping(programme_dir, table=name, questions=questions)
    profile = load_profile(programme_dir)
    empty = Verdict(programme.id, wave, name, path.name, "", ())
    try:
        raw = read_upload(
            path,
            expected=expected_titles(mapping, questions),
            sheet=sheet,
            table=name,
            hidden=hidden_titles(mapping, questions),
            profile=profile,
        )
    except MandeError as error:
        return replace(empty, problems=error.problems)
    columns, problems = match_columns(raw, mapping, questions)
    columns, problems = settle_titles(
        raw, columns, problems, table=name, questions=questions, mapping=mapping, profile=profile
    )
    found = [*raw.problems, *problems]
    verdict = replace(empty, sha256=raw.sha256, raw=raw, labels=_labels(raw, columns.by_question, questions))
    if not columns.by_question:
        return replace(verdict, problems=Problems(found, raw=raw))
    reference_date = next(entry.reference_date for entry in programme.waves if entry.id == wave)
    about = Circumstances(profile, day, reference_date, programme.currency, catalogue.parameters)
    conformed = conform(
        raw, columns, name=name, schema=schema, questions=questions, mapping=mapping, circumstances=about
    )
    register, notes = _register(programme, programme_dir, schema, is_own=name == programme.entity)
    context = CheckContext(programme, wave, raw, columns, register, profile)
    found += [*conformed.problems, *notes, *run_checks(conformed.table, context)]
    everything = Problems(found, conformed.faults, raw)
    return replace(verdict, problems=everything, table=conformed.table)


def _check_names(programme: Programme, wave: str, table: str, catalogue: Catalogue) -> None:
    waves = [entry.id for entry in programme.waves]
    for code, name, known in ((P_WAVE, wave, waves), (P_TABLE, table, list(catalogue.tables))):
        if name not in known:
            values: Values = {
                "found": name,
                "known": ", ".join(known) or "-",
                "hint": did_you_mean(name, known),
            }
            raise MandeError([Problem(code, Place(), values)])


def _labels(
    raw: RawTable, by_question: Mapping[str, int], questions: Mapping[str, Question]
) -> Mapping[str, Label]:
    return MappingProxyType(
        {raw.columns[index]: questions[name].label for name, index in by_question.items()}
    )


def _register(
    programme: Programme, folder: Path, schema: Table, *, is_own: bool
) -> tuple[pl.Series | None, list[Problem]]:
    """Return the register's ids; a register that is broken keeps no upload from being checked."""
    path = folder / programme.register_file
    if not is_own or not path.is_file():
        return None, []
    try:
        return register_ids(path, schema.key), []
    except MandeError as error:
        values: Values = {"found": error.problems[0].summary(), "file": path.name}
        return None, [Problem(I_NOREGISTER, Place(file=path.name), values, Severity.WARNING)]
