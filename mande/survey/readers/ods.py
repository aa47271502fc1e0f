"""OpenDocument spreadsheets (.ods), as LibreOffice writes them."""

from __future__ import annotations

import xml.parsers.expat

from mande.survey.grid import BadCell
from mande.survey.readers.archive import BROKEN_XML, corrupt, open_archive
from mande.survey.readers.contract import Reading, Sheet
from mande.survey.readers.workbook import SheetScan, check_extent, check_text, read_workbook
from mande.survey.readers.xlsx_scan import safe_xml

_CELLS = ("table:table-cell", "table:covered-table-cell")
_ERRORS = ("#", "Err:")


def read(data: bytes, reading: Reading) -> list[Sheet]:
    """Return the sheets of a spreadsheet.

    Raises
    ------
    MandeError
        F-BOMB, F-CORRUPT, F-HUGE.
    """
    archive = open_archive(data, file=reading.file)
    walk = _Walk(reading.file)
    parser = xml.parsers.expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = walk.start, walk.end
    parser.CharacterDataHandler = walk.characters
    parser.buffer_text = True
    try:
        for member in archive.members:
            content = archive.read(member)
            if member == "content.xml":
                parser.Parse(safe_xml(content), True)
    except (xml.parsers.expat.ExpatError, ValueError) as error:
        raise corrupt(reading.file, BROKEN_XML, error) from None
    return read_workbook(data, reading, format="ods", scans=walk.scans)


class _Walk:
    """Walks once through the XML of all sheets; repeated cells and rows stand in it only once."""

    def __init__(self, file: str) -> None:
        self.scans: dict[str, SheetScan] = {}
        self._file = file
        self._sheet = ""
        self._row = self._column = 0
        self._rows = self._columns = 1
        self._last = (0, 0)
        self._is_error = self._has_formula = False
        self._text: list[str] = []
        self._n_letters = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Enter an element."""
        if tag == "table:table":
            self._sheet = attributes.get("table:name", "")
            self.scans[self._sheet] = SheetScan()
            self._row = self._column = 0
            self._last = (0, 0)
        elif tag == "table:table-row":
            self._rows = int(attributes.get("table:number-rows-repeated", "1"))
            self._column = 0
            if attributes.get("table:visibility", "visible") != "visible":
                last = min(self._row + self._rows, 1_048_576)
                self._scan.hidden_rows.extend(range(self._row + 1, last + 1))
        elif tag == "table:table-column":
            repeated = int(attributes.get("table:number-columns-repeated", "1"))
            if attributes.get("table:visibility", "visible") != "visible":
                last = min(self._column + repeated, 16_384)
                self._scan.hidden_columns.extend(range(self._column, last))
            self._column += repeated
        elif tag in _CELLS:
            self._columns = int(attributes.get("table:number-columns-repeated", "1"))
            self._is_error = attributes.get("calcext:value-type") == "error"
            self._has_formula = "table:formula" in attributes
            self._text = []
            if "office:value-type" in attributes:
                self._grow()

    @property
    def _scan(self) -> SheetScan:
        return self.scans.setdefault(self._sheet, SheetScan())

    def _grow(self) -> None:
        """Measure the used area: its last cell may be repeated a million times."""
        height, width = self._row + self._rows, self._column + self._columns
        self._last = (max(self._last[0], height), max(self._last[1], width))
        check_extent(*self._last, self._sheet, self._file)

    def characters(self, text: str) -> None:
        """Take a piece of text."""
        self._text.append(text)

    def end(self, tag: str) -> None:
        """Leave an element."""
        if tag in _CELLS:
            text = "".join(self._text).strip()
            self._n_letters += len(text) * self._columns * self._rows
            check_text(self._n_letters, self._sheet, self._file)
            self._scan.n_formulas += self._has_formula
            if self._is_error or (self._has_formula and text.startswith(_ERRORS)):
                self._scan.bad_cells.append(BadCell(self._row + 1, self._column, "error", text))
            self._column += self._columns
        elif tag == "table:table-row":
            self._row += self._rows
