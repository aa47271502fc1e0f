"""What kind of file an upload is, by its first bytes: the name says nothing.

A web page saved as .xls is common. To read one more format, add its module to this folder and what its
files begin with here.
"""

from __future__ import annotations

import io
import re
import zipfile

from mande.errors import Code, MandeError, Text
from mande.survey.grid import file_problem
from mande.survey.readers.archive import NO_ZIP, corrupt

F_TYPE = Code(
    "F-TYPE",
    Text(
        "this is no kind of file that survey data are read from",
        "ce n'est pas un type de fichier dont on lit des données d'enquête",
        "no es un tipo de archivo del que se lean datos de encuesta",
    ),
    Text(
        "a workbook (.xlsx, .xls, .ods), a CSV file, Stata (.dta), SPSS (.sav) or Parquet",
        "un classeur (.xlsx, .xls, .ods), un fichier CSV, Stata (.dta), SPSS (.sav) ou Parquet",
        "un libro (.xlsx, .xls, .ods), un archivo CSV, Stata (.dta), SPSS (.sav) o Parquet",
    ),
    Text(
        "Open it in Excel and save it as 'Excel workbook (.xlsx)' or as 'CSV UTF-8'.",
        "Ouvrez-le dans Excel et enregistrez-le comme « Classeur Excel (.xlsx) » ou « CSV UTF-8 ».",
        "Ábralo en Excel y guárdelo como «Libro de Excel (.xlsx)» o «CSV UTF-8».",
    ),
)
F_PASSWORD = Code(
    "F-PASSWORD",
    Text(
        "the workbook is protected by a password",
        "le classeur est protégé par un mot de passe",
        "el libro está protegido con contraseña",
    ),
    Text("a workbook without password", "un classeur sans mot de passe", "un libro sin contraseña"),
    Text(
        "Open it in Excel, remove the password under File > Info > Protect workbook, and save it.",
        "Ouvrez-le dans Excel, retirez le mot de passe sous Fichier > Informations, et enregistrez.",
        "Ábralo en Excel, quite la contraseña en Archivo > Información y guárdelo.",
    ),
    Text("an encrypted workbook", "un classeur chiffré", "un libro cifrado"),
)

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"
_EMPTY_ZIP = b"PK\x05\x06"
_READ = {b"<stata_dta": "stata", b"$FL2": "spss", b"$FL3": "spss", b"PAR1": "parquet"}
# Versions before 13 begin with their number, the order of bytes and 1.
_OLD_STATA = re.compile(rb"[\x69-\x73][\x01\x02]\x01")
_REFUSED = {
    b"%PDF": Text("a PDF", "un PDF", "un PDF"),
    b"{\\rtf": Text("an RTF document", "un document RTF", "un documento RTF"),
    b"\x1f\x8b": Text("a gzip archive", "une archive gzip", "un archivo gzip"),
    b"\x89PNG": Text("a picture", "une image", "una imagen"),
    b"\xff\xd8\xff": Text("a picture", "une image", "una imagen"),
    b"Rar!": Text("a RAR archive", "une archive RAR", "un archivo RAR"),
    b"7z\xbc\xaf": Text("a 7-Zip archive", "une archive 7-Zip", "un archivo 7-Zip"),
    b"SQLite format 3": Text("a database", "une base de données", "una base de datos"),
}
_OFFICE = Text(
    "an Office file that is no workbook",
    "un fichier Office qui n'est pas un classeur",
    "un archivo de Office que no es un libro",
)
_WEB_PAGE = Text(
    "a web page saved as .xls", "une page web enregistrée en .xls", "una página web guardada como .xls"
)
_XML = Text("an XML file", "un fichier XML", "un archivo XML")
_XLSB = Text("a binary workbook (.xlsb)", "un classeur binaire (.xlsb)", "un libro binario (.xlsb)")
_OTHER_ZIP = Text("a zip archive without tables", "une archive zip sans tables", "un archivo zip sin tablas")
_BINARY = Text("a file that is not text", "un fichier qui n'est pas du texte", "un archivo que no es texto")
_CONTROL = bytes(code for code in range(1, 32) if code not in (9, 10, 13)) + b"\x7f"


def kind_of(data: bytes, *, file: str) -> str:
    """Return the name of the module in this folder that reads an upload.

    Raises
    ------
    MandeError
        F-TYPE, F-PASSWORD or F-CORRUPT for anything that none reads.
    """
    if data.startswith(_OLE):
        return _kind_of_ole(data, file)
    if data.startswith((_ZIP, _EMPTY_ZIP)):
        return _kind_of_zip(data, file)
    for magic, name in _READ.items():
        if data.startswith(magic):
            return name
    if _OLD_STATA.match(data):
        return "stata"
    found = _refused_kind(data)
    if found is not None:
        raise _refused(file, found)
    return "delimited"


def _refused_kind(data: bytes) -> Text | None:
    """Return what a file is that is not read, or None where it may be text."""
    for magic, found in _REFUSED.items():
        if data.startswith(magic):
            return found
    start = data[:2000].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith((b"<html", b"<!doctype", b"<table", b"<head", b"<meta")):
        return _WEB_PAGE
    if start.startswith(b"<?xml"):
        return _WEB_PAGE if b"<html" in start else _XML
    return _BINARY if _looks_binary(data) else None


def _refused(file: str, found: Text) -> MandeError:
    return MandeError([file_problem(F_TYPE, file, found=found)])


def _kind_of_ole(data: bytes, file: str) -> str:
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise MandeError([file_problem(F_PASSWORD, file)])
    if any(name.encode("utf-16-le") in data for name in ("Workbook", "Book")):
        return "xls"
    raise _refused(file, _OFFICE)


def _kind_of_zip(data: bytes, file: str) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = {member.filename.lower() for member in archive.infolist()}
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise corrupt(file, NO_ZIP, error) from None
    if "xl/workbook.xml" in names:
        return "xlsx"
    if "xl/workbook.bin" in names:
        raise _refused(file, _XLSB)
    if "content.xml" in names:
        return "ods"
    if any(name.endswith((".csv", ".tsv")) for name in names):
        return "zipped"
    raise _refused(file, _OTHER_ZIP)


def _looks_binary(data: bytes) -> bool:
    """Return whether the start is full of bytes that no text has; few are told cell by cell.

    NUL bytes are no sign: UTF-16 has one beside every plain letter.
    """
    start = data[:4000]
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return False
    return len(start) - len(start.translate(None, _CONTROL)) > len(start) // 10
