"""What a workbook's XML says that its reader does not: errors, unworked formulas, hidden rows.

python-calamine hands out cells with `#REF!` and formulas without a stored value as if they were
empty. The XML is searched for them, and only rows that hold a sign of them are parsed. Declarations of
a document type are refused, so that nothing in it can expand.
"""

from __future__ import annotations

import posixpath
import re
import xml.parsers.expat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

import numpy as np

from mande.survey.grid import BadCell
from mande.survey.readers.archive import BROKEN_XML, Archive, corrupt
from mande.survey.readers.workbook import MAX_CELLS, MAX_TEXT, SheetScan, check_extent, check_text

_LAST_COLUMN = 16_384
_WIDEST_OF_TWO_LETTERS = 702
_ERRORS = (b't="e"', b"t='e'", b"<f", b":f", b"hidden")
_OUTSIDE = re.compile(rb"<cols[\s>].*?</cols>", re.DOTALL)
_ROW = re.compile(rb"<row(?=[\s/>])")
_ROW_NUMBER = re.compile(rb"""<row\b[^>]*?\br\s*=\s*["'](\d+)""")
_ANY_ROW_NUMBER = re.compile(rb"""<(?:\w+:)?row\b[^>]*?\br\s*=\s*["'](\d+)""")
_FAR = re.compile(rb"""r="[A-Z]{3}\d""")
_CELL_COLUMN = re.compile(rb"""\br\s*=\s*["']([A-Z]{1,3})\d""")
_CELL = re.compile(rb"<(?:\w+:)?c[\s/>]")
_REFERENCE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_NAMESPACE = re.compile(r"^\{[^}]*\}")
_SHARED = "xl/sharedStrings.xml"
_SHARED_INDEX = re.compile(rb"""t=["']s["'][^>]*>\s*<(?:\w+:)?v>\s*(\d{1,9})<""")
_MACROS = ("xl/vbaproject.bin", "xl/externallinks/", "xl/macrosheets/")


@dataclass(frozen=True, slots=True)
class WorkbookScan:
    """Sheets by name; whether days are counted from 1904; whether there are macros or outside links."""

    sheets: dict[str, SheetScan]
    is_1904: bool
    has_macros: bool


def scan_workbook(archive: Archive) -> WorkbookScan:
    """Return what the XML of all sheets says; every member of the archive is unpacked once.

    Raises
    ------
    MandeError
        F-CORRUPT for XML that cannot be read, F-HUGE for a sheet that spans too many cells.
    """
    try:
        paths, is_1904 = sheet_paths(archive)
        sheets = {}
        for member in archive.members:
            content = archive.read(member)
            for name in paths.get(member, ()):
                sheets[name] = _scan_sheet(content, name, archive.file)
        _check_shared(archive, paths)
    except (
        xml.parsers.expat.ExpatError,
        ElementTree.ParseError,
        _UnsafeError,
        ValueError,
        OverflowError,
        LookupError,
    ) as error:
        raise corrupt(archive.file, BROKEN_XML, error) from None
    has_macros = any(name.lower().startswith(_MACROS) for name in archive.members)
    return WorkbookScan(sheets, is_1904, has_macros)


def _check_shared(archive: Archive, paths: Mapping[str, Sequence[str]]) -> None:
    """Refuse a workbook in which a long text, stored once, stands in very many cells."""
    if _SHARED not in archive.members:
        return
    lengths = np.array([len(text) for text in archive.read(_SHARED).split(b"<si")[1:]], dtype=np.int64)
    longest = int(lengths.max(initial=0))
    for member, names in paths.items():
        # A cell that refers to a text takes at least so many bytes of the sheet's XML.
        size = archive.members[member].file_size if member in archive.members else 0
        if size // len('<c t="s"><v>0</v></c>') * longest > MAX_TEXT:
            found = np.array(_SHARED_INDEX.findall(archive.read(member)), dtype=np.int64)
            used = found[(found >= 0) & (found < len(lengths))]
            check_text(int(lengths[used].sum()), names[0], archive.file)


class _UnsafeError(ValueError):
    """The XML declares a document type or hides behind another encoding."""


def safe_xml(content: bytes) -> bytes:
    """Return XML that declares no entities.

    Raises
    ------
    ValueError
        Where it does, or hides behind another encoding.
    """
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content or b"\0" in content[:400]:
        raise _UnsafeError("declares its own entities")
    return content


