"""Write the open decisions about an upload as a workbook, and take the decided ones into the log."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mande.errors import Code, Language, MandeError, Place, Problem, Text
from mande.pipeline.runs import load_definitions
from mande.pipeline.uploads import check_files
from mande.survey.corrections import FILE, Correction, load_corrections, log_text
from mande.survey.review import open_items, read_review, write_review
from mande.survey.validate import check_names
from mande.workspace import find_workspace, locked, write_atomic

P_NOFILE = Code(
    "P-NOFILE",
    Text(
        "there is no file to decide about",
        "il n'y a pas de fichier dont décider",
        "no hay archivo sobre el que decidir",
    ),
    Text(
        "`--file FILE`, or `uploads` of the wave in programme.yaml",
        "`--file FICHIER`, ou `uploads` de la vague dans programme.yaml",
        "`--file ARCHIVO`, o `uploads` de la ronda en programme.yaml",
    ),
    Text("Name the file.", "Indiquez le fichier.", "Indique el archivo."),
)


@dataclass(frozen=True, slots=True)
class Exported:
    """A review list that was written, and how many decisions it asks for."""

    path: Path
    open: int


def export_review(
    programme: str,
    wave: str,
    out: Path,
    *,
    files: Sequence[Path] = (),
    table: str | None = None,
    language: Language = "en",
    workspace: Path | str = ".",
) -> Exported:
    """Write what is to decide about the files of a wave as a workbook.

    Parameters
    ----------
    programme, wave
        What the files belong to.
    out
        Where to write the workbook.
    files
        All files of the wave, as `mande validate` gets them; by default those that programme.yaml names.
    table
        The only table to decide about; by default all of them.
    language
        Language of the explanations.
    workspace
        A folder inside the workspace.

    Raises
    ------
    MandeError
        P-NOFILE; P-WAVE, P-TABLE; what keeps the files from being read.
    """
    place = find_workspace(Path(workspace))
    definitions = load_definitions(place, programme)
    check_names(definitions.programme, wave, table or definitions.programme.entity, definitions.catalogue)
    named = definitions.programme.wave(wave)
    uploads = named.uploads if named else {}
    if not files and table is not None and table not in uploads:
        raise MandeError([Problem(P_NOFILE, Place(file=wave), {"found": table})])
    known = {definitions.folder / name: own for own, name in uploads.items()}
    paths = list(files) or list(known)
    if not paths:
        raise MandeError([Problem(P_NOFILE, Place(file=wave), {"found": definitions.programme.entity})])
    found = check_files(place, definitions, paths, wave, named={} if files else known)
    verdicts = [entry for entry in found.verdicts if table in (None, entry.table_name)]
    unread = [problem for entry in verdicts if entry.table is None for problem in entry.problems]
    if unread or not verdicts:
        raise MandeError(
            [*found.problems, *unread] or [Problem(P_NOFILE, Place(file=wave), {"found": table or ""})]
        )
    items = [item for verdict in verdicts for item in open_items(verdict, language)]
    return Exported(write_review(items, out, language=language), len(items))


def apply_review(
    programme: str, review: Path, *, by: str, workspace: Path | str = "."
) -> tuple[Correction, ...]:
    """Append the decisions of a filled-in workbook to the programme's correction log, and return them.

    Parameters
    ----------
    programme
        Id of the programme.
    review
        The workbook.
    by
        Who decides, where a line does not say.
    workspace
        A folder inside the workspace.

    Raises
    ------
    MandeError
        All problems of the workbook at once; then nothing is written.
    """
    folder = find_workspace(Path(workspace)).programme_dir(programme)
    with locked(folder / f".{FILE}.lock"):
        log = [entry.correction for entry in load_corrections(folder)]
        added = read_review(review, by=by, today=dt.datetime.now(dt.UTC).date(), known=log)
        if added:
            write_atomic(folder / FILE, log_text([*log, *added]))
    return added
