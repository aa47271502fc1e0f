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

    `codes` and `groups` are without gaps; `shares` has one row per group and one column per level.
    """

    codes: IntArray
    groups: IntArray
    weights: FloatArray | None
    shares: FloatArray
    group_weights: FloatArray

    @classmethod
    def of(cls, codes: IntArray, groups: IntArray, weights: FloatArray | None, n_levels: int) -> LevelColumns:
        """Return the columns of `codes` beside effects of `groups`."""
        n_groups = int(groups.max(initial=-1)) + 1
        table = np.bincount(groups * n_levels + codes, weights, n_groups * n_levels)
        table = np.asarray(table, dtype=np.float64).reshape(n_groups, n_levels)
        total = table.sum(axis=1)
        return cls(codes, groups, weights, table / total[:, None], total)

    @property
    def n_levels(self) -> int:
        """Levels, the first included."""
        return int(self.shares.shape[1])

    def written_out(self) -> FloatArray:
        """Return the columns as they are."""
        whole = indicators(self.codes, self.n_levels)
        return whole - self.shares[:, 1:][self.groups]

    def times(self, slopes: FloatArray) -> FloatArray:
        """Return the columns times `slopes`, one per level after the first."""
        values = np.concatenate([[0.0], slopes])
        return np.asarray(values[self.codes] - (self.shares @ values)[self.groups])

    def sums(self, values: FloatArray) -> FloatArray:
        """Return d'W`values` for values without group means."""
        weighted = values if self.weights is None else values * self.weights
        return np.asarray(np.bincount(self.codes, weighted, self.n_levels)[1:])

    def gram(self, own: FloatArray) -> FloatArray:
        """Return X'WX of `own` columns without group means, followed by these."""
        weighted = own if self.weights is None else own * self.weights[:, None]
        cross = np.column_stack([self.sums(column) for column in own.T])
        in_level = self.group_weights @ self.shares
        shared = self.shares.T @ (self.shares * self.group_weights[:, None])
        square = (np.diag(in_level) - shared)[1:, 1:]
        return np.block([[own.T @ weighted, cross.T], [cross, square]])

    def sizes(self) -> FloatArray:
        """Return the length of each indicator around its plain mean."""
        counts = np.bincount(self.codes, minlength=self.n_levels)[1:].astype(np.float64)
        return np.asarray(np.sqrt(counts - counts**2 / len(self.codes)))


def indicators(codes: IntArray, n_levels: int) -> FloatArray:
    """Return one 0/1 column for each level after the first."""
    return np.asarray(codes[:, None] == np.arange(1, n_levels)[None, :], dtype=np.float64)
