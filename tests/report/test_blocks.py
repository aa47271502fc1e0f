"""Blocks escape everything, name their tables, and come out in both renderings."""

import re

import pytest
import typst
from hypothesis import given, settings
from hypothesis import strategies as st

from mande.report.blocks import (
    TYPST_MIME,
    Answer,
    Blocks,
    Bullets,
    Callout,
    Fact,
    Facts,
    Figure,
    Heading,
    Paragraph,
    TableBlock,
    to_html,
    to_typst,
)
from mande.report.page import Front, Piece, to_pdf
from mande.results import Table

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><rect width="5" height="5"/></svg>'
TABLE = Table("A caption", ("name", "share_x", "count"), (("a", 0.25, 3), ("b", None, 4)), ("A note.",))
FRONT = Front("T", "Evaluation report", "Here", "run")
EVERY_KIND = [
    Heading("A & B"),
    Heading("Smaller", level=3),
    Paragraph("**bold** and *emphasis*"),
    Paragraph("small", style="small"),
    Bullets(("one", "two")),
    Callout("limit", "Title", "Text", "Advice"),
    Facts((Fact("36", "firms"),)),
    Answer("Q?", "A.", "Sure."),
    Figure(SVG, "Title", "Description"),
    TableBlock(TABLE),
]


def test_markup_in_answers_and_definitions_is_text():
    page = to_html(Paragraph('<script>alert("x")</script> & **bold**'))
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "<strong>bold</strong>" in page


def test_a_table_has_caption_scopes_and_a_name_for_its_scrolling_region():
    page = to_html(TableBlock(TABLE))
    assert "<caption>A caption</caption>" in page
    assert page.count('scope="col"') == 3
    assert page.count('scope="row"') == 2
    assert 'role="region" tabindex="0" aria-label="A caption"' in page
    assert "A note." in page


def test_an_absent_number_is_a_dash_and_formats_apply_to_numbers_only():
    block = TableBlock(TABLE, formats={"share_x": lambda cell: f"{cell:.0%}"}, headers={"share_x": "share"})
    headers, rows, numeric = block.cells()
    assert headers == ["Name", "Share", "Count"]
    assert rows == [["a", "25%", "3"], ["b", "–", "4"]]
    assert numeric == [False, True, True]


def test_a_figure_carries_its_description_for_who_cannot_see_it():
    page = to_html(Figure(SVG, "Effects", 'Scrap "fell"'))
    assert 'role="img" aria-label="Effects Scrap &quot;fell&quot;"' in page


def test_a_callout_says_its_status_in_words():
    assert "Cannot be shown" in to_html(Callout("limit", "t", "x"))
    assert "Cannot be shown" in to_typst(Callout("limit", "t", "x"))


def test_a_cell_shows_html_and_carries_the_other_renderings():
    bundle = Blocks((Heading("H"),))._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain", TYPST_MIME}


def test_blocks_join():
    assert (Blocks((Heading("a"),)) + Blocks((Heading("b"),))).html().count("<h2") == 2


def test_every_kind_of_block_can_be_set_as_pdf():
    parts = [Piece(to_html(block), to_typst(block)) for block in EVERY_KIND]
    assert to_pdf(parts, FRONT).startswith(b"%PDF")


@given(st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc")), max_size=60))
@settings(max_examples=60, deadline=None)
def test_any_text_is_set_as_itself(text):
    source = "#set document(title: [t])\n" + "#let bodypar(b) = par(b)\n" + to_typst(Paragraph(text))
    assert typst.compile(source.encode(), format="svg")
    assert not re.search(r"<(?!/?(p|strong|em)>)", to_html(Paragraph(text)))


@pytest.mark.parametrize("status", ["good", "caution", "limit", "information"])
def test_every_status_has_its_colour_in_both_styles(status):
    assert to_pdf([Piece("", to_typst(Callout(status, "t", "x")))], FRONT)
