"""How well a table hides its people: k-anonymity by combination, l-diversity of protected answers.

Sources
-------
Sweeney (2002), k-anonymity: a model for protecting privacy, International Journal of Uncertainty,
Fuzziness and Knowledge-Based Systems 10(5), 557-570. Machanavajjhala, Kifer, Gehrke and
Venkitasubramaniam (2007), l-diversity: privacy beyond k-anonymity, ACM TKDD 1(1); here its plainest form,
the number of distinct answers in a class.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import polars as pl

FEW = 5
"""Groups of fewer rows are counted as small."""
_TOGETHER = 3
_MANY = 12
"""With more quasi-identifiers only single ones, pairs and all together are counted."""


@dataclass(frozen=True, slots=True)
class Combination:
    """One combination of quasi-identifiers: its smallest group, and rows in groups below `FEW` rows."""

    columns: tuple[str, ...]
    k: int
    rows_below: int


@dataclass(frozen=True, slots=True)
class Diversity:
    """Of one protected answer: the fewest different answers in a class, and rows in classes with one only.

    `l` is None where no class has an answer.
    """

    column: str
    l: int | None  # noqa: E741 - the name it has in the literature
    rows_below: int


@dataclass(frozen=True, slots=True)
class Anonymity:
    """Figures of one table. `k` is the smallest group over all quasi-identifiers together."""

    rows: int
    quasi_identifiers: tuple[str, ...]
    k: int
    rows_below: int
    combinations: tuple[Combination, ...]
    diversity: tuple[Diversity, ...]

    def as_record(self) -> dict[str, Any]:
        """Return the figures as plain values."""
        return {
            "rows": self.rows,
            "quasi_identifiers": list(self.quasi_identifiers),
            "smallest_group": self.k,
            f"rows_in_groups_below_{FEW}": self.rows_below,
            "combinations": [
                {"columns": list(c.columns), "smallest_group": c.k, "rows_below": c.rows_below}
                for c in self.combinations
            ],
            "diversity": [
                {"column": d.column, "fewest_answers": d.l, "rows_with_one_answer": d.rows_below}
                for d in self.diversity
            ],
        }


def anonymity(frame: pl.DataFrame, quasi: Sequence[str], *, protected: Sequence[str] = ()) -> Anonymity:
    """Return the figures of a table.

    Parameters
    ----------
    frame
        The table as it is to be released.
    quasi
        Columns by which somebody who knows a person could find the row. A missing value is a value.
    protected
        Columns with answers that must not be learnt even of a group.

    Examples
    --------
    >>> frame = pl.DataFrame({"sex": ["f", "f", "m"], "hit": [0, 0, 1]})
    >>> found = anonymity(frame, ["sex"], protected=["hit"])
    >>> found.k, found.rows_below, found.diversity[0].l
    (1, 3, 1)
    """
    names = tuple(quasi)
    sizes = [1, 2, _TOGETHER] if len(names) <= _MANY else [1, 2]
    chosen = [c for size in sizes for c in combinations(names, size) if size < len(names)]
    found = [_combination(frame, columns) for columns in [*chosen, names]]
    return Anonymity(
        rows=frame.height,
        quasi_identifiers=names,
        k=found[-1].k,
        rows_below=found[-1].rows_below,
        combinations=tuple(found),
        diversity=tuple(_diversity(frame, names, column) for column in protected),
    )


def _combination(frame: pl.DataFrame, columns: tuple[str, ...]) -> Combination:
    if not frame.height:
        return Combination(columns, 0, 0)
    sizes = frame.group_by(columns).len()["len"] if columns else pl.Series([frame.height])
    return Combination(columns, int(sizes.to_numpy().min()), int(sizes.filter(sizes < FEW).sum()))


def _diversity(frame: pl.DataFrame, quasi: tuple[str, ...], column: str) -> Diversity:
    answered = frame.filter(pl.col(column).is_not_null())
    if not answered.height:
        return Diversity(column, None, 0)
    whole = answered.with_columns(pl.lit(0).alias("_all"))
    classes = whole.group_by("_all", *quasi).agg(pl.col(column).n_unique().alias("kinds"), pl.len())
    single = classes.filter(pl.col("kinds") < 2)
    return Diversity(column, int(classes["kinds"].to_numpy().min()), int(single["len"].sum()))
