"""Cases 28, 29 and 67: titles that are labels, units that changed, amounts in several units."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from mande.catalogue import load_catalogue

MORE = """format: 1
table: farmers
questions:
  yield_kg: {label: {en: Yield, fr: Rendement}, type: number, unit: kg, range: [0, 5000]}
  wage: {label: {en: Wage, fr: Salaire}, type: number, unit: LCU, per: day}
  people: {label: {en: Size of the household}, type: integer, unit: people}
  sold: {label: {en: Quantity sold}, type: number, unit: kg, range: [0, 5000], unit_column: sold_unit,
         unit_key: {product: coffee_green}}
  sold_unit:
    label: {en: Unit sold}
    type: choice
    choices: {kg: {en: Kilograms}, bag: {en: Bags}, tin: {en: Tins}}
  paid: {label: {en: Pay}, type: number, unit: LCU, per: month, unit_column: paid_per}
  paid_per:
    label: {en: Pay period}
    type: choice
    choices: {day: {en: Day}, week: {en: Week}, month: {en: Month}, USD: {en: US dollars}}
  work_hours: {label: {en: Time spent}, type: number, unit: hours}
  play_hours: {label: {en: Time spent}, type: number, unit: hours}
  keeps_bees: {label: {en: Keeps bees}, type: yes_no}
  honey: {label: {en: Honey}, type: number, unit: kg, when: keeps_bees, when_skipped: zero}
  hives: {label: {en: Kind of hives}, type: text, when: keeps_bees}
"""
CONVERSION = """format: 1
id: unit_conversion
version: 1
label: {en: Kilograms in a local unit}
unit: kg
by: [unit, product]
lasts: open
values:
  - {start: 2011-03-28, value: 60, key: {unit: bag, product: coffee_green}, source: "Trade rules"}
