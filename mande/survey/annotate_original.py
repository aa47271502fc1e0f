"""Marks put into the uploader's own workbook; everything else in it stays as it was.

No library keeps all of a workbook: writers start from nothing, and openpyxl forgets the stored results of
formulas, without which the copy would be another file. So the two new sheets, the comments and the looks of
marked cells come from a workbook that xlsxwriter made, and are put into the XML of the original. A workbook
that is written in an unusual way (prefixed XML, cells without an address, macros) is left to the writer.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping, Sequence

from mande.survey.readers.archive import open_archive
from mande.survey.readers.xlsx_scan import sheet_paths

_NEW = 2
"""Sheets put before the others: what to do, and the list of problems."""
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_OFFICE = f'xmlns:r="{_RELATION}"'
_TYPE = "application/vnd.openxmlformats-officedocument"
_XF = re.compile(r"<xf\b[^>]*?(?:/>|>.*?</xf>)", re.DOTALL)
_ROW = re.compile(r"<row\b[^>]*?(?:/>|>.*?</row>)", re.DOTALL)
_CELL = re.compile(r"<c\b[^>]*?(?:/>|>.*?</c>)", re.DOTALL)
_NUMBER = re.compile(r'<row\b[^>]*?\br="(\d+)"')
_DRAWN = re.compile(r'<c r="([A-Z]+(\d+))" s="(\d+)"')
_ADDRESS = re.compile(r'\br="([A-Z]{1,3})(\d+)"')
_STYLE = re.compile(r'\bs="(\d+)"')
_AFTER_COMMENTS = re.compile(
    r"<(?:legacyDrawingHF|drawingHF|picture|oleObjects|controls|webPublishItems|tableParts|extLst)\b"
    r"|</worksheet>"
)
_SHARED = re.compile(r'<c ([^>]*?)\s*t="s"([^>]*)><v>(\d+)</v></c>')
_ITEM = re.compile(r"<si>(.*?)</si>", re.DOTALL)


class _UnusualError(ValueError):
    """The workbook is written in a way that marks are not put into."""


def with_marks(original: bytes, drawn: bytes, names: Sequence[str]) -> bytes | None:
    """Return the original with marks, comments and two new first sheets, or None where it is unusual.

    Parameters
    ----------
    original
        The upload.
    drawn
        A workbook of xlsxwriter: the two new sheets, then one for each of `names`, which holds nothing but
        the formats and comments of the cells to mark.
    names
        Sheets of the original to mark.
    """
    try:
        return _merged(original, _parts(drawn), names)
    except (_UnusualError, UnicodeDecodeError, KeyError):
        return None


def sheet_names(original: bytes) -> list[str]:
    """Return the names of all sheets of a workbook."""
    paths, _ = sheet_paths(open_archive(original, file=""))
    return [name for names in paths.values() for name in names]


def _parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _merged(original: bytes, drawn: Mapping[str, bytes], names: Sequence[str]) -> bytes:
    parts = _parts(original)
    if any("vbaproject" in name.lower() for name in parts):
        raise _UnusualError
    paths, _ = sheet_paths(open_archive(original, file=""))
    path_of = {name: path for path, named in paths.items() for name in named}
    styles = _Styles(parts["xl/styles.xml"].decode(), drawn["xl/styles.xml"].decode())
    new: dict[str, bytes] = {}
    for path in set(path_of.values()) & set(parts):
        parts[path] = re.sub(rb' tabSelected="(?:1|true)"', b"", parts[path], count=1)
    for number, name in enumerate(names, start=_NEW + 1):
        _mark_sheet(parts, new, path_of[name], drawn, number, styles)
    texts = _ITEM.findall(drawn.get("xl/sharedStrings.xml", b"").decode())
    for number in range(1, _NEW + 1):
        sheet = drawn[f"xl/worksheets/sheet{number}.xml"].decode()
        new[f"xl/worksheets/mande{number}.xml"] = _standing_alone(sheet, texts, styles).encode()
    parts["xl/styles.xml"] = styles.text().encode()
    titles = re.findall(r'<sheet name="([^"]*)"', drawn["xl/workbook.xml"].decode())[:_NEW]
    parts["xl/workbook.xml"] = _with_sheets(parts["xl/workbook.xml"].decode(), titles).encode()
    relations = "".join(
        f'<Relationship Id="mande{n}" Type="{_RELATION}/worksheet" Target="/xl/worksheets/mande{n}.xml"/>'
        for n in range(1, _NEW + 1)
    )
    _insert(parts, "xl/_rels/workbook.xml.rels", "</Relationships>", relations)
    _insert(parts, "[Content_Types].xml", "</Types>", _content_types(parts, new))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in (parts | new).items():
            archive.writestr(name, content)
    return buffer.getvalue()


def _insert(parts: dict[str, bytes], name: str, before: str, text: str) -> None:
    head, found, tail = parts[name].decode().rpartition(before)
    if not found:
        raise _UnusualError
    parts[name] = f"{head}{text}{found}{tail}".encode()


def _content_types(parts: Mapping[str, bytes], new: Mapping[str, bytes]) -> str:
    is_there = re.search(rb'Extension="vml"', parts["[Content_Types].xml"], re.IGNORECASE)
    told = "" if is_there else f'<Default Extension="vml" ContentType="{_TYPE}.vmlDrawing"/>'
    for name in new:
        kind = "worksheet" if "/worksheets/mande" in name else "comments" if "Comments" in name else ""
        if kind and not name.endswith(".rels"):
            content = f"{_TYPE}.spreadsheetml.{kind}+xml"
            told += f'<Override PartName="/{name}" ContentType="{content}"/>'
    return told


def _with_sheets(workbook: str, titles: Sequence[str]) -> str:
    """Return the workbook's table of contents with the new sheets first; names that count sheets move on."""
    if "<sheets>" not in workbook:
        raise _UnusualError
    free = max(map(int, re.findall(r'\bsheetId="(\d+)"', workbook)), default=0) + 1
    listed = "".join(
        f'<sheet {_OFFICE} name="{title}" sheetId="{free + n}" r:id="mande{n + 1}"/>'
        for n, title in enumerate(titles)
    )
    moved = re.sub(r'localSheetId="(\d+)"', lambda m: f'localSheetId="{int(m[1]) + _NEW}"', workbook)
    moved = re.sub(r'\s(?:activeTab|firstSheet)="\d+"', "", moved)
    return moved.replace("<sheets>", f"<sheets>{listed}", 1)


