"""The panel: registered, seen, lost and new, counted by hand."""

from __future__ import annotations

import polars as pl
import pytest

from mande.errors import MandeError
from mande.survey.panel import item_nonresponse, link_panel, read_register

TITLES = "farmer_id,sex,hours,income\n"
ORDER = ["2023", "2024", "2025"]


def records(table) -> list[dict]:
    return [dict(zip(table.columns, row, strict=True)) for row in table.rows]


@pytest.fixture
def register(coop) -> pl.DataFrame:
    return read_register(coop.folder / "register.csv", coop.programme, key="farmer_id")


def wave(*ids: str) -> pl.DataFrame:
    return pl.DataFrame({"farmer_id": list(ids), "row": list(range(2, len(ids) + 2))})


@pytest.fixture
def panel(register):
    waves = {
        "2023": wave("F001", "F002", "F003"),
        "2024": wave("F001", "F003", "F004", "F999"),
        "2025": wave("F003", "F001"),
    }
    return link_panel(waves, register, key="farmer_id", wave_order=ORDER)


def test_units_are_counted_by_arm_and_wave(panel):
    counts = {(r["arm"], r["wave"]): tuple(r.values())[2:] for r in records(panel.counts)}
    # registered, interviewed, lost since 2023, new since 2023, in all waves
    assert counts == {
        ("none", "2023"): (3, 1, None, None, 1),
        ("none", "2024"): (3, 2, 0, 1, 1),
        ("none", "2025"): (3, 1, 0, 0, 1),
        ("training", "2023"): (2, 2, None, None, 1),
        ("training", "2024"): (2, 1, 1, 0, 1),
        ("training", "2025"): (2, 1, 1, 0, 1),
        ("all", "2023"): (5, 3, None, None, 2),
        ("all", "2024"): (5, 3, 1, 1, 2),
        ("all", "2025"): (5, 2, 1, 0, 2),
    }


def test_registered_units_that_were_never_seen_are_counted(panel):
    assert panel.never_seen == {"none": 1}


def test_units_without_a_place_in_the_register_are_set_aside_with_a_warning(panel):
    assert panel.unlinked.rows() == [("F999", "2024", 5)]
    assert [p.summary() for p in panel.problems] == [
        "units of wave 2024 that are not in the register were set aside: 1"
    ]
    assert "F999" not in panel.frame["farmer_id"].to_list()


def test_the_long_frame_has_one_row_per_interview_with_what_the_register_says(panel):
    assert panel.frame.columns == ["farmer_id", "wave", "arm", "village", "row", "n_waves", "in_all_waves"]
    assert panel.frame.filter(pl.col("farmer_id") == "F001").rows() == [
        ("F001", "2023", "training", "A", 2, 3, True),
        ("F001", "2024", "training", "A", 2, 3, True),
        ("F001", "2025", "training", "A", 3, 3, True),
    ]
    assert panel.frame.height == 8


def test_the_order_of_rows_and_waves_changes_nothing(register, panel):
    waves = {
        "2025": wave("F001", "F003"),
        "2023": wave("F003", "F002", "F001"),
        "2024": wave("F999", "F004", "F003", "F001"),
    }
    other = link_panel(waves, register, key="farmer_id", wave_order=ORDER)
    assert other.counts == panel.counts
    assert other.frame.drop("row").equals(panel.frame.drop("row"))


def test_counts_add_up(panel):
    rows = {(r["arm"], r["wave"]): r for r in records(panel.counts)}
    for (arm, name), row in rows.items():
        if row["lost"] is not None:
            assert row["interviewed"] == rows[arm, "2023"]["interviewed"] - row["lost"] + row["new"], name


def test_unanswered_questions_are_counted_by_wave_and_arm(coop, register):
    coop.accept(TITLES + "F001,f,,5\nF002,m,3,-99\nF003,f,-98,7\nF004,f,1,8\n")
    from mande.survey.accept import load_wave

    waves = {"2023": load_wave(coop.workspace, "coop", "2023")}
    linked = link_panel(
        {"2023": waves["2023"].tables["farmers"]}, register, key="farmer_id", wave_order=["2023"]
    )
    questions = coop.catalogue.questions["farmers"]
    found = {
        (r["question"], r["arm"]): tuple(r.values())[3:]
        for r in records(item_nonresponse(linked, waves, questions))
    }
    # interviewed, asked, missing, share
    assert found == {
        ("sex", "none"): (2, 2, 0, 0.0),
        ("sex", "training"): (2, 2, 0, 0.0),
        ("hours", "none"): (2, 2, 1, 0.5),
        ("hours", "training"): (2, 2, 1, 0.5),
        ("income", "none"): (2, 2, 0, 0.0),
        ("income", "training"): (2, 1, 0, 0.0),
    }


@pytest.mark.parametrize(
    ("content", "codes"),
    [
        ("farmer_id,arm\nF001,none\n", ["R-COLUMN"]),
        ("unit,arm,village\nF001,none,A\n", ["R-COLUMN"]),
        (
            "farmer_id,arm,village\nF001,nonne,A\n,none,A\nF001,none,\n",
            ["R-UNIT", "R-DUP", "R-ARM", "R-VALUE"],
        ),
        ("farmer_id,arm,village,weight\nF001,none,A,0\nF002,none,A,x\n", ["R-VALUE", "R-VALUE"]),
        ("farmer_id,arm,village,status_2024\nF001,none,A,away\n", ["R-VALUE"]),
    ],
)
def test_a_register_that_is_wrong_says_where(coop, content, codes):
    path = coop.write(content, "register.csv")
    with pytest.raises(MandeError) as caught:
        read_register(path, coop.programme, key="farmer_id")
    assert [p.code.id for p in caught.value.problems] == codes


def test_optional_columns_of_the_register_are_typed_and_others_left_out(coop):
    path = coop.write(
        "farmer_id,arm,village,weight,stratum,status_2024,owner\nF002,none,A,1.5,,moved,Ann\n", "r.csv"
    )
    frame = read_register(path, coop.programme)
    assert frame.rows(named=True) == [
        {
            "farmer_id": "F002",
            "arm": "none",
            "village": "A",
            "stratum": None,
            "status_2024": "moved",
            "weight": 1.5,
        }
    ]


def test_waves_without_the_key_cannot_be_linked(register):
    with pytest.raises(MandeError) as caught:
        link_panel({"2023": pl.DataFrame({"x": [1]})}, register, key="farmer_id", wave_order=["2023"])
    assert caught.value.problems[0].code.id == "I-NOKEY"
