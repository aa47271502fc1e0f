"""The closed list of functions, and what each takes and gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Type = Literal["number", "truth", "text", "date", "codes"]
"""Kind of a value. `truth` is yes or no, `codes` the answer to a question with several choices."""

Wanted = Literal["number", "truth", "number or truth", "number or text", "date", "codes", "any"]


@dataclass(frozen=True, slots=True)
class Function:
    """What a function takes and gives.

    Attributes
    ----------
    least, most : number of arguments; `most` is None where there is no limit.
    takes : kind of each argument. gives : kind of the result; None means that of the argument.
    text : one line for the reference.
    by : kind of the second argument of an aggregate that parts its rows into categories.
    """

    least: int
    most: int | None
    takes: Wanted
    gives: Type | None
    text: str
    by: Wanted | None = None


FUNCTIONS: Mapping[str, Function] = MappingProxyType(
    {
        "if_": Function(3, 3, "any", None, "if_(condition, a, b): a where the condition holds, else b"),
        "only_if": Function(
            2, 2, "any", None, "only_if(condition, x): x where the condition holds, else not applicable"
        ),
        "is_missing": Function(1, 1, "any", "truth", "whether there is no value; never missing itself"),
        "if_missing": Function(2, 2, "any", None, "if_missing(x, y): x, or y where x is missing"),
        "abs": Function(1, 1, "number", "number", "size without sign"),
        "log": Function(1, 1, "number", "number", "natural logarithm; missing for 0 and below"),
        "exp": Function(1, 1, "number", "number", "e to the power of x; missing above 700"),
        "sqrt": Function(1, 1, "number", "number", "square root; missing below 0"),
        "floor": Function(1, 1, "number", "number", "largest whole number not above x"),
        "ceil": Function(1, 1, "number", "number", "smallest whole number not below x"),
        "round": Function(1, 2, "number", "number", "round(x, digits): nearest value, halves go up"),
        "clip": Function(3, 3, "number", "number", "clip(x, low, high): x kept between low and high"),
        "sum_of": Function(2, None, "number", "number", "sum of several values"),
        "mean_of": Function(2, None, "number or truth", "number", "mean of several values; yes is 1"),
        "min_of": Function(2, None, "number", "number", "smallest of several values"),
        "max_of": Function(2, None, "number", "number", "largest of several values"),
        "sd_of": Function(
            2, None, "number", "number", "sample standard deviation (n - 1) of several values; needs two"
        ),
        "count_of": Function(2, None, "truth", "number", "how many of several conditions hold"),
        "includes": Function(2, 2, "codes", "truth", "includes(question, 'code'): whether it was ticked"),
        "days_between": Function(2, 2, "date", "number", "days_between(start, end): days from start to end"),
    }
)

AGGREGATES: Mapping[str, Function] = MappingProxyType(
    {
        "count": Function(1, 1, "truth", "number", "rows of a roster, or rows where a condition holds"),
        "sum": Function(1, 1, "number", "number", "sum over rows; 0 where there are none"),
        "mean": Function(1, 1, "number", "number", "mean over rows; missing where there are none"),
        "min": Function(1, 1, "number", "number", "smallest over rows; missing where there are none"),
        "max": Function(1, 1, "number", "number", "largest over rows; missing where there are none"),
        "share": Function(1, 1, "truth", "number", "share of rows (0 to 1); missing where there are none"),
        "any": Function(1, 1, "truth", "truth", "whether it holds in a row; no where there are none"),
        "all": Function(1, 1, "truth", "truth", "whether it holds in all rows; missing where there are none"),
        "distinct": Function(
            1,
            1,
            "number or text",
            "number",
            "how many different values the rows hold; 0 where there are none",
        ),
        "concentration": Function(
            2,
            2,
            "number",
            "number",
            "concentration(amount, category): sum over categories of their squared share of the amount "
            "(0 to 1); missing where there are no rows, an amount is below 0 or the total is 0",
            by="number or text",
        ),
        "largest_share": Function(
            2,
            2,
            "number",
            "number",
            "largest_share(amount, category): share of the amount of the largest category (0 to 1); "
            "missing where there are no rows, an amount is below 0 or the total is 0",
            by="number or text",
        ),
    }
)
