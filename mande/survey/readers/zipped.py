"""Zip archives of CSV files, as ODK Central and others export them: each file is a sheet."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath

from mande.survey.grid import note
from mande.survey.read_codes import F_MEMBERS
from mande.survey.readers import delimited
from mande.survey.readers.archive import open_archive
from mande.survey.readers.contract import Reading, Sheet

_TABLES = (".csv", ".tsv")
_UNSEEN = ("__MACOSX", ".")


def read(data: bytes, reading: Reading) -> list[Sheet]:
    """Return the CSV files of an archive as sheets named after them, in their order.

    Raises
    ------
    MandeError
        F-BOMB, F-CORRUPT, and what keeps one of the CSV files from being read.
    """
    archive = open_archive(data, file=reading.file)
    paths = [
        PurePosixPath(name)
        for name, member in archive.members.items()
        if not member.is_dir() and not name.startswith(_UNSEEN)
    ]
    tables = [path for path in paths if path.suffix.lower() in _TABLES]
    stems = [path.stem for path in tables]
    others = [path.name for path in paths if path not in tables]
    notes = (note(F_MEMBERS, reading.place(), found=len(others)),) if others else ()
    sheets = []
    for path in tables:
        content = archive.read(str(path))
        if content.strip(b"\xef\xbb\xbf\xff\xfe \r\n\t\0"):
            name = path.stem if stems.count(path.stem) == 1 else str(path)
            own = replace(reading, file=f"{reading.file}/{path}")
            sheets += [
                replace(sheet, notes=(*notes, *sheet.notes)) for sheet in delimited.read(content, own, name=name)
            ]
    return sheets
