"""The page of a verdict: complete without a network or a script, and without anybody's secrets."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from mande.survey.page import SHOWN, verdict_page

BAD = """farmer_id,sex,hours,income,member,crops,interviewed_on,remarks,phone,harassed
F001,f,500,1,yes,tea,2023-06-01,<script>alert(1)</script>,0712345678,9
F002,x,80,1,no,tea,2023-06-02,,0712345679,1
F003,f,about,1,,,,,,
"""


class Reader(HTMLParser):
    """Collects tags, ids and link targets, and checks that elements close."""

    VOID = ("meta", "input", "link", "br")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.text += data


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    assert reader.open == []
    return reader


@pytest.fixture(scope="module")
def verdict(shared_coop):
    return shared_coop.check(BAD)


@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_every_problem_is_on_the_page_in_the_readers_language(verdict, language):
    html = verdict_page(verdict, language=language)
    page = read(html)
    assert f'<html lang="{language}">' in html
    for problem in verdict.problems:
        assert problem.summary(language) in page.text
        assert problem.fix(language) in page.text
    cells = {verdict.cell(p) for p in verdict.problems if p.place.row and p.place.row > 1}
    assert cells <= set(re.findall(r"<td>(\w*)</td>", html))


def test_nothing_is_loaded_and_nothing_runs(verdict):
    html = verdict_page(verdict)
    assert not re.search(
        r"<script|https?:|//|@import|url\(|javascript|\son\w+=", html.replace("<!doctype html>", "")
    )
    assert "<img" not in html


def test_text_of_the_file_stays_text(shared_coop):
    verdict = shared_coop.check("farmer_id,sex,<b>x</b>\nF001,<i>f</i>,1\n")
    html = verdict_page(verdict)
    assert "<i>f" not in html
    assert "&lt;i&gt;f" in html
    assert "<b>x" not in html


def test_no_personal_or_protected_answer_is_on_it(verdict):
    text = read(verdict_page(verdict)).text
    assert "0712345678" not in text
    assert "(hidden)" in text
    assert not re.search(r"\b9\b", text.replace("-97", "").replace("-98", "").replace("-99", ""))


def test_it_can_be_used_with_a_keyboard_and_a_screen_reader(verdict):
    page = read(verdict_page(verdict))
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    targets = {attrs["href"][1:] for tag, attrs in page.tags if tag == "a"}
    assert targets <= set(ids)
    assert {attrs.get("aria-labelledby") for _, attrs in page.tags} - {None} <= set(ids)
    headers = [attrs for tag, attrs in page.tags if tag == "th"]
    assert all(attrs.get("scope") in ("col", "row") for attrs in headers)
    assert sum(tag == "h1" for tag, _ in page.tags) == 1
    assert sum(tag == "main" for tag, _ in page.tags) == 1
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_kinds_can_be_chosen_without_a_script(verdict):
    html = verdict_page(verdict)
    for kind in ("error", "warning"):
        assert f'id="show-{kind}"' in html
        assert f"body:has(#show-{kind}:checked) .cause:not(.{kind})" in html


def test_a_long_cause_is_cut_and_counted(shared_coop):
    rows = "".join(f"F{i:03d},f,500\n" for i in range(SHOWN + 7))
    html = verdict_page(shared_coop.check("farmer_id,sex,hours\n" + rows))
    assert "and 7 more; the marked workbook shows them all" in html


def test_questions_come_with_their_answers_and_command(shared_coop):
    first = shared_coop.write("farmer_id,sex\nF001,f\n", "a.csv")
    unclear = shared_coop.write("alpha,beta\n1,2\n", "b.csv")
    text = read(verdict_page(shared_coop.check_wave(first, unclear))).text
    assert "The upload as a whole" in text
    assert "b.csv" in text.partition("The upload as a whole")[2].partition("plots = table plots")[0]
    assert 'mande answer coop L-TABLE ANSWER --column "b.csv"' in text


def test_a_file_in_order_says_so(shared_coop):
    text = read(verdict_page(shared_coop.check("farmer_id,sex,hours\nF001,f,40\n"))).text
    assert "Nothing has to be mended. Store it: mande accept upload.csv --programme coop --wave 2023" in text
