"""What a report is made of: a few kinds of block, each rendered as HTML and as Typst markup.

A notebook cell returns a `Blocks`; Jupyter shows its HTML, and the executed notebook carries both
renderings, so that the page and the PDF come from the same cells. Inline text may use `**bold**` and
`*emphasis*`, nothing else; everything is escaped.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from mande.results import Cell, Status, Table
from mande.wording import number, upper_first

TYPST_MIME = "text/vnd.typst"
"""Marks an output as made of blocks; pages and PDF show no output without it."""

Format = Callable[[Cell], str]


@dataclass(frozen=True, slots=True)
class Heading:
    """A section title; `level` 2 for sections, 3 below. `anchor` makes it a target of links."""

    text: str
    level: Literal[2, 3] = 2
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph; `lead` sets it larger, `small` smaller."""

    text: str
    style: Literal["", "lead", "small"] = ""


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list of short statements."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Callout:
    """A framed statement. The word of its status stands in it: colour never carries meaning alone."""

    status: Status
    title: str
    text: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """One number with what it is, for a row of `Facts`."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Facts:
    """A row of key numbers."""

    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """The first thing a reader sees: the question, the answer, how sure."""

    question: str
    answer: str
    certainty: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawing as SVG, with a title that states what it shows and a text for who cannot see it."""

    svg: str
    title: str
    description: str
    caption: str = ""


@dataclass(frozen=True, slots=True)
class TableBlock:
    """A table with a caption. `formats` turn cells into text by column; others are shown as they are.

    `columns` picks and orders the columns shown; by default all.
    """

    table: Table
    formats: dict[str, Format] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    columns: tuple[str, ...] = ()

    def cells(self) -> tuple[list[str], list[list[str]], list[bool]]:
        """Return headers, rows of text, and which columns hold numbers."""
        names = self.columns or self.table.columns
        at = [self.table.columns.index(name) for name in names]
        picked = [[row[i] for i in at] for row in self.table.rows]
        headers = [upper_first(self.headers.get(name, name.replace("_", " "))) for name in names]
        rows = [[self._text(name, cell) for name, cell in zip(names, row, strict=True)] for row in picked]
        numeric = [
            any(isinstance(row[i], int | float) and not isinstance(row[i], bool) for row in picked)
            for i in range(len(names))
        ]
        return headers, rows, numeric

    def _text(self, column: str, cell: Cell) -> str:
        if cell is None:
            return "–"
        if column in self.formats and not isinstance(cell, str):
            return self.formats[column](cell)
        if isinstance(cell, bool):
            return "yes" if cell else "no"
        return cell if isinstance(cell, str) else number(cell)


Block = Heading | Paragraph | Bullets | Callout | Facts | Answer | Figure | TableBlock


@dataclass(frozen=True, slots=True)
class Blocks:
    """What a notebook cell shows. Join with `+`."""

    blocks: tuple[Block, ...]

    def __add__(self, other: Blocks) -> Blocks:
        return Blocks(self.blocks + other.blocks)

    def html(self) -> str:
        """Return the blocks as an HTML fragment without scripts or requests."""
        return "\n".join(to_html(block) for block in self.blocks)

    def typst(self) -> str:
        """Return the blocks as Typst markup for `pdf.TEMPLATE`."""
        return "\n\n".join(to_typst(block) for block in self.blocks)

    def text(self) -> str:
        """Return the blocks as plain text."""
        return "\n".join(re.sub(r"<[^>]+>", "", to_html(block)) for block in self.blocks)

    def _repr_mimebundle_(
        self, include: Sequence[str] | None = None, exclude: Sequence[str] | None = None
    ) -> dict[str, str]:
        return {"text/html": self.html(), TYPST_MIME: self.typst(), "text/plain": self.text()}


STATUS_WORDS: dict[Status, str] = {
    "good": "Speaks for the result",
    "caution": "Caution",
    "limit": "Cannot be shown",
    "information": "Note",
}


# --- HTML ----------------------------------------------------------------------------------------


def inline_html(text: str) -> str:
    """Return text with `**bold**` and `*emphasis*` as HTML, everything else escaped."""
    escaped = html.escape(text, quote=False)
    strong = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", escaped)
    return re.sub(r"(?<!\*)\*([^*\s][^*]*?)\*(?!\*)", r"<em>\1</em>", strong)


def to_html(block: Block) -> str:
    """Return one block as HTML."""
    match block:
        case Heading(text, level, anchor):
            mark = f' id="{html.escape(anchor)}"' if anchor else ""
            return f"<h{level}{mark}>{inline_html(text)}</h{level}>"
        case Paragraph(text, style):
            return f'<p class="{style}">{inline_html(text)}</p>' if style else f"<p>{inline_html(text)}</p>"
        case Bullets(items):
            return "<ul>" + "".join(f"<li>{inline_html(item)}</li>" for item in items) + "</ul>"
        case Callout():
            return _callout_html(block)
        case Facts(facts):
            cells = "".join(
                f"<div><dt>{inline_html(fact.label)}</dt><dd>{inline_html(fact.value)}</dd></div>"
                for fact in facts
            )
            return f'<dl class="facts">{cells}</dl>'
        case Answer(question, answer, certainty):
            return (
                f'<div class="answer"><p class="question">{inline_html(question)}</p>'
                f'<p class="headline">{inline_html(answer)}</p>'
                f'<p class="certainty">{inline_html(certainty)}</p></div>'
            )
        case Figure():
            return _figure_html(block)
        case TableBlock():
            return _table_html(block)


