"""Dated values: the range each holds for, keys, the declared uplift, and what was used."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mande.measure import WaveData, measure_with_parameters, parameters_used, valid_values
from mande.schema import Parameter
from tests.measure.world import LABEL, REFERENCE_DATE, catalogue, indicator, written

DAY = dt.date.fromisoformat
MONTH = dt.timedelta(days=31)


def parameter(*values: dict[str, Any], by: tuple[str, ...] = (), **entries: Any) -> Parameter:
    filled = [{"source": "s"} | value for value in values]
    content = {"format": 1, "id": "line", "version": 1, "label": LABEL, "unit": "LCU", "by": by}
    return Parameter.model_validate(content | {"values": filled} | entries)


def at(start: str, value: float, region: str | None = None, **entries: Any) -> dict[str, Any]:
    key = {} if region is None else {"region": region}
    return {"start": start, "value": value, "key": key} | entries


def look_up(
    which: Parameter,
    *rows: tuple[Any, ...],
    index: Parameter | None = None,
    by: tuple[str, ...] = ("region",),
) -> pl.DataFrame:
    """Look up at rows of a date and keys."""
    frame = pl.DataFrame([(DAY(row[0]), *row[1:]) for row in rows], schema=["day", *by], orient="row")
    return valid_values(frame, which, by=by, at="day", reference_date=REFERENCE_DATE, index=index)


# -- ranges ---------------------------------------------------------------------------------------


def test_a_value_holds_from_its_start_to_its_last_day():
    found = look_up(
        parameter(at("2024-01-01", 5, until="2024-06-30"), at("2025-01-01", 6, until="2025-12-31")),
        *[
            ("2023-12-31",),
            ("2024-01-01",),
            ("2024-06-30",),
            ("2024-07-01",),
            ("2025-12-31",),
            ("2026-03-01",),
        ],
        by=(),
    )
    assert found["value"].to_list() == [None, 5, 5, None, 6, None]
    assert found["reason"].to_list() == [
        "line has no value for 2023-12-31; the first starts 2024-01-01",
        None,
        None,
        "line has no value for 2024-07-01; one ends 2024-06-30, the next starts 2025-01-01",
        None,
        "line has no value for 2026-03-01; the last ends 2025-12-31",
    ]


def test_a_reason_names_the_key():
    line = parameter(at("2025-01-01", 6, "north", until="2025-12-31"), by=("region",))
    found = look_up(line, ("2026-03-01", "north"), ("2025-03-01", "south"), ("2025-03-01", None))
    assert found["reason"].to_list() == [
        "line for region north has no value for 2026-03-01; the last ends 2025-12-31",
        "line for region south has no value; none is given",
        "region is missing",
    ]


def test_without_an_end_of_its_own_a_value_lasts_until_the_next_begins():
    line = parameter(at("2024-01-01", 5), at("2024-03-10", 6, until="2024-12-31"))
    assert look_up(line, ("2024-03-09",), ("2024-03-10",), by=())["value"].to_list() == [5, 6]


def test_a_monthly_series_has_no_value_in_a_month_it_leaves_out():
    index = parameter(
        at("2024-01-01", 100), at("2024-02-01", 101), at("2024-04-01", 103), lasts={"months": 1}
    )
    days = [("2024-02-29",), ("2024-03-01",), ("2024-04-30",), ("2024-05-01",)]
    assert look_up(index, *days, by=())["value"].to_list() == [101, None, 103, None]


def test_a_value_that_lasts_open_never_ends_and_never_holds_before_it_began():
    pound = parameter(at("1959-07-01", 0.45359237), lasts="open")
    assert look_up(pound, ("1959-06-30",), ("2999-01-01",), by=())["value"].to_list() == [None, 0.45359237]


@st.composite
def series(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Values in order, each with or without an end of its own, none overlapping."""
    days = sorted(draw(st.sets(st.integers(0, 60), min_size=1, max_size=6)))
    values = []
    for number, day in enumerate(days):
        room = (days[number + 1] if number + 1 < len(days) else 70) - day - 1
        end = draw(st.none() | st.integers(0, room))
        start = DAY("2024-01-01") + dt.timedelta(days=day)
        until = None if end is None else start + dt.timedelta(days=end)
        values.append({"start": start, "value": float(number), "until": until})
    return values


