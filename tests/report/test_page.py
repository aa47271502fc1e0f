"""A page loads nothing, runs nothing, and shows nothing that did not pass disclosure."""

import io
import re
from html.parser import HTMLParser

import nbformat
import pypdf
import pytest

from mande.disclosure import release
from mande.errors import MandeError
from mande.report.blocks import Blocks, Heading, Paragraph
from mande.report.book import Report
from mande.report.page import Front, pieces, to_page, to_pdf
from tests.report.example import evaluation

FRONT = Front("Training grants", "Evaluation report", "Michigan", "abc123")
SECTIONS = [
    "answer",
    "programme",
    "effects",
    "changes",
    "other_methods",
    "checks",
    "responses",
    "method",
    "trail",
]


def notebook(*outputs: dict) -> nbformat.NotebookNode:
    cells = [nbformat.v4.new_code_cell("x", outputs=[nbformat.from_dict(output) for output in outputs])]
    return nbformat.v4.new_notebook(cells=cells)


def shown(blocks: Blocks) -> dict:
    return {
        "output_type": "execute_result",
        "data": blocks._repr_mimebundle_(),
        "metadata": {},
        "execution_count": 1,
    }


def whole() -> nbformat.NotebookNode:
    report = Report(release(evaluation()))
    return notebook(*(shown(report.section(name)) for name in SECTIONS))


class Reader(HTMLParser):
    """Collects tags, and every attribute that could fetch something."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.fetches: list[str] = []
        self.levels: list[int] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        values = dict(attrs)
        if values.get("id"):
            self.ids.append(values["id"])
        if re.fullmatch(r"h[1-6]", tag):
            self.levels.append(int(tag[1]))
        for name in ("src", "href", "xlink:href", "action", "data", "poster"):
            target = values.get(name) or ""
            if target and not target.startswith("#"):
                self.fetches.append(target)


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    return reader


def test_the_page_makes_no_request_and_carries_no_script():
    page = to_page(pieces(whole()), FRONT)
    reader = read(page)
    assert reader.fetches == []
    assert not {"script", "iframe", "link", "object", "embed"} & set(reader.tags)
    assert "url(" not in re.sub(r"url\(#[\w-]+\)", "", page)
    assert "@import" not in page


def test_the_page_has_one_title_a_language_and_headings_in_order():
    page = to_page(pieces(whole()), FRONT)
    reader = read(page)
    assert reader.levels.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in zip(reader.levels, reader.levels[1:], strict=False))
    assert '<html lang="en">' in page
    assert "No description has been provided" not in page


def test_every_entry_of_the_contents_leads_somewhere():
    page = to_page(pieces(whole()), FRONT)
    targets = re.findall(r'<li><a href="#([^"]+)"', page)
    assert targets
    assert set(targets) <= set(read(page).ids)


def test_the_answer_stands_before_everything_else():
    page = to_page(pieces(whole()), FRONT)
    assert page.index('class="headline"') < page.index("<nav") < page.index("<h2")


def test_ids_in_the_page_are_unique_where_links_point_to_them():
    ids = [name for name in read(to_page(pieces(whole()), FRONT)).ids if name.startswith("section-")]
    assert len(ids) == len(set(ids))


def test_markdown_cells_are_text_in_both_renderings():
    source = "## A heading\n\nSome **bold** text, `code`, a [link](#x), <b>raw</b>.\n\n- one\n- two\n\n> said"
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(source)])
    page = to_page(pieces(book), FRONT)
    assert "<strong>bold</strong>" in page
    assert "<b>raw</b>" not in page
    assert to_pdf(pieces(book), FRONT).startswith(b"%PDF")


@pytest.mark.parametrize(
    "output",
    [
        {"output_type": "stream", "name": "stdout", "text": "household 17: Jane"},
        {"output_type": "display_data", "data": {"text/html": "<table></table>"}, "metadata": {}},
        {"output_type": "execute_result", "data": {"text/plain": "42"}, "metadata": {}, "execution_count": 1},
        {"output_type": "display_data", "data": {"image/png": "AAAA"}, "metadata": {}},
    ],
)
def test_an_output_that_did_not_pass_disclosure_stops_the_report(output):
    with pytest.raises(MandeError, match="R-OUTPUT") as caught:
        pieces(notebook(shown(Blocks((Heading("fine"),))), output), file="evaluation.ipynb")
    assert "cell 1" in str(caught.value)
    assert "Jane" not in str(caught.value)


def test_warnings_of_libraries_stay_in_the_notebook():
    output = {"output_type": "stream", "name": "stderr", "text": "a warning"}
    assert pieces(notebook(output)) == []


def test_the_pdf_is_tagged_titled_and_the_same_bytes_twice():
    parts = pieces(whole())
    pdf = to_pdf(parts, FRONT)
    assert pdf == to_pdf(parts, FRONT)
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    assert reader.metadata.title == "Training grants"
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    text = "".join(page.extract_text() for page in reader.pages)
    assert "What this evaluation cannot say" in text
    assert "Run abc123" in text


def test_text_that_looks_like_markup_is_only_text_in_the_pdf():
    block = Blocks((Paragraph('#import "x" $x$ [a] \\ "quoted" <tag> @ref'),))
    pdf = to_pdf(pieces(notebook(shown(block))), FRONT)
    assert '#import "x"' in pypdf.PdfReader(io.BytesIO(pdf)).pages[0].extract_text().replace(
        "“", '"'
    ).replace("”", '"')


def test_no_column_is_without_a_title():
    assert not re.search(r"<th scope=\"col\"[^>]*></th>", to_page(pieces(whole()), FRONT))
