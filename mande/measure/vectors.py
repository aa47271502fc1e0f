"""Columns in NumPy that know where they are missing, and every operation of `expressions` on them."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from mande.formula.language import Type
from mande.measure.expressions import CODE, NUMBER, Expr

Array = NDArray[Any]
_NONE = np.asarray(False)


@dataclass(frozen=True, slots=True, eq=False)
class Vector:
    """Values and where they are missing; what stands in a missing place means nothing.

    Attributes
    ----------
    values, missing : one entry for each row, or a single one for a constant.
    words : of texts, for which `values` are places in `words`.
    """

    values: Array
    missing: NDArray[np.bool_]
    words: tuple[str, ...] | None = None

    def take(self, places: Array) -> Vector:
        """Return the rows at some places, missing where the place is below 0."""
        gone = places < 0
        if not len(self.values):
            return Vector(np.zeros(len(places), self.values.dtype), np.ones(len(places), bool), self.words)
        return Vector(self.values[places], self.missing[places] | gone, self.words)

    def over(self, rows: int) -> Vector:
        """Return the same with an entry for each of so many rows."""
        shape = (rows,)
        return Vector(np.broadcast_to(self.values, shape), np.broadcast_to(self.missing, shape), self.words)

    def filled(self, stand_in: float) -> Array:
        """Return the values with another in the place of missing ones."""
        return np.where(self.missing, stand_in, self.values)

    def series(self, name: str) -> pl.Series:
        """Return a column of floats (yes is 1) or texts."""
        if self.words is not None:
            if self.missing.all():
                return pl.Series(name, [None], dtype=pl.String).new_from_index(0, len(self.missing))
            words = pl.Series(name, [*self.words, None], dtype=pl.String)
            return words[np.where(self.missing, len(self.words), self.values).astype(np.uint32)]
        if not self.missing.any():
            return pl.Series(name, self.values.astype(np.float64))
        numbers = np.where(self.missing, np.nan, self.values)
        return pl.Series(name, numbers, dtype=pl.Float64, nan_to_null=True)

    def put(self, places: Array, others: Vector) -> Vector:
        """Return the same with other values at some places, where these are not missing."""
        whole, others = aligned([self, others])
        there = ~others.missing
        values, missing = whole.values.copy(), whole.missing.copy()
        values[places[there]], missing[places[there]] = others.values[there], False
        return Vector(values, missing, whole.words)

    def ranked(self) -> Vector:
        """Return texts with their words in order, each once, so that the smaller place is the first word."""
        words = tuple(sorted(set(self.words or ())))
        places = {word: place for place, word in enumerate(words)}
        return _recoded(self, words, places)

    def worded(self, change: Callable[[str], str]) -> Vector:
        """Return texts with each word changed."""
        return Vector(self.values, self.missing, tuple(change(word) for word in self.words or ()))


def constant(value: float | str | None, rows: int) -> Vector:
    """Return the same value for each of so many rows; None is missing."""
    return _constant(value).over(rows)


def combinations(vectors: Sequence[Vector], rows: int) -> tuple[Array, Array]:
    """Return the place of one row for each different combination, and which combination each row has."""
    mixed, size = np.zeros(rows, dtype=np.int64), 1
    for vector in vectors:
        different, codes = _codes(vector)
        mixed, size = mixed * different + codes, size * different
        if size > _DENSE * (rows + 1):  # renumbered, so that the numbers stay small
            known, mixed = np.unique(mixed, return_inverse=True)
            size = len(known)
    first = np.full(size, -1)
    first[mixed[::-1]] = np.arange(rows)[::-1]
    there = np.flatnonzero(first >= 0)
    numbers = np.zeros(size, dtype=np.int64)
    numbers[there] = np.arange(len(there))
    return first[there], numbers[mixed]


_DENSE = 16
"""Numbers up to so many times the rows are counted in a table; beyond that they are sorted."""


def _codes(vector: Vector) -> tuple[int, Array]:
    """Return how many codes there are, and one for each row: 0 where it is missing."""
    if vector.words is not None:
        codes, many = vector.values, len(vector.words)
    else:
        codes, many = _numbers_as_codes(vector.filled(0.0))
    return many + 1, np.where(vector.missing, 0, codes + 1)


def _numbers_as_codes(numbers: Array) -> tuple[Array, int]:
    """Return a code from 0 on for each number, and how many there may be; days need no sorting."""
    low, high = (numbers.min(), numbers.max()) if len(numbers) else (0, 0)
    if high - low < _DENSE * len(numbers) and np.equal(numbers, np.floor(numbers)).all():
        return (numbers - low).astype(np.int64), int(high - low) + 1
    known, codes = np.unique(numbers, return_inverse=True)
    return codes, len(known)


def vector_of(column: pl.Series, kind: Type) -> Vector:
    """Return a column of a survey table; NaN and infinity are missing, dates are days since 1970-01-01."""
    # Methods of a series that Polars plans first are kept out of here: each costs more than the work itself.
    rows, gaps = len(column), column.null_count()
    if kind in ("text", "codes"):
        if gaps == rows:
            return Vector(np.zeros(rows, dtype=np.int32), np.ones(rows, dtype=bool), ())
        texts = column.cast(pl.String)
        words = texts.unique()
        words = (words.drop_nulls() if gaps else words).sort()
        places = texts.cast(pl.Enum(words)).to_physical()
        if not gaps:
            return Vector(places.cast(pl.Int32).to_numpy(), np.zeros(rows, dtype=bool), tuple(words))
        numbers = places.cast(pl.Float64).to_numpy()
        missing = np.isnan(numbers)
        return Vector(np.where(missing, 0, numbers).astype(np.int32), missing, tuple(words))
    if kind == "truth":
        truths = column.cast(pl.Boolean)
        if not gaps:
            return Vector(truths.to_numpy(), np.zeros(rows, dtype=bool))
        numbers = truths.cast(pl.Float32).to_numpy()
        return Vector(np.equal(numbers, 1), np.isnan(numbers))
    days = column.cast(pl.Date).to_physical() if kind == "date" else column
    numbers = days.cast(pl.Float64).to_numpy()
    return Vector(numbers, ~np.isfinite(numbers))


def worked_out(tree: Expr, column: Callable[[str], Vector]) -> Vector:
    """Return what a tree gives over columns."""
    match tree.op, tree.parts:
        case "col", (name,):
            return column(name)
        case "lit", (value,):
            return _constant(value)
        case "cast", (part, kind):
            found, dtype = worked_out(part, column), {NUMBER: np.float64, CODE: np.int32}.get(kind, np.bool_)
            return Vector(found.values.astype(dtype, copy=False), found.missing)
        case "ticked", (part, code):
            answer = worked_out(part, column)
            holds = np.array([f" {code} " in f" {word} " for word in answer.words or ()] or [False])
            return Vector(holds[answer.values], answer.missing)
    return _OPERATIONS[tree.op](*(worked_out(part, column) for part in tree.parts))


def _constant(value: float | str | bool | None) -> Vector:
    if isinstance(value, str):
        return Vector(np.asarray(0), _NONE, (value,))
    return Vector(np.asarray(0 if value is None else value), np.asarray(value is None))


def aligned(vectors: Sequence[Vector]) -> Sequence[Vector]:
    """Return the vectors with the same words, where they are texts."""
    if all(vector.words is None for vector in vectors):
        return vectors
    first = next(vector.words for vector in vectors if vector.words is not None)
    words = tuple(dict.fromkeys([*first, *(w for vector in vectors for w in vector.words or ())]))
    places = {word: place for place, word in enumerate(words)}
    return [_recoded(vector, words, places) for vector in vectors]


def _recoded(vector: Vector, words: tuple[str, ...], places: Mapping[str, int]) -> Vector:
    if vector.words == words[: len(vector.words or ())]:
        return Vector(vector.values, vector.missing, words)
    new = np.array([places[word] for word in vector.words or ()] or [0])
    return Vector(new[vector.values], vector.missing, words)


def _plain(function: Callable[..., Array]) -> Callable[..., Vector]:
    def apply(*vectors: Vector) -> Vector:
        vectors = tuple(aligned(vectors))
        missing = vectors[0].missing
        for vector in vectors[1:]:
            missing = missing | vector.missing
        return Vector(function(*(vector.values for vector in vectors)), missing)

    return apply


def _power(base: Vector, exponent: Vector) -> Vector:
    # NumPy squares and roots several times faster where the exponent is a plain number.
    power = exponent.values.item() if exponent.values.ndim == 0 else exponent.values
    return Vector(base.values**power, base.missing | exponent.missing)


def _and(one: Vector, other: Vector) -> Vector:
    no = ~(one.values | one.missing) | ~(other.values | other.missing)
    return Vector(one.values & other.values, (one.missing | other.missing) & ~no)


def _or(one: Vector, other: Vector) -> Vector:
    yes = (one.values & ~one.missing) | (other.values & ~other.missing)
    return Vector(yes, (one.missing | other.missing) & ~yes)


def _when(condition: Vector, yes: Vector, no: Vector | None = None) -> Vector:
    holds = condition.values & ~condition.missing
    if no is None:
        # What does not hold has no value, so that nothing needs to stand there.
        return Vector(yes.values, yes.missing | ~holds, yes.words)
    yes, no = aligned([yes, no])
    missing = np.where(holds, yes.missing, no.missing)
    return Vector(np.where(holds, yes.values, no.values), missing, yes.words)


def _choose(condition: Vector, yes: Vector, no: Vector) -> Vector:
    yes, no = aligned([yes, no])
    missing = condition.missing
    if yes.missing.any() or no.missing.any():
        missing = missing | np.where(condition.values, yes.missing, no.missing)
    return Vector(np.where(condition.values, yes.values, no.values), missing, yes.words)


def _finite(number: Vector) -> Vector:
    return Vector(number.values + 0.0, number.missing | ~np.isfinite(number.values))


def _coalesce(*vectors: Vector) -> Vector:
    found, *others = aligned(vectors)
    for other in others:
        if not found.missing.any():
            break
        if other.missing.all():
            continue
        if found.missing.all():
            found = other
            continue
        values = np.where(found.missing, other.values, found.values)
        found = Vector(values, found.missing & other.missing, found.words)
    return found


def _extreme(function: Callable[[Array, Array], Array], stand_in: float) -> Callable[..., Vector]:
    def apply(*vectors: Vector) -> Vector:
        values, missing = vectors[0].filled(stand_in), vectors[0].missing
        for vector in vectors[1:]:
            values, missing = function(values, vector.filled(stand_in)), missing & vector.missing
        return Vector(values, missing)

    return apply


_OPERATIONS: Mapping[str, Callable[..., Vector]] = {
    **{
        name: _plain(getattr(operator, name))
        for name in ("add", "sub", "mul", "truediv", "eq", "ne", "lt", "le", "gt", "ge", "neg")
    },
    "pow": _power,
    "invert": _plain(np.logical_not),
    "and_": _and,
    "or_": _or,
    "is_null": lambda vector: Vector(np.asarray(vector.missing), _NONE),
    "is_finite": _plain(np.isfinite),
    "log": _plain(np.log),
    "exp": _plain(np.exp),
    "sqrt": _plain(np.sqrt),
    "abs": _plain(np.abs),
    "floor": _plain(np.floor),
    "ceil": _plain(np.ceil),
    "when": _when,
    "choose": _choose,
    "finite": _finite,
    "coalesce": _coalesce,
    "smallest": _extreme(np.minimum, np.inf),
    "largest": _extreme(np.maximum, -np.inf),
}