def _local(tag: str) -> str:
    return _NAMESPACE.sub("", tag)


def sheet_paths(archive: Archive) -> tuple[dict[str, list[str]], bool]:
    """Return the sheets' names by the member that holds their XML."""
    workbook = ElementTree.fromstring(safe_xml(archive.read("xl/workbook.xml")))  # noqa: S314 - safe_xml refuses entities
    relations = ElementTree.fromstring(safe_xml(archive.read("xl/_rels/workbook.xml.rels")))  # noqa: S314
    targets = {entry.get("Id", ""): entry.get("Target", "") for entry in relations}
    paths: dict[str, list[str]] = {}
    is_1904 = False
    for element in workbook.iter():
        if _local(element.tag) == "workbookPr":
            is_1904 = element.get("date1904", "0") in ("1", "true")
        if _local(element.tag) == "sheet":
            relation = next((value for key, value in element.items() if _local(key) == "id"), "")
            target = targets.get(relation, "")
            path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")
            paths.setdefault(path, []).append(element.get("name", ""))
    return paths, is_1904


def _scan_sheet(content: bytes, name: str, file: str) -> SheetScan:
    content = safe_xml(content)
    check_extent(*_extent(content), name, file)
    if not any(mark in content for mark in _ERRORS):
        return SheetScan()
    reader = _SheetReader()
    if b":row" in content:
        _parse(content, reader)
        return reader.scan
    for part in _OUTSIDE.findall(content):
        _parse(part, reader)
    edges = [found.start() for found in _ROW.finditer(content)]
    for start, end in zip(edges, [*edges[1:], len(content)], strict=True):
        row = content[start:end]
        if any(mark in row for mark in _ERRORS):
            close = row.find(b"</row>")
            _parse(row[: close + 6] if close >= 0 else row[: row.index(b">") + 1], reader)
        else:
            number = _ROW_NUMBER.match(row)
            reader.row = int(number[1]) if number else reader.row + 1
    return reader.scan


def _parse(content: bytes, reader: _SheetReader) -> None:
    parser = xml.parsers.expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.characters
    parser.Parse(content, True)


def _extent(content: bytes) -> tuple[int, int]:
    """Return height and width of the used area, the width at least as wide as it is.

    Most sheets have fewer columns than need three letters, which is quickly seen.
    """
    has_prefix = b":row" in content or b":c " in content
    rows = (_ANY_ROW_NUMBER if has_prefix else _ROW_NUMBER).findall(content)
    height = max(len(rows), max(map(int, rows), default=0))
    n_addressed = content.count(b'<c r="')
    is_plain = not has_prefix and n_addressed == content.count(b"<c") - content.count(b"<col")
    if is_plain and height * _WIDEST_OF_TWO_LETTERS <= MAX_CELLS and not _FAR.search(content):
        return height, _WIDEST_OF_TWO_LETTERS
    columns = _CELL_COLUMN.findall(content)
    width = max((_column_number(text.decode()) for text in set(columns)), default=0)
    if len(_CELL.findall(content)) > len(columns):
        # Cells without an address follow one another; a row has at most as many as it has tags.
        width = max(width, *(part.count(b"<") for part in content.split(b"<row")))
    return height, width


def _column_number(letters: str) -> int:
    number = 0
    for character in letters:
        number = number * 26 + ord(character) - ord("A") + 1
    return number


class _SheetReader:
    """Walks through a sheet's XML once; cells without an address follow the one before."""

    def __init__(self) -> None:
        self.scan = SheetScan()
        self.row = 0
        self._column = -1
        self._kind = ""
        self._has_formula = False
        self._text: list[str] = []
        self._in_value = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Enter an element."""
        name = tag.rpartition(":")[2]
        if name == "row":
            self.row = int(attributes.get("r", self.row + 1))
            self._column = -1
            if attributes.get("hidden") in ("1", "true"):
                self.scan.hidden_rows.append(self.row)
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
            self.scan.hidden_columns.extend(range(first - 1, min(last, _LAST_COLUMN)))

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
            self.scan.bad_cells.append(BadCell(self.row, self._column, "error", text or "#N/A"))
        elif self._has_formula and not text and self._kind != "str":
            # A formula whose result is empty text is stored as a string; no result at all is not.
            self.scan.bad_cells.append(BadCell(self.row, self._column, "formula", ""))
