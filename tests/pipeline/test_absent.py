"""What a wave will lack is said before it is accepted: tables, outcomes, questions that are needed."""

from __future__ import annotations

import pytest

from mande.pipeline.uploads import accept, validate_files
from tests.pipeline.coop import INDICATOR, make_coop, run

FARMERS = "farmer_id,sex,income\nF001,f,40\nF002,m,35\nF003,f,30\n"
PLOTS = "plot_id,farmer_id,area\nP1,F001,1\nP2,F002,2\n"
LAND = (
    INDICATOR.replace("income_of_farm", "land_of_farm")
    .replace("value: income", "value: sum(plots.area)")
    .replace("LCU/season", "ha")
    .replace("{income: 1}", "{plots: [{area: 1}]}")
    .replace("{income: null}", "{plots: [{area: null}]}")
)


@pytest.fixture
def place(tmp_path, monkeypatch):
    return make_coop(tmp_path, monkeypatch)


def with_land(place):
    (place.workspace.root / "indicators" / "income" / "land_of_farm.yaml").write_text(LAND, encoding="utf-8")
    path = place.folder / "programme.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.rstrip() + "\n  - {indicator: land_of_farm}\n", encoding="utf-8")


def check(place, *files, wave="2023"):
    paths = [place.write(text, name) for name, text in files]
    return validate_files(paths, programme="coop", wave=wave, workspace=place.workspace.root)


def found(verdict, code):
    return [(p.severity.value, p.found()) for p in verdict.all_problems if p.code.id == code]


def test_an_outcome_that_needs_a_table_which_nobody_gave_is_told_of(place):
    with_land(place)
    verdict = check(place, ("farmers.csv", FARMERS))
    assert found(verdict, "H-OUTCOME") == [("warning", "no column for table plots")]
    assert verdict.exit_code == 1
    assert found(check(place, ("farmers.csv", FARMERS), ("plots.csv", PLOTS)), "H-OUTCOME") == []


def test_a_table_of_the_wave_before_that_nobody_gave_is_told_of(place):
    files = [place.write(FARMERS, "farmers.csv"), place.write(PLOTS, "plots.csv")]
    receipt = accept(files, programme="coop", wave="2023", by="Amina", workspace=place.workspace.root)
    assert "farmers.csv, plots.csv as wave" in receipt.text()
    later = FARMERS.replace("40", "41")
    verdict = check(place, ("farmers24.csv", later), wave="2024")
    assert found(verdict, "L-FORMER") == [("warning", "plots")]
    assert "wave 2023" in next(p for p in verdict.all_problems if p.code.id == "L-FORMER").summary()
    both = check(place, ("farmers24.csv", later), ("plots24.csv", PLOTS.replace("2\n", "3\n")), wave="2024")
    assert found(both, "L-FORMER") == []
    corrected = check(place, ("farmers.csv", later))
    assert found(corrected, "L-FORMER") == [("warning", "plots")], "a revision replaces the whole wave"


def test_a_file_of_several_tables_is_named_once_in_the_receipt(place):
    import io
    import zipfile

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("farmers.csv", FARMERS)
        archive.writestr("plots.csv", PLOTS)
    path = place.write(buffer.getvalue(), "wave.zip")
    done = run(place, "accept", str(path), "-p", "coop", "-w", "2023", "--by", "Amina")
    assert "Accepted: wave.zip as wave 2023" in done.output


def test_only_questions_that_the_programme_s_indicators_need_are_said_to_be_absent(place):
    assert found(check(place, ("f.csv", FARMERS)), "H-ABSENT") == []
    verdict = check(place, ("f.csv", "farmer_id,sex\nF001,f\nF002,m\nF003,f\n"))
    assert found(verdict, "H-ABSENT") == [("note", "income")]