def _callout_html(block: Callout) -> str:
    advice = f'<p class="advice">{inline_html(block.advice)}</p>' if block.advice else ""
    return (
        f'<div class="callout {block.status}"><p><span class="status">{STATUS_WORDS[block.status]}</span> '
        f"<strong>{inline_html(block.title)}</strong></p><p>{inline_html(block.text)}</p>{advice}</div>"
    )


def _figure_html(block: Figure) -> str:
    label = html.escape(f"{block.title} {block.description}", quote=True)
    svg = block.svg[block.svg.index("<svg") :].replace("<svg", f'<svg role="img" aria-label="{label}"', 1)
    caption = f" {inline_html(block.caption)}" if block.caption else ""
    return (
        f"<figure>{svg}<figcaption><strong>{inline_html(block.title)}</strong>{caption}</figcaption></figure>"
    )


def _table_html(block: TableBlock) -> str:
    headers, rows, numeric = block.cells()

    def css(i: int) -> str:
        return ' class="number"' if numeric[i] else ""

    head = "".join(f'<th scope="col"{css(i)}>{inline_html(h)}</th>' for i, h in enumerate(headers))
    body = "".join(
        "<tr>"
        + "".join(
            f'<th scope="row">{inline_html(cell)}</th>' if i == 0 else f"<td{css(i)}>{inline_html(cell)}</td>"
            for i, cell in enumerate(row)
        )
        + "</tr>"
        for row in rows
    )
    notes = "".join(f'<p class="small">{inline_html(note)}</p>' for note in block.table.notes)
    caption = inline_html(block.table.caption)
    label = html.escape(block.table.caption, quote=True)
    return (
        f'<div class="table" role="region" tabindex="0" aria-label="{label}">'
        f"<table><caption>{caption}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>{notes}"
    )


# --- Typst ---------------------------------------------------------------------------------------


def typst_string(text: str) -> str:
    """Return text as a Typst string literal."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def inline_typst(text: str) -> str:
    """Return text as Typst content, `**bold**` and `*emphasis*` kept, everything else literal."""
    parts = []
    for piece in re.split(r"(\*\*.+?\*\*|(?<!\*)\*[^*\s][^*]*?\*(?!\*))", text):
        if piece.startswith("**"):
            parts.append(f"strong({typst_string(piece[2:-2])})")
        elif len(piece) > 2 and piece.startswith("*") and piece.endswith("*"):
            parts.append(f"emph({typst_string(piece[1:-1])})")
        elif piece:
            parts.append(typst_string(piece))
    return "#{" + " + ".join(f"[#{part}]" for part in parts) + "}" if parts else ""


def to_typst(block: Block) -> str:
    """Return one block as Typst markup."""
    match block:
        case Heading(text, level, _):
            return f"#heading(level: {level - 1})[{inline_typst(text)}]"
        case Paragraph(text, style):
            return f"#{style or 'body'}par[{inline_typst(text)}]"
        case Bullets(items):
            return "#list(" + ", ".join(f"[{inline_typst(item)}]" for item in items) + ")"
        case Callout(status, title, text, advice):
            more = f"[{inline_typst(advice)}]" if advice else "none"
            word = typst_string(STATUS_WORDS[status])
            return f'#callout("{status}", {word}, [{inline_typst(title)}], [{inline_typst(text)}], {more})'
        case Facts(facts):
            cells = ", ".join(
                f"([{inline_typst(fact.value)}], [{inline_typst(fact.label)}])" for fact in facts
            )
            return f"#facts(({cells},))"
        case Answer(question, answer, certainty):
            return (
                f"#answer([{inline_typst(question)}], [{inline_typst(answer)}], [{inline_typst(certainty)}])"
            )
        case Figure(svg, title, description, caption):
            text = f"**{title}** {caption}".strip()
            alt = typst_string(f"{title} {description}")
            return f"#drawing({typst_string(svg)}, {alt}, [{inline_typst(text)}])"
        case TableBlock():
            return _table_typst(block)


_NARROW, _WIDE = 11, 26


def _widths(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> list[int]:
    """Return the columns' shares of the page: as long as their longest cell, within limits."""
    words = [max((len(word) for word in header.split()), default=0) for header in headers]
    cells = [max((len(row[i]) for row in rows), default=0) for i in range(len(headers))]
    return [min(max(word, cell, _NARROW), _WIDE) for word, cell in zip(words, cells, strict=True)]


def _table_typst(block: TableBlock) -> str:
    headers, rows, numeric = block.cells()
    align = ", ".join("right" if flag else "left" for flag in numeric)
    widths = ", ".join(f"{width}fr" for width in _widths(headers, rows))
    head = ", ".join(f"[{inline_typst(text)}]" for text in headers)
    body = ", ".join(f"[{inline_typst(cell)}]" for row in rows for cell in row)
    notes = "\n".join(f"#smallpar[{inline_typst(note)}]" for note in block.table.notes)
    caption = inline_typst(block.table.caption)
    return (
        f"#datatable([{caption}], ({widths},), ({align},), ({head},), ({body}{',' if body else ''}))\n{notes}"
    )