def _standing_alone(sheet: str, texts: Sequence[str], styles: _Styles) -> str:
    """Return a new sheet with its texts within, and its formats as the original numbers them."""

    def inline(found: re.Match[str]) -> str:
        return f'<c {found[1]} t="inlineStr"{found[2]}><is>{texts[int(found[3])]}</is></c>'

    within = _SHARED.sub(inline, sheet)
    return _CELL.sub(lambda m: _STYLE.sub(lambda s: f's="{styles.of_new(int(s[1]))}"', m[0], count=1), within)


def _mark_sheet(
    parts: dict[str, bytes],
    new: dict[str, bytes],
    path: str,
    drawn: Mapping[str, bytes],
    number: int,
    styles: _Styles,
) -> None:
    sheet = parts[path].decode()
    marks: dict[str, dict[str, int]] = {}
    for address, row, style in _DRAWN.findall(drawn[f"xl/worksheets/sheet{number}.xml"].decode()):
        marks.setdefault(row, {})[address] = int(style)
    if "<sheetData" not in sheet or "<c>" in sheet or "<row>" in sheet:
        raise _UnusualError
    sheet = _ROW.sub(lambda m: _marked_row(m[0], marks, styles), sheet)
    comments = f"xl/comments{number - _NEW}.xml"
    if comments in drawn and "<legacyDrawing " not in sheet:
        sheet = _with_comments(sheet, path, parts, new, drawn, number)
    parts[path] = sheet.encode()


def _marked_row(row: str, marks: Mapping[str, Mapping[str, int]], styles: _Styles) -> str:
    number = _NUMBER.match(row)
    if number is None:
        raise _UnusualError
    for address, style in marks.get(number[1], {}).items():
        at = row.find(f' r="{address}"')
        if at < 0:
            row = _with_cell(row, address)
            at = row.index(f' r="{address}"')
        start, end = row.rindex("<c", 0, at), row.index(">", at)
        head = row[start:end]
        own = _STYLE.search(head)
        marked = f's="{styles.marked(int(own[1]) if own else 0, style)}"'
        head = _STYLE.sub(marked, head, count=1) if own else f"<c {marked}{head[2:]}"
        row = row[:start] + head + row[end:]
    return row


def _with_cell(row: str, address: str) -> str:
    """Return a row with one more cell, empty, at its place."""
    start = re.sub(r'\sspans="[^"]*"', "", row[: row.index(">") + 1])
    if start.endswith("/>"):
        return f'{start[:-2]}><c r="{address}"/></row>'
    body, column = row[row.index(">") + 1 :], _column(address)
    at = 0
    for found in _CELL.finditer(body):
        own = _ADDRESS.search(found[0][: found[0].index(">")])
        if own is None:
            raise _UnusualError
        if _column(own[1]) > column:
            break
        at = found.end()
    return f'{start}{body[:at]}<c r="{address}"/>{body[at:]}'