@settings(deadline=None)
@given(series(), st.sampled_from(["open", {"days": 1}, {"days": 7}, {"months": 1}]))
def test_every_date_finds_exactly_the_value_whose_range_holds_it(values, lasts):
    dates = [DAY("2023-12-25") + dt.timedelta(days=day) for day in range(120)]

    def last_day(number: int) -> dt.date:
        value = values[number]
        ends = [] if number + 1 == len(values) else [values[number + 1]["start"] - dt.timedelta(days=1)]
        if value["until"] is not None:
            ends.append(value["until"])
        elif lasts == {"months": 1}:
            after = (value["start"].replace(day=1) + MONTH).replace(day=1)
            same = [day for day in range(1, 32) if day <= value["start"].day and _is_day(after, day)]
            ends.append(after.replace(day=max(same)) - dt.timedelta(days=1))
        elif lasts != "open":
            ends.append(value["start"] + dt.timedelta(days=lasts["days"] - 1))
        return min(ends, default=dt.date.max)

    expected = []
    for date in dates:
        holding = [v["value"] for n, v in enumerate(values) if v["start"] <= date <= last_day(n)]
        assert len(holding) <= 1
        expected.append(holding[0] if holding else None)
    found = look_up(parameter(*values, lasts=lasts), *[(date.isoformat(),) for date in dates], by=())
    assert found["value"].to_list() == expected
    assert (found["value"].is_null() == found["reason"].is_not_null()).all()


def _is_day(month: dt.date, day: int) -> bool:
    return day <= ((month + MONTH).replace(day=1) - dt.timedelta(days=1)).day


@settings(deadline=None)
@given(st.permutations(range(5)))
def test_rows_keep_their_order(order):
    line = parameter(at("2024-01-01", 1), at("2024-02-01", 2, until="2024-02-29"))
    days = ["2024-01-05", "2024-02-05", "2024-03-05", "2023-12-31", "2024-02-29"]
    values = [1, 2, None, None, 2]
    found = look_up(line, *[(days[place],) for place in order], by=())
    assert found["value"].to_list() == [values[place] for place in order]


# -- keys -----------------------------------------------------------------------------------------


def test_a_key_that_is_a_number_matches_its_text():
    table = parameter(
        {"start": "2018-01-01", "value": 32.4, "key": {"score": 40}},
        {"start": "2018-01-01", "value": 19.2, "key": {"score": "50"}},
        {"start": "2018-01-01", "value": 1.5, "key": {"score": 2.5}},
        by=("score",),
        lasts="open",
    )
    numbers = [40.0, 50.0, 2.5, 41.0, float("nan"), None]
    found = look_up(table, *[("2020-01-01", number) for number in numbers], by=("score",))
    assert found["value"].to_list() == [32.4, 19.2, 1.5, None, None, None]
    assert found["reason"].to_list()[3:] == [
        "line for score 41 has no value; none is given",
        "score is missing",
        "score is missing",
    ]
    whole = look_up(table, ("2020-01-01", 40), ("2020-01-01", 7), by=("score",))
    assert whole["value"].to_list() == [32.4, None]


# -- the uplift -----------------------------------------------------------------------------------

CPI = parameter(
    at("2023-01-01", 100, "north"),
    at("2024-01-01", 110, "north"),
    at("2024-06-01", 112, "north", provisional=True),
    at("2025-12-01", 120, "north"),
    at("2026-01-01", 121, "north"),
    id="cpi",
    by=("region",),
    lasts={"months": 1},
)
UPLIFT = {"index": "cpi", "by": ["region"], "up_to_months": 36}


def benchmark(**entries: Any) -> Parameter:
    values = [at("2023-01-01", 120_000, "north"), at("2023-01-01", 90_000, "south")]
    return parameter(*values, id="benchmark", by=("region",), **({"lasts": {"months": 12}} | entries))


def test_a_declared_uplift_is_the_index_at_the_date_over_the_index_at_the_start():
    days = ["2023-12-31", "2024-01-15", "2024-06-30", "2025-12-31"]
    found = look_up(benchmark(uplift=UPLIFT), *[(day, "north") for day in days], index=CPI)
    assert found["value"].to_list() == pytest.approx([120_000, 132_000, 134_400, 144_000])
    assert found["uplift"].to_list() == pytest.approx([None, 1.10, 1.12, 1.20])
    assert found["provisional"].to_list() == [False, False, True, False]


def test_what_is_not_declared_is_not_uplifted():
    found = look_up(benchmark(), ("2024-01-15", "north"), index=CPI)
    assert found["reason"].to_list() == [
        "benchmark for region north has no value for 2024-01-15; the last ends 2023-12-31"
    ]


def test_an_uplift_that_lacks_something_says_what():
    rows = [
        ("2024-02-01", "north"),
        ("2024-01-15", "south"),
        ("2026-01-01", "north"),
        ("2022-12-31", "north"),
    ]
    found = look_up(benchmark(uplift=UPLIFT), *rows, index=CPI)
    assert found["value"].to_list() == [None] * 4
    north, south = (f"benchmark for region {name} has no value for" for name in ("north", "south"))
    ended = "the last ends 2023-12-31"
    gap = "cpi for region north has no value for 2024-02-01; one ends 2024-01-31, the next starts 2024-06-01"
    nothing = "cpi for region south has no value; none is given"
    assert found["reason"].to_list() == [
        f"{north} 2024-02-01; {ended}, and cannot be uplifted: {gap}",
        f"{south} 2024-01-15; {ended}, and cannot be uplifted: {nothing}",
        f"{north} 2026-01-01; {ended} and may be uplifted until 2025-12-31",
        f"{north} 2022-12-31; the first starts 2023-01-01",
    ]


