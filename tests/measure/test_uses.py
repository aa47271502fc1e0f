"""Used values: parameters by key and date, and other indicators."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import pytest

from mande.errors import MandeError
from mande.measure import WaveData, check_formulas, measure, plan_indicator
from mande.schema import Indicator, Parameter
from tests.measure.world import LABEL, REFERENCE_DATE, catalogue, indicator, values_of, written


def parameter(text: str, *, by: tuple[str, ...] = (), id: str = "price") -> Parameter:  # noqa: A002
    """A parameter from lines `date | key ... | value`."""
    values = []
    for line in text.strip().splitlines():
        start, *keys, value = [cell.strip() for cell in line.split("|")]
        key = dict(zip(by, keys, strict=True))
        values.append({"start": dt.date.fromisoformat(start), "value": value, "source": "s", "key": key})
    content = {"format": 1, "id": id, "version": 1, "label": LABEL, "unit": "LCU", "by": by, "lasts": "open"}
    return Parameter.model_validate(content | {"values": values})


def used(by: tuple[str, ...] = (), at: str | None = None) -> dict[str, Any]:
    return {"parameter": "price", "by": by, "at": at}


PLAIN = parameter("2020-01-01 | 2\n 2024-01-01 | 3\n 2025-01-01 | 4")
BY_CROP = parameter(
    """
    2020-01-01 | cocoa | 2
    2023-07-01 | cocoa | 3
    2022-01-01 | rice  | 7
    """,
    by=("crop",),
)
SEASONS = written(
    households="hh_id\n a",
    seasons="""
        season_id | hh_id | area | crop  | ended
        before    | a     | 1    | cocoa | 2019-12-31
        first     | a     | 1    | cocoa | 2020-01-01
        last      | a     | 1    | cocoa | 2023-06-30
        new       | a     | 1    | cocoa | 2023-07-01
        rice      | a     | 1    | rice  | 2030-01-01
        early     | a     | 1    | rice  | 2021-12-31
        no_crop   | a     | 1    | -     | 2023-07-01
        no_date   | a     | 1    | rice  | -
        """,
)


def test_without_keys_the_value_of_the_reference_date_holds_for_every_row():
    definition = indicator("income * price", uses={"price": used()})
    answers = written(households="hh_id | income\n a | 1\n b | 10\n c | -")
    found = values_of(definition, answers, known=catalogue(parameters={"price": PLAIN}))
    assert found == {"a": 3.0, "b": 30.0, "c": "income is missing"}


def test_the_value_is_the_one_valid_for_the_key_at_the_date():
    definition = indicator("area * price", entity="seasons", uses={"price": used(("crop",), "ended")})
    assert values_of(definition, SEASONS, known=catalogue(parameters={"price": BY_CROP})) == {
        "before": "price for crop cocoa has no value for 2019-12-31; the first starts 2020-01-01",
        "first": 2.0,
        "last": 2.0,
        "new": 3.0,
        "rice": 7.0,
        "early": "price for crop rice has no value for 2021-12-31; the first starts 2022-01-01",
        "no_crop": "crop is missing",
        "no_date": "ended is missing",
    }


def test_a_key_without_a_date_is_looked_up_at_the_reference_date():
    definition = indicator("area * price", entity="seasons", uses={"price": used(("crop",))})
    found = values_of(definition, SEASONS, known=catalogue(parameters={"price": BY_CROP}))
    assert (found["before"], found["no_date"], found["no_crop"]) == (3.0, 7.0, "crop is missing")


def test_a_parameter_without_values_says_what_was_sought():
    nothing = parameter("")
    definition = indicator("price", uses={"price": used()})
    answers = written(households="hh_id\n a\n b")
    found = values_of(definition, answers, known=catalogue(parameters={"price": nothing}))
    assert found == dict.fromkeys("ab", "price has no value; none is given")


def test_a_parameter_joined_to_the_rows_of_a_roster_is_used_there():
    uses = {"seasons.price": used(("crop",), "ended")}
    parts = {"seasons.worth": "seasons.area * seasons.price"}
    definition = indicator("sum(seasons.worth)", uses=uses, parts=parts)
    sound = {
        **SEASONS,
        "households": written(households="hh_id | has_land\n a | yes")["households"],
        "seasons": SEASONS["seasons"].filter(pl.col("season_id").is_in(["last", "new", "rice"])),
    }
    known = catalogue(parameters={"price": BY_CROP})
    assert values_of(definition, sound, known=known) == {"a": 2.0 + 3.0 + 7.0}
    torn = {**sound, "seasons": SEASONS["seasons"].filter(pl.col("season_id").is_in(["before", "new"]))}
    assert values_of(definition, torn, known=known) == {
        "a": "price for crop cocoa has no value for 2019-12-31; the first starts 2020-01-01"
    }


def test_a_programme_brings_its_own_values():
    definition = indicator("price", uses={"price": used()})
    found = measure(
        definition,
        written(households="hh_id\n a"),
        catalogue=catalogue(parameters={"price": PLAIN}),
        reference_date=REFERENCE_DATE,
        parameters={"price": parameter("2020-01-01 | 99")},
    )
    assert found["value"].to_list() == [99.0]


def test_the_order_of_dated_values_makes_no_difference():
    definition = indicator("area * price", entity="seasons", uses={"price": used(("crop",), "ended")})
    turned = BY_CROP.model_copy(update={"values": BY_CROP.values[::-1]})
    known, other = (catalogue(parameters={"price": entry}) for entry in (BY_CROP, turned))
    assert values_of(definition, SEASONS, known=known) == values_of(definition, SEASONS, known=other)


# -- other indicators -----------------------------------------------------------------------------

HOMES = written(households="hh_id | income | size\n b | 8 | 2\n a | 9 | 0\n c | - | 1")


def use(id: str, version: int = 1) -> dict[str, Any]:  # noqa: A002
    return {"indicator": id, "version": version}


def test_another_indicator_is_joined_by_key_and_hands_its_reason_on():
    per_head = indicator("income / size", id="per_head")
    half = indicator("half_of / 2", uses={"half_of": use("per_head")})
    assert values_of(half, HOMES, known=catalogue(per_head, half)) == {
        "a": "per_head: division by zero: size is 0",
        "b": 2.0,
        "c": "per_head: income is missing",
    }


def test_indicators_may_use_each_other_in_a_chain():
    one = indicator("income", id="one")
    two = indicator("one * 2", id="two", uses={"one": use("one")})
    three = indicator("two + one", id="three", uses={"two": use("two"), "one": use("one")})
    assert values_of(three, HOMES, known=catalogue(one, two, three)) == {
        "a": 27.0,
        "b": 24.0,
        "c": "two: one: income is missing",
    }


def problems_of(definition: Indicator, *others: Indicator, **parameters: Parameter) -> list[tuple[str, str]]:
    known = catalogue(definition, *others, parameters=parameters)
    with pytest.raises(MandeError) as caught:
        plan_indicator(definition, known)
    assert all(problem in check_formulas(known) for problem in caught.value.problems)
    return [(problem.code.id, problem.expected()) for problem in caught.value.problems]


def test_a_use_of_another_version_is_refused():
    newer = indicator("income", id="one", version=2)
    assert problems_of(indicator("one", uses={"one": use("one", 1)}), newer) == [("F-USE", "version: 2")]


def test_a_use_of_an_indicator_of_another_table_is_refused():
    other = indicator("area", id="one", entity="seasons")
    found = problems_of(indicator("one", uses={"one": use("one")}), other)
    assert found == [("F-USE", "an indicator of households, under a name without a dot")]


def test_an_unknown_use_is_told_the_near_one():
    near = indicator("income", id="per_head")
    code, expected = problems_of(indicator("x", uses={"x": use("per_haed")}), near)[0]
    assert (code, "did you mean per_head?" in expected) == ("F-NAME", True)
    code, expected = problems_of(indicator("x", uses={"x": {"parameter": "prise"}}), price=PLAIN)[0]
    assert (code, "did you mean price?" in expected) == ("F-NAME", True)


def test_a_circle_of_uses_is_named():
    one = indicator("two", id="one", uses={"two": use("two")})
    two = indicator("one", id="two", uses={"one": use("one")})
    with pytest.raises(MandeError) as caught:
        plan_indicator(one, catalogue(one, two))
    (problem,) = caught.value.problems
    assert (problem.code.id, problem.found()) == ("F-CYCLE", "two -> one -> two")
    alone = indicator("me", id="me", uses={"me": use("me")})
    with pytest.raises(MandeError) as caught:
        plan_indicator(alone, catalogue(alone))
    assert [problem.code.id for problem in caught.value.problems] == ["F-CYCLE"]


def test_the_keys_of_a_parameter_are_given_one_by_one():
    definition = indicator("area * price", entity="seasons", uses={"price": used()})
    assert problems_of(definition, price=BY_CROP) == [("F-USE", "by: [crop], like the parameter price")]


def test_a_parameter_is_dated_by_a_date_question():
    definition = indicator("area * price", entity="seasons", uses={"price": used(("crop",), "area")})
    assert problems_of(definition, price=BY_CROP) == [("F-NAME", "one of ended")]


def test_a_used_name_may_not_hide_an_answer_or_a_result():
    for name in ("income", "value", "reason"):
        found = problems_of(indicator("size", uses={name: used()}), price=PLAIN)
        assert found == [("F-NAME", f"a name of its own; {name} is taken in households")]


@pytest.mark.parametrize(
    ("entity", "question", "value"),
    [
        ("households", "size", "before"),
        ("households", "has_land", "before"),
        ("households", "head", "before == 'F'"),
        ("households", "seen", "days_between(before, seen)"),
        ("persons", "tasks", "includes(before, 'weed')"),
        ("seasons", "crop", "before == 'cocoa'"),
    ],
)
def test_without_an_earlier_wave_an_answer_of_any_kind_is_missing(entity: str, question: str, value: str):
    definition = indicator(value, entity=entity, uses={"before": {"question": question, "wave": "baseline"}})
    answers = written(
        households="hh_id | size | has_land | head | seen\n a | 3 | yes | F | 2024-01-02",
        persons="person_id | hh_id | tasks\n a | a | weed",
        seasons="season_id | hh_id | crop\n a | a | cocoa",
    )
    reason = f"{question}: there is no earlier wave to compare with"
    assert values_of(definition, answers) == {"a": reason}
    assert values_of(definition.model_copy(update={"value": f"if_(is_missing({value}), 7, 8)"}), answers) == {
        "a": 7.0
    }


# -- earlier waves --------------------------------------------------------------------------------


def wave(text: str, previous: WaveData | None = None) -> WaveData:
    return WaveData(written(households=f"hh_id | income\n{text}"), REFERENCE_DATE, None, previous)


START = wave("a | 10\n b | 10\n c | 10\n d | -")
MIDDLE = wave("a | 20\n b | 5\n d | 20", START)
END = wave("a | 30\n b | 30\n c | 30\n d | 30\n e | 30", MIDDLE)
BEFORE = indicator("before", uses={"before": {"question": "income", "wave": "previous"}})
GAIN = indicator("income > start", id="gain", uses={"start": {"question": "income", "wave": "baseline"}})
LASTING = indicator(
    "min_of(gain, gain_before) > 0",
    uses={
        "gain": {"indicator": "gain", "version": 1},
        "gain_before": {"indicator": "gain", "version": 1, "wave": "previous"},
    },
)


def over_waves(definition: Indicator, data: WaveData, baseline: WaveData | None) -> dict[str, float | str]:
    found = measure(
        definition,
        data.tables,
        catalogue=catalogue(definition, GAIN),
        reference_date=REFERENCE_DATE,
        baseline=baseline,
        previous=data.previous,
    )
    return {row[0]: row[2] if row[1] is None else row[1] for row in found.rows()}


def test_an_answer_of_the_wave_before_is_that_of_the_same_unit():
    assert over_waves(BEFORE, END, START) == {
        "a": 20.0,
        "b": 5.0,
        "c": "income: not seen in the wave before",
        "d": 20.0,
        "e": "income: not seen in the wave before",
    }
    first = over_waves(BEFORE, START, None)
    assert set(first.values()) == {"income: there is no earlier wave to compare with"}
    assert over_waves(BEFORE, MIDDLE, START)["d"] == "income: missing in the wave before"


def test_an_indicator_of_the_wave_before_compares_that_wave_with_the_baseline():
    assert over_waves(LASTING, END, START) == {
        "a": 1.0,
        "b": 0.0,
        "c": "gain: not seen in the wave before",
        "d": "gain: income: missing at the baseline",
        "e": "gain: income: not seen at the baseline",
    }


def test_at_the_first_follow_up_nothing_has_lasted_yet_and_none_is_counted_as_not_lasting():
    found = over_waves(LASTING, MIDDLE, START)
    assert found["a"] == found["b"] == "gain: income: there is no earlier wave to compare with"
