"""What a workbook's XML says that its reader does not: errors, unworked formulas, hidden rows.

python-calamine hands out cells with `#REF!` and formulas without a stored value as if they were
empty. The XML is searched for them. Declarations of a document type are refused, so that nothing in
it can expand.
"""

from __future__ import annotations

import io
import posixpath
import re
import xml.parsers.expat
import zipfile
from dataclasses import dataclass, field
from xml.etree import ElementTree

from mande.errors import Code, MandeError, Text
from mande.survey.grid import BadCell, file_problem
from mande.survey.xlsx_guard import F_CORRUPT

F_HUGE = Code(
    "F-HUGE",
    Text(
        "the file is larger than can be read in one piece",
        "le fichier est trop grand pour être lu d'un bloc",
        "el archivo es demasiado grande para leerlo de una vez",
    ),
    Text("{expected}"),
    Text(
        "Delete the empty rows and columns beyond your data, split the file, or save it as 'CSV UTF-8'.",
        "Supprimez les lignes et colonnes vides, divisez le fichier ou enregistrez-le en « CSV UTF-8 ».",
        "Elimine las filas y columnas vacías, divida el archivo o guárdelo como «CSV UTF-8».",
    ),
)

MAX_CELLS = 30_000_000
_WORTH_A_LOOK = (b't="e"', b"t='e'", b"<f", b":f", b"hidden")
_ROW = re.compile(rb"""<(?:\w+:)?row\b[^>]*?\br\s*=\s*["'](\d+)""")
_CELL_COLUMN = re.compile(rb"""\br\s*=\s*["']([A-Z]{1,3})\d""")
_CELL = re.compile(rb"<(?:\w+:)?c[\s/>]")
_REFERENCE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_NAMESPACE = re.compile(r"^\{[^}]*\}")


@dataclass(slots=True)
class SheetScan:
    """What the XML of one sheet says. Columns are counted from 0; rows as in Excel."""

    bad_cells: list[BadCell] = field(default_factory=list)
    n_formulas: int = 0
    hidden_rows: list[int] = field(default_factory=list)
    n_hidden_columns: int = 0


@dataclass(frozen=True, slots=True)
class WorkbookScan:
    """Sheets by name, and whether the workbook counts days from 1904."""

    sheets: dict[str, SheetScan]
    is_1904: bool