def test_an_index_that_is_not_positive_uplifts_nothing():
    broken = parameter(
        at("2023-01-01", 0, "north"),
        at("2024-01-01", 110, "north"),
        id="cpi",
        by=("region",),
        lasts={"months": 1},
    )
    (reason,) = look_up(benchmark(uplift=UPLIFT), ("2024-01-15", "north"), index=broken)["reason"]
    assert reason.endswith("cannot be uplifted: cpi is not above 0")


@settings(deadline=None)
@given(st.floats(1e-3, 1e3), st.floats(1e-3, 1e3), st.floats(1e-3, 1e3))
def test_the_scale_of_the_index_makes_no_difference(base, now, factor):
    def lifted(scale: float) -> float:
        index = parameter(
            at("2023-01-01", base * scale, "north"),
            at("2024-01-01", now * scale, "north"),
            id="cpi",
            by=("region",),
            lasts={"months": 1},
        )
        return look_up(benchmark(uplift=UPLIFT), ("2024-01-15", "north"), index=index)["value"][0]

    assert lifted(1.0) == pytest.approx(120_000 * now / base)
    assert lifted(factor) == pytest.approx(lifted(1.0))


# -- what was used --------------------------------------------------------------------------------


def test_the_values_used_are_listed_with_their_look_ups():
    which = benchmark(uplift=UPLIFT, illustrative=True)
    days = ["2023-05-01", "2023-06-01", "2024-01-15", "2024-06-30", "2024-02-01"]
    found = look_up(which, *[(day, "north") for day in days], index=CPI)
    columns = ["parameter", "key", "start", "last_day", "provisional", "illustrative", "look_ups"]
    used = parameters_used(found, which, CPI)
    assert used.select(columns).rows() == [
        ("benchmark", "region north", DAY("2023-01-01"), DAY("2023-12-31"), False, True, 2),
        # uplifted, once with the provisional index of June
        ("benchmark", "region north", DAY("2023-01-01"), DAY("2023-12-31"), True, True, 2),
        ("cpi", "region north", DAY("2023-01-01"), DAY("2023-01-31"), False, False, 2),
        ("cpi", "region north", DAY("2024-01-01"), DAY("2024-01-31"), False, False, 1),
        ("cpi", "region north", DAY("2024-06-01"), DAY("2024-06-30"), True, False, 1),
    ]
    assert used["uplift_low"].to_list() == pytest.approx([None, 1.10, None, None, None])
    assert used["uplift_high"].to_list() == pytest.approx([None, 1.12, None, None, None])
    assert used["value"].to_list() == [120_000, 120_000, 100, 110, 112]


def test_measuring_tells_what_it_looked_up_once_however_often_it_is_worked_out():
    line = parameter(at("2024-01-01", 5, until="2024-12-31"))
    poor = indicator("income < line", id="poor", uses={"line": {"parameter": "line"}})
    both = indicator(
        "poor + again",
        id="both",
        uses={"poor": {"indicator": "poor", "version": 1}, "again": {"indicator": "near", "version": 1}},
    )
    near = indicator("poor", id="near", uses={"poor": {"indicator": "poor", "version": 1}})
    wave = WaveData(written(households="hh_id | income\n a | 1\n b | 10\n c | -"), REFERENCE_DATE)
    known = catalogue(poor, near, both, parameters={"line": line})
    values, used = measure_with_parameters(both, wave, catalogue=known)
    assert values["value"].to_list() == [2, 0, None]
    assert used.select("indicator", "name", "reference_date", "parameter", "value", "look_ups").rows() == [
        ("poor", "line", REFERENCE_DATE, "line", 5, 3)
    ]


def test_an_indicator_uses_the_uplift_its_parameter_declares():
    lift = {"index": "cpi", "up_to_months": 24}
    line = parameter(at("2023-01-01", 5), lasts={"months": 12}, uplift=lift)
    index = parameter(at("2023-01-01", 100), at("2024-06-01", 130), id="cpi", lasts={"months": 1})
    definition = indicator("line", uses={"line": {"parameter": "line"}})
    wave = WaveData(written(households="hh_id\n a"), REFERENCE_DATE)
    known = catalogue(definition, parameters={"line": line, "cpi": index})
    values, used = measure_with_parameters(definition, wave, catalogue=known)
    assert values["value"].to_list() == pytest.approx([6.5])
    assert used["parameter"].to_list() == ["line", "cpi", "cpi"]
