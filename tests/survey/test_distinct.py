"""Cells by distinct text: nothing is lost, and texts come in the order of the file."""

from __future__ import annotations

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from mande.survey.distinct import Distinct

cells = st.lists(st.tuples(st.text(max_size=14), st.booleans() | st.none()), max_size=40)


@settings(deadline=None)
@given(cells=cells)
def test_marked_cells_keep_their_row_and_text(cells):
    texts = pl.Series([text for text, _ in cells], dtype=pl.String)
    marks = pl.Series([mark for _, mark in cells], dtype=pl.Boolean)
    marked = [(row, text) for row, (text, mark) in enumerate(cells) if mark]
    found = Distinct.of(texts, marks)
    assert list(zip(found.indices, [found.texts[n] for n in found.which], strict=True)) == marked
    assert list(found.texts) == list(dict.fromkeys(text for _, text in marked))
    assert dict(zip(found.texts, found.counts(), strict=True)) == {
        text: sum(other == text for _, other in marked) for text in found.texts
    }
    firsts = [next(row for row, text in marked if text == wanted) for wanted in found.texts]
    assert [found.first(text) for text in found.texts] == firsts
    assert found.firsts(pl.Series(range(len(cells)), dtype=pl.Int64)) == firsts


@settings(deadline=None)
@given(cells=cells, data=st.data())
def test_chosen_texts_leave_the_cells_that_hold_them(cells, data):
    texts = pl.Series([text for text, _ in cells], dtype=pl.String)
    found = Distinct.of(texts, pl.Series([True] * len(cells), dtype=pl.Boolean))
    n = len(found.texts)
    keep = data.draw(st.lists(st.booleans(), min_size=n, max_size=n))
    kept = {text for text, is_kept in zip(found.texts, keep, strict=True) if is_kept}
    fewer = found.chosen(keep)
    rows = [row for row, (text, _) in enumerate(cells) if text in kept]
    assert fewer.indices.to_list() == found.rows(keep).to_list() == rows
    assert [fewer.texts[n] for n in fewer.which] == [cells[row][0] for row in rows]
    assert found.count(keep) == len(rows)
