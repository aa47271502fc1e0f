"""What looks like a person is taken out of values; amounts, dates and codes are left in."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mande.errors import Code, Place, Problem, Text
from mande.masking import masked
from mande.survey.page import verdict_page
from tests.survey.conftest import make_place


@pytest.mark.parametrize(
    "text",
    [
        "0772123456 Amina", "Amina 0772123456", "call Amina Nakato on 0772123456", "+256 772 123 456",
        "00256772123456", "0772 123 456", "0772-123-456", "256772123456", "772123456 Amina",
        "a.nakato@example.org", "CM1234567890XY", "CM92012104VKTA", "0.347512, 32.581123",
    ],
)  # fmt: skip
def test_phones_addresses_identity_numbers_and_places_go_and_the_name_beside_them(text):
    assert "Amina" not in masked(text)
    assert "(hidden)" in masked(text)
    assert not any(part in masked(text) for part in ("772", "nakato", "CM", "347"))
    sentence = masked(f"Row 5: {text}", "fr", is_sentence=True)
    assert "(masqué)" in sentence
    assert "772" not in sentence


def test_a_name_before_a_long_number_goes_in_a_cell_s_text():
    assert masked("Amina 772123456") == "(hidden)"


@pytest.mark.parametrize(
    "text",
    [
        "150000", "1500000 UGX", "900000000, 2,232 times", "2024-03-01T09:16:00.000+03:00", "UG0001",
        "KE000123", "1.234,50", "0.0123456789", "003/2019/1111", "from 2023-03-02 to 2023-04-20", "-500",
        "uuid:6c0f2b1e-1111-2222-3333-444455556666", "1.23457E+15", "about 5", "#DIV/0!", "rows 12-14, 20-34",
    ],
)  # fmt: skip
def test_amounts_dates_codes_and_marks_stay(text):
    assert masked(text) == text
    assert masked(text, is_sentence=True) == text


@given(st.integers(-(10**8), 10**8))
def test_no_amount_is_taken_for_a_person(value):
    assert masked(str(value)) == str(value)


@given(st.text())
def test_what_is_masked_once_is_not_masked_again(text):
    assert masked(masked(text)) == masked(text)


CODE = Code("T", Text("{found} is wrong"), Text("not {found}"), Text("mend {hint}"))


def test_every_part_of_a_message_is_masked_but_the_respondent_s_id():
    values = {"found": "0772123456", "hint": Text("write to Amina 0772123456", "Amina 0772123456")}
    problem = Problem(CODE, Place(row=2), values)
    parts = (problem.summary(), problem.found(), problem.expected(), problem.fix("fr"), problem.text("es"))
    assert not any("0772" in part or "Amina" in part for part in parts)
    named = Problem(CODE, Place(row=2, respondent="0772123456"), values)
    assert named.found() == "0772123456"


def test_a_phone_in_a_cell_for_money_stands_neither_in_text_nor_page_nor_json(tmp_path):
    coop = make_place(tmp_path)
    text = "farmer_id,sex,income,remarks\nF001,Amina 0772123456,0772123456 Amina,x\n"
    verdict = coop.check(text)
    assert {"V-TYPE", "V-ENUM"} <= {p.code.id for p in verdict.problems}
    shown = (
        verdict.text("en"),
        verdict.text("fr"),
        verdict_page(verdict),
        verdict.as_json(),
        json.dumps(verdict.report().to_dicts()),
    )
    for told in shown:
        assert "0772" not in told
        assert "Amina" not in told
    assert "(hidden)" in shown[0]
    assert "(masqué)" in shown[1]
