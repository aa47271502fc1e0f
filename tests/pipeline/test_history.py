"""What was accepted and what changed can be looked up, and gives nobody away."""

from __future__ import annotations

import json
import re

import pytest

from mande.pipeline.uploads import accept
from tests.pipeline.coop import make_coop, run

HEAD = "farmer_id,sex,hours,income,phone,harassed\n"
FIRST = HEAD + "F001,f,40,100,0712345678,0\nF002,m,35,-98,0712345679,1\nF003,f,30,300,0712345670,3\n"
SECOND = HEAD + "F001,f,44,100,0700000000,2\nF002,m,35,200,0712345679,1\nF004,m,20,400,0712345671,0\n"


@pytest.fixture
def place(tmp_path, monkeypatch):
    return make_coop(tmp_path, monkeypatch)


def both(place):
    for text, options in ((FIRST, {}), (SECOND, {"revision": True, "reason": "called back"})):
        path = place.write(text)
        accept(path, programme="coop", wave="2023", by="Amina", workspace=place.workspace.root, **options)


def test_the_history_tells_who_when_how_many_and_why(place):
    assert "No wave" in run(place, "waves", "coop").output
    both(place)
    text = run(place, "waves", "coop").output
    assert re.search(r"2023  r001  \d{4}-\d\d-\d\d \d\d:\d\d UTC  Amina  3 farmers  [0-9a-f]{12}", text)
    assert "reason: called back" in text
    records = json.loads(run(place, "waves", "coop", "--json").output)
    assert [(r["revision"], r["reason"], r["rows"]) for r in records] == [
        (1, "", {"farmers": 3}),
        (2, "called back", {"farmers": 3}),
    ]


def test_revisions_are_compared_row_by_row_and_question_by_question(place):
    both(place)
    record = json.loads(run(place, "diff", "coop", "2023", "--json").output)
    (table,) = record["tables"]
    assert (table["same"], table["changed"], table["ids_new"], table["ids_gone"]) == (
        0,
        2,
        ["F004"],
        ["F003"],
    )
    assert {c["question"]: (c["count"], c["examples"]) for c in table["changes"]} == {
        "hours": (1, [["F001", "40", "44"]]),
        "income": (1, [["F002", "(refused)", "200"]]),
        "harassed": (1, []),
    }


def test_no_personal_or_protected_value_is_in_a_comparison(place):
    both(place)
    text = run(place, "diff", "coop", "2023", "--revisions", "1", "2").output
    assert "2023 r001  ->  2023 r002" in text
    assert "harassed: 1 (values are not shown)" in text
    assert "0700000000" not in text
    assert "phone" not in text


def test_two_waves_are_compared(place):
    for wave, text in (("2023", FIRST), ("2024", SECOND)):
        path = place.write(text)
        accept(path, programme="coop", wave=wave, by="A", workspace=place.workspace.root)
    text = run(place, "diff", "coop", "2023", "2024").output
    assert "farmers: rows 0 the same, 2 changed, 1 new, 1 gone" in text


@pytest.mark.parametrize(
    "arguments", [("2023",), ("2023", "2024"), ("2023", "2024", "--revisions", "1", "2")]
)
def test_what_cannot_be_compared_is_said(place, arguments):
    accept(place.write(FIRST), programme="coop", wave="2023", by="A", workspace=place.workspace.root)
    done = run(place, "diff", "coop", *arguments)
    assert done.exit_code == 3
    assert "P-COMPARE" in done.output or "A-NONE" in done.output
