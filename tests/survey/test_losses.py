"""What became of each unit: losses by hand, attrition told from non-contact, three kinds of samples."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mande.errors import MandeError
from mande.survey.fieldwork import attrition_problems, contact_table, lost_by
from mande.survey.panel import link_panel, read_register

ORDER = ["2023", "2024", "2025"]
REGISTER = """farmer_id,arm,village,status_2024,status_2025,waves,replaces,split_from
F001,training,A,interviewed,interviewed,,,
F002,training,A,refused,,,,
F003,none,B,not found,moved,2023 2024,,
F004,none,B,,dead,2023 2025,,
F005,none,C,interviewed,,2024 2025,F003,
F006,training,C,replaced,,,,F001
"""


@pytest.fixture
def register(coop) -> pl.DataFrame:
    return read_register(coop.write(REGISTER, "register.csv"), coop.programme, key="farmer_id")


def wave(*ids: str) -> pl.DataFrame:
    return pl.DataFrame({"farmer_id": list(ids), "row": list(range(2, len(ids) + 2))})


WAVES = {
    "2023": wave("F001", "F002", "F003", "F004", "F006"),
    "2024": wave("F001", "F004"),
    "2025": wave("F001"),
}


def link(register, waves=WAVES, **options):
    return link_panel(waves, register, key="farmer_id", wave_order=ORDER, **options)


def records(table, *columns):
    return [tuple(record[c] for c in columns) for record in table.records()]


def test_what_became_of_each_unit_is_told_from_answers_first_and_the_register_second(register):
    found = link(register).fieldwork
    rows = {(r["farmer_id"], r["wave"]): r["outcome"] for r in found.iter_rows(named=True)}
    assert [rows[unit, "2024"] for unit in ("F001", "F002", "F003", "F004", "F005", "F006")] == [
        "interviewed",
        "refused",
        "not found",
        "interviewed",  # no status, and answers
        "no status",  # the status says interviewed, and there are no answers
        "replaced",
    ]
    assert found.height == 18


def test_attrition_is_told_from_non_contact_by_arm_and_wave(register):
    table = contact_table(link(register).fieldwork)
    rows = {(r["arm"], r["wave"]): r for r in table.records()}
    assert tuple(rows["all", "2024"].values())[2:] == (6, 2, 1, 1, 0, 0, 1, 1, 2 / 6)
    assert tuple(rows["training", "2024"].values())[2:] == (3, 1, 1, 0, 0, 0, 1, 0, 1 / 3)
    for row in rows.values():
        assert sum(list(row.values())[3:10]) == row["due"]


def test_losses_are_counted_by_any_group_of_the_register(register):
    found = link(register).fieldwork
    by_village = lost_by(found, "village", key="farmer_id", baseline="2023", wave="2024")
    assert records(by_village, "village", "n_baseline", "lost", "share_lost", "not_contacted") == [
        ("C", 1, 1, 1.0, 0),
        ("A", 2, 1, 0.5, 0),
        ("B", 2, 1, 0.5, 1),
    ]


def test_a_status_that_contradicts_the_interviews_is_named(coop, register):
    found = attrition_problems(
        link(register).fieldwork, coop.programme.design.contrast, key="farmer_id", order=ORDER
    )
    assert [(p.values["wave"], p.found()) for p in found if p.code.id == "I-STATUS"] == [("2024", "F005")]


def test_in_a_rotating_panel_a_unit_is_lost_only_where_it_was_due(register):
    waves = {"2023": wave("F001", "F003", "F004"), "2024": wave("F001", "F005"), "2025": wave("F001", "F004")}
    panel = link(register, waves, sample="rotating_panel")
    everyone = {r["wave"]: tuple(r.values())[2:] for r in panel.counts.records() if r["arm"] == "all"}
    # due, interviewed, lost, new, in all their waves (F001 in three, F004 in its two)
    assert everyone == {
        "2023": (5, 3, None, None, 2),
        "2024": (5, 2, 1, 1, 2),
        "2025": (5, 2, 1, 0, 2),
    }
    assert ("X-X", "none", 1) in panel.patterns.rows
    assert panel.balanced["farmer_id"].unique().sort().to_list() == ["F001", "F004"]


def test_repeated_cross_sections_lose_nobody(register):
    panel = link(register, sample="repeated_cross_sections")
    assert {(r["lost"], r["new"], r["in_all_waves"]) for r in panel.counts.records()} == {(None, None, None)}


def test_patterns_count_every_registered_unit_once(register):
    panel = link(register)
    assert sum(row[2] for row in panel.patterns.rows) == register.height
    assert ("XXX", "training", 1) in panel.patterns.rows
    assert ("...", "none", 1) in panel.patterns.rows


def test_interviews_that_are_in_doubt_are_set_aside_and_counted(register):
    doubt = pl.DataFrame({"id": ["F004"], "wave": ["2024"]})
    panel = link(register, set_aside=doubt)
    assert panel.set_aside.rows() == [("F004", "2024", 3)]
    assert panel.frame.filter(pl.col("wave") == "2024")["farmer_id"].to_list() == ["F001"]
    assert [p.code.id for p in panel.problems] == ["I-SETASIDE"]
    assert panel.unlinked.rows() == [("F004", "2024", 3)]


@pytest.mark.parametrize(
    ("column", "value"),
    [("waves", "2022"), ("replaces", "F999"), ("replaces", "F001"), ("split_from", "F999")],
)
def test_a_register_that_names_what_is_not_there_says_so(coop, column, value):
    path = coop.write(f"farmer_id,arm,village,{column}\nF001,none,A,{value}\nF002,none,A,\n", "r.csv")
    with pytest.raises(MandeError) as caught:
        read_register(path, coop.programme, key="farmer_id")
    assert [(p.code.id, p.place.column) for p in caught.value.problems] == [("R-VALUE", column)]


def test_a_unit_that_split_off_leads_back_to_where_it_came_from(coop):
    text = "farmer_id,arm,village,split_from\nF001,none,A,\nF002,none,A,F001\nF003,none,A,F002\n"
    register = read_register(coop.write(text, "r.csv"), coop.programme, key="farmer_id")
    assert register.select("farmer_id", "origin").rows() == [
        ("F001", "F001"),
        ("F002", "F001"),
        ("F003", "F001"),
    ]


def test_units_that_split_from_each_other_in_a_circle_are_named(coop):
    rows = ["F001,none,A,F003", "F002,none,A,F001", "F003,none,A,F002", "F004,none,A,F003"]
    text = "\n".join(["farmer_id,arm,village,split_from", *rows]) + "\n"
    with pytest.raises(MandeError) as caught:
        read_register(coop.write(text, "r.csv"), coop.programme, key="farmer_id")
    assert [p.place.row for p in caught.value.problems] == [2, 3, 4]


UNITS = [f"F{n:03d}" for n in range(8)]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sets(st.sampled_from(UNITS)), min_size=3, max_size=3), st.data())
def test_nobody_is_lost_from_the_counts(seen, data):
    register = pl.DataFrame(
        {
            "farmer_id": UNITS,
            "arm": data.draw(st.lists(st.sampled_from(["training", "none"]), min_size=8, max_size=8)),
            "village": ["A"] * 8,
        }
    )
    waves = {name: wave(*sorted(units)) for name, units in zip(ORDER, seen, strict=True)}
    panel = link(register, waves)
    for row in contact_table(panel.fieldwork).records():
        assert row["interviewed"] + row["no_status"] == row["due"]
    for record in panel.counts.records():
        if record["arm"] == "all":
            assert record["interviewed"] == len(seen[ORDER.index(record["wave"])])
    total = lost_by(panel.fieldwork, "arm", key="farmer_id", baseline="2023", wave="2025")
    assert sum(r["lost"] for r in total.records()) == len(seen[0] - seen[2])
