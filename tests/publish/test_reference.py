"""The reference says what the definitions say."""

from __future__ import annotations

import pytest

from mande.errors import MandeError
from mande.formula import FUNCTIONS
from mande.pipeline.codebooks import reference
from mande.pipeline.library import list_indicators, show_indicator
from mande.publish.mathtext import math_of

PAGES = reference()


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("a - (b - c)", r"\text{a} - \left(\text{b} - \text{c}\right)"),
        ("(a + b) * c", r"\left(\text{a} + \text{b}\right) \cdot \text{c}"),
        ("a / b", r"\frac{\text{a}}{\text{b}}"),
        ("a <= 1 and not b", r"\text{a} \le 1 \land \lnot \text{b}"),
        ("count(persons.age < 15)", r"\#\{\text{persons} : \text{age} < 15\}"),
        ("sum(sales.q * sales.p)", r"\sum_{\text{sales}} \text{q} \cdot \text{p}"),
        ("if_(a, 1, 0)", r"\begin{cases} 1 & \text{if } \text{a} \\ 0 & \text{otherwise} \end{cases}"),
        ("a_b ** 2", r"\text{a\_b}^{2}"),
    ],
)
def test_formulas_as_mathematics(formula: str, expected: str):
    assert math_of(formula) == expected


def test_every_function_can_be_written():
    for name, function in FUNCTIONS.items():
        arguments = ", ".join("abcd"[: function.least])
        text = "includes(a, 'x')" if name == "includes" else f"{name}({arguments})"
        assert math_of(text).count("{") == math_of(text).count("}")


def test_every_indicator_has_its_page_and_its_line_in_the_crosswalk():
    ids = [record["id"] for record in list_indicators()]
    whole = "\n".join(PAGES.values())
    for name in ids:
        assert f'<a id="{name}"></a>' in whole
        assert f"`{name}`" in PAGES["crosswalk.md"]
        assert f"#{name})" in PAGES["README.md"]


def test_an_indicator_is_found_by_id_and_by_code():
    page, record = show_indicator("INC-01")
    assert record["id"] == "net_household_income"
    assert "src_gross_livestock" in page
    assert record["questions_needed"]["households"]


def test_a_misspelt_indicator_is_corrected():
    with pytest.raises(MandeError) as caught:
        show_indicator("net_houshold_income")
    assert "net_household_income" in str(caught.value)
