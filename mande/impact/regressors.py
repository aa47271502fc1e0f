"""Columns of a regression: wave indicators, removal of unit means, and what cannot be told apart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mande.errors import Problem
from mande.impact import problems as codes
from mande.impact.observations import Observations

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

# A column whose part that the others leave unexplained is below this share of its own variation is
# taken for a combination of them; rounding leaves about 1e-12, a real regressor far more than 1e-8.
_TOLERANCE = 1e-8

CONSTANT = "constant"
_FIRST_ROWS = 1_000
_BLOCK = 2**17


def wave_indicators(data: Observations, time: str) -> tuple[FloatArray, tuple[str, ...]]:
    """Return one 0/1 column for each wave after the first, with names such as `year=1988`."""
    if data.time is None or len(data.waves) < 2:
        return np.empty((len(data), 0)), ()
    positions = np.arange(1, len(data.waves))
    indicators = (data.time[:, None] == positions[None, :]).astype(np.float64)
    return indicators, tuple(f"{time}={label}" for label in data.waves[1:])


def dense(codes_: IntArray) -> tuple[IntArray, int]:
    """Return codes renumbered from 0 without gaps, and how many there are."""
    present = np.bincount(codes_) > 0
    if present.all():
        return codes_, len(present)
    return (np.cumsum(present) - 1)[codes_], int(present.sum())


def is_yes_or_no(values: FloatArray) -> bool:
    """Return whether every value is 0 or 1."""
    return bool(((values == 0) | (values == 1)).all())


def n_distinct(codes_: IntArray) -> int:
    """Return how many different codes there are."""
    return int(np.count_nonzero(np.bincount(codes_)))


def group_means(values: FloatArray, groups: IntArray, weights: FloatArray | None) -> FloatArray:
    """Return for each row the (weighted) mean of its group, column by column."""
    renumbered, n_groups = dense(groups)
    total = np.bincount(renumbered, weights, minlength=n_groups)
    means = np.empty(values.shape, order="F")
    for column in range(values.shape[1]):
        part = values[:, column] if weights is None else weights * values[:, column]
        sums = np.bincount(renumbered, part, minlength=n_groups)
        np.take(sums / total, renumbered, out=means[:, column])
    return means


def within(values: FloatArray, groups: IntArray, weights: FloatArray | None) -> FloatArray:
    """Return the deviations of each column from its group's mean."""
    means = group_means(values, groups, weights)
    return np.subtract(values, means, out=means)


def is_nested(inner: IntArray, outer: IntArray) -> bool:
    """Return whether every inner group lies in one outer group."""
    if not len(inner):
        return True
    if inner is outer:
        return True
    # Most that are not nested show it in the first rows.
    if len(inner) > 2 * _FIRST_ROWS and not is_nested(inner[:_FIRST_ROWS], outer[:_FIRST_ROWS]):
        return False
    one_of = np.zeros(int(inner.max()) + 1, dtype=np.intp)
    one_of[inner] = outer
    return bool((one_of[inner] == outer).all())


def products(columns: FloatArray) -> FloatArray:
    """Return X'X by blocks of rows, which gives the same bits on any number of processors.

    A product of few columns is too small to be worth sharing out between them.
    """
    n, k = columns.shape
    size = max(1, _BLOCK // max(k * k, 1))
    whole = n // size * size
    blocks = columns[:whole].reshape(-1, size, k)
    rest = columns[whole:]
    return np.asarray(np.matmul(blocks.transpose(0, 2, 1), blocks).sum(axis=0) + rest.T @ rest)


def spread(columns: FloatArray) -> FloatArray:
    """Return the length of each column around its mean, exactly zero for a column of one value."""
    if not len(columns):
        return np.zeros(columns.shape[1])
    squares, means = np.einsum("ij,ij->j", columns, columns), columns.mean(axis=0)
    around = squares - len(columns) * means**2
    if (around > 1e-6 * squares).all():
        return np.asarray(np.sqrt(around))
    size: FloatArray = np.linalg.norm(columns - means, axis=0)
    return np.where(np.ptp(columns, axis=0) > 0, size, 0.0)


def distance(column: FloatArray) -> float:
    """Return the `spread` of one column."""
    return float(spread(column[:, None])[0])


def variation_problems(
    used: FloatArray, sizes: FloatArray, names: Sequence[str], *, why_absorbed: str
) -> list[Problem]:
    """Return one problem for each column that is constant, absorbed or a combination of earlier columns.

    `used` holds columns as the model sees them (means of units removed, differenced, or centred), without a
    constant. A column is compared with those before it: the last of a group that says the same is
    the one named. `sizes` is the `spread` of the same columns as the caller gave them, against which
    rounding is judged; `why_absorbed` says what a column needs so that something of it is left.
    """
    if len(used) and not (sizes == 0).any() and clearly_independent(used.T @ used, sizes):
        return []
    found: list[Problem] = []
    basis = np.empty((len(used), 0))
    kept: list[int] = []
    for position, name in enumerate(names):
        column, size = used[:, position], sizes[position]
        left = column - basis @ (basis.T @ column)
        left = left - basis @ (basis.T @ left)
        if size == 0:
            expected = "at least two different values among the rows used"
            found.append(codes.problem(codes.VARIATION, column=name, found="one value", expected=expected))
        elif np.linalg.norm(column) <= _TOLERANCE * size:
            found.append(
                codes.problem(codes.VARIATION, column=name, found="no variation left", expected=why_absorbed)
            )
        elif np.linalg.norm(left) <= _TOLERANCE * size:
            others = _explained_by(column, used[:, kept], [names[k] for k in kept])
            found.append(
                codes.problem(codes.COLLINEAR, column=name, found=f"a combination of {others}", others=others)
            )
        else:
            basis = np.column_stack([basis, left / np.linalg.norm(left)])
            kept.append(position)
    return found


def clearly_independent(products: FloatArray, sizes: FloatArray) -> bool:
    """Return whether columns are far from any combination of one another, told from their products X'X."""
    if (sizes == 0).any():
        return False
    try:
        left = np.diag(np.linalg.cholesky(products / np.outer(sizes, sizes)))
    except np.linalg.LinAlgError:
        return False
    return bool(left.min(initial=1.0) > 1e-4)


def _explained_by(column: FloatArray, others: FloatArray, names: Sequence[str]) -> str:
    scales = np.linalg.norm(others, axis=0)
    share, *_ = np.linalg.lstsq(others / scales, column / np.linalg.norm(column), rcond=None)
    involved = [name for name, value in zip(names, share, strict=True) if abs(value) > 1e-6]
    return ", ".join(involved[:6]) + (f" and {len(involved) - 6} more" if len(involved) > 6 else "")


def balanced_scale(regressors: FloatArray) -> FloatArray:
    """Return powers of two that bring columns to like size.

    Least squares in libraries drops directions that are small beside the largest column without a
    word; sales in millions beside a 0/1 column can be enough. Powers of two change no digit.
    """
    size = np.sqrt(np.mean(regressors**2, axis=0))
    return np.exp2(np.round(np.log2(np.where(size > 0, size, 1.0))))
