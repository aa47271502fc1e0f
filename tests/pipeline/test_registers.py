"""Registers uploaded with waves are the ones that panel, tracking, values and estimation use."""

from __future__ import annotations

import openpyxl
import polars as pl
import pytest

from mande.errors import MandeError
from mande.pipeline.data import linked_panel, with_accepted_uptake
from mande.pipeline.registers import programme_register
from mande.pipeline.runs import load_definitions
from mande.pipeline.uploads import accept, validate_files
from mande.survey.store import load_wave
from tests.pipeline.coop import make_coop, run

HEAD = "farmer_id,sex,income\n"
FIRST = HEAD + "F001,f,10\nF002,m,20\nF003,f,30\nF004,m,40\n"
SECOND = HEAD + "F001,f,12\nF003,f,33\n"
REGISTER_23 = "farmer_id,arm,village,weight,stratum\n" + "".join(
    f"{unit},{arm},{village},{weight},hill\n"
    for unit, arm, village, weight in [
        ("F001", "training", "A", 2), ("F002", "training", "A", 2),
        ("F003", "none", "B", 1), ("F004", "none", "B", 1), ("F005", "none", "C", 1),
    ]
)  # fmt: skip
REGISTER_24 = (
    "farmer_id,arm,village,status_2024\nF001,training,A,interviewed\nF002,training,A,refused\n"
    "F003,none,B,interviewed\nF004,none,B,not found\nF906,none,C,moved\n"
)


@pytest.fixture
def coop(tmp_path, monkeypatch):
    place = make_coop(tmp_path, monkeypatch)
    (place.folder / "register.csv").unlink()
    return place


def store(place, wave, **tables):
    files = [place.write(text, f"{name}{wave}.csv") for name, text in tables.items()]
    return accept(files, programme="coop", wave=wave, by="A", workspace=place.workspace.root)


def checked(place, wave, **tables):
    files = [place.write(text, f"{name}{wave}.csv") for name, text in tables.items()]
    return validate_files(files, programme="coop", wave=wave, workspace=place.workspace.root)


def registered(place):
    return programme_register(place.workspace, load_definitions(place.workspace, "coop"))


def codes(verdict):
    return [problem.code.id for problem in verdict.all_problems]


def both_waves(place):
    store(place, "2023", farmers=FIRST, register=REGISTER_23)
    store(place, "2024", farmers=SECOND, register=REGISTER_24)


def test_accepted_registers_are_one_register_without_any_file(coop):
    both_waves(coop)
    found = registered(coop).frame
    assert found.columns == ["farmer_id", "arm", "village", "stratum", "weight", "status_2024"]
    assert found.rows() == [
        ("F001", "training", "A", "hill", 2.0, "interviewed"),
        ("F002", "training", "A", "hill", 2.0, "refused"),
        ("F003", "none", "B", "hill", 1.0, "interviewed"),
        ("F004", "none", "B", "hill", 1.0, "not found"),
        ("F005", "none", "C", "hill", 1.0, None),
        ("F906", "none", "C", None, None, "moved"),
    ]


def test_panel_attrition_and_tracking_use_them(coop, tmp_path):
    both_waves(coop)
    shown = run(coop, "panel", "coop", "--json")
    assert shown.exit_code == 0, shown.output
    assert '"refused": 1' in shown.output
    assert "A-ATTRITION" in shown.output
    done = run(coop, "tracking", "coop", "-w", "2024", "--out", str(tmp_path / "list.xlsx"))
    assert "To find: 3; closed (refused, dead, replaced): 1." in done.output
    book = openpyxl.load_workbook(tmp_path / "list.xlsx")
    assert [row[0].value for row in book["To find"].iter_rows(min_row=2)] == ["F004", "F005", "F906"]


def test_values_are_weighted_by_the_weights_that_were_uploaded(coop):
    both_waves(coop)
    shown = run(coop, "indicators", "compute", "income_of_farm", "-p", "coop", "-w", "2023", "--json")
    assert shown.exit_code == 0, shown.output
    assert '"weighted": true' in shown.output


def test_a_file_beside_them_may_agree_and_add(coop):
    both_waves(coop)
    (coop.folder / "register.csv").write_text(
        "farmer_id,arm,village,status_2024\nF004,none,B,\nF009,none,C,dead\n", encoding="utf-8"
    )
    found = registered(coop)
    assert found.frame.height == 7
    assert found.frame.row(by_predicate=pl.col("farmer_id") == "F004")[-1] == "not found"
    assert [(p.code.id, p.found()) for p in found.problems] == [("R-ONLY", "F009")]


