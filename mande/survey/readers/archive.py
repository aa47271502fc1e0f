"""A zip archive whose members are unpacked once, bounded by the size they declare.

A small archive can unpack to many gigabytes: its declared size is judged before anything is unpacked, and
a member that unpacks to another size than it declares is refused.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from dataclasses import dataclass

from mande.errors import Code, MandeError, Text
from mande.survey.grid import file_problem

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
NO_ZIP = Text(
    "the zip archive that it should be cannot be opened",
    "l'archive zip qu'il devrait être ne s'ouvre pas",
    "el archivo zip que debería ser no se puede abrir",
)
TWICE = Text(
    "two parts of the archive have one name",
    "deux parties de l'archive portent le même nom",
    "dos partes del archivo tienen el mismo nombre",
)
BROKEN_XML = Text(
    "the XML inside is broken", "le XML à l'intérieur est abîmé", "el XML que contiene está dañado"
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

_PART = Text(
    "its part {name} is missing or damaged",
    "sa partie {name} manque ou est abîmée",
    "su parte {name} falta o está dañada",
)


def corrupt(file: str, what: Text, detail: object = "") -> MandeError:
    """Return F-CORRUPT: in our words what is damaged, and what the reading library said as a detail.

    A library says it in English, and may say it about bytes: the first line is enough.
    """
    line = str(detail).partition("\n")[0].strip()
    said = f" [{line if len(line) <= _LONGEST else line[: _LONGEST - 3] + '...'}]" if line else ""
    found = Text(*(f"{text}{said}" for text in (what.en, what.fr, what.es)))
    return MandeError([file_problem(F_CORRUPT, file, found=found)])


_LONGEST = 120
MAX_UNPACKED = 400_000_000
MAX_RATIO = 100
_SMALL = 20_000_000  # below this, an archive of repeated cells may shrink as much as it likes
_HEADER = 30
_MAGIC = b"PK\x03\x04"


@dataclass(frozen=True, slots=True)
class Archive:
    """A zip archive that may be unpacked safely."""

    file: str
    data: bytes
    members: dict[str, zipfile.ZipInfo]

    def read(self, name: str) -> bytes:
        """Return one member.

        Raises
        ------
        MandeError
            F-CORRUPT for a member that is not there, encrypted, damaged or of another size than it says.
        """
        member = self.members.get(name)
        content = None if member is None else _unpack(self.data, member)
        if content is None:
            part = Text(*(text.format(name=name) for text in (_PART.en, _PART.fr, _PART.es)))
            raise corrupt(self.file, part)
        return content


def open_archive(data: bytes, *, file: str) -> Archive:
    """Return a zip archive whose declared size is within limits.

    Raises
    ------
    MandeError
        F-CORRUPT, F-BOMB.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise corrupt(file, NO_ZIP, error) from None
    _check_size(members, len(data), file)
    names = [member.filename for member in members]
    if len(set(names)) < len(names):
        raise corrupt(file, TWICE)
    return Archive(file, data, {member.filename: member for member in members})


def _check_size(members: list[zipfile.ZipInfo], packed: int, file: str) -> None:
    """Judge the size the archive declares; `_unpack` sees to it that the declaration is true."""
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


def _unpack(data: bytes, member: zipfile.ZipInfo) -> bytes | None:
    """Return a member's content, or None where it is not exactly what the archive declares."""
    offset = member.header_offset
    header = data[offset : offset + _HEADER]
    if len(header) < _HEADER or not header.startswith(_MAGIC) or member.flag_bits & 0x1:
        return None
    start = offset + _HEADER + sum(int.from_bytes(header[at : at + 2], "little") for at in (26, 28))
    packed = memoryview(data)[start : start + member.compress_size]
    if member.compress_type == zipfile.ZIP_STORED:
        content = bytes(packed)
    elif member.compress_type == zipfile.ZIP_DEFLATED:
        engine = zlib.decompressobj(-15)
        try:
            # One byte more than declared is enough to see that the declaration is false.
            content = engine.decompress(packed, member.file_size + 1)
        except zlib.error:
            return None
    else:
        return None
    is_whole = len(content) == member.file_size and zlib.crc32(content) == member.CRC
    return content if is_whole else None
