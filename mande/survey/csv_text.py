"""CSV files as records of text, numbered as Excel numbers them.

Polars reads the regular part of a file, which is nearly always all of it, after a scan of the bytes
has shown where each record ends. It fills short rows and would shift long ones without a word, so
rows that do not fit the header are found by that scan, and read one by one.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from mande.errors import Code, MandeError, Problem, Text
from mande.survey.grid import file_problem

E_CP1252 = Code(
    "E-CP1252",
    Text(
        "the letters of this file are not written in UTF-8",
        "les lettres de ce fichier ne sont pas en UTF-8",
        "las letras de este archivo no están en UTF-8",
    ),
    Text("text in UTF-8", "un texte en UTF-8", "un texto en UTF-8"),
    Text(
        "Open the file in Excel and save it as 'CSV UTF-8 (comma delimited)', or as an Excel workbook.",
        "Ouvrez le fichier dans Excel et enregistrez-le comme « CSV UTF-8 » ou comme classeur Excel.",
        "Abra el archivo en Excel y guárdelo como «CSV UTF-8» o como libro de Excel.",
    ),
)
E_UTF16 = Code(
    "E-UTF16",
    Text("read as UTF-16 text", "lu comme texte UTF-16", "leído como texto UTF-16"),
    Text(""),
    Text(""),
    Text(""),
)
C_DELIM = Code(
    "C-DELIM",
    Text(
        "columns are separated by {found}",
        "les colonnes sont séparées par {found}",
        "las columnas están separadas por {found}",
    ),
    Text(""),
    Text(""),
    Text(""),
)
C_DELIM2 = Code(
    "C-DELIM2",
    Text(
        "it is not clear what separates the columns",
        "on ne sait pas ce qui sépare les colonnes",
        "no está claro qué separa las columnas",
    ),
    Text("one separator: comma, semicolon or tab", "un seul séparateur", "un solo separador"),
    Text(
        "Put a first line `sep=,` or `sep=;` above the column titles, or save the file as an Excel workbook.",
        "Ajoutez une première ligne `sep=,` ou `sep=;` au-dessus des titres, ou enregistrez en "
        "classeur Excel.",
        "Añada una primera línea `sep=,` o `sep=;` sobre los títulos, o guarde como libro de Excel.",
    ),
)
C_QUOTE = Code(
    "C-QUOTE",
    Text(
        "a quotation mark is never closed",
        "un guillemet n'est jamais fermé",
        "unas comillas nunca se cierran",
    ),
    Text(
        "a second quotation mark; without it everything below becomes one cell",
        "un second guillemet ; sans lui, toute la suite devient une seule cellule",
        "unas segundas comillas; sin ellas, todo lo que sigue es una sola celda",
    ),
    Text(
        "Close the quotation mark that opens on line {line}, or delete it.",
        "Fermez le guillemet ouvert à la ligne {line}, ou supprimez-le.",
        "Cierre las comillas que se abren en la línea {line}, o bórrelas.",
    ),
    Text("line {line} of the file", "ligne {line} du fichier", "línea {line} del archivo"),
)

_DECLARABLE = (",", ";", "\t", "|")
_NAMES = {
    ",": Text("commas", "des virgules", "comas"),
    ";": Text("semicolons", "des points-virgules", "puntos y comas"),
    "\t": Text("tabs", "des tabulations", "tabuladores"),
}
_Bytes = np.ndarray[tuple[int], np.dtype[np.uint8]]
_Ints = np.ndarray[tuple[int], np.dtype[np.int64]]
_Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]
_QUOTE = '"'
_NEWLINE = "\n"
_SAMPLE = 30


@dataclass(frozen=True, slots=True)
class CsvText:
    """A CSV file as text, with line ends made alike and a `sep=` line taken off."""

    text: str
    separator: str
    first_line: int
    is_utf16: bool
    is_declared: bool


@dataclass(frozen=True, slots=True)
class Records:
    """Records of a CSV file; row 1 is its first line, blank or not.

    `cells` holds the rows with as many cells as the header (columns `c0`, ...), `rows` their row
    numbers; `misfits` the others; `blank` the numbers of empty lines.
    """

    header: tuple[str, ...]
    header_row: int
    cells: pl.DataFrame
    rows: _Ints
    misfits: dict[int, tuple[str, ...]]
    blank: tuple[int, ...]


def decode(data: bytes, *, file: str) -> CsvText:
    """Return the text of a CSV file and its separator; the encoding is known or refused, never guessed.

    Raises
    ------
    MandeError
        E-CP1252, C-DELIM2.
    """
    is_utf16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    if not is_utf16 and data[:4000].count(0) > len(data[:4000]) // 4:
        raise MandeError([file_problem(E_CP1252, file, found="UTF-16 without its mark")])
    try:
        text = data.decode("utf-16" if is_utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        found = "broken UTF-16" if is_utf16 else f"byte {data[error.start]:#04x} on line {line}"
        row = None if is_utf16 else line
        raise MandeError([file_problem(E_CP1252, file, row=row, found=found)]) from None
    text = text.replace("\r\n", _NEWLINE).replace("\r", _NEWLINE)
    if text[:4].lower() == "sep=" and text[4:5] in _DECLARABLE and text[5:6] in (_NEWLINE, ""):
        return CsvText(text[6:], text[4], 2, is_utf16, is_declared=True)
    return CsvText(text, _detect_separator(text, file), 1, is_utf16, is_declared=False)


def separator_name(separator: str) -> Text:
    """Return the name of a separator in three languages."""
    return _NAMES.get(separator, Text(f"'{separator}'"))


def _detect_separator(text: str, file: str) -> str:
    """Return the separator under which the first records agree best with the header."""
    # A quoted line break may cut the last record of the sample: it is left out.
    sample = text.split(_NEWLINE, _SAMPLE)
    head = _NEWLINE.join(sample[:_SAMPLE])
    scores = {mark: _agreement(head, mark, is_cut=len(sample) > _SAMPLE) for mark in _NAMES}
    best = max(scores.values())
    fitting = [mark for mark, score in scores.items() if score == best]
    if best[1] == 1:
        return ","
    if len(fitting) > 1:
        names = Text(*(" / ".join(_NAMES[mark].in_(lang) for mark in fitting) for lang in ("en", "fr", "es")))
        raise MandeError([file_problem(C_DELIM2, file, found=names)])
    return fitting[0]


def _agreement(head: str, separator: str, *, is_cut: bool) -> tuple[float, int]:
    """Return the share of records as wide as the header, and that width."""
    try:
        records = [record for record in _reader(head, separator) if record]
    except csv.Error:
        return (0.0, 1)
    if is_cut and len(records) > 2:
        records.pop()
    width = len(records[0]) if records else 1
    if width == 1:
        return (0.0, 1)
    return (sum(len(record) == width for record in records) / len(records), width)


def _reader(text: str, separator: str) -> Iterable[list[str]]:
    return csv.reader(io.StringIO(text, newline=_NEWLINE), delimiter=separator)


def read_records(source: CsvText, *, file: str) -> Records:
    """Return all records, those that do not fit the header apart.

    Raises
    ------
    MandeError
        C-QUOTE when a quotation mark is never closed.
    """
    data = source.text.encode()
    starts, widths = _scan(data, source.separator.encode())
    if starts is None:
        return _read_carefully(source, file)
    first = next((i for i, width in enumerate(widths) if width), None)
    if first is None:
        return Records((), 1, pl.DataFrame(), np.empty(0, np.int64), {}, tuple(range(1, len(widths) + 1)))
    bounds = np.append(starts, len(data))

    def parse(index: int) -> tuple[str, ...]:
        record = data[bounds[index] : bounds[index + 1]].decode()
        return tuple(next(iter(_reader(record, source.separator))))

    header = parse(first)
    regular = widths == len(header)
    regular[first] = False
    cells = _read_regular(data, bounds, regular, source.separator, len(header))
    if cells is None:
        return _read_carefully(source, file)
    misfit = np.flatnonzero((widths > 0) & ~regular)
    return Records(
        header,
        first + 1,
        cells,
        np.flatnonzero(regular) + 1,
        {int(i) + 1: parse(int(i)) for i in misfit if i != first},
        tuple(int(i) + 1 for i in np.flatnonzero(widths == 0)),
    )


def _scan(data: bytes, separator: bytes) -> tuple[_Ints, _Ints] | tuple[None, _Ints]:
    """Return where records start and how many cells each has (0 for an empty line).

    The first is None when a quotation mark stands inside an unquoted cell or is never closed: then
    only a reading from cell to cell tells what is meant.
    """
    none = np.empty(0, np.int64)
    codes = np.frombuffer(data, np.uint8)
    is_end, is_mark = codes == 0x0A, codes == separator[0]
    quotes = np.flatnonzero(codes == 0x22)
    if len(separator) != 1 or len(quotes) % 2:
        return None, none
    if len(quotes):
        if not _is_well_quoted(codes, quotes, is_end | is_mark):
            return None, none
        inside = np.zeros(len(codes), np.int8)
        inside[quotes[0::2]], inside[quotes[1::2]] = 1, -1
        outside = np.cumsum(inside, dtype=np.int8) == 0
        is_end, is_mark = is_end & outside, is_mark & outside
    borders = np.flatnonzero(is_end | is_mark)
    at = np.flatnonzero(codes[borders] == 0x0A)
    ends = borders[at]
    starts = np.concatenate(([0], ends + 1))
    # A record has as many cells as it has borders, its line end included.
    widths = np.diff(np.concatenate(([-1], at)))
    if starts[-1] == len(codes):
        starts = starts[:-1]
    else:
        last = len(borders) - 1 - (at[-1] if len(at) else -1)
        ends, widths = np.append(ends, len(codes)), np.append(widths, last + 1)
    widths[ends == starts] = 0
    return starts, widths


def _is_well_quoted(codes: _Bytes, quotes: _Ints, is_border: _Flags) -> bool:
    """Return whether every quoted cell is quoted as a whole; a doubled mark inside it is fine."""
    opening, closing = quotes[0::2], quotes[1::2]
    before = np.where(opening > 0, opening - 1, 0)
    after = np.minimum(closing + 1, len(codes) - 1)
    doubled_open = np.zeros(len(opening), bool)
    doubled_open[1:] = opening[1:] == closing[:-1] + 1
    doubled_close = np.append(doubled_open[1:], False)
    opens_cell = doubled_open | (opening == 0) | is_border[before]
    closes_cell = doubled_close | (closing == len(codes) - 1) | is_border[after]
    return bool(opens_cell.all() and closes_cell.all())


def _read_regular(
    data: bytes,
    bounds: _Ints,
    regular: _Flags,
    separator: str,
    width: int,
) -> pl.DataFrame | None:
    """Return the records marked in `regular`, or None when Polars sees other records than the scan."""
    schema = pl.Schema({f"c{i}": pl.String for i in range(width)})
    count = int(regular.sum())
    if not count:
        return pl.DataFrame(schema=schema)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], regular.astype(np.int8), [0]))))
    runs = [data[bounds[low] : bounds[high]] for low, high in zip(edges[0::2], edges[1::2], strict=True)]
    try:
        cells = pl.read_csv(
            b"".join(runs),
            has_header=False,
            schema=schema,
            separator=separator,
            quote_char=_QUOTE,
            empty_string_is_null=False,
            missing_columns="raise",
            extra_columns="raise",
        )
    except pl.exceptions.PolarsError:
        return None
    return cells if cells.height == count else None


def _read_carefully(source: CsvText, file: str) -> Records:
    """Read cell by cell, as Excel does: a quotation mark inside an unquoted cell is a plain character."""
    reader = csv.reader(io.StringIO(source.text, newline=_NEWLINE), delimiter=source.separator)
    records: list[list[str]] = []
    line = start = 0
    try:
        for record in reader:
            records.append(record)
            start, line = line, reader.line_num
    except csv.Error:
        raise MandeError([_open_quote(file, reader.line_num, source, "")]) from None
    if records and records[-1] and not _ends_whole(source, start):
        raise MandeError([_open_quote(file, line, source, records[-1][-1])])
    return _sort_records(records)


def _ends_whole(source: CsvText, start: int) -> bool:
    """Return whether the last record, which begins after line `start`, closes its quotation marks."""
    last = _NEWLINE.join(source.text.split(_NEWLINE)[start:])
    # With one more cell behind it, a record with an open quotation mark swallows that cell.
    probe = last.rstrip(_NEWLINE) + source.separator + "end"
    before = list(_reader(last, source.separator))
    after = list(_reader(probe, source.separator))
    return len(after[-1]) == len(before[-1]) + 1


def _open_quote(file: str, line: int, source: CsvText, last_cell: str) -> Problem:
    opened = line - last_cell.rstrip(_NEWLINE).count(_NEWLINE)
    shown = max(opened, 1) + source.first_line - 1
    return file_problem(C_QUOTE, file, row=None, line=shown)


def _sort_records(records: Sequence[list[str]]) -> Records:
    first = next((i for i, record in enumerate(records) if record), None)
    blank = tuple(i + 1 for i, record in enumerate(records) if not record)
    if first is None:
        return Records((), 1, pl.DataFrame(), np.empty(0, np.int64), {}, blank)
    header = tuple(records[first])
    regular = [i for i, record in enumerate(records) if len(record) == len(header) and i != first]
    misfits = {
        i + 1: tuple(record) for i, record in enumerate(records) if record and len(record) != len(header)
    }
    columns = zip(*(records[i] for i in regular), strict=True) if regular else ([] for _ in header)
    cells = pl.DataFrame(
        {f"c{i}": pl.Series(list(column), dtype=pl.String) for i, column in enumerate(columns)}
    )
    return Records(header, first + 1, cells, np.array(regular, np.int64) + 1, misfits, blank)