def scan_workbook(data: bytes, *, file: str) -> WorkbookScan:
    """Return what the XML of all sheets says.

    Raises
    ------
    MandeError
        F-CORRUPT for XML that cannot be read, F-HUGE for a sheet that spans too many cells.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            paths, is_1904 = _sheet_paths(archive)
            sheets = {
                name: _scan_sheet(archive.read(path), name, file)
                for name, path in paths.items()
                if path in archive.namelist()
            }
    except (
        zipfile.BadZipFile,
        xml.parsers.expat.ExpatError,
        ElementTree.ParseError,
        _UnsafeError,
        KeyError,
        ValueError,
        EOFError,
        LookupError,
    ) as error:
        raise MandeError([file_problem(F_CORRUPT, file, found=f"XML: {error}")]) from None
    return WorkbookScan(sheets, is_1904)


class _UnsafeError(ValueError):
    """The XML declares a document type or hides behind another encoding."""


def _safe(content: bytes) -> bytes:
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content or b"\0" in content[:400]:
        raise _UnsafeError("declares its own entities")
    return content


def _local(tag: str) -> str:
    return _NAMESPACE.sub("", tag)


def _sheet_paths(archive: zipfile.ZipFile) -> tuple[dict[str, str], bool]:
    """Return where each sheet's XML lies, by the sheet's name."""
    workbook = ElementTree.fromstring(_safe(archive.read("xl/workbook.xml")))  # noqa: S314 - _safe refuses entities
    relations = ElementTree.fromstring(_safe(archive.read("xl/_rels/workbook.xml.rels")))  # noqa: S314
    targets = {entry.get("Id", ""): entry.get("Target", "") for entry in relations}
    paths, is_1904 = {}, False
    for element in workbook.iter():
        if _local(element.tag) == "workbookPr":
            is_1904 = element.get("date1904", "0") in ("1", "true")
        if _local(element.tag) == "sheet":
            relation = next((value for key, value in element.items() if _local(key) == "id"), "")
            target = targets.get(relation, "")
            path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")
            paths[element.get("name", "")] = path
    return paths, is_1904


def _scan_sheet(content: bytes, name: str, file: str) -> SheetScan:
    content = _safe(content)
    _check_extent(content, name, file)
    if not any(mark in content for mark in _WORTH_A_LOOK):
        return SheetScan()
    reader = _SheetReader()
    parser = xml.parsers.expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.characters
    parser.Parse(content, True)
    return reader.scan


def _check_extent(content: bytes, name: str, file: str) -> None:
    """Refuse a sheet whose used area is vast: its reader sets up every cell of that rectangle."""
    height = max((int(row) for row in _ROW.findall(content)), default=0)
    columns = _CELL_COLUMN.findall(content)
    width = max((_column_number(text.decode()) for text in set(columns)), default=0)
    if _count_cells(content) > len(columns):
        # Cells without an address follow one another; a row has at most as many as it has tags.
        width = max(width, *(part.count(b"<") for part in content.split(b"<row")))
    if height * width > MAX_CELLS:
        found = f"{height:,} x {width:,}"
        expected = Text(
            f"at most {MAX_CELLS:,} cells between the first and the last one in use",
            f"au plus {MAX_CELLS:,} cellules entre la première et la dernière utilisée",
            f"como máximo {MAX_CELLS:,} celdas entre la primera y la última en uso",
        )
        raise MandeError([file_problem(F_HUGE, file, sheet=name, found=found, expected=expected)])


def _count_cells(content: bytes) -> int:
    if b":c" in content:
        return len(_CELL.findall(content))
    return sum(content.count(mark) for mark in (b"<c ", b"<c>", b"<c/", b"<c\n", b"<c\t", b"<c\r"))


def _column_number(letters: str) -> int:
    number = 0
    for character in letters:
        number = number * 26 + ord(character) - ord("A") + 1
    return number


class _SheetReader:
    """Walks through a sheet's XML once; cells without an address follow the one before."""

    def __init__(self) -> None:
        self.scan = SheetScan()
        self._row = 0
        self._column = -1
        self._kind = ""
        self._has_formula = False
        self._text: list[str] = []
        self._in_value = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Enter an element."""
        name = tag.rpartition(":")[2]
        if name == "row":
            self._row = int(attributes.get("r", self._row + 1))
            self._column = -1
            if attributes.get("hidden") in ("1", "true"):
                self.scan.hidden_rows.append(self._row)
        elif name == "c":
            address = _REFERENCE.fullmatch(attributes.get("r", ""))
            self._column = _column_number(address[1]) - 1 if address else self._column + 1
            self._kind = attributes.get("t", "n")
            self._has_formula, self._text = False, []
        elif name == "f":
            self._has_formula = True
        elif name in ("v", "t"):
            self._in_value = True
        elif name == "col" and attributes.get("hidden") in ("1", "true"):
            first, last = int(attributes.get("min", 1)), int(attributes.get("max", 1))
            self.scan.n_hidden_columns += max(0, last - first + 1)

    def end(self, tag: str) -> None:
        """Leave an element."""
        name = tag.rpartition(":")[2]
        if name in ("v", "t"):
            self._in_value = False
        elif name == "c":
            self._finish_cell("".join(self._text))

    def characters(self, text: str) -> None:
        """Take a piece of text."""
        if self._in_value:
            self._text.append(text)

    def _finish_cell(self, text: str) -> None:
        self.scan.n_formulas += self._has_formula
        if self._kind == "e":
            self.scan.bad_cells.append(BadCell(self._row, self._column, "error", text or "#N/A"))
        elif self._has_formula and not text and self._kind != "str":
            # A formula whose result is empty text is stored as a string; no result at all is not.
            self.scan.bad_cells.append(BadCell(self._row, self._column, "formula", ""))
