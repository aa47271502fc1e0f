"""Wages, working conditions and gender from answers to group statistics, against the worked examples."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any, get_args

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mande.catalogue import load_catalogue
from mande.measure import measure, summarise
from mande.measure.needs import needed_answers
from mande.schema.common import Per
from mande.schema.parameter import Parameter
from mande.units import unknown_words

CATALOGUE = load_catalogue([Path(__file__).parent.parent / "indicators"])
PAY_DAY = dt.date(2024, 3, 31)
KINDS = {"yes_no": pl.Boolean, "integer": pl.Float64, "number": pl.Float64, "date": pl.Date}
PLACE = {"sector": "farm", "region": "north", "country": "XXA", "pay_date": PAY_DAY}
STATUSES = tuple(CATALOGUE.questions["workers"]["contract_status"].choices)


def table(name: str, rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """Every question of a table as a column; what a row does not say is missing."""
    entry = CATALOGUE.tables[name]
    schema = {
        question: KINDS.get(asked.type, pl.String) for question, asked in CATALOGUE.questions[name].items()
    }
    schema |= {column: pl.String for column in (entry.key, entry.link) if column is not None}
    full = [
        {entry.key: f"{number:04}", entry.link or entry.key: "1"} | dict(row)
        for number, row in enumerate(rows)
    ]
    columns = {column: [row.get(column) for row in full] for column in schema}
    columns[entry.key] = [f"{number:04}" for number in range(len(rows))]
    return pl.DataFrame(columns, schema=schema, strict=False)


def dated(name: str, value: float, **key: str) -> Parameter:
    """A parameter of the library with one value, for all of 2024."""
    entry = CATALOGUE.parameters[name]
    values = [
        {
            "start": dt.date(2024, 1, 1),
            "until": dt.date(2024, 12, 31),
            "value": value,
            "source": "made",
            "key": key,
        }
    ]
    return Parameter.model_validate(entry.model_dump() | {"values": values, "lasts": None, "uplift": None})


def found_in(indicator: str, rows: Sequence[Mapping[str, Any]], *parameters: Parameter) -> pl.DataFrame:
    entry = CATALOGUE.indicators[indicator]
    known = {each.id: each for each in parameters}
    return measure(
        entry,
        {entry.entity: table(entry.entity, rows)},
        catalogue=CATALOGUE,
        reference_date=PAY_DAY,
        parameters=known,
    )


def stated(indicator: str, values: pl.DataFrame) -> dict[str, dict[str, float]]:
    """The numbers of every entry of the definition's statistics, by entry."""
    return {
        str(entry): dict(summarise(values, entry).select("number", "value").iter_rows())
        for entry in CATALOGUE.indicators[indicator].statistics
    }


def paid(cash: float, hours: float = 1.0, **more: Any) -> dict[str, Any]:
    return {"minimum_wage_covered": True, "pay_gross": cash, "pay_period_hours": hours, **PLACE, **more}


def minimum(value: float) -> Parameter:
    return dated("minimum_wage", value, sector="farm", region="north")


# -- pay ------------------------------------------------------------------------------------------


def test_minimum_wage_violation_of_five_workers_we_09():
    """WE-09, hand vector: wages 10, 8, 6, 12, 9 at a minimum of 10."""
    values = found_in("minimum_wage_violation", [paid(wage) for wage in (10, 8, 6, 12, 9)], minimum(10))
    found = [
        number for numbers in stated("minimum_wage_violation", values).values() for number in numbers.values()
    ]
    # share, v0, v1, v2, v1/v0, compliance, beyond 2.5 percent
    assert found == pytest.approx([0.6, 0.6, 0.14, 0.042, 0.7 / 3, 0.4, 0.6], rel=1e-9)


def test_minimum_wage_violation_at_the_headline_of_south_africa_we_09():
    """WE-09, published headline: v0 = .44 and an average shortfall of .35 of the violated make v1 = .154."""
    rows = [paid(65) for _ in range(44)] + [paid(120) for _ in range(56)]
    values = found_in("minimum_wage_violation", rows, minimum(100))
    numbers = [
        number for entry in stated("minimum_wage_violation", values).values() for number in entry.values()
    ]
    assert (numbers[1], numbers[2], numbers[4]) == pytest.approx((0.44, 0.154, 0.35), rel=1e-9)


