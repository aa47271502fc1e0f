"""Estimates compute their interval for the level asked, and evaluations survive JSON."""

import json
import math
from dataclasses import replace

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from mande.errors import MandeError
from mande.results import (
    Comparison,
    Finding,
    Further,
    Interval,
    Reference,
    Table,
    from_json,
    results_schema,
    to_json,
)
from mande.wording import amount, number, span
from tests.report.example import estimate, evaluation


def test_the_interval_is_the_t_interval_by_hand():
    # t with 53 degrees of freedom: 97.5 % point 2.005746
    interval = estimate(effect=1.0, error=0.5, scale="level").interval()
    assert interval.low == pytest.approx(1 - 0.5 * 2.005745995317, rel=1e-9)
    assert interval.high == pytest.approx(1 + 0.5 * 2.005745995317, rel=1e-9)


def test_a_wider_level_gives_a_wider_interval_and_its_own_label():
    one = estimate()
    assert one.interval(0.99).low < one.interval(0.90).low
    assert one.tidy(0.9)["ci_level"].item() == 0.9


@pytest.mark.parametrize("level", [0, 1, 95, -0.5])
def test_a_level_that_is_not_a_share_is_refused(level):
    with pytest.raises(ValueError, match="between 0 and 1"):
        estimate().interval(level)


def test_interval_and_p_value_agree_about_zero():
    for effect in (0.30, 0.31, 0.32, 0.33, 0.34):
        one = estimate(effect=effect, scale="level")
        assert one.interval(0.95).excludes(0) == (one.p_value < 0.05)


def test_a_normal_reference_is_the_normal_distribution():
    assert Reference("normal").quantile(0.975) == pytest.approx(stats.norm.ppf(0.975))


def test_an_interval_of_two_pieces_excludes_the_gap():
    pieces = Interval(((-math.inf, -1.0), (2.0, math.inf)), 0.95)
    assert pieces.excludes(0)
    assert not pieces.excludes(3)


def test_an_unclear_effect_is_never_called_no_effect():
    text = estimate(effect=-0.1).sentence()
    assert "no clear sign of an effect" in text
    assert "can be ruled out" in text
    assert "no effect" not in text.replace("no clear sign of an effect", "")


def test_the_sentence_on_a_log_scale_is_in_percent():
    # 100 (exp(-0.317) - 1) = -27.2 %
    assert "−27\u202f%" in estimate().sentence()


def test_results_come_back_from_json_as_they_went():
    one = evaluation()
    assert from_json(to_json(one)) == one


def test_the_same_evaluation_is_the_same_bytes():
    assert to_json(evaluation()) == to_json(from_json(to_json(evaluation())))


def test_machines_find_each_estimate_with_its_interval_first():
    body = json.loads(to_json(evaluation()))
    first = body["estimates"][0]
    assert first["indicator"] == "scrap_rate"
    assert first["ci_low"] < first["estimate"] < first["ci_high"]


def test_a_number_that_is_not_finite_never_reaches_the_file():
    broken = replace(evaluation().outcomes[0], primary=estimate(effect=math.nan))
    with pytest.raises(ValueError, match="not JSON compliant"):
        to_json(replace(evaluation(), outcomes=(broken,)))


def test_a_file_that_is_not_ours_is_refused_in_plain_words():
    with pytest.raises(MandeError, match="X-RESULTS"):
        from_json(b'{"estimates": []}')


@given(st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_numbers_read_back_close_to_what_they_were(value):
    text = number(value, digits=6).replace(",", "").replace("−", "-")
    assert float(text) == pytest.approx(value, rel=1e-4, abs=1e-11)


@given(st.floats(-5, 5), st.floats(0, 5), st.sampled_from(["level", "log", "share"]))
def test_a_span_ends_like_its_upper_end(low, width, scale):
    assert span(low, low + width, unit="kg", scale=scale).endswith(
        amount(low + width, unit="kg", scale=scale)
    )


def test_every_estimate_says_which_version_of_which_indicator_it_is_on():
    one = evaluation()
    gini = replace(
        one.outcomes[0], indicator="gini_of_scrap_rate", definition="scrap_rate", version=4, local=True
    )
    records = json.loads(to_json(replace(one, outcomes=(gini, *one.outcomes[1:]))))["estimates"]
    named = [(r["indicator"], r["definition"], r["indicator_version"], r["locally_defined"]) for r in records]
    first = ("gini_of_scrap_rate", "scrap_rate", 4, True)
    assert named == [first, first, ("hours", "hours", 1, False)]


_NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
_TEXTS = st.text(max_size=12)
_CELLS = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | _NUMBERS | _TEXTS
_DRAWS = st.lists(st.floats(0, 1e6), min_size=1, max_size=4).map(lambda values: tuple(sorted(values)))
_CURVES = st.lists(
    st.tuples(_NUMBERS, st.floats(0, 1)), min_size=2, max_size=4, unique_by=lambda point: point[0]
).map(lambda points: tuple(sorted(points)))
_REFERENCES = st.one_of(
    st.builds(Reference, st.just("t"), st.floats(1, 1e6)),
    st.just(Reference("normal")),
    st.builds(Reference, st.just("draws"), draws=_DRAWS, counts_observed=st.booleans()),
    st.builds(Reference, st.just("set"), curve=_CURVES, p_null=st.floats(0, 1)),
)
_TABLES = st.builds(
    lambda caption, rows: Table(caption, ("a", "b"), tuple(rows)), _TEXTS, st.lists(st.tuples(_CELLS, _CELLS))
)
_COMPARISONS = st.none() | st.builds(
    Comparison, _NUMBERS, st.integers(0, 99), st.none(), st.integers(0, 99), _TEXTS, st.just("after")
)


@st.composite
def _estimates(draw):
    value, error = draw(st.floats(-1e6, 1e6)), draw(st.floats(0, 1e6))
    one = estimate(effect=value, error=error, scale=draw(st.sampled_from(["level", "log", "share"])))
    return replace(
        one, reference=draw(_REFERENCES), comparison=draw(_COMPARISONS), caution=draw(_TEXTS),
        tables={"means": draw(_TABLES)}, notes=tuple(draw(st.lists(_TEXTS, max_size=2))),
    )  # fmt: skip


@st.composite
def _evaluations(draw):
    one = evaluation()
    further = draw(
        st.lists(
            st.builds(
                lambda question, found, family: Further(question, "What?", found, {found.term: "It"}, family),
                st.sampled_from(["arms", "taking_part", "spillover", "subgroup"]),
                _estimates(),
                st.none() | _TABLES,
            ),
            max_size=2,
        )
    )
    findings = st.builds(
        Finding, _TEXTS, _TEXTS, st.sampled_from(["good", "caution", "limit", "information"]), _TEXTS,
        table=st.none() | _TABLES, values=st.dictionaries(_TEXTS, _CELLS, max_size=3),
    )  # fmt: skip
    first = replace(
        one.outcomes[0],
        primary=draw(st.none() | _estimates()),
        others=tuple(draw(st.lists(_estimates(), max_size=1))),
        further=tuple(further),
        findings=tuple(draw(st.lists(findings, max_size=2))),
    )
    return replace(one, outcomes=(first, *one.outcomes[1:]), level=draw(st.floats(0.51, 0.99)))


@settings(deadline=None, max_examples=60)
@given(_evaluations())
def test_any_evaluation_comes_back_from_json_and_fits_the_published_schema(one):
    written = to_json(one)
    assert from_json(written) == one
    assert to_json(from_json(written)) == written
    jsonschema.validate(json.loads(written), results_schema())
