"""What kind of file an upload is, by its first bytes, and whether a workbook is safe to unpack.

The extension says nothing: a web page saved as .xls is common. A workbook is a zip archive; its size
is measured before any parser runs, because a small archive can unpack to many gigabytes.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator

from mande.errors import Code, MandeError, Text
from mande.survey.grid import file_problem

F_TYPE = Code(
    "F-TYPE",
    Text(
        "this is neither an Excel workbook (.xlsx) nor a CSV file",
        "ce n'est ni un classeur Excel (.xlsx) ni un fichier CSV",
        "no es ni un libro de Excel (.xlsx) ni un archivo CSV",
    ),
    Text(
        "an .xlsx workbook or a CSV file",
        "un classeur .xlsx ou un fichier CSV",
        "un libro .xlsx o un archivo CSV",
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
F_CORRUPT = Code(
    "F-CORRUPT",
    Text("the file is damaged", "le fichier est endommagé", "el archivo está dañado"),
    Text("a whole file", "un fichier entier", "un archivo completo"),
    Text(
        "Download or copy it again; if Excel can open it, save it there under a new name.",
        "Téléchargez-le ou copiez-le de nouveau ; si Excel l'ouvre, enregistrez-le sous un autre nom.",
        "Descárguelo o cópielo de nuevo; si Excel lo abre, guárdelo con otro nombre.",
    ),
)
F_BOMB = Code(
    "F-BOMB",
    Text(
        "the workbook would unpack to far more than it seems to hold",
        "le classeur prendrait bien plus de place que prévu une fois ouvert",
        "el libro ocuparía mucho más de lo que parece al abrirse",
    ),
    Text("{expected}"),
    Text(
        "Copy the filled rows into a new workbook, without empty formatted rows, or save the "
        "sheet as 'CSV UTF-8'.",
        "Copiez les lignes remplies dans un nouveau classeur, ou enregistrez la feuille en « CSV UTF-8 ».",
        "Copie las filas con datos en un libro nuevo, o guarde la hoja como «CSV UTF-8».",
    ),
)

MAX_UNPACKED = 400_000_000
MAX_RATIO = 100
_SMALL = 20_000_000  # below this, an archive of repeated cells may shrink as much as it likes
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_KINDS = {
    b"%PDF": Text("a PDF", "un PDF", "un PDF"),
    b"{\\rtf": Text("an RTF document", "un document RTF", "un documento RTF"),
    b"\x1f\x8b": Text("a gzip archive", "une archive gzip", "un archivo gzip"),
    b"PAR1": Text("a Parquet file", "un fichier Parquet", "un archivo Parquet"),
    b"$FL2": Text("an SPSS file", "un fichier SPSS", "un archivo SPSS"),
    b"<stata_dta": Text("a Stata file", "un fichier Stata", "un archivo Stata"),
    b"\x89PNG": Text("a picture", "une image", "una imagen"),
    b"\xff\xd8\xff": Text("a picture", "une image", "una imagen"),
    b"Rar!": Text("a RAR archive", "une archive RAR", "un archivo RAR"),
    b"7z\xbc\xaf": Text("a 7-Zip archive", "une archive 7-Zip", "un archivo 7-Zip"),
}
_OLD_EXCEL = Text(
    "an old Excel or Office file (.xls)",
    "un ancien fichier Excel (.xls)",
    "un archivo antiguo de Excel (.xls)",
)
_WEB_PAGE = Text(
    "a web page saved as .xls", "une page web enregistrée en .xls", "una página web guardada como .xls"
)
_XML = Text("an XML file", "un fichier XML", "un archivo XML")
_ODS = Text("an OpenDocument sheet (.ods)", "une feuille OpenDocument (.ods)", "una hoja OpenDocument (.ods)")
_XLSB = Text("a binary workbook (.xlsb)", "un classeur binaire (.xlsb)", "un libro binario (.xlsb)")
_ZIP = Text("a zip archive", "une archive zip", "un archivo zip")


def is_workbook(data: bytes, *, file: str) -> bool:
    """Return whether the upload is an .xlsx workbook; False means that it may be text.

    Raises
    ------
    MandeError
        F-TYPE, F-PASSWORD or F-CORRUPT for anything that is neither.
    """
    if data.startswith(_OLE):
        encrypted = "EncryptedPackage".encode("utf-16-le") in data
        code = F_PASSWORD if encrypted else F_TYPE
        raise MandeError([file_problem(code, file, found=_OLD_EXCEL)])
    for magic, kind in _KINDS.items():
        if data.startswith(magic):
            raise MandeError([file_problem(F_TYPE, file, found=kind)])
    start = data[:2000].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith((b"<html", b"<!doctype", b"<table", b"<head", b"<meta")):
        raise MandeError([file_problem(F_TYPE, file, found=_WEB_PAGE)])
    if start.startswith(b"<?xml"):
        kind = _WEB_PAGE if b"<html" in start else _XML
        raise MandeError([file_problem(F_TYPE, file, found=kind)])
    if not data.startswith(b"PK\x03\x04"):
        return False
    _check_archive(data, file)
    return True


def _check_archive(data: bytes, file: str) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise MandeError([file_problem(F_CORRUPT, file, found=str(error) or "zip archive")]) from None
    names = {member.filename.lower() for member in members}
    if "xl/workbook.xml" not in names:
        kind = _XLSB if "xl/workbook.bin" in names else _ODS if "content.xml" in names else _ZIP
        raise MandeError([file_problem(F_TYPE, file, found=kind)])
    _check_size(members, len(data), file)
    for member in members:
        if not _is_honest(data, member):
            raise MandeError([file_problem(F_CORRUPT, file, found=member.filename)])


def _check_size(members: list[zipfile.ZipInfo], packed: int, file: str) -> None:
    """Judge the size the archive declares; `_is_honest` sees to it that the declaration is true."""
    total = sum(member.file_size for member in members)
    if total <= MAX_UNPACKED and (total <= _SMALL or total / packed <= MAX_RATIO):
        return
    found = Text(
        f"{total / 1e6:,.0f} MB out of {packed / 1e6:,.2f} MB",
        f"{total / 1e6:,.0f} Mo à partir de {packed / 1e6:,.2f} Mo",
        f"{total / 1e6:,.0f} MB a partir de {packed / 1e6:,.2f} MB",
    )
    limit = Text(
        f"at most {MAX_UNPACKED / 1e6:,.0f} MB, and at most {MAX_RATIO} times the file's size",
        f"au plus {MAX_UNPACKED / 1e6:,.0f} Mo, et au plus {MAX_RATIO} fois la taille du fichier",
        f"como máximo {MAX_UNPACKED / 1e6:,.0f} MB, y como máximo {MAX_RATIO} veces el tamaño del archivo",
    )
    raise MandeError([file_problem(F_BOMB, file, found=found, expected=limit)])


def _is_honest(data: bytes, member: zipfile.ZipInfo) -> bool:
    """Return whether a member unpacks to the size it declares, and to no byte more."""
    offset = member.header_offset
    header = data[offset : offset + 30]
    if len(header) < 30 or header[:4] != b"PK\x03\x04" or member.flag_bits & 0x1:
        return False
    start = offset + 30 + int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
    packed = data[start : start + member.compress_size]
    if member.compress_type == zipfile.ZIP_STORED:
        return len(packed) == member.file_size
    if member.compress_type != zipfile.ZIP_DEFLATED:
        return False
    try:
        return _inflated_size(packed, limit=member.file_size) == member.file_size
    except zlib.error:
        return False


def _inflated_size(packed: bytes, *, limit: int) -> int:
    """Return how many bytes come out, counting no further than just above `limit`."""
    total = 0
    for size in _inflate_sizes(packed):
        total += size
        if total > limit:
            break
    return total


def _inflate_sizes(packed: bytes) -> Iterator[int]:
    engine = zlib.decompressobj(-15)
    while packed and not engine.eof:
        chunk = engine.decompress(packed, 1 << 20)
        packed = engine.unconsumed_tail
        yield len(chunk)
    yield len(engine.flush())
