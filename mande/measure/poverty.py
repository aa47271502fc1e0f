"""Gaps below a line, of a sample with the roles `value` and `line`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mande.measure.sample import Floats, Sample
from mande.measure.weighted import floored, floored_note

negatives_note = floored_note


def line_problem(sample: Sample) -> str:
    """Return why the lines cannot be used, or an empty text."""
    return "" if (sample["line"] > 0).all() else "a line must be above 0"


def relative_gaps(sample: Sample) -> Floats:
    """Return `(line - x) / line` below the line, 0 to 1, and 0 elsewhere; values below 0 count as 0."""
    line: Floats = sample["line"]
    return np.maximum((line - floored(sample["value"])) / line, 0.0)


def is_poor(sample: Sample) -> NDArray[np.bool_]:
    """Return whether each unit is below its line."""
    return np.asarray(sample["value"] < sample["line"])
