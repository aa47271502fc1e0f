"""Back-checks: error rates by hand, and nothing compared that cannot be."""

from __future__ import annotations

import json

import polars as pl
import pytest
from click.testing import CliRunner

from mande.cli import cli
from mande.errors import MandeError
from mande.pipeline.backchecks import compare_back_check

QUESTIONS = """
format: 1
table: farmers
questions:
  born: {label: {en: Year of birth}, type: integer, backcheck: {type: 1}}
  girl: {label: {en: Has a daughter}, type: yes_no, backcheck: {type: 1}}
  area: {label: {en: Area}, type: number, range: [0, null], backcheck: {type: 2, within: 0.5}}
  mood: {label: {en: Mood}, type: integer, backcheck: {type: 3}}
  hit: {label: {en: Hit}, type: integer, sensitivity: protected}
"""
FIRST = """farmer_id,sex,born,girl,area,mood,hit,enumerator_id
F001,f,1980,yes,2.0,3,1,Ann
F002,f,1970,no,3.0,4,1,Ann
F003,m,1990,yes,1.0,5,1,Ben
F004,m,1960,,4.0,1,1,Ben
F005,f,1950,no,5.0,2,1,Ben
F005,f,1951,no,5.0,2,1,Ben
"""
SECOND = """farmer_id,sex,born,girl,area,mood,hit,enumerator_id
F001,f,1980,YES,2.4,3,2,Zoe
F002,f,1971,no,4.0,2,,Zoe
F003,m,-97,no,-5,5,1,Zoe
F004,m,1960,no,4,4,1,Zoe
F005,f,1950,no,5.0,2,1,Zoe
F009,f,1950,no,5.0,2,1,Zoe
"""


@pytest.fixture(scope="module")
def place(place_with):
    return place_with({"indicators/_questions/back.yaml": QUESTIONS})


@pytest.fixture(scope="module")
def result(place):
    first, second = place.write(FIRST, "first.csv"), place.write(SECOND, "second.csv")
    return compare_back_check(first, second, programme="coop", wave="2023", workspace=place.workspace.root)


def by(frame: pl.DataFrame, name: str) -> dict[tuple[str, int], tuple[int, int]]:
    return {(row[name], row["type"]): (row["errors"], row["compared"]) for row in frame.to_dicts()}


def test_error_rates_by_hand(result):
    assert by(result.rates("enumerator"), "enumerator") == {
        ("Ann", 1): (1, 4),  # F002's year of birth
        ("Ben", 1): (
            2,
            3,
        ),  # F003: does not know the year any more, no daughter; F004's blank is not compared
        ("Ann", 2): (2, 5),  # sex 0 of 2, area 1 of 2 (0.4 is within the tolerance), hit 1 of 1
        ("Ben", 2): (0, 5),  # sex 2, area 1 (-5 is faulty), hit 2
        ("Ann", 3): (1, 2),
        ("Ben", 3): (1, 2),
    }
    assert by(result.rates("question"), "question")["area", 2] == (1, 3)
    assert by(result.rates("checker"), "checker")["Zoe", 1] == (3, 7)


def test_what_is_left_out_is_counted(result):
    assert (result.matched, result.unmatched, result.twice, result.unsound) == (4, ("F009",), ("F005",), 1)


def test_reliability_by_hand(result):
    """Moods 3, 4, 5, 1 and then 3, 2, 5, 4: differences 0, -2, 0, 3."""
    first, gap = pl.Series([3, 4, 5, 1]), pl.Series([0, -2, 0, 3])
    ratio, mean = result.reliability["mood"]
    assert ratio == pytest.approx(1 - gap.var() / 2 / first.var())
    assert mean == pytest.approx(0.25)


def test_the_same_file_twice_has_no_errors_and_full_reliability(place):
    path = place.write(FIRST, "first.csv")
    same = compare_back_check(path, path, programme="coop", wave="2023", workspace=place.workspace.root)
    assert same.compared["differs"].sum() == 0
    assert same.reliability["mood"] == (1.0, 0.0)


