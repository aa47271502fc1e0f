"""The cases of this folder are numbered from 1 to 71: none is without a test."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

CASES = range(1, 72)


def numbers() -> set[int]:
    """Return the numbers in the names of this folder's tests; one test may stand for several cases."""
    sources = "\n".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    named = re.findall(r"^def test_case((?:_\d\d)+)_", sources, flags=re.MULTILINE)
    return {int(number) for found in named for number in found.split("_")[1:]}


@pytest.mark.parametrize("case", CASES)
def test_every_case_has_a_test(case):
    assert case in numbers()


def test_no_test_is_of_a_case_that_is_not_there():
    assert numbers() <= set(CASES)