@settings(deadline=None, max_examples=30)
@given(cents=st.integers(50, 20_000), hours=st.sampled_from([40, 48, 160, 173.33, 176, 192, 208]))
def test_who_is_paid_the_minimum_to_the_cent_is_paid_the_minimum(cents: int, hours: float):
    """Floating point loses this in one of eight combinations; a cent an hour less is a violation."""
    line = cents / 100
    rows = [
        paid(line * hours, hours),
        paid((cents - 1) / 100 * hours, hours),
        paid(round(line * hours, 12), hours),
    ]
    values = found_in("minimum_wage_violation", rows, minimum(line))
    assert values["value"].to_list() == [0, 1, 0]
    assert values["complies"].to_list() == [1, 0, 1]
    assert values["shortfall"].to_list() == [0, pytest.approx(0.01 / line, rel=1e-6), 0]


def test_like_workers_are_compared_in_the_factor_weighted_gap():
    """Two cells of four: 10 and 9 (10 %), 20 and 15 (25 %); a woman without men like her stays out."""
    basic = {"educ_years": 6, "age": 30, "hours_main_normal": 48}
    schooled = {"educ_years": 12, "age": 50, "hours_main_normal": 20}
    alone = {"educ_years": 12, "age": 50, "hours_main_normal": 40}
    people = [
        (10, "M", basic), (9, "F", basic), (20, "M", schooled), (15, "F", schooled), (4, "F", alone),
    ]  # fmt: skip
    rows = [
        paid(wage, sex=sex, contract_status="permanent", bonus_regular=0, in_kind_value=0, **like)
        for wage, sex, like in people
    ]
    values = found_in("gender_wage_gap_raw", rows, dated("consumer_price_index", 100, region="north"))
    gap, weighted = stated("gender_wage_gap_raw", values).values()
    assert weighted == pytest.approx({"gap": 17.5, "comparable_share": 0.8})
    assert gap["mean_gap"] == pytest.approx(100 * (15 - 28 / 3) / 15)


def test_who_is_regular_in_the_decomposed_gap_is_not_irregular():
    rows = [
        paid(10, contract_status=status, bonus_regular=0, in_kind_value=0, sole_buyer=True)
        for status in STATUSES
    ]
    regular = found_in("gender_wage_gap_adjusted", rows, dated("consumer_price_index", 100, region="north"))
    irregular = found_in("irregular_employment", rows)
    assert [1 - value for value in irregular["value"]] == regular["regular"].to_list()


# -- conditions -----------------------------------------------------------------------------------


def test_injury_rate_of_fifteen_in_117_000_hours_we_12():
    """WE-12: 15 x 200000 / 117000, and the rates of a group as ratios of sums."""
    rows = [
        {"inj_nonfatal": 15, "inj_fatal": 0, "days_lost": 60, "workers_avg": 60, "hours_total": 117_000},
        {"inj_nonfatal": 4, "inj_fatal": 1, "days_lost": 40, "workers_avg": 140, "hours_total": 283_000},
    ]
    values = found_in("occupational_injury_rate", rows)
    assert values["value"][0] == pytest.approx(25.641, abs=5e-4)  # printed to three decimals
    _, trir, nonfatal, fatal, severity, per_case, publishable = [
        entry[""] for entry in stated("occupational_injury_rate", values).values()
    ]
    assert trir == pytest.approx(20 * 200_000 / 400_000)
    assert (nonfatal, fatal) == pytest.approx((19 / 200 * 1e5, 1 / 200 * 1e5))
    assert (severity, per_case, publishable) == pytest.approx((100 / 400_000 * 1e6, 5, 0.5))


