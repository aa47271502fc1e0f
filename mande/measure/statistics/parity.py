"""Two groups' means of any value side by side: ratio, difference and relative gap."""

from __future__ import annotations

from mande.errors import Text
from mande.measure.linear import Linear, influences, is_above_0, lacking, mean_of, numbers
from mande.measure.sample import Answer, Floats, Sample

FORMULA = "ratio = m_1/m_2; difference = m_1 - m_2; relative_gap = (m_2 - m_1)/m_2"
SOURCE = "parity index of the SDG metadata (4.5.1); delta method: Casella & Berger 2002, 5.5.4"
ROLES = {"value": "number", "group": "text"}
OPTIONS = {"first": "F", "second": "M"}
LABEL = Text(
    "{first} compared with {second}, {value}",
    "{first} comparé à {second}, {value}",
    "{first} en comparación con {second}, {value}",
)
UNIT = "ratio"
DIRECTION = "neutral"
IS_SEVERAL = True
SMALLEST_CELL = 30
COMPARES = ("group", "first", "second")


def compute(sample: Sample) -> dict[str, Answer] | str:
    """Return both means and how the first compares with the second; units of other groups stay out.

    A ratio to a mean that is not above 0 says nothing: it has a reason instead.

    Returns
    -------
    `mean_first`, `mean_second` and `difference` in the value's unit; `ratio` and `relative_gap`, plain
    numbers (.2: the first have a fifth less).

    Examples
    --------
    >>> import numpy as np
    >>> columns = {"value": np.array([8.0, 10.0]), "group": np.array(["F", "M"], dtype=object)}
    >>> found = compute(Sample(columns, np.ones(2), OPTIONS))
    >>> found["ratio"], found["difference"], round(found["relative_gap"], 6)
    (0.8, -2.0, 0.2)
    """
    found = _compared(sample)
    return found if isinstance(found, str) else numbers(found)


def influence(sample: Sample) -> dict[str, Floats]:
    """Return the linearised variable of each number (delta method)."""
    found = _compared(sample)
    return {} if isinstance(found, str) else influences(found)


def _compared(sample: Sample) -> dict[str, Linear | str] | str:
    names = str(sample.options["first"]), str(sample.options["second"])
    if why := lacking(sample["group"], *names):
        return why
    chosen = [sample["group"] == name for name in names]
    first, second = (mean_of(sample["value"], sample.weights, each) for each in chosen)
    found: dict[str, Linear | str] = {
        "mean_first": first,
        "mean_second": second,
        "difference": first - second,
    }
    if not is_above_0(sample["value"], sample.weights * chosen[1]):
        return found | dict.fromkeys(
            ("ratio", "relative_gap"), f"the mean of group {names[1]} is not above 0"
        )
    return found | {"ratio": first / second, "relative_gap": (second - first) / second}