def _with_comments(
    sheet: str,
    path: str,
    parts: dict[str, bytes],
    new: dict[str, bytes],
    drawn: Mapping[str, bytes],
    number: int,
) -> str:
    """Return the sheet with its comments; one that has comments of its own keeps those, and gets none."""
    shapes = f"xl/drawings/vmlDrawing{number - _NEW}.vml"
    new[f"xl/mandeComments{number}.xml"] = drawn[f"xl/comments{number - _NEW}.xml"]
    new[f"xl/drawings/mandeShapes{number}.vml"] = drawn[shapes]
    folder, _, name = path.rpartition("/")
    relations = f"{folder}/_rels/{name}.rels"
    told = (
        f'<Relationship Id="mandeC" Type="{_RELATION}/comments" Target="/xl/mandeComments{number}.xml"/>'
        f'<Relationship Id="mandeV" Type="{_RELATION}/vmlDrawing" '
        f'Target="/xl/drawings/mandeShapes{number}.vml"/>'
    )
    if relations in parts:
        _insert(parts, relations, "</Relationships>", told)
    else:
        kind = "http://schemas.openxmlformats.org/package/2006/relationships"
        parts[relations] = f'<Relationships xmlns="{kind}">{told}</Relationships>'.encode()
    after = _AFTER_COMMENTS.search(sheet, sheet.rindex("</sheetData>") if "</sheetData>" in sheet else 0)
    if after is None:
        raise _UnusualError
    drawing = f'<legacyDrawing {_OFFICE} r:id="mandeV"/>'
    return sheet[: after.start()] + drawing + sheet[after.start() :]


class _Styles:
    """The original's looks, with those of the new sheets and of marked cells added to them."""

    def __init__(self, own: str, added: str) -> None:
        self._text = own
        self._formats = _XF.findall(_section(own, "cellXfs"))
        self._n_own = len(self._formats)
        self._base = {kind: len(_children(own, kind)) for kind in ("font", "fill", "border")}
        self._added = {kind: "".join(_children(added, kind)) for kind in self._base}
        self._new = [self._moved(entry) for entry in _XF.findall(_section(added, "cellXfs"))]
        self._formats += self._new
        self._marked: dict[tuple[int, int], int] = {}
        if not self._n_own:
            raise _UnusualError

    def _moved(self, entry: str) -> str:
        for kind, base in self._base.items():
            entry = re.sub(rf'{kind}Id="(\d+)"', lambda m, k=kind, b=base: f'{k}Id="{int(m[1]) + b}"', entry)  # type: ignore[misc]
        return re.sub(r'\bxfId="\d+"', 'xfId="0"', entry)

    def of_new(self, style: int) -> int:
        """Return the number of a look that the new sheets use."""
        return self._n_own + style

    def marked(self, own: int, style: int) -> int:
        """Return the number of an own look with the colour and border of a mark: a date stays a date."""
        if (own, style) not in self._marked:
            entry, mark = self._formats[own], self._new[style]
            for kind, flag in (("fillId", "applyFill"), ("borderId", "applyBorder")):
                wanted = re.search(rf'{kind}="(\d+)"', mark)
                entry = re.sub(rf'\s(?:{kind}|{flag})="[^"]*"', "", entry)
                value = wanted[1] if wanted else "0"
                entry = entry.replace("<xf", f'<xf {kind}="{value}" {flag}="1"', 1)
            self._marked[own, style] = len(self._formats)
            self._formats.append(entry)
        return self._marked[own, style]

    def text(self) -> str:
        """Return the whole of it."""
        text = self._text
        for kind, added in self._added.items():
            text = _with_children(text, f"{kind}s", _section(text, f"{kind}s") + added, kind)
        return _with_children(text, "cellXfs", "".join(self._formats), "xf")


def _section(text: str, name: str) -> str:
    found = re.search(rf"<{name}\b[^>]*(?<!/)>(.*?)</{name}>", text, re.DOTALL)
    if found is None:
        raise _UnusualError
    return found[1]


def _children(text: str, kind: str) -> list[str]:
    pattern = rf"<{kind}(?:\s[^>]*)?(?:/>|(?<!/)>.*?</{kind}>)"
    return re.findall(pattern, _section(text, f"{kind}s"), re.DOTALL)


def _with_children(text: str, name: str, content: str, kind: str) -> str:
    count = len(re.findall(rf"<{kind}[\s/>]", content))
    pattern = rf"<{name}\b[^>]*(?<!/)>.*?</{name}>"
    whole = f'<{name} count="{count}">{content}</{name}>'
    return re.sub(pattern, lambda _: whole, text, count=1, flags=re.DOTALL)


def _column(letters: str) -> int:
    number = 0
    for character in letters.rstrip("0123456789"):
        number = number * 26 + ord(character) - ord("A") + 1
    return number
