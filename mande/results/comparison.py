"""The comparison that an effect is measured against, so that its size can be judged."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from mande.wording import Scale


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the outcome is without the programme, on the scale of the estimate.

    Attributes
    ----------
    mean : mean of rows that are never treated, in the waves with treatment; `n_mean` of them.
    sd : standard deviation of rows that are never treated; `n_sd` of them.
    reason : why one of the two is absent; empty where both are there.
    sd_when : whether `sd` is of the waves before, or, where there are none, of those with treatment.
    """

    mean: float | None
    n_mean: int
    sd: float | None
    n_sd: int
    reason: str = ""
    sd_when: Literal["before", "after"] = "before"

    def percent(self, effect: float, scale: Scale) -> float | None:
        """Return an effect in percent of the comparison mean, None where that has no meaning.

        On the log scale an effect d is 100 (exp(d) - 1) percent, whatever the mean.
        """
        if scale == "log":
            return 100 * math.expm1(effect) if effect < 700 else None
        if self.mean is None or self.mean <= 0:
            return None
        return 100 * effect / self.mean

    def in_sds(self, effect: float) -> float | None:
        """Return an effect in standard deviations of the comparison, before the programme where it was
        seen."""
        return None if self.sd is None or self.sd <= 0 else effect / self.sd