def test_the_text_points_at_enumerators_and_hides_protected_answers(result):
    text = result.text()
    assert "Ben, type 1: 66.7 % (2 / 3)  <- look again" in text
    assert "Type 3: 50.0 % of answers differ (2 of 4)." in text
    assert "Par enquêteur" in result.text("fr")
    differences = [d for d in result.record()["differences"] if d["question"] == "hit"]
    assert differences
    assert all(d["first"] is None and d["second"] is None for d in differences)


def test_the_command_prints_it(place):
    first, second = place.write(FIRST, "first.csv"), place.write(SECOND, "second.csv")
    where = ["--workspace", str(place.workspace.root), "-p", "coop", "-w", "2023"]
    done = CliRunner().invoke(cli, ["backcheck", str(first), str(second), "--json", *where])
    assert (done.exit_code, json.loads(done.output)["matched"]) == (0, 4)


def test_a_file_without_ids_is_refused_in_words(place):
    first, second = place.write(FIRST, "first.csv"), place.write("sex,born\nf,1980\n", "second.csv")
    with pytest.raises(MandeError, match="H-MISSING"):
        compare_back_check(first, second, programme="coop", wave="2023", workspace=place.workspace.root)


SHARE = """
format: 1
table: farmers
questions:
  spent: {label: {en: Money spent, fr: Argent dépensé}, type: number, backcheck: {type: 2, within_share: 0.1}}
"""


@pytest.mark.parametrize(
    ("first", "second", "differs"),
    [
        (1000, 1100, False),
        (1000, 900, False),
        (1000, 1101, True),
        (1000, 899, True),
        (0, 1, True),
        (0, 0, False),
    ],
)
def test_amounts_agree_within_a_share_of_the_first(place_with, first, second, differs):
    place = place_with({"indicators/_questions/back.yaml": SHARE})
    files = [
        place.write(f"farmer_id,sex,spent\nF001,f,{value}\n", f"{name}.csv")
        for name, value in (("a", first), ("b", second))
    ]
    found = compare_back_check(*files, programme="coop", wave="2023", workspace=place.workspace.root)
    assert found.compared.filter(question="spent")["differs"].to_list() == [differs]
    text = found.text("fr")
    assert "Argent dépensé" in text
    assert ("100,0 %" if differs else "0,0 %") in text


def test_the_table_is_found_among_those_of_a_file_and_a_roster_keeps_its_rows(place_with):
    import io
    import zipfile

    place = place_with({"indicators/_questions/back.yaml": SHARE})
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("farmers.csv", "farmer_id,sex,spent\nF001,f,10\nF002,m,20\n")
        archive.writestr("plots.csv", "plot_id,farmer_id,area\nP1,F001,1\nP2,F002,2\n")
    both = place.write(buffer.getvalue(), "wave.zip")
    again = place.write("farmer_id,sex,spent\nF001,m,10\n", "again.csv")
    where = {"programme": "coop", "wave": "2023", "workspace": place.workspace.root}
    for table in (None, "farmers"):
        found = compare_back_check(both, again, table=table, **where)
        assert found.matched == 1
        assert found.compared.filter("differs")["question"].to_list() == ["sex"]
    plots = place.write("plot_id,farmer_id,area\nP2,F002,3\n", "plots_again.csv")
    found = compare_back_check(both, plots, table="plots", **where)
    assert (found.matched, found.compared.filter("differs")["key"].to_list()) == (1, ["P2"])


def test_the_library_says_of_its_questions_what_a_difference_means():
    from mande.catalogue import load_catalogue
    from mande.workspace import library_root

    questions = load_catalogue([library_root() / "indicators"]).questions
    households, persons = questions["households"], questions["respondents"]
    assert [households[n].backcheck.type for n in ("head_sex", "hh_size", "region")] == [1, 1, 1]
    assert persons["efficacy_goals"].backcheck.type == 3
    amounts = [
        (name, entry.backcheck)
        for asked in questions.values()
        for name, entry in asked.items()
        if entry.unit.startswith("LCU") and entry.type == "number"
    ]
    assert len(amounts) > 40
    assert {name for name, allowed in amounts if not allowed.within_share} == set()
