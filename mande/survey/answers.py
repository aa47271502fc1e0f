"""What is wrong with the answers of an upload by the definitions alone, without a look at the fieldwork."""

from __future__ import annotations

from pathlib import Path

from mande.catalogue import Catalogue
from mande.schema.programme import Programme
from mande.survey.check import definition_checks
from mande.survey.exports.shape import shaped
from mande.survey.faults import Problems, as_problems
from mande.survey.programme_tables import with_programme_tables
from mande.survey.validate import WaveUpload, check_names, examine, read_part


def answer_faults(
    path: Path, *, programme: Programme, wave: str, catalogue: Catalogue, programme_dir: Path
) -> Problems:
    """Return what is wrong with the answers of the programme's own table by its definitions alone.

    That is every faulty cell, ids that stand twice, and answers of a row that contradict each other;
    nothing is said of the fieldwork, so that no verdict on the upload follows from it. Parameters are as
    for `validate_upload`.

    Raises
    ------
    MandeError
        As `validate_upload`.
    """
    whole = with_programme_tables(catalogue, programme)
    check_names(programme, wave, programme.entity, whole)
    upload = WaveUpload(programme, wave, whole, programme_dir)
    raw = read_part(path, upload, programme.entity)
    if isinstance(raw, tuple):
        return Problems(raw)
    found = examine(raw, upload, programme.entity, shape=shaped(raw), register=None, checks=definition_checks)
    return as_problems(found.verdict.problems)
