"""Small cells do not leave; counts of response do."""

from dataclasses import replace

from mande.disclosure import release
from mande.results import Table
from tests.report.example import evaluation, means


def test_the_mean_of_four_respondents_is_hidden_and_said_to_be():
    released = release(evaluation())
    rows = released.evaluation.outcome("union").means.records()
    small = [row for row in rows if row["arm"] == "grant"]
    assert all(row["n"] == "< 10" and row["mean"] is None and row["median"] is None for row in small)
    assert any("fewer than 10" in note for note in released.evaluation.outcome("union").means.notes)
    assert released.suppressed == (("mean", 2),)


def test_labels_stay_so_that_the_reader_sees_which_cell_is_hidden():
    rows = release(evaluation()).evaluation.outcome("union").means.records()
    assert {row["arm_label"] for row in rows} == {"Grant", "No grant"}


def test_nothing_else_changes():
    before, after = evaluation(), release(evaluation()).evaluation
    assert after.outcome("scrap_rate") == before.outcome("scrap_rate")
    assert after.panel == before.panel


def test_an_empty_cell_is_shown_as_zero():
    table = Table("t", ("arm", "n", "mean"), (("a", 0, None),), cell_size="n")
    one = evaluation()
    changed = replace(one, outcomes=(replace(one.outcomes[0], means=table), *one.outcomes[1:]))
    assert release(changed).evaluation.outcomes[0].means.rows == (("a", 0, None),)


def test_the_threshold_is_one_parameter():
    assert release(evaluation(), threshold=3).suppressed == ()
    assert len(release(evaluation(), threshold=20).evaluation.outcome("scrap_rate").means.records()) == len(
        means().rows
    )