@pytest.mark.parametrize(
    ("line", "column"),
    [("F004,training,B,", "arm"), ("F004,none,C,", "village"), ("F004,none,B,moved", "status_2024")],
)
def test_a_file_that_says_something_else_stops_everything(coop, line, column, tmp_path):
    both_waves(coop)
    path = coop.folder / "register.csv"
    path.write_text(f"farmer_id,arm,village,status_2024\n{line}\n", encoding="utf-8")
    with pytest.raises(MandeError) as error:
        registered(coop)
    (problem,) = error.value.problems
    assert (problem.code.id, problem.place.column) == ("R-DIFFER", column)
    assert "F004" in problem.found()
    assert "register.csv" in problem.found()
    for command in (["panel", "coop"], ["tracking", "coop", "-w", "2024", "--out", str(tmp_path / "l.xlsx")]):
        told = run(coop, *command)
        assert told.exit_code == 3
        assert "R-DIFFER" in told.output
    assert "registres" in run(coop, "panel", "coop", "--lang", "fr").output


def test_no_register_at_all_is_told(coop):
    store(coop, "2023", farmers=FIRST)
    told = run(coop, "panel", "coop")
    assert told.exit_code == 3
    assert "register.csv" in told.output


def test_an_upload_that_contradicts_an_accepted_register_is_told_before_it_is_accepted(coop):
    store(coop, "2023", farmers=FIRST, register=REGISTER_23)
    wrong = REGISTER_24.replace("F003,none", "F003,training")
    found = {p.code.id: p for p in checked(coop, "2024", farmers=SECOND, register=wrong).all_problems}
    assert found["R-DIFFER"].place.column == "arm"
    assert "F003" in found["R-DIFFER"].found()
    with pytest.raises(MandeError):
        store(coop, "2024", farmers=SECOND, register=wrong)
    assert coop.workspace.manifest("coop", "2024") is None


def test_the_same_wave_may_correct_its_own_register(coop):
    store(coop, "2023", farmers=FIRST, register=REGISTER_23)
    mended = REGISTER_23.replace("F005,none", "F005,training")
    assert "R-DIFFER" not in codes(checked(coop, "2023", farmers=FIRST, register=mended))


def test_units_of_an_earlier_register_are_known_in_later_waves(coop):
    store(coop, "2023", farmers=FIRST, register=REGISTER_23)
    told = checked(coop, "2024", farmers=SECOND + "F777,m,1\n").all_problems
    assert [p.place.row for p in told if p.code.id == "I-UNKNOWN"] == [4]


@pytest.mark.parametrize(
    ("column", "text", "row"),
    [("waves", "2023 2030", 2), ("replaces", "F999", 2), ("split_from", "F001", 2), ("weight", "0", 2)],
)
def test_what_register_csv_may_not_say_an_uploaded_register_may_not_say(coop, column, text, row):
    register = f"farmer_id,arm,village,{column}\nF001,training,A,{text}\n"
    verdict = checked(coop, "2023", farmers=HEAD + "F001,f,1\n", register=register)
    found = [(p.place.row, p.place.column) for p in verdict.all_problems if p.code.id == "R-VALUE"]
    assert found == [(row, column)]


def test_registers_are_one_whatever_the_order_of_their_rows(coop):
    both_waves(coop)
    before = registered(coop).frame
    (coop.folder / "register.csv").write_text(
        "farmer_id,arm,village\nF004,none,B\nF001,training,A\n", encoding="utf-8"
    )
    assert registered(coop).frame.equals(before)


# -- who stands in for whom ------------------------------------------------------------------------

LOG = "at,by,why,table,wave,where,action,column,value,rows\n"
DECIDED = LOG + "2024-03-01,A,moved away,farmers,2024,farmer_id=F010,replaces,,F002,1\n"
WITH_NEW = SECOND + "F010,m,5\n"


@pytest.fixture
def replaced(coop):
    (coop.folder / "register.csv").write_text(REGISTER_23, encoding="utf-8")
    (coop.folder / "corrections.csv").write_text(DECIDED, encoding="utf-8")
    store(coop, "2023", farmers=FIRST)
    return coop


