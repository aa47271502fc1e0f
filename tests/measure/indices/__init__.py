"""Samples for tests of indices, and the derivative by weights that a linearised variable must equal."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest

from mande.measure.sample import Sample


def sample_of(
    module: ModuleType,
    roles: dict,
    weights: list | None = None,
    names: dict | None = None,
    options: dict | None = None,
) -> Sample:
    """Return a sample of the columns in `roles`, with the module's default options."""
    columns = {
        role: np.array(column, dtype=object if module.ROLES[role] == "text" else float)
        for role, column in roles.items()
    }
    n = len(next(iter(columns.values())))
    given = np.ones(n) if weights is None else np.array(weights, dtype=float)
    return Sample(columns, given, module.OPTIONS | (options or {}), names or {})


def repeated(sample: Sample, times: list[int]) -> Sample:
    """Return the sample with each unit so many times, of weight 1."""
    columns = {role: np.repeat(column, times, axis=0) for role, column in sample.columns.items()}
    return Sample(columns, np.ones(sum(times)), sample.options, sample.names)


def weighing(sample: Sample, weights) -> Sample:
    return Sample(sample.columns, np.asarray(weights, dtype=float), sample.options, sample.names)


def by_name(found) -> dict:
    return found if isinstance(found, dict) else {"": found}


def assert_same(one, other, rel: float = 1e-9, tolerance: float = 1e-9) -> None:
    """Hold two answers of `compute` against each other, reasons too."""
    one, other = by_name(one), by_name(other)
    assert one.keys() == other.keys()
    for name, value in one.items():
        expected = (
            other[name] if isinstance(value, str) else pytest.approx(other[name], rel=rel, abs=tolerance)
        )
        assert value == expected, name


def assert_influence_is_the_derivative(
    module: ModuleType, sample: Sample, leave: tuple[str, ...] = ()
) -> None:
    """Compare the linearised variable with central differences of `compute` by each weight.

    Every number has one; those in `leave` move in steps, and are not compared.
    """
    influence = by_name(module.influence(sample))
    values = by_name(module.compute(sample))
    numbers = {name for name, value in values.items() if not isinstance(value, str)}
    assert set(influence) == numbers
    assert influence
    for at, weight in enumerate(sample.weights):
        step = 1e-5 * weight
        moved = []
        for sign in (1, -1):
            weights = sample.weights.copy()
            weights[at] += sign * step
            moved.append(by_name(module.compute(weighing(sample, weights))))
        for name, column in influence.items():
            if name in leave:
                continue
            slope = (moved[0][name] - moved[1][name]) / (2 * step)
            assert column.shape == (len(sample),)
            scale = np.abs(column).max() + abs(values[name]) / sample.weights.sum()
            assert column[at] == pytest.approx(slope, rel=1e-5, abs=1e-6 * scale), (name, at)
