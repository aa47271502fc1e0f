"""Many indicators over a wave together: the same values as one by one, and what is shared is done once."""

from __future__ import annotations

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from mande.errors import MandeError
from mande.measure import Measuring, WaveData, measure, measuring
from mande.schema import Parameter
from tests.measure.world import LABEL, REFERENCE_DATE, catalogue, indicator, written

NOW = written(households="hh_id | income | size\n b | 8 | 2\n a | 9 | 0\n c | - | 1")
BEFORE = written(households="hh_id | income | size\n c | 4 | 2\n b | 2 | 1")
PRICE = Parameter.model_validate(
    {
        "format": 1,
        "id": "price",
        "version": 1,
        "label": LABEL,
        "unit": "LCU",
        "lasts": "open",
        "values": [{"start": "2020-01-01", "value": 2, "source": "s"}],
    }
)
PER_HEAD = indicator(
    "income * price / size",
    id="per_head",
    uses={"price": {"parameter": "price"}},
    parts={"twice": "2 * income"},
)
GAIN = indicator(
    "now - then",
    id="gain",
    uses={
        "now": {"indicator": "per_head", "version": 1},
        "then": {"indicator": "per_head", "version": 1, "wave": "baseline"},
    },
)
KNOWN = catalogue(PER_HEAD, GAIN, parameters={"price": PRICE})
WAVE, BASELINE = WaveData(NOW, REFERENCE_DATE), WaveData(BEFORE, REFERENCE_DATE)


def test_together_they_have_the_values_they_have_one_by_one_in_any_order():
    alone = {
        entry.id: measure(entry, NOW, catalogue=KNOWN, reference_date=REFERENCE_DATE, baseline=BASELINE)
        for entry in (PER_HEAD, GAIN)
    }
    assert alone["gain"].rows() == [
        ("a", None, "per_head: division by zero: size is 0"),
        ("b", 4.0, None),
        ("c", None, "per_head: income is missing"),
    ]
    for order in ((PER_HEAD, GAIN), (GAIN, PER_HEAD)):
        together = Measuring(KNOWN, baseline=BASELINE)
        for entry in order:
            assert_frame_equal(together.measure(entry, WAVE), alone[entry.id])


def test_an_indicator_that_others_use_is_worked_out_once_in_each_wave(monkeypatch: pytest.MonkeyPatch):
    run: list[str] = []
    real = measuring.measured_rows

    def counted(steps, *arguments, **options):
        run.append(steps.indicator)
        return real(steps, *arguments, **options)

    monkeypatch.setattr(measuring, "measured_rows", counted)
    together = Measuring(KNOWN, baseline=BASELINE)
    for entry in (PER_HEAD, GAIN, PER_HEAD, GAIN):
        together.measure(entry, WAVE)
    assert sorted(run) == ["gain", "per_head", "per_head"]


def test_the_parameters_behind_a_value_are_told_however_often_it_is_asked_for():
    together = Measuring(KNOWN, baseline=BASELINE)
    first, again = (together.measure_with_parameters(GAIN, WAVE)[1] for _ in range(2))
    assert_frame_equal(first, again)
    # Three households of this wave, and two of the baseline.
    assert first.select("indicator", "name", "value", "look_ups").rows() == [
        ("per_head", "price", 2.0, 3),
        ("per_head", "price", 2.0, 2),
    ]


def test_parts_are_there_also_after_the_indicator_was_used_for_its_value_alone():
    together = Measuring(KNOWN, baseline=BASELINE)
    together.measure(GAIN, WAVE)
    assert together.measure(PER_HEAD, BASELINE)["twice"].to_list() == [4.0, 8.0]


def test_an_answer_of_the_baseline_of_another_kind_is_refused():
    use = {"before": {"question": "income", "wave": "baseline"}}
    torn = {"households": BEFORE["households"].with_columns(income=pl.lit("much"))}
    with pytest.raises(MandeError) as caught:
        Measuring(KNOWN, baseline=WaveData(torn, REFERENCE_DATE)).measure(
            indicator("income - before", uses=use), WAVE
        )
    assert [problem.code.id for problem in caught.value.problems] == ["M-ANSWER"]
