"""A file that lacks many registered units is looked at twice."""

import polars as pl

from mande.errors import Place, Severity
from mande.survey.checks.registered import check


class Table:
    key = "id"
    titles = ("id",)

    def __init__(self, *ids):
        self.frame = pl.DataFrame({"id": list(ids)}, schema={"id": pl.String})


class Raw:
    def place(self):
        return Place(file="wave.csv")


class Context:
    raw = Raw()

    def __init__(self, *register):
        self.register = pl.Series("id", list(register), dtype=pl.String) if register else None


IDS = [f"f{number:02d}" for number in range(25)]


def test_more_than_a_fifth_absent_is_a_warning_that_counts_them():
    (problem,) = check(Table(*IDS[:19]), Context(*IDS))
    assert problem.severity is Severity.WARNING
    assert "6 of 25" in problem.summary()
    assert "f19" in problem.found()


def test_a_fifth_absent_a_complete_file_or_no_register_is_no_problem():
    assert not list(check(Table(*IDS[:20]), Context(*IDS)))
    assert not list(check(Table(*IDS), Context(*IDS)))
    assert not list(check(Table(*IDS), Context()))


def test_a_small_register_says_nothing_of_the_export():
    assert not list(check(Table("f00"), Context(*IDS[:19])))
