"""Exports of servers become the tables of a wave: end to end, from files to typed rows."""

import datetime as dt
import zipfile

import pytest

from mande.survey.forms.form import FormQuestion, SurveyForm
from mande.survey.forms.snapshot import form_text
from mande.survey.profile import Answer, ImportProfile
from mande.survey.together import WaveUpload, validate_wave

KOBO_FARMERS = [
    ["grp/farmer_id", "grp/sex", "grp/crops", "grp/crops/maize", "grp/crops/tea", "_uuid", "_submission_time",
     "_index", "_validation_status"],
    ["F001", "f", "maize", 1, 0, "u1", "2023-06-01", 1, ""],
    ["F002", "m", "tea", 0, 1, "u2", "2023-06-02", 2, "Approved"],
    ["F003", "m", "tea", 0, 1, "u3", "2023-06-02", 3, "Not approved"],
]  # fmt: skip
KOBO_PLOTS = [
    ["area", "_index", "_parent_index", "_parent_table_name", "_submission__uuid"],
    [1.5, 1, 2, "coop", "u2"],
    [0.5, 2, 1, "coop", "u1"],
    [2.5, 3, 2, "coop", "u2"],
    [9.5, 4, 3, "coop", "u3"],
]


def check(place, *paths, wave="2023"):
    return validate_wave(list(paths), WaveUpload(place.programme, wave, place.catalogue, place.folder))


def tables(verdict):
    return {entry.table_name: entry.table for entry in verdict.verdicts}


def codes(verdict):
    return {p.code.id for p in verdict.all_problems if p.severity.value in ("error", "question")}


def plots_are(table):
    return sorted(table.frame.select("plot_id", "farmer_id", "area").rows())


def mapped(place, repeat):
    (place.folder / "mapping.yaml").write_text(
        f"format: 1\ntables:\n  plots: {{repeat: {repeat}}}\n", encoding="utf-8"
    )


def test_a_kobo_workbook_with_a_sheet_for_its_repeat(coop, workbook):
    mapped(coop, "plot")
    verdict = check(coop, workbook({"coop": KOBO_FARMERS, "plot": KOBO_PLOTS}))
    found = tables(verdict)
    assert codes(verdict) == set()
    assert found["farmers"].frame["farmer_id"].to_list() == ["F001", "F002"]
    assert found["farmers"].frame["crops"].to_list() == ["maize", "tea"]
    assert plots_are(found["plots"]) == [
        ("F001-1", "F001", 0.5),
        ("F002-1", "F002", 1.5),
        ("F002-2", "F002", 2.5),
    ]
    assert {p.values["found"] for p in verdict.all_problems if p.code.id == "S-REJECTED"} == {1}
    assert not [p for p in verdict.all_problems if p.code.id == "H-EXTRA"]


def test_an_odk_central_archive(coop):
    mapped(coop, "plot")
    path = coop.uploads / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            "coop.csv",
            "SubmissionDate,g-farmer_id,g-sex,KEY,SubmitterID,AttachmentsPresent,ReviewState\n"
            "2023-06-01,F001,f,uuid:1,7,0,\n2023-06-01,F002,m,uuid:2,7,0,rejected\n",
        )
        archive.writestr(
            "coop-plot.csv",
            "area,PARENT_KEY,KEY\n1.5,uuid:1,uuid:1/plot[1]\n2,uuid:2,uuid:2/plot[1]\n3,uuid:1,uuid:1/plot[2]\n",
        )
    verdict = check(coop, path)
    assert codes(verdict) == set()
    assert plots_are(tables(verdict)["plots"]) == [("F001-1", "F001", 1.5), ("F001-2", "F001", 3.0)]


def test_a_repeat_that_stands_in_the_row_above_names_its_cells(coop):
    mapped(coop, "plot")
    path = coop.write("farmer_id,sex,plot[1]/area,plot[2]/area\nF001,f,1.5,2\nF002,m,,many\n")
    verdict = check(coop, path)
    assert codes(verdict) == {"V-TYPE"}
    (problem,) = [p for p in verdict.all_problems if p.code.id == "V-TYPE"]
    assert (problem.place.row, problem.place.column, problem.place.respondent) == (
        3,
        "plot[2]/area",
        "F002-2",
    )
    assert tables(verdict)["plots"].frame["farmer_id"].to_list() == ["F001", "F001", "F002"]


def test_rows_of_a_repeat_whose_row_above_is_gone_are_errors(coop, workbook):
    mapped(coop, "plot")
    lost = [*KOBO_PLOTS, [1, 5, 77, "coop", "u77"]]
    verdict = check(coop, workbook({"coop": KOBO_FARMERS, "plot": lost}))
    assert "I-ORPHAN" in codes(verdict)


@pytest.mark.parametrize("name", ["coop-plot.csv", "plot.csv"])
def test_files_are_known_by_the_name_of_their_repeat(coop, name):
    mapped(coop, "plot")
    own = coop.write("farmer_id,sex,KEY,SubmissionDate,formdef_version\nF001,f,k1,x,1\n", "coop.csv")
    child = coop.write("area,PARENT_KEY,KEY\n1,k1,k1/plot[1]\n", name)
    assert plots_are(tables(check(coop, own, child))["plots"]) == [("F001-1", "F001", 1.0)]


def test_case_10_an_export_of_another_form_is_asked_about_once(coop):
    (coop.folder / "forms").mkdir()
    form = SurveyForm(form_id="coop_v2", questions=(FormQuestion(name="sex", type="choice"),))
    (coop.folder / "forms" / "2023.yaml").write_text(form_text(form), encoding="utf-8")
    titles = "farmer_id,sex,_uuid,_submission_time,_xform_id_string"
    (right, wrong) = (
        coop.write(f"{titles}\nF001,f,u1,x,{name}\n", f"{name}.csv") for name in ("coop_v2", "other")
    )
    assert codes(check(coop, right)) == set()
    assert codes(check(coop, wrong)) == {"F-WRONGFORM"}
    said = Answer(ask="F-WRONGFORM", answer="renamed", by="Ana", at=dt.date(2024, 1, 1))
    (coop.folder / "import_profile.yaml").write_text(ImportProfile(answers=(said,)).text(), encoding="utf-8")
    assert codes(check(coop, wrong)) == set()


def test_texts_that_mean_no_answer_are_no_marks_of_a_choice(coop):
    coop.mapping('    missing_text: ["n/a"]\n')
    path = coop.write("farmer_id,sex,crops.maize,crops.tea\nF001,f,n/a,n/a\nF002,m,True,False\n")
    verdict = check(coop, path)
    assert codes(verdict) == set()
    assert tables(verdict)["farmers"].frame["crops"].to_list() == [None, "maize"]