@pytest.mark.parametrize(
    ("job", "fte"),
    [
        ({"women_n": 1, "men_n": 0, "months_worked": 3}, 0.25),
        ({"women_n": 120, "men_n": 80, "months_worked": 6}, 100),
        ({"women_n": 150, "men_n": 150, "months_worked": 12}, 300),
    ],
)
def test_full_time_equivalents_of_the_ifi_indicators_we_12(job: dict[str, float], fte: float):
    """WE-12: three months full time are .25; 200 people for half a year 100; three shifts of 100 are 300."""
    tables = {
        "firms": table("firms", [{"any_workers": True, "std_hours": 40}]),
        "headcounts": table("headcounts", [{"firm_id": "0000", "role": "worker", "hours_week": 40, **job}]),
    }
    entry = CATALOGUE.indicators["fte_jobs"]
    found = measure(entry, tables, catalogue=CATALOGUE, reference_date=PAY_DAY)
    assert found["value"].to_list() == [pytest.approx(fte)]


def test_hours_at_200_000_are_a_hundred_people_for_a_year_we_12():
    """WE-12: 100 workers x 40 hours x 50 weeks; with one injury each for 3 of them the rate is 3."""
    row = {
        "inj_nonfatal": 3,
        "inj_fatal": 0,
        "days_lost": 0,
        "workers_avg": 100,
        "hours_total": 100 * 40 * 50,
    }
    assert found_in("occupational_injury_rate", [row])["value"].to_list() == [3]


def test_each_point_of_an_assessment_has_the_share_of_firms_that_fail_it():
    """Three firms on exits (two fail), two on night work (one fails; it does not apply to the third)."""
    findings = {
        "exits": ("non_compliant", "non_compliant", "compliant"),
        "night_work": ("compliant", "not_applicable", "non_compliant"),
        "payslips": ("compliant", "compliant", None),
    }
    rows = [
        {"firm_id": f"f{firm}", "point_id": point, "cluster_area": "safety_health", "finding": finding}
        for point, by_firm in findings.items()
        for firm, finding in enumerate(by_firm)
    ]
    values = found_in("standards_point_noncompliance", rows)
    values = values.with_columns(point=pl.Series([row["point_id"] for row in rows]))
    rates = summarise(values, "share", by=["point"])
    assert rates["point"].to_list() == ["exits", "night_work", "payslips"]
    assert rates["value"].to_list() == pytest.approx([2 / 3, 1 / 2, 0])
    assert rates["n"].to_list() == [3, 2, 2]
    reasons = values.filter(pl.col("value").is_null())["reason"].sort().to_list()
    assert reasons == ["finding is missing", "not applicable: not (finding != 'not_applicable')"]


def test_the_two_series_of_the_sdg_leave_hazards_out_and_count_more_than_21_hours_of_housework():
    def child(age: float, hours: float, chores: float, hazard: bool) -> dict[str, Any]:
        return {"age": age, "econ_hours_7d": hours, "chores_hours_7d": chores, "hazardous_work": hazard}

    rows = [child(10, 0, 21, False), child(10, 0, 22, False), child(16, 0, 40, False), child(13, 2, 0, True)]
    found = found_in("child_labour", rows)
    assert found["value"].to_list() == [0, 0, 0, 1]
    assert found["by_hours"].to_list() == [0, 0, 0, 0]
    assert found["by_hours_and_chores"].to_list() == [0, 1, 0, 0]
    assert found["with_chores"].to_list() == [0, 1, 0, 1]


def test_a_worker_never_asked_about_a_contract_is_in_neither_share():
    rows = [{}, {"contract_written": True}, {"contract_written": False}]
    found = found_in("written_contract", rows)
    assert found["value"].to_list() == [None, 1, 0]
    assert found["effective"].to_list() == [None, 0, 0]


@pytest.mark.parametrize("indicator", CATALOGUE.indicators.values(), ids=lambda entry: entry.id)
def test_what_is_built_on_protected_answers_is_protected(indicator):
    needs = needed_answers([indicator], CATALOGUE, by_group=False)
    protected = [
        f"{name}.{question}"
        for name, questions in needs.items()
        for question in questions
        if CATALOGUE.questions[name][question].sensitivity == "protected"
    ]
    assert not protected or indicator.sensitivity == "protected", protected


# -- gender ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("status", "sole_buyer"), list(product(STATUSES, (True, False))))
def test_irregular_work_means_the_same_by_sex_as_by_itself(status: str, sole_buyer: bool):
    row = {"contract_status": status, "sole_buyer": sole_buyer, "sex": "F"}
    one, other = (
        found_in(name, [row])["value"][0] for name in ("occupational_segregation", "irregular_employment")
    )
    assert one == other


