"""The design of a survey, and the variance of a weighted sum under it.

Primary sampling units (PSUs) are drawn within strata, as if with replacement: the first stage carries the
variance, and no finite population correction is made, so that standard errors err on the large side.

Sources: Wolter (2007), Introduction to Variance Estimation, sections 1.4 and 6; for the bootstrap Rao and Wu
(1988), JASA 83(401), and Rao, Wu and Yue (1992), Survey Methodology 18(2).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mande.measure.sample import Floats

Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)  # arrays do not compare
class SurveyDesign:
    """Which primary sampling unit and stratum each unit of the full sample belongs to.

    Attributes
    ----------
    psu : per unit, the number of its PSU. stratum : per PSU, the number of its stratum, rising.
    """

    psu: Codes
    stratum: Codes

    @property
    def sizes(self) -> Codes:
        """Return how many PSUs each stratum has."""
        return np.bincount(self.stratum)

    @property
    def lonely(self) -> int:
        """Return how many strata have one PSU only."""
        return int((self.sizes == 1).sum())

    def counted(self, domain: NDArray[np.bool_]) -> tuple[int, int]:
        """Return how many PSUs, and how many strata, have a unit where `domain` holds."""
        touched = np.unique(self.psu[domain])
        return len(touched), len(np.unique(self.stratum[touched]))

    def variance(self, z: Floats) -> float:
        """Return the variance of the sum of `z`, the weighted linearised variable, 0 outside the domain.

        The sum over strata of n/(n-1) times the sum of squared deviations of PSU totals from the
        stratum's mean. A stratum with one PSU has no spread of its own: its total is taken as a deviation
        from the mean of all PSUs (the convention `adjust` of R's survey package).
        """
        totals = np.bincount(self.psu, weights=z, minlength=len(self.stratum))
        sizes = self.sizes
        means = np.bincount(self.stratum, weights=totals) / sizes
        centre = np.where(sizes == 1, totals.mean(), means)[self.stratum]
        factor = np.where(sizes == 1, 1.0, sizes / np.maximum(sizes - 1, 1))[self.stratum]
        return float((factor * (totals - centre) ** 2).sum())

    def replicates(self, seed: int, count: int) -> Iterator[Floats]:
        """Yield factors of the units' weights, one array per bootstrap replicate.

        From the n PSUs of a stratum n-1 are drawn with replacement, and the weights of those drawn grow
        by n/(n-1) for each time drawn (Rao and Wu). Strata with one PSU are drawn from as one stratum, a
        single such stratum together with the first other one (collapsed strata).

        Raises
        ------
        ValueError
            When there are fewer than two PSUs.
        """
        if len(self.stratum) < 2:
            raise ValueError("a bootstrap needs two primary sampling units")
        pool = self._pools()
        order = np.argsort(pool, kind="stable")
        sizes = np.bincount(pool[order])
        sizes = sizes[sizes > 0]
        drawn_from = np.repeat(np.arange(len(sizes)), sizes - 1)
        starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        scale = np.repeat(sizes / (sizes - 1), sizes)
        generator = np.random.default_rng(seed)
        factors = np.empty(len(order))
        for _ in range(count):
            picks = generator.integers(0, sizes[drawn_from])
            times = np.bincount(starts[drawn_from] + picks, minlength=len(order))
            factors[order] = times * scale
            yield factors[self.psu]

    def _pools(self) -> Codes:
        sizes = self.sizes
        alone = sizes == 1
        if alone.sum() == 1 and len(sizes) > 1:
            alone[np.flatnonzero(~alone)[0]] = True
        return np.where(alone[self.stratum], len(sizes), self.stratum)


def survey_design(stratum: Codes, psu: Codes) -> SurveyDesign:
    """Return the design of units with these numbers of stratum and PSU; PSUs are nested in strata.

    Examples
    --------
    >>> design = survey_design(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]))
    >>> design.variance(np.array([1.0, 3.0, 5.0, 5.0]))
    4.0
    """
    pairs, codes = np.unique(np.column_stack([stratum, psu]), axis=0, return_inverse=True)
    _, strata = np.unique(pairs[:, 0], return_inverse=True)
    return SurveyDesign(codes.reshape(-1).astype(np.int64), strata.astype(np.int64))
