"""Mapping: which column answers which question, and how its numbers and dates are written."""

from __future__ import annotations

import pytest

from mande.errors import MandeError


def test_titles_of_the_file_are_mapped_to_questions(coop, codes):
    coop.mapping("    columns: {fcode: farmer_id, s: sex}\n    ignore: [year]\n")
    verdict = coop.check("year,fcode,s\n2023,F001,f\n")
    assert codes(verdict) == []
    assert verdict.table.titles["farmer_id"] == "fcode"


def test_a_missing_mapped_column_is_named_by_the_title_the_user_knows(coop):
    coop.mapping("    columns: {fcode: farmer_id}\n")
    verdict = coop.check("fcod,sex\nF001,f\n")
    problem = next(p for p in verdict.problems if p.code.id == "H-MISSING")
    assert problem.expected() == "a column titled 'fcode'"
    assert "did you mean fcod?" in problem.found()


def test_decimal_commas_are_read_where_they_are_declared(coop, codes):
    coop.mapping("    decimal: ','\n")
    verdict = coop.check("farmer_id;sex;income\nF001;f;12,5\nF002;f;12.5\n")
    assert verdict.table.frame["income"].to_list() == [12.5, None]
    assert codes(verdict) == ["V-DECIMALCOMMA"]


def test_thousands_are_read_where_they_are_declared_and_stand_in_threes(coop, codes):
    coop.mapping("    thousands: ','\n")
    verdict = coop.check('farmer_id,sex,income\nF001,f,"1,234,567.5"\nF002,f,"12,34"\n')
    assert verdict.table.frame["income"].to_list() == [1234567.5, None]
    assert codes(verdict) == ["V-TYPE"]


def test_marks_that_are_the_same_are_refused(coop):
    coop.mapping("    thousands: '.'\n")
    with pytest.raises(MandeError) as caught:
        coop.check("farmer_id,sex\nF001,f\n")
    assert "must differ" in str(caught.value)


def test_a_point_between_thousands_is_not_taken_for_a_decimal_point(coop, codes):
    coop.mapping("    decimal: ','\n    thousands: '.'\n")
    verdict = coop.check("farmer_id;sex;income\nF001;f;1.234\nF002;f;1.234,5\n")
    assert verdict.table.frame["income"].to_list() == [1234, 1234.5]


def test_numbers_of_a_workbook_keep_their_value_whatever_mark_is_declared(coop, workbook):
    coop.mapping("    decimal: ','\n")
    rows = [["farmer_id", "sex", "income"], ["F001", "f", 12.5], ["F002", "f", "12,5"], ["F003", "f", 1.234]]
    verdict = coop.check(workbook({"Data": rows}))
    assert verdict.table.frame["income"].to_list() == [12.5, 12.5, None]
    assert "V-THOUSANDS" in verdict.counts


@pytest.mark.parametrize(
    ("order", "expected"), [("day_month_year", "2024-04-03"), ("month_day_year", "2024-03-04")]
)
def test_the_order_of_dates_is_declared_not_guessed(coop, order, expected):
    coop.mapping(f"    dates: {order}\n")
    verdict = coop.check("farmer_id,sex,interviewed_on\nF001,f,03/04/2024\n")
    assert str(verdict.table.frame["interviewed_on"][0]) == expected


def test_words_and_numbers_for_no_answer_are_declared(coop, codes):
    coop.mapping("    missing_text: ['.', DK]\n    missing_codes: {income: {999: don't know}}\n")
    verdict = coop.check("farmer_id,sex,hours,income\nF001,f,.,999\nF002,m,DK,999.0\n")
    assert codes(verdict) == []
    assert verdict.table.frame["income"].null_count() == 2
    assert verdict.table.reasons["reason"].to_list() == [
        "not answered",
        "not answered",
        "don't know",
        "don't know",
    ]


def test_a_column_that_repeats_the_wave_keeps_files_out_of_the_wrong_wave(coop, codes):
    coop.mapping("    wave_column: year\n")
    content = "year,farmer_id,sex\n2023,F001,f\n2023,F002,f\n"
    assert codes(coop.check(content, wave="2023")) == []
    verdict = coop.check(content, wave="2024")
    assert codes(verdict) == ["F-WRONGWAVE"]
    problem = next(p for p in verdict.problems if p.code.id == "F-WRONGWAVE")
    assert problem.found() == "2023 in 2 rows"


def test_a_mapping_to_an_unknown_question_is_refused_with_the_likely_one(coop):
    coop.mapping("    columns: {h: hous}\n")
    with pytest.raises(MandeError) as caught:
        coop.check("farmer_id,sex\nF001,f\n")
    assert "did you mean hours?" in str(caught.value)


@pytest.mark.parametrize(
    "title", ["a/b/hours", "a-b-hours", "form.a.hours", "a:hours", "Hours", "a/Hours worked a week"]
)
def test_groups_in_front_of_a_question_do_not_hide_it(shared_coop, title):
    verdict = shared_coop.check(f"farmer_id,sex,{title}\nF001,f,40\n")
    assert verdict.table.frame["hours"].to_list() == [40]
