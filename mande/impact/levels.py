"""Effects of waves as columns that are never written out: everything a regression needs of them by counting.

Beside removed unit effects, the column of wave c is d_c = 1[t = c] - p_uc, p_uc the share of unit u's weight
in wave c. Where v has no (weighted) unit means, d_c'Wv is the sum of v in wave c, so that a million rows of
ten waves cost one pass each and not ten.
Source: Frisch and Waugh (1933), Econometrica 1(4); Guimaraes and Portugal (2010), Stata Journal 10(4).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mande.impact.observations import FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class LevelColumns:
    """One column for each level after the first, free of the (weighted) means of groups.

    `codes` and `groups` are without gaps, `cells` are codes of both; `shares` has one row per group and one
    column per level, or a single row where all groups are alike. With `is_full`, rows are every group with
    every level, in this order.
    """

    codes: IntArray
    groups: IntArray
    weights: FloatArray | None
    cells: IntArray
    shares: FloatArray
    group_weights: FloatArray
    is_full: bool

    @classmethod
    def of(cls, codes: IntArray, groups: IntArray, weights: FloatArray | None, n_levels: int) -> LevelColumns:
        """Return the columns of `codes` beside effects of `groups`."""
        n_groups = int(groups.max(initial=-1)) + 1
        cells = groups * n_levels
        cells += codes
        is_full = len(cells) == n_groups * n_levels and bool((cells[1:] > cells[:-1]).all())
        if is_full and weights is None:
            shares, total = np.full((1, n_levels), 1 / n_levels), np.full(n_groups, float(n_levels))
            return cls(codes, groups, weights, cells, shares, total, is_full)
        counted = np.bincount(cells, weights, n_groups * n_levels)
        table = counted.astype(np.float64).reshape(n_groups, n_levels)
        total = table.sum(axis=1)
        return cls(codes, groups, weights, cells, table / total[:, None], total, is_full)

    @property
    def n_levels(self) -> int:
        """Levels, the first included."""
        return int(self.shares.shape[1])

    @property
    def n_groups(self) -> int:
        """Groups whose means are removed."""
        return len(self.group_weights)

    def written_out(self) -> FloatArray:
        """Return the columns as they are."""
        shares = self.shares[:, 1:]
        return indicators(self.codes, self.n_levels) - (shares if len(shares) == 1 else shares[self.groups])

    def times(self, slopes: FloatArray) -> FloatArray:
        """Return the columns times `slopes`, one per level after the first."""
        values = np.concatenate([[0.0], slopes])
        # What a cell of group and level holds, looked up once for every row.
        table = values[None, :] - (self.shares @ values)[:, None]
        if len(table) == 1:
            return np.take(table[0], self.codes)
        return table.reshape(-1) if self.is_full else np.take(table, self.cells)

    def sums(self, values: FloatArray) -> FloatArray:
        """Return d'W`values` for values without group means."""
        weighted = values if self.weights is None else values * self.weights
        if self.is_full:
            return np.asarray(weighted.reshape(-1, self.n_levels).sum(axis=0)[1:])
        return np.asarray(np.bincount(self.codes, weighted, self.n_levels)[1:])

    def gram(self, own: FloatArray) -> FloatArray:
        """Return X'WX of `own` columns without group means, followed by these."""
        weighted = own if self.weights is None else own * self.weights[:, None]
        cross = np.empty((self.n_levels - 1, own.shape[1]))
        for place, column in enumerate(own.T):
            cross[:, place] = self.sums(column)
        if len(self.shares) == 1:
            weight = self.group_weights.sum()
            in_level, shared = weight * self.shares[0], weight * self.shares.T @ self.shares
        else:
            in_level = self.group_weights @ self.shares
            shared = self.shares.T @ (self.shares * self.group_weights[:, None])
        square = (np.diag(in_level) - shared)[1:, 1:]
        return np.block([[np.einsum("ij,ik->jk", own, weighted), cross.T], [cross, square]])

    def sums_by(self, values: FloatArray, clusters: IntArray, n_clusters: int) -> FloatArray:
        """Return the sum of d x `values` over each cluster, for values without group sums.

        Groups lie within clusters; `values` are weighted already.
        """
        n_levels, is_own = self.n_levels, clusters is self.groups
        if is_own and self.is_full:
            return values.reshape(n_clusters, n_levels)[:, 1:]
        cells = self.cells if is_own else clusters * n_levels + self.codes
        table = np.bincount(cells, values, n_clusters * n_levels).astype(np.float64, copy=False)
        return table.reshape(n_clusters, n_levels)[:, 1:]

    def sizes(self) -> FloatArray:
        """Return the length of each indicator around its plain mean."""
        counts = np.bincount(self.codes, minlength=self.n_levels)[1:].astype(np.float64)
        return np.asarray(np.sqrt(counts - counts**2 / len(self.codes)))

    def remove_means(self, column: FloatArray) -> None:
        """Take its group's (weighted) mean from every value of a column, in place."""
        column -= column.mean()  # around its mean, a large column keeps its last digits
        weighted = column if self.weights is None else column * self.weights
        if self.is_full:
            means = weighted.reshape(-1, self.n_levels).sum(axis=1) / self.group_weights
            table = column.reshape(-1, self.n_levels)
            table -= means[:, None]
        else:
            means = np.bincount(self.groups, weighted, self.n_groups) / self.group_weights
            column -= means[self.groups]


def indicators(codes: IntArray, n_levels: int) -> FloatArray:
    """Return one 0/1 column for each level after the first."""
    return np.asarray(codes[:, None] == np.arange(1, n_levels)[None, :], dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Within:
    """A regression's columns without unit means, made once: the outcome, `own` columns, and `levels`.

    It belongs to the very arrays it was made of, which `fits` asks: a model with another outcome or treatment
    makes its own.
    """

    made_of: tuple[FloatArray, FloatArray, IntArray, FloatArray | None]
    outcome: FloatArray
    own: FloatArray
    levels: LevelColumns
    gram: FloatArray

    @classmethod
    def of(
        cls, outcome: FloatArray, regressors: FloatArray, groups: IntArray, levels: LevelColumns
    ) -> Within:
        """Return `outcome` and `regressors` without the means of the groups of `levels`.

        `groups` are the codes as the model has them.
        """
        both = np.empty((len(outcome), 1 + regressors.shape[1]), order="F")
        both[:, 0], both[:, 1:] = outcome, regressors
        for column in both.T:
            levels.remove_means(column)
        own = both[:, 1:]
        return cls((outcome, regressors, groups, levels.weights), both[:, 0], own, levels, levels.gram(own))

    def fits(self, *arrays: object) -> bool:
        """Return whether outcome, columns, groups and weights are those it was made of."""
        return all(one is other for one, other in zip(self.made_of, arrays, strict=True))
