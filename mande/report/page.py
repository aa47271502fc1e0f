"""From an executed notebook to a page and a PDF: Markdown cells and block outputs, nothing else."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
import mistune
import typst
from markupsafe import Markup

import mande
from mande.errors import Code, MandeError, Place, Problem, Text
from mande.report.blocks import TYPST_MIME, Heading, to_html, to_typst, typst_string

R_OUTPUT = Code(
    "R-OUTPUT",
    Text("a cell shows something that has not passed the disclosure check"),
    Text("only what `report.section(...)`, `report.figure(...)` or `Blocks` give"),
    Text("End the cell with one of these, or with a semicolon or None so that it shows nothing."),
)
R_PDF = Code(
    "R-PDF",
    Text("the PDF could not be set"),
    Text("markup that Typst accepts"),
    Text("Look for an unusual character or formula in the notebook's own cells, then render again."),
)

_TEMPLATES = Path(__file__).parent / "template"


@dataclass(frozen=True, slots=True)
class Front:
    """What stands above the report."""

    title: str
    kind: str
    place: str
    run: str
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Piece:
    """One part of the report in both renderings."""

    html: str
    typst: str


def pieces(notebook: Mapping[str, Any], *, file: str = "") -> list[Piece]:
    """Return the parts of an executed notebook in order.

    Markdown cells are text; code is left out; of outputs only blocks are taken.

    Raises
    ------
    MandeError
        R-OUTPUT, one problem for each cell that shows anything else (text written to stderr by
        libraries is left out without complaint: it is in the notebook).
    """
    found: list[Piece] = []
    problems: list[Problem] = []
    for number, cell in enumerate(notebook["cells"], start=1):
        if cell["cell_type"] == "markdown":
            found.append(_markdown("".join(cell["source"])))
        elif cell["cell_type"] == "code":
            for output in cell["outputs"]:
                data = output.get("data", {})
                if TYPST_MIME in data:
                    found.append(Piece("".join(data["text/html"]), "".join(data[TYPST_MIME])))
                elif not _silent(output):
                    kind = output["output_type"] + (f" {output['name']}" if "name" in output else "")
                    place = Place(file=file, question=f"cell {number}")
                    problems.append(Problem(R_OUTPUT, place, {"found": kind}))
    if problems:
        raise MandeError(problems)
    return found


def _silent(output: Mapping[str, Any]) -> bool:
    return output["output_type"] == "stream" and output.get("name") == "stderr"


def to_page(parts: list[Piece], front: Front) -> str:
    """Return one self-contained HTML page: no script, no request to any host."""
    body = "\n".join(part.html for part in parts)
    body, contents = _anchored(body)
    answer, mark, rest = body.partition("<h2")
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(_TEMPLATES), autoescape=True)
    return environment.get_template("page.html.j2").render(
        answer=Markup(answer),
        body=Markup(mark + rest),
        css=Markup((_TEMPLATES / "page.css").read_text(encoding="utf-8")),
        contents=contents,
        version=mande.__version__,
        title=front.title,
        kind=front.kind,
        place=front.place,
        run=front.run,
        language=front.language,
    )


def _anchored(body: str) -> tuple[str, list[dict[str, str]]]:
    contents: list[dict[str, str]] = []

    def mark(match: re.Match[str]) -> str:
        anchor = f"section-{len(contents) + 1}"
        contents.append({"anchor": anchor, "text": html.unescape(re.sub(r"<[^>]+>", "", match[1]))})
        return f'<h2 id="{anchor}">{match[1]}</h2>'

    return re.sub(r"<h2>(.*?)</h2>", mark, body), contents


def to_pdf(parts: list[Piece], front: Front) -> bytes:
    """Return a tagged PDF (PDF/UA-1) without date, so that the same report is the same bytes.

    Raises
    ------
    MandeError
        R-PDF with what Typst says.
    """
    head = (
        f"#set document(title: {typst_string(front.title)})\n"
        f"#set text(lang: {typst_string(front.language)})\n"
        f"#titleblock({typst_string(front.kind)}, {typst_string(front.title)}, {typst_string(front.place)})\n"
    )
    body = "\n\n".join(part.typst for part in parts)
    foot = f"\n#smallpar[#{typst_string(f'Run {front.run}, mande {mande.__version__}.')}]\n"
    source = (_TEMPLATES / "report.typ").read_text(encoding="utf-8") + head + body + foot
    try:
        pdf = typst.compile(
            source.encode(), format="pdf", pdf_standards="ua-1", timestamp=0, ignore_system_fonts=True
        )
    except typst.TypstError as error:
        raise MandeError([Problem(R_PDF, Place(), {"found": error.message})]) from error
    return bytes(pdf)


# --- Markdown cells ------------------------------------------------------------------------------


def _markdown(source: str) -> Piece:
    tree = mistune.create_markdown(renderer="ast")(source)
    page = mistune.create_markdown(escape=True)(source)
    if not isinstance(tree, list) or not isinstance(page, str):
        raise TypeError("mistune returned neither a tree nor a page")
    return Piece(page, "\n\n".join(_blocks(tree)))


def _blocks(tokens: list[dict[str, Any]]) -> Iterator[str]:
    for token in tokens:
        match token["type"]:
            case "heading":
                level = token["attrs"]["level"]
                yield f"#heading(level: {max(1, level - 1)})[{_inline(token['children'])}]"
            case "paragraph" | "block_text":
                yield f"#bodypar[{_inline(token['children'])}]"
            case "list":
                items = ", ".join(
                    "[" + "\n\n".join(_blocks(item["children"])) + "]" for item in token["children"]
                )
                yield f"#{'enum' if token['attrs'].get('ordered') else 'list'}({items})"
            case "block_quote":
                yield "#quote(block: true)[" + "\n\n".join(_blocks(token["children"])) + "]"
            case "block_code":
                yield f"#raw({typst_string(token['raw'])}, block: true)"
            case "thematic_break":
                yield "#line(length: 100%)"
            case _:
                text = token.get("raw", "")
                if text.strip():
                    yield f"#bodypar[#{typst_string(text)}]"


def _inline(tokens: list[dict[str, Any]]) -> str:
    return "".join(_span(token) for token in tokens)


def _span(token: Mapping[str, Any]) -> str:
    match token["type"]:
        case "strong":
            return f"#strong[{_inline(token['children'])}]"
        case "emphasis":
            return f"#emph[{_inline(token['children'])}]"
        case "codespan":
            return f"#raw({typst_string(token['raw'])})"
        case "link":
            return f"#link({typst_string(token['attrs']['url'])})[{_inline(token['children'])}]"
        case "softbreak" | "linebreak":
            return " "
        case _:
            return f"#{typst_string(token.get('raw', ''))}"


def heading(text: str) -> Piece:
    """Return a section heading in both renderings."""
    block = Heading(text)
    return Piece(to_html(block), to_typst(block))