"""
BASE = "farmer_id,sex"


@pytest.fixture
def place(coop):
    root = coop.workspace.root
    (root / "indicators/_questions/more.yaml").write_text(MORE, encoding="utf-8")
    (root / "indicators/_parameters").mkdir()
    (root / "indicators/_parameters/unit_conversion.yaml").write_text(CONVERSION, encoding="utf-8")
    return replace(coop, catalogue=load_catalogue([root / "indicators"]))


def table(title, *values):
    """A file with an id, the sex, and further columns."""
    lines = [f"F{number:03d},f,{value}" for number, value in enumerate(values, start=1)]
    return "\n".join([f"{BASE},{title}", *lines]) + "\n"


def answer(place, code, given, column):
    path = place.folder / "import_profile.yaml"
    line = (
        f'  - {{ask: {code}, table: farmers, column: "{column}", answer: "{given}", by: A, at: 2024-01-01}}\n'
    )
    path.write_text(f"format: 1\nanswers:\n{line}", encoding="utf-8")


def found(verdict, code):
    return [(p.severity.value, p.place.row, p.place.column) for p in verdict.problems if p.code.id == code]


def test_case_28_labels_in_another_language_are_read_and_said(place):
    verdict = place.check("Code du producteur,Sexe,Heures par semaine\nF001,f,40\n")
    assert set(verdict.table.titles) == {"farmer_id", "sex", "hours"}
    assert found(verdict, "H-LABELS") == [("note", 1, "")]
    told = next(p for p in verdict.problems if p.code.id == "H-LABELS")
    assert told.found() == "3 of 3 columns (fr)"


def test_case_28_a_label_of_two_questions_is_asked(place):
    text = table("Time spent", 30)
    verdict = place.check(text)
    assert found(verdict, "H-LABELS") == [("question", 1, "Time spent")]
    assert "H-EXTRA" not in verdict.counts
    answer(place, "H-LABELS", "play_hours", "Time spent")
    verdict = place.check(text)
    assert (verdict.status, verdict.table.frame["play_hours"].to_list()) == ("ok", [30])


@pytest.mark.parametrize("title", ["yield_bags", "Yield (bags)", "yield_kg_bags", "YIELD_BAGS"])
def test_case_29_a_changed_unit_in_the_title_is_asked_and_the_factor_kept(place, title):
    text = table(title, 2, 10, 100)
    verdict = place.check(text)
    assert found(verdict, "H-UNIT") == [("question", 1, title)]
    assert "yield_kg" not in verdict.table.titles
    assert verdict.status == "questions"
    answer(place, "H-UNIT", "60", title)
    verdict = place.check(text)
    assert verdict.table.frame["yield_kg"].to_list() == [120, 600, None]
    assert found(verdict, "V-RANGE") == [("error", 4, title)]


def test_case_29_the_questions_own_unit_in_the_title_is_no_question(place):
    assert "H-UNIT" not in place.check(table("yield_kg", 2)).counts


def test_case_67_a_unit_column_converts_by_sourced_parameters_and_asks_for_the_rest(place):
    text = table("sold,sold_unit", "5,kg", "2,bag", "90,bag", "3,tin", "4,")
    verdict = place.check(text)
    assert verdict.table.frame["sold"].to_list() == [5, 120, None, None, None]
    assert found(verdict, "X-CONVERTED") == [("note", None, "sold")]
    assert "1 bag = 60 kg (Trade rules)" in next(
        p.found() for p in verdict.problems if p.code.id == "X-CONVERTED"
    )
    assert found(verdict, "V-RANGE") == [("error", 4, "sold")]
    assert found(verdict, "X-UNIT") == [("question", None, "sold")]
    assert found(verdict, "X-NOUNIT") == [("error", 6, "sold")]
    answer(place, "X-UNIT", "17.5", "sold = tin")
    assert place.check(text).table.frame["sold"][3] == 52.5


def test_case_67_periods_of_the_calendar_are_converted_and_others_asked(place):
    verdict = place.check(table("paid,paid_per", "100,month", "12,week", "3,day"))
    assert verdict.table.frame["paid"].to_list() == [100, pytest.approx(52), None]
    asked = next(p for p in verdict.problems if p.code.id == "X-UNIT")
    assert (asked.severity, asked.ask.column) == ("question", "paid = day")


def test_case_67_a_missing_code_stays_one_whatever_the_unit(place):
    verdict = place.check(table("sold,sold_unit", "-98,bag", "2,bag"))
    assert verdict.table.frame["sold"].to_list() == [None, 120]
    assert verdict.table.missing["sold"]["reason"].to_list() == ["refused"]


def test_case_67_two_heaps_of_amounts_are_asked_about(place):
    wages = [200 + 7 * number for number in range(30)]
    text = table("wage", *wages, *(26 * wage for wage in wages[10:20:2]))
    verdict = place.check(text)
    assert found(verdict, "X-UNIT") == [("question", None, "wage")]
    told = next(p for p in verdict.problems if p.code.id == "X-UNIT")
    assert told.found() == "5 answers are about 26 times the others: another unit or period?"
    answer(place, "X-UNIT", "same", "wage")
    assert "X-UNIT" not in place.check(text).counts


def test_case_67_one_heap_with_a_long_tail_is_not_asked_about(place):
    wages = [round(100 * 1.15**number) for number in range(50)]
    assert "X-UNIT" not in place.check(table("wage", *wages)).counts


def test_case_67_small_whole_numbers_are_no_heaps(place):
    # One person, or six: between 1 and 2 there is no other size of a household.
    sizes = [1] * 7 + [2, 3, 4, 5, 5, 6, 6, 6, 7, 7, 8, 8, 9, 9, 6, 5, 4] * 3
    assert "X-UNIT" not in place.check(table("people", *sizes)).counts


def test_empty_cells_of_skipped_questions_are_zero_or_not_applicable(place):
    verdict = place.check(table("keeps_bees,honey,hives", "no,,", "yes,,", ",,", "yes,4,box", "no,3,"))
    assert verdict.table.frame["honey"].to_list() == [0, None, None, 4, 3]
    reasons = verdict.table.reasons.filter(pl.col("question").is_in(["honey", "hives"]))
    assert {(key, question): reason for _, key, question, reason in reasons.iter_rows()} == {
        ("F002", "honey"): "not answered", ("F003", "honey"): "not answered",
        ("F001", "hives"): "not applicable", ("F002", "hives"): "not answered",
        ("F003", "hives"): "not answered", ("F005", "hives"): "not applicable",
    }  # fmt: skip
