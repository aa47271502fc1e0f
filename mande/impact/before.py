"""The joint test of effects before the start, reported with what it could have seen.

Equation: W = a'V^-1 a, chi-squared with q degrees of freedom, or W / q with an F(q, df) distribution.
Source: Callaway and Sant'Anna (2021), Journal of Econometrics 225(2), section 4; Roth (2022), American
Economic Review: Insights 4(3), on why a test that rejects nothing proves nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import stats

from mande.impact.observations import FloatArray
from mande.results import Table

NOTE = "A large p-value is no proof of parallel trends: see how large a deviation the errors allow."


def before_start(
    names: Sequence[str], values: FloatArray, covariance: FloatArray, *, df: float | None
) -> Table:
    """Return the joint test, and the largest of the effects with its error.

    Statistic and p-value are None where there are too few clusters for so many effects.
    """
    largest = int(np.argmax(np.abs(values)))
    error = float(np.sqrt(max(covariance[largest, largest], 0.0)))
    n_effects = len(values)
    statistic = p_value = None
    notes = (NOTE, "Too few clusters for a joint test of so many effects.")
    if int(np.linalg.matrix_rank(covariance, hermitian=True)) == n_effects:
        wald = float(values @ np.linalg.solve(covariance, values))
        statistic = wald if df is None else wald / n_effects
        upper = stats.chi2.sf(wald, n_effects) if df is None else stats.f.sf(statistic, n_effects, df)
        p_value, notes = float(upper), (NOTE,)  # type: ignore[assignment]
    row = (statistic, n_effects, df, p_value, names[largest], float(values[largest]), error)
    columns = ("statistic", "n_effects", "df", "p_value", "largest", "estimate", "std_error")
    return Table("Effects before the start, zero if trends are parallel", columns, (row,), notes)