def test_a_decision_puts_a_unit_in_the_place_of_the_one_it_stands_in_for(replaced):
    assert "I-UNKNOWN" not in codes(checked(replaced, "2024", farmers=WITH_NEW))
    store(replaced, "2024", farmers=WITH_NEW)
    assert replaced.workspace.manifest("coop", "2024")["replacing"] == [["farmers", "F010", "F002"]]
    rows = {row["farmer_id"]: row for row in registered(replaced).frame.to_dicts()}
    new, old = rows["F010"], rows["F002"]
    assert [new[c] for c in ("arm", "village", "stratum", "weight", "replaces")] == [
        "training", "A", "hill", 2.0, "F002",
    ]  # fmt: skip
    assert (old["status_2024"], old["status_2025"]) == ("replaced", "replaced")


def test_panel_and_tracking_say_who_replaced_whom(replaced, tmp_path):
    store(replaced, "2024", farmers=WITH_NEW)
    shown = run(replaced, "panel", "coop")
    assert "Units that stand in for others" in shown.output
    assert "F010       F002      training  2024" in shown.output
    run(replaced, "tracking", "coop", "-w", "2024", "--out", str(tmp_path / "list.xlsx"))
    book = openpyxl.load_workbook(tmp_path / "list.xlsx")
    closed = [[cell.value for cell in row] for row in book["Closed"].iter_rows()]
    titles, (line,) = closed[0], closed[1:]
    told = dict(zip(titles, line, strict=True))
    assert (told["farmer_id"], told["status"], told["replaced_by"]) == ("F002", "replaced", "F010")


def test_a_status_in_the_register_is_kept_beside_the_decision(replaced):
    register = REGISTER_23.replace("stratum\n", "stratum,status_2024\n").replace("hill\n", "hill,\n")
    register = register.replace("F002,training,A,2,hill,", "F002,training,A,2,hill,refused")
    (replaced.folder / "register.csv").write_text(register, encoding="utf-8")
    store(replaced, "2024", farmers=WITH_NEW)
    rows = {row["farmer_id"]: row for row in registered(replaced).frame.to_dicts()}
    assert rows["F002"]["status_2024"] == "refused"


@pytest.mark.parametrize("other", ["F999", "F001", "F010"])
def test_a_unit_that_is_unknown_was_interviewed_or_is_itself_cannot_have_been_replaced(replaced, other):
    (replaced.folder / "corrections.csv").write_text(DECIDED.replace("F002", other), encoding="utf-8")
    found = [p for p in checked(replaced, "2024", farmers=WITH_NEW).all_problems if p.code.id == "C-REPLACED"]
    assert [p.severity.value for p in found] == ["error"]
    assert other in found[0].found("fr")


def test_register_and_decision_that_name_different_units_stop_everything(replaced):
    store(replaced, "2024", farmers=WITH_NEW)
    more = REGISTER_23.replace("stratum\n", "stratum,replaces\n").replace("hill\n", "hill,\n")
    more += "F010,training,A,2,hill,F001\n"
    (replaced.folder / "register.csv").write_text(more, encoding="utf-8")
    with pytest.raises(MandeError) as error:
        registered(replaced)
    assert [p.code.id for p in error.value.problems] == ["R-DIFFER"]


def test_a_replacement_of_a_replacement_takes_the_same_place(replaced):
    log = DECIDED + "2025-03-01,A,ill,farmers,2025,farmer_id=F011,replaces,,F010,1\n"
    (replaced.folder / "corrections.csv").write_text(log, encoding="utf-8")
    store(replaced, "2024", farmers=WITH_NEW)
    store(replaced, "2025", farmers=SECOND + "F011,f,7\n")
    rows = {row["farmer_id"]: row for row in registered(replaced).frame.to_dicts()}
    assert (rows["F011"]["arm"], rows["F011"]["replaces"]) == ("training", "F010")
    assert rows["F010"]["status_2025"] == "replaced"


