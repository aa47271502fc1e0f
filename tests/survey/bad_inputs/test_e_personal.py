"""Case 69: columns that identify people are asked about, locked away, and false alarms are cheap."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from mande.catalogue import load_catalogue
from mande.errors import MandeError
from mande.survey.personal import kind_of
from mande.survey.vault import read_identities
from tests.survey.conftest import make_place

QUESTIONS = """
  village: {label: {en: Village}, type: text}
  contact: {label: {en: Contact}, type: text}
  gps_lat: {label: {en: Latitude}, type: number}
"""


@pytest.fixture
def place(tmp_path):
    coop = make_place(tmp_path)
    path = tmp_path / "indicators" / "_questions" / "farmers.yaml"
    path.write_text(path.read_text(encoding="utf-8") + QUESTIONS, encoding="utf-8")
    return replace(coop, catalogue=load_catalogue([tmp_path / "indicators"]))


NAMES = ["Amina Wanjiru", "José Peña", "Ben Otieno", "Cora Lee", "Dede Ayité", "Eve Mutua", "Faith Njeri",
         "Gil Sanz", "Hana Abebe", "Ivo Costa", "Jane Doe", "Kofi Mensah"]  # fmt: skip


@pytest.mark.parametrize(
    ("title", "cells", "kind"),
    [
        ("First Name", ["x"], "name"),
        ("q7", NAMES, "name"),
        ("q7", ["0712345678", "0712345679", ""], "phone"),
        ("q7", ["+254 712 345 678"], "phone"),
        ("q7", ["a@b.org"], "email"),
        ("National ID", ["1"], "identity"),
        ("q7", [f"{n}2345678" for n in range(10, 30)], "identity"),
        ("place", ["-1.28333 36.81667 0 5"], "place"),
        ("photo", ["1688123.jpg"], "photo"),
        ("village", [f"V{n}" for n in range(12)], "small place"),
        ("remarks", ["fine", "ask at 0712345678 in the evening"], "free text"),
        ("remarks", ["me llamo Juan"], "free text"),
        # no false alarms
        ("village", ["Kiambu", "Thika"] * 10, None),
        ("crop", ["Maize", "Beans"] * 10, None),
        ("variety", ["Hybrid Maize", "Local Beans"] * 10, None),
        ("remarks", ["paid 12000 in 2023", "harvest 0.75 ha"], None),
        ("code", ["A1", "B2"], None),
        ("q7", ["", ""], None),
    ],
)
def test_case_69_what_identifies_people_is_found_by_title_or_content(title, cells, kind):
    assert kind_of(title, pl.Series(cells, dtype=pl.String)) == kind


@pytest.mark.parametrize(
    ("cells", "kind"), [(["-1.28333", "-1.29001"], "place"), (["-1.283", "-1.29"], None), (["12", "3"], None)]
)
def test_case_69_coordinates_with_more_than_three_decimals_are_exact_places(cells, kind):
    assert kind_of("gps_lat", pl.Series(cells), is_number=True) == kind


def rows(column: str, values: list[str]) -> str:
    lines = [f"F{n + 1:03d},f,{value}" for n, value in enumerate(values)]
    return "\n".join([f"farmer_id,sex,{column}", *lines]) + "\n"


UPLOAD = rows("contact", ["0712345678", "0712345679", "0712345670"])


def found(verdict, code):
    return [p for p in verdict.problems if p.code.id == code]


def answer(place, given, column="contact"):
    path = place.folder / "import_profile.yaml"
    path.write_text(
        f"format: 1\nanswers: [{{ask: P-PII, table: farmers, column: {column}, answer: {given}, by: A, "
        "at: 2024-01-01}]\n",
        encoding="utf-8",
    )


def test_case_69_a_column_that_would_be_stored_is_asked_about_and_blocks(place):
    verdict = place.check(UPLOAD)
    (problem,) = found(verdict, "P-PII")
    assert (problem.severity.value, problem.place.column) == ("question", "contact")
    assert [option.value for option in problem.ask.options] == ["personal", "not_personal"]
    assert "phone numbers" in problem.summary()
    assert "0712345678" not in verdict.text() + verdict.as_json()
    with pytest.raises(MandeError, match="P-PII"):
        place.accept(UPLOAD)
    assert not (place.folder / "waves").exists()


def test_case_69_answered_personal_the_column_goes_to_the_locked_store(place):
    answer(place, "personal")
    verdict = place.check(UPLOAD)
    assert [p.severity.value for p in found(verdict, "P-LOCKED")] == ["note"]
    place.accept(verdict)
    stored = b"".join(p.read_bytes() for p in (place.folder / "waves").rglob("*") if p.is_file())
    assert b"0712345678" not in stored
    frame = read_identities(place.workspace.store("coop"), "coop", "2023", 1, "farmers", None)
    assert frame["contact"].to_list() == ["0712345678", "0712345679", "0712345670"]


def test_case_69_a_false_alarm_costs_one_answer(place):
    answer(place, "not_personal")
    verdict = place.check(UPLOAD)
    assert not found(verdict, "P-PII")
    assert [p.severity.value for p in found(verdict, "P-OPEN")] == ["note"]
    assert place.accept(verdict).personal == ()


def test_case_69_exact_coordinates_in_a_number_are_asked_about(place):
    (problem,) = found(place.check(rows("gps_lat", ["-1.283331", "-1.283332"])), "P-PII")
    assert (problem.severity.value, problem.place.column) == ("question", "gps_lat")


def test_case_69_a_column_that_is_not_kept_is_only_warned_of(place):
    (problem,) = found(place.check(rows("Mobile", ["0712345678"])), "P-PII")
    assert problem.severity.value == "warning"


@pytest.mark.parametrize(
    ("title", "cells", "kind"),
    [
        ("nin", ["CM1234567890XY", "CF9372589818XY"], "identity numbers"),
        ("national_id_number", ["12345678", "23456789"], "identity numbers"),
        ("code_2", [f"CM{number}XY" for number in range(6618403320, 6618403335)], "identity numbers"),
        ("lat_gps", ["0.233949", "0.442721"], "exact places"),
        ("gps_lon", ["32.768399", "32.564963"], "exact places"),
        ("interview/gps_longitude", ["-32.768399", "32.564963"], "exact places"),
        ("phone_number", ["772123456", "772123457"], "phone numbers"),
        ("respondent_phone_number_2", ["772123456", "772123457"], "phone numbers"),
    ],
)
def test_case_69_identity_numbers_exact_places_and_phones_are_told_apart_in_further_columns(
    place, title, cells, kind
):
    verdict = place.check(further(title, cells))
    (problem,) = found(verdict, "P-PII")
    assert (problem.place.column, problem.severity.value) == (title, "warning")
    assert f"({kind})" in problem.summary()


@pytest.mark.parametrize(
    ("title", "cells"), [("owns_phone", ["yes", "no"]), ("gps_lat", ["1", "2"]), ("plot_id", ["P1", "P2"])]
)
def test_case_69_a_title_alone_is_no_alarm(place, title, cells):
    assert not found(place.check(further(title, cells)), "P-PII")


def further(title, cells):
    lines = [f"F{number:03d},f,{cell}" for number, cell in enumerate(cells, start=1)]
    return "\n".join([f"farmer_id,sex,{title}", *lines]) + "\n"
