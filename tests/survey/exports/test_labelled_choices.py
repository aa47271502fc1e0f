"""Choice columns that carry labels, choices that no question has, and repeats in the row above by name."""

from __future__ import annotations

import pytest

from mande.errors import MandeError


def crops(verdict) -> list[str | None]:
    return verdict.table.frame["crops"].to_list()


def found(verdict, code):
    return [p for p in verdict.problems if p.code.id == code]


@pytest.mark.parametrize("titles", [("Maize", "Beans", "Tea"), ("Maïs", "Haricots", "Thé")])
def test_columns_with_the_labels_of_choices_are_those_choices(shared_coop, titles):
    header = ",".join(f"hh/crops/{title}" for title in titles)
    verdict = shared_coop.check(f"farmer_id,sex,{header}\nF001,f,1,0,1\nF002,m,FALSE,TRUE,FALSE\n")
    assert crops(verdict) == ["maize tea", "beans"]
    assert verdict.status == "ok"


def test_a_list_of_labels_beside_them_agrees_in_any_order(shared_coop):
    header = "farmer_id,sex,crops,crops/Maize,crops/Beans,crops/Tea\n"
    verdict = shared_coop.check(header + "F001,f,Tea Maize,1,0,1\nF002,m,,0,0,0\n")
    assert crops(verdict) == ["maize tea", None]
    assert verdict.status == "ok"
    verdict = shared_coop.check(header + "F001,f,Tea Beans,1,0,1\n")
    (problem,) = found(verdict, "X-MULTI-COLUMNS")
    assert (problem.severity, problem.place.row, problem.place.column) == ("error", 2, "crops")


def test_the_code_of_one_choice_wins_over_the_label_of_another(place_with):
    coop = place_with(
        {
            "indicators/_questions/more.yaml": "format: 1\ntable: farmers\nquestions:\n"
            "  tools:\n    label: {en: Tools}\n    type: multiple\n"
            "    choices: {hoe: {en: Plough}, plough: {en: Big plough}}\n"
        }
    )
    verdict = coop.check("farmer_id,sex,tools/hoe,tools/plough\nF001,f,0,1\n")
    assert verdict.table.frame["tools"].to_list() == ["plough"]


def test_a_ticked_choice_that_the_question_does_not_have_is_an_error(coop):
    text = "farmer_id,sex,crops/maize,crops/beans,crops/cassava\nF001,f,1,0,1\nF002,m,0,1,0\n"
    verdict = coop.check(text)
    (problem,) = found(verdict, "X-MULTI-CHOICE")
    assert (problem.severity, problem.place.column, verdict.cell(problem)) == ("error", "crops/cassava", "E1")
    with pytest.raises(MandeError, match="X-MULTI-CHOICE"):
        coop.accept(verdict)
    coop.mapping("    ignore: [crops/cassava]\n")
    assert coop.check(text).status == "ok"
    coop.mapping("    choices: {crops: {cassava: tea}}\n")
    assert crops(coop.check(text)) == ["maize tea", "beans"]


@pytest.mark.parametrize("column", ["crops/cassava,\n0", "crops/other_text,\nsorghum", "crops_note,\n1"])
def test_what_nobody_ticked_or_is_no_mark_is_only_a_column_too_many(shared_coop, column):
    title, _, cell = column.partition(",\n")
    verdict = shared_coop.check(f"farmer_id,sex,crops/maize,{title}\nF001,f,1,{cell}\n")
    assert found(verdict, "X-MULTI-CHOICE") == []
    assert crops(verdict) == ["maize"]


def test_a_text_for_no_answer_is_no_strange_mark(coop):
    coop.mapping("    missing_text: [n/a]\n")
    verdict = coop.check("farmer_id,sex,crops/maize,crops/beans\nF001,f,n/a,n/a\nF002,m,1,0\n")
    assert (verdict.status, crops(verdict)) == ("ok", [None, "maize"])


def test_a_repeat_in_the_row_above_that_is_called_as_its_table_is_read(coop):
    path = coop.write("farmer_id,sex,plots[1]/area,plots[2]/area\nF001,f,1.5,2\nF002,m,,\n")
    verdict = coop.check_wave(path)
    assert [entry.table_name for entry in verdict.verdicts] == ["farmers", "plots"]
    rows = verdict.verdicts[1].table.frame.select("farmer_id", "plot_id", "area").rows()
    assert rows == [("F001", "F001-1", 1.5), ("F001", "F001-2", 2.0)]