def test_another_decision_about_the_same_answers_is_another_revision(replaced):
    store(replaced, "2024", farmers=WITH_NEW)
    other = DECIDED.replace(",F002,", ",F004,")
    (replaced.folder / "corrections.csv").write_text(other, encoding="utf-8")
    again = replaced.write(WITH_NEW, "farmers2024.csv")
    done = accept(
        again, programme="coop", wave="2024", by="A", revision=True, reason="other unit",
        workspace=replaced.workspace.root,
    )  # fmt: skip
    assert (done.status, done.revision) == ("accepted", 2)
    assert {row["farmer_id"]: row for row in registered(replaced).frame.to_dicts()}["F010"][
        "replaces"
    ] == "F004"


def test_a_decision_of_the_review_list_is_one_of_the_log(replaced, tmp_path):
    (replaced.folder / "corrections.csv").unlink()
    upload = replaced.write(WITH_NEW, "farmers2024.csv")
    out = tmp_path / "review.xlsx"
    done = run(
        replaced, "corrections", "export", "coop", "-w", "2024", "--file", str(upload), "--out", str(out)
    )
    assert done.exit_code == 0, done.output
    book = openpyxl.load_workbook(out)
    sheet = book["Decisions"]
    titles = {cell.value: cell.column for cell in sheet[1]}
    for title, text in {"decision": "replaces", "value": "F002", "why": "moved away"}.items():
        sheet.cell(2, titles[title], text)
    book.save(out)
    done = run(replaced, "corrections", "apply", "coop", str(out), "--by", "A")
    assert done.exit_code == 0, done.output
    store(replaced, "2024", farmers=WITH_NEW)
    assert replaced.workspace.manifest("coop", "2024")["replacing"] == [["farmers", "F010", "F002"]]


# -- uptake and targets ----------------------------------------------------------------------------

UPTAKE = (
    "farmer_id,activity,date,dose,cost\nF001,training,2023-05-01,2,100\nF001,visit,2024-02-01,1,50\n"
    "F003,visit,2025-01-01,1,\n"
)
TARGETS = (
    "indicator,group,date,value,source\nincome_of_farm,,2022-12-31,9,old plan\n"
    "income_of_farm,women,2025-12-31,1200,logframe\n"
)


def with_programme_rows(place):
    store(place, "2023", farmers=FIRST, register=REGISTER_23, uptake=UPTAKE, targets=TARGETS)
    store(place, "2024", farmers=SECOND, register=REGISTER_24)


def test_the_panel_says_who_took_part_by_the_end_of_each_wave(coop):
    with_programme_rows(coop)
    frame = read_and_measure_frame(coop)
    told = frame.select("farmer_id", "wave", "took_part", "uptake_dose", "uptake_cost").rows()
    assert ("F001", "2023", 1.0, 2.0, 100.0) in told
    assert ("F001", "2024", 1.0, 3.0, 150.0) in told
    assert ("F003", "2024", 0.0, 0.0, 0.0) in told
    assert frame["took_part"].null_count() == 0


def read_and_measure_frame(place):
    definitions = load_definitions(place.workspace, "coop")
    waves = {wave: load_wave(place.workspace, "coop", wave) for wave in ("2023", "2024")}
    panel = linked_panel(definitions, waves, programme_register(place.workspace, definitions))
    return with_accepted_uptake(panel, place.workspace, definitions).frame


def test_the_panel_command_shows_uptake_by_arm(coop):
    with_programme_rows(coop)
    shown = run(coop, "panel", "coop").output
    assert "Took part in an activity by the end of the wave, by arm" in shown
    assert "training  2024  1            1          1.000" in shown


def test_waves_whose_uptake_differs_stop_the_panel(coop):
    store(coop, "2023", farmers=FIRST, register=REGISTER_23, uptake=UPTAKE)
    other = UPTAKE.replace("2024-02-01,1,50", "2024-02-01,1,70")
    store(coop, "2024", farmers=SECOND, register=REGISTER_24, uptake=other)
    told = run(coop, "panel", "coop", "--lang", "es")
    assert told.exit_code == 3
    assert "U-DIFFER" in told.output
    assert "varias rondas" in told.output


def test_an_indicator_is_shown_with_its_targets(coop):
    with_programme_rows(coop)
    arguments = ["indicators", "compute", "income_of_farm", "-p", "coop", "-w", "2023"]
    shown = run(coop, *arguments, "--lang", "fr").output
    assert shown.index("Cible pour women au 2025-12-31 : 1\u202f200 (logframe)") < shown.index("2022-12-31")
    assert '"source": "logframe"' in run(coop, *arguments, "--json").output