def test_segregation_and_shares_of_women_we_17():
    """WE-17: women 40, 10, 50 and men 10, 60, 30 over three tasks are .5 apart."""
    tasks = ("elementary", "machine_operators", "clerical")
    people = [("F", task, n) for task, n in zip(tasks, (40, 10, 50), strict=True)]
    people += [("M", task, n) for task, n in zip(tasks, (10, 60, 30), strict=True)]
    rows = [
        {"sex": sex, "occupation": task, "contract_status": "seasonal" if task == "clerical" else "permanent"}
        for sex, task, n in people
        for _ in range(n)
    ]
    values = found_in("occupational_segregation", rows)
    occupations = pl.Series("occupation", [row["occupation"] for row in rows])
    sexes = pl.Series("sex", [row["sex"] for row in rows])
    values = values.with_columns(occupations, sexes)
    share, unpaid, duncan, parity, irregular, unpaid_women, all_women = stated(
        "occupational_segregation", values
    ).values()
    assert duncan[""] == pytest.approx(0.5)
    assert (share[""], unpaid[""]) == pytest.approx((0.4, 0))
    assert parity["ratio"] == pytest.approx(50 / 30)
    assert (irregular[""], all_women[""]) == pytest.approx((50 / 80, 0.5))
    assert unpaid_women[""] is None


@pytest.mark.parametrize("indicator", ["a_weai", "pro_weai"])
def test_the_parts_of_disempowerment_add_up_to_that_of_the_index(indicator: str):
    """Among women M0 of the indicators is 1 - DE, whatever combination of them is inadequate."""
    entry = CATALOGUE.indicators[indicator]
    weai = next(each for each in entry.statistics if "weai" in each)
    parts = next(each for each in entry.statistics if "alkire_foster" in each)
    arguments = parts["alkire_foster"]
    names = arguments["deprivations"]
    weights = arguments.get("weights") or dict.fromkeys(names, 1)
    whole = sum(weights.values())
    rng = np.random.default_rng(5)
    lacks = rng.random((200, len(names))) < 0.25
    frame = pl.DataFrame({name: lacks[:, at].astype(float) for at, name in enumerate(names)})
    score = lacks @ np.array([weights[name] for name in names]) / whole
    frame = frame.with_columns(
        pl.Series("inadequacy", 1 - (1 - score)),
        sex=pl.lit("F"),
        hh_id=pl.int_range(pl.len()).cast(pl.String),
    )
    index = dict(summarise(frame, weai).select("number", "value").iter_rows())
    decomposed = dict(summarise(frame, parts).select("number", "value").iter_rows())
    assert (decomposed["h"], decomposed["m0"]) == pytest.approx((index["h"], 1 - index["de"]), rel=1e-9)
    contributions = [decomposed[f"contribution_{name}"] for name in names]
    assert sum(contributions) == pytest.approx(1)


def test_a_group_with_more_women_than_leaders_is_in_no_ratio():
    """2 of 8 and 3 of 4 count; 9 of 8 is a mistake, and would have made 14 of 20."""
    rows = [{"leaders_f": women, "leaders_n": all_} for women, all_ in ((2, 8), (3, 4), (9, 8))]
    values = found_in("women_share_roles", rows)
    assert values["value"].to_list() == [0.25, 0.75, None]
    numbers = stated("women_share_roles", values)
    assert numbers["{'ratio_of_sums': ['women_leaders', 'leaders_n']}"][""] == pytest.approx(5 / 12)


def test_every_period_of_a_flow_has_its_words():
    assert [period for period in get_args(Per) if unknown_words(period)] == []


def test_every_amount_and_hour_of_pay_says_what_it_is_counted_over():
    """Apart are sums over the last three pays, the rate of a piece, and what is a length of time itself."""
    other = {"pay_short_amount", "ded_other_unagreed", "rate_per_piece", "tenure_m", "griev_resolved_days"}
    other |= {"pay_delay_days", "age", "educ_years", "rep_trust"}
    numbers = {
        name: question
        for name, question in CATALOGUE.questions["workers"].items()
        if question.type in ("integer", "number")
    }
    assert {name for name, question in numbers.items() if question.per is None} == other
