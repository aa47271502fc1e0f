"""Rosters in the rows above, told by their questions and the numbers behind them; nothing is lost."""

from __future__ import annotations

import pytest
import yaml

from mande.catalogue import load_catalogue
from mande.survey.together import WaveUpload, validate_wave

TABLES = """
farmers: {label: {en: Farmers}, key: farmer_id}
plots: {label: {en: Plots}, key: plot_id, parent: farmers, link: farmer_id}
trees: {label: {en: Trees}, key: tree_id, parent: plots, link: plot_id}
goats: {label: {en: Goats}, key: goat_id, parent: farmers, link: farmer_id}
"""
QUESTIONS = {
    "farmers": {"sex": "text", "month_income_1": "number"},
    "plots": {"area": "number", "soil": "text", "age": "integer"},
    "trees": {"height": "number", "kind": "text"},
    "goats": {"weight": "number", "milk": "number", "age": "integer"},
}


@pytest.fixture
def check(coop, tmp_path):
    """Return a function that validates the text of a file with rosters within rosters."""
    library = tmp_path / "library"
    (library / "_questions").mkdir(parents=True)
    (library / "_tables.yaml").write_text(TABLES, encoding="utf-8")
    for table, names in QUESTIONS.items():
        content = {
            "format": 1, "table": table,
            "questions": {
                name: {"label": {"en": f"{name} of {table}"}, "type": kind}
                | ({"unit": "kg"} if kind != "text" else {})
                for name, kind in names.items()
            },
        }  # fmt: skip
        (library / "_questions" / f"{table}.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    catalogue = load_catalogue([library])

    def run(text: str):
        upload = WaveUpload(coop.programme, "2023", catalogue, coop.folder)
        return validate_wave([coop.write(text)], upload)

    return run


def frames(verdict):
    return {entry.table_name: entry.table.frame for entry in verdict.verdicts}


def codes(verdict):
    return {problem.code.id for problem in verdict.all_problems}


def test_numbers_behind_a_roster_s_questions_make_rows(check):
    verdict = check(
        "farmer_id,sex,plots_count,area_1,soil_1,area_2,soil_2\nF001,f,2,1,clay,2,\nF002,m,0,,,,\n"
    )
    assert frames(verdict)["plots"].select("plot_id", "farmer_id", "area", "soil").rows() == [
        ("F001-1", "F001", 1.0, "clay"), ("F001-2", "F001", 2.0, None),
    ]  # fmt: skip
    assert not codes(verdict) & {"H-EXTRA", "L-WIDE"}


def test_a_roster_within_a_roster_finds_its_row(check):
    verdict = check(
        "farmer_id,area_1,soil_1,height_1_1,kind_1_1,height_1_2,kind_1_2,area_2,soil_2,height_2_1,kind_2_1\n"
        "F001,1,clay,3,oak,4,elm,2,sand,5,fir\n"
    )
    assert frames(verdict)["trees"].select("tree_id", "plot_id", "height", "kind").rows() == [
        ("F001-1-1", "F001-1", 3.0, "oak"), ("F001-1-2", "F001-1", 4.0, "elm"),
        ("F001-2-1", "F001-2", 5.0, "fir"),
    ]  # fmt: skip


def test_a_faulty_cell_of_such_a_roster_is_named_as_the_file_does(check):
    verdict = check(
        "farmer_id,area_1,soil_1,height_1_1,kind_1_1,height_1_2,kind_1_2\nF001,1,clay,3,oak,tall,elm\n"
    )
    (problem,) = [p for p in verdict.all_problems if p.code.id == "V-TYPE"]
    assert (problem.place.row, problem.place.column, problem.found()) == (2, "height_1_2", "tall")
    assert "row 2 (F2): tall" in verdict.text()


def test_a_roster_s_own_ids_are_kept(check):
    verdict = check("farmer_id,plot_id_1,plots_farmer_id_1,area_1\nF001,P77,F001,1\n")
    assert frames(verdict)["plots"].select("plot_id", "farmer_id", "area").rows() == [("P77", "F001", 1.0)]
    assert not codes(verdict) & {"H-TWICE", "H-EXTRA"}


def test_a_number_that_belongs_to_the_question_s_name_makes_no_row(check):
    verdict = check("farmer_id,sex,month_income_1\nF001,f,5\n")
    assert list(frames(verdict)) == ["farmers"]


def test_a_column_that_two_rosters_ask_belongs_where_it_stands(check):
    verdict = check("farmer_id,area_1,soil_1,age_1,goat_id_1,weight_1,age_2\nF001,1,clay,9,G1,30,\n")
    assert "L-WIDE" not in codes(verdict)
    assert frames(verdict)["plots"]["age"].to_list() == [9]


def test_columns_that_cannot_be_placed_are_asked_about_and_the_answer_is_kept(check, coop):
    text = "farmer_id,sex,age_1,age_2\nF001,f,3,4\n"
    verdict = check(text)
    (problem,) = [p for p in verdict.all_problems if p.code.id == "L-WIDE"]
    assert verdict.status == "questions"
    assert [option.value for option in problem.ask.options] == ["plots", "goats", "ignore"]
    assert problem.found() == "age_1, age_2"
    answer = {
        "ask": "L-WIDE",
        "table": "farmers",
        "column": problem.ask.column,
        "by": "Ana",
        "at": "2024-01-01",
    }
    for chosen, rows in (("goats", [("F001-1", 3), ("F001-2", 4)]), ("ignore", None)):
        profile = {"format": 1, "answers": [answer | {"answer": chosen}]}
        (coop.folder / "import_profile.yaml").write_text(yaml.safe_dump(profile), encoding="utf-8")
        again = check(text)
        assert "L-WIDE" not in codes(again)
        found = frames(again).get("goats")
        assert (None if found is None else found.select("goat_id", "age").rows()) == rows
    assert "H-EXTRA" in codes(again)


def test_a_mapped_repeat_hides_no_roster_within_it(check, coop):
    (coop.folder / "mapping.yaml").write_text(
        "format: 1\ntables:\n  plots: {repeat: land, columns: {size: area}}\n", encoding="utf-8"
    )
    verdict = check("farmer_id,size_1,height_1_1,kind_1_1,size_2\nF001,1,3,oak,2\n")
    assert frames(verdict)["plots"]["area"].to_list() == [1.0, 2.0]
    assert frames(verdict)["trees"].select("tree_id", "height").rows() == [("F001-1-1", 3.0)]
    assert not codes(verdict) & {"H-EXTRA", "L-WIDE"}


def test_files_of_repeats_are_of_the_server_that_their_main_file_is_of(coop):
    main = coop.write(
        "farmer_id,sex,SubmissionDate,instanceID,formdef_version,KEY\nF001,f,d,uuid:1,3,uuid:1\n",
        "main.csv",
    )
    plots = coop.write("area,PARENT_KEY,KEY,SET-OF-plots\n1,uuid:1,uuid:1/p[1],x\n", "main-plots.csv")
    verdict = coop.check_wave(main, plots)
    told = [p.summary() for p in verdict.all_problems if p.code.id == "S-PLATFORM"]
    assert told == ["read as an export of SurveyCTO"] * 2


def test_what_commcare_did_not_show_is_skipped_and_counted(coop):
    verdict = coop.check(
        "number,formid,form.farmer_id,form.hours,received_on,form.consent\n0,f1,F001,---,d,no\n"
    )
    assert "V-MISSCODE" not in {p.code.id for p in verdict.problems}
    (told,) = [p for p in verdict.problems if p.code.id == "S-UNASKED"]
    assert told.summary() == "cells in which the server says that the question was not shown: 1"


def test_labels_of_what_our_form_asks_first_are_known(coop):
    head = "farmer_id,hours,Code de l'enquêteur,Vague d'enquête,"
    consent = "\"La personne accepte-t-elle l'entretien, sachant qu'elle peut l'arrêter à tout moment ?\""
    verdict = coop.check(f"{head}{consent}\nF001,40,E1,Follow-up,non\n")
    codes_found = {p.code.id for p in verdict.problems}
    assert {"X-CONSENT", "F-WRONGWAVE", "H-INTERVIEW"} <= codes_found
    assert "H-EXTRA" not in codes_found


def test_a_column_of_waves_numbered_otherwise_speaks_against_nothing(coop):
    verdict = coop.check("farmer_id,sex,wave\nF001,f,1\n")
    assert "F-WRONGWAVE" not in {p.code.id for p in verdict.problems}
    verdict = coop.check("farmer_id,sex,wave\nF001,f,2024\n")
    assert "F-WRONGWAVE" in {p.code.id for p in verdict.problems}


def test_the_likeliest_table_of_an_unclear_repeat_comes_first_with_its_reason(coop):
    main = coop.write("farmer_id,sex,KEY,SubmissionDate,ReviewState\nF001,f,u1,d,\n", "a.csv")
    child = coop.write("plot_number,plot_area,plot_note,PARENT_KEY,KEY\n1,2,x,u1,k\n", "a-land_repeat.csv")
    verdict = coop.check_wave(main, child)
    (problem,) = [p for p in verdict.problems if p.code.id == "L-TABLE"]
    assert problem.ask.options[0].value == "plots"
    assert problem.ask.options[0].meaning.en == "table plots (plot_area = area)"
    assert "likeliest plots: plot_area = area" in problem.found()
