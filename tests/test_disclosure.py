"""Small cells do not leave, nor what would reveal them; counts of response do."""

from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mande.disclosure import SMALL_CELL, release, release_statistics
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


# -- statistics of groups ---------------------------------------------------------------------------


def breakdown(sizes: dict[tuple[str, ...], int], **more) -> pl.DataFrame:
    """Return one statistic of every cell, and of all units together, as `compute` hands it in."""
    depth = len(next(iter(sizes)))
    rows = [("", [], sum(sizes.values()))] + [("a,b"[: 2 * depth - 1], list(c), n) for c, n in sizes.items()]
    plain = {
        "statistic": "mean",
        "number": "",
        "values": "",
        "value": 5.0,
        "se": 1.0,
        "low": 3.0,
        "high": 7.0,
    }
    plain |= {"n_missing": 2, "n_needed": 0, "n_employers": None, "reason": None, "note": None} | more
    table = [plain | {"by": by, "cell": cell, "n": n, "n_smallest": n} for by, cell, n in rows]
    schema = {"cell": pl.List(pl.String), "n_employers": pl.Int64, "reason": pl.String, "note": pl.String}
    return pl.DataFrame(table, schema_overrides=schema)


def hidden_of(frame: pl.DataFrame, **more) -> dict[tuple[str, ...], str | None]:
    shown = release_statistics(frame, **more)
    return {tuple(row["cell"]): row["hidden"] for row in shown.iter_rows(named=True)}


def test_one_small_cell_takes_the_next_smallest_with_it():
    """Nine of 139 are hidden; all less the other two groups would give them, so the group of 30 goes too."""
    found = hidden_of(breakdown({("x",): 9, ("y",): 100, ("z",): 30}))
    assert found == {(): None, ("x",): "small", ("y",): None, ("z",): "secondary"}


def test_two_small_cells_hide_each_other_only_where_they_hold_enough_together():
    assert hidden_of(breakdown({("x",): 4, ("y",): 6, ("z",): 30}))["z",] is None
    assert hidden_of(breakdown({("x",): 4, ("y",): 5, ("z",): 30}))["z",] == "secondary"


def test_nothing_follows_from_a_total_that_is_not_shown_or_a_cell_without_units():
    table = breakdown({("x",): 9, ("y",): 100}).filter(pl.col("by") != "")
    assert hidden_of(table) == {("x",): "small", ("y",): None}
    assert hidden_of(breakdown({("x",): 0, ("y",): 100})) == {(): None, ("x",): None, ("y",): None}


def test_crossed_cells_are_covered_in_their_row_and_their_column():
    """(f, n) is small. Its row and its column each need a second hidden cell, and so do those of the cells
    that cover it: the four corners with the smallest cells."""
    sizes = {("f", "n"): 5, ("f", "s"): 40, ("f", "w"): 50, ("m", "n"): 30, ("m", "s"): 60, ("m", "w"): 70}
    found = hidden_of(breakdown(sizes))
    assert {cell for cell, why in found.items() if why} == {("f", "n"), ("f", "s"), ("m", "n"), ("m", "s")}


CELLS = st.integers(2, 4).flatmap(
    lambda width: st.lists(st.integers(0, 60), min_size=width, max_size=4 * width).map(
        lambda sizes: {(f"r{i // width}", f"c{i % width}"): n for i, n in enumerate(sizes)}
    )
)


@given(sizes=CELLS)
def test_no_hidden_cell_follows_by_subtraction_from_its_line(sizes: dict[tuple[str, str], int]):
    found = hidden_of(breakdown(sizes))
    assert all(found[cell] for cell, n in sizes.items() if 0 < n < SMALL_CELL)
    if found[()] is not None:
        return
    lines = [set(sizes)] + [
        {c for c in sizes if c[axis] == v} for axis in (0, 1) for v in {c[axis] for c in sizes}
    ]
    for line in lines:
        units = {cell for cell in line if sizes[cell] > 0}
        gone = {cell for cell in units if found[cell]}
        assert not gone or gone == units or (len(gone) > 1 and sum(sizes[c] for c in gone) >= SMALL_CELL)


def test_hidden_rows_lose_every_number_and_counts_of_few():
    rows = release_statistics(breakdown({("x",): 9, ("y",): 100, ("z",): 30})).to_dicts()
    for row in (rows[1], rows[3]):
        numbers = {name: row[name] for name in ("value", "se", "low", "high", "n", "n_missing", "note")}
        assert set(numbers.values()) == {None}
    assert rows[1]["reason"] == "fewer than 10 units"
    assert rows[3]["reason"].startswith("hidden, so that")
    assert (rows[2]["value"], rows[2]["n"]) == (5.0, 100)


@pytest.mark.parametrize(("n", "shown"), [(29, False), (30, True)])
def test_a_statistic_says_how_many_units_it_needs(n: int, shown: bool):
    """A gap of 29 is not shown for its own sake; it reveals nobody, so nothing is hidden with it."""
    found = hidden_of(breakdown({("x",): n, ("y",): 100}, n_needed=30))
    assert found == {(): None, ("x",): None if shown else "few", ("y",): None}


def test_a_gap_to_a_group_of_few_is_not_shown():
    table = breakdown({("x",): 60, ("y",): 100}).with_columns(
        pl.when(pl.col("n") == 60).then(9).otherwise("n_smallest").alias("n_smallest")
    )
    row = release_statistics(table).row(1, named=True)
    assert (row["hidden"], row["value"], row["n"]) == ("small", None, 60)
    assert row["reason"] == "fewer than 10 units in one of the groups compared"
