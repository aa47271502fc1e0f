"""An effect with its uncertainty: estimate, interval, the sample behind it and the sentence about it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import pandas as pd
from scipy import stats

from mande import wording
from mande.results.findings import Cell
from mande.wording import Scale


@dataclass(frozen=True, slots=True)
class Interval:
    """A confidence set: usually one piece; several or unbounded where the method gives such sets.

    `level` is a share (0.95) and `pieces` are (low, high) in the estimate's unit.
    """

    pieces: tuple[tuple[float, float], ...]
    level: float

    @property
    def low(self) -> float:
        """Lower end of the whole set."""
        return self.pieces[0][0]

    @property
    def high(self) -> float:
        """Upper end of the whole set."""
        return self.pieces[-1][1]

    def excludes(self, value: float) -> bool:
        """Return whether `value` lies in none of the pieces."""
        return not any(low <= value <= high for low, high in self.pieces)


@dataclass(frozen=True, slots=True)
class Reference:
    """The distribution that turns a standard error into an interval and a p-value.

    `kind` is `t` (with `df` degrees of freedom) or `normal`. Resampling draws and inverted tests
    join here, so that no interval is ever stored beside a level that it was not computed for.
    """

    kind: Literal["t", "normal"]
    df: float | None = None

    def quantile(self, probability: float) -> float:
        """Return the quantile of the reference distribution."""
        if self.kind == "t":
            return float(stats.t.ppf(probability, self.df))
        return float(stats.norm.ppf(probability))

    def p_value(self, statistic: float) -> float:
        """Return the two-sided p-value of a test statistic."""
        if self.kind == "t":
            return float(2 * stats.t.sf(abs(statistic), self.df))
        return float(2 * stats.norm.sf(abs(statistic)))


@dataclass(frozen=True, slots=True)
class Term:
    """One coefficient with its standard error, in the outcome's unit (log points on the log scale)."""

    name: str
    estimate: float
    std_error: float


@dataclass(frozen=True, slots=True)
class Dropped:
    """Rows or units left out before fitting, and why."""

    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class Sample:
    """From the rows handed in to the rows used: `rows_in - sum(dropped) == rows_used`."""

    rows_in: int
    rows_used: int
    dropped: tuple[Dropped, ...] = ()


@dataclass(frozen=True, slots=True)
class Estimate:
    """Effect of one programme on one outcome.

    Attributes
    ----------
    outcome : column or indicator id the effect is on.
    term : name of the regressor the effect belongs to.
    method, inference : names as `mande.estimate` takes them.
    estimate, std_error : in `unit` on the level scale, in log points on the log scale.
    n : observations of the regression (rows; for methods that work on changes, changes).
    n_units : distinct units among them (None for a cross-section without units).
    n_clusters : independent groups behind the standard error (None for classical errors).
    cluster : column the standard error is clustered by.
    terms : every coefficient of interest, `term` included.
    assumption : what must hold for the number to be an effect.
    caution : why the interval must not be relied on; empty where it may be.
    """

    outcome: str
    term: str
    method: str
    inference: str
    estimate: float
    std_error: float
    reference: Reference
    n: int
    n_units: int | None
    n_clusters: int | None
    cluster: str | None
    terms: tuple[Term, ...]
    sample: Sample
    assumption: str
    unit: str = ""
    scale: Scale = "level"
    label: str = ""
    notes: tuple[str, ...] = ()
    caution: str = ""

    @property
    def statistic(self) -> float:
        """Estimate over standard error; infinite, or zero for zero, where a perfect fit leaves no error."""
        return _ratio(self.estimate, self.std_error)

    @property
    def p_value(self) -> float:
        """Two-sided p-value of no effect."""
        return self.reference.p_value(self.statistic)

    @property
    def df(self) -> float | None:
        """Degrees of freedom of the reference distribution."""
        return self.reference.df

    def interval(self, level: float = 0.95) -> Interval:
        """Return the two-sided interval computed for `level`; none is stored.

        Raises
        ------
        ValueError
            When `level` is not strictly between 0 and 1.
        """
        if not 0 < level < 1:
            raise ValueError(f"level must lie between 0 and 1, for example 0.95; found {level}")
        half = self.reference.quantile(0.5 + level / 2) * self.std_error
        return Interval(((self.estimate - half, self.estimate + half),), level)

    def tidy(self, level: float = 0.95, *, terms: Literal["effect", "all"] = "effect") -> pd.DataFrame:
        """Return one row per term, with the same columns for every method.

        Columns: outcome, term, method, inference, scale, unit, estimate, std_error, statistic,
        p_value, ci_low, ci_high, ci_level, df, n, n_units, n_clusters.
        """
        shown = self.terms if terms == "all" else tuple(t for t in self.terms if t.name == self.term)
        return pd.DataFrame([self.row(term, level) for term in shown])

    def row(self, term: Term, level: float) -> dict[str, Cell]:
        """Return one term as a flat record (the columns of `tidy`)."""
        half = self.reference.quantile(0.5 + level / 2) * term.std_error
        statistic = _ratio(term.estimate, term.std_error)
        return {
            "outcome": self.outcome,
            "term": term.name,
            "method": self.method,
            "inference": self.inference,
            "scale": self.scale,
            "unit": self.unit,
            "estimate": term.estimate,
            "std_error": term.std_error,
            "statistic": statistic,
            "p_value": self.reference.p_value(statistic),
            "ci_low": term.estimate - half,
            "ci_high": term.estimate + half,
            "ci_level": level,
            "df": self.reference.df,
            "n": self.n,
            "n_units": self.n_units,
            "n_clusters": self.n_clusters,
        }

    def amount(self, value: float, *, signed: bool = True) -> str:
        """Return `value` as the reader counts it: percent on the log scale, else with its unit."""
        return wording.amount(value, unit=self.unit, scale=self.scale, signed=signed)

    def span(self, level: float = 0.95) -> str:
        """Return the interval as the reader counts it, its unit said once."""
        ci = self.interval(level)
        return wording.span(ci.low, ci.high, unit=self.unit, scale=self.scale)

    def sentence(self, level: float = 0.95) -> str:
        """Return the one sentence a report may print about this estimate.

        An interval that covers zero reads 'no clear sign', never 'no effect', and says how large an
        effect can be ruled out.
        """
        ci = self.interval(level)
        name = self.label or self.outcome
        span = f"{100 * level:g} % confidence interval"
        low, high = self.amount(ci.low), self.amount(ci.high)
        best = self.amount(self.estimate)
        if self.caution:
            return f"{name}: best estimate {best}; how sure it is cannot be said. {self.caution}"
        if ci.excludes(0):
            return f"{name}: an effect of {best} ({span} {self.span(level)})."
        fall, rise = low.lstrip("\N{MINUS SIGN}"), high.lstrip("+")
        return (
            f"{name}: no clear sign of an effect (best estimate {best}); falls of more than {fall} "
            f"and rises of more than {rise} can be ruled out ({span} {self.span(level)})."
        )


def _ratio(estimate: float, std_error: float) -> float:
    if std_error > 0 or estimate == 0:
        return estimate / std_error if std_error > 0 else 0.0
    return math.copysign(math.inf, estimate)
