"""An effect with its uncertainty: estimate, interval, the sample behind it and the sentence about it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import pandas as pd
import scipy  # its parts load when they are first used

from mande import wording
from mande.results.comparison import Comparison
from mande.results.findings import Cell, Finding, Table
from mande.results.frozen import FrozenDict
from mande.results.telling import summary_of
from mande.wording import Scale

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, slots=True)
class Interval:
    """A confidence set: usually one piece; several or unbounded where the method gives such sets.

    `level` is a share (0.95) and `pieces` are (low, high) in the estimate's unit.
    """

    pieces: tuple[tuple[float, float], ...]
    level: float

    @property
    def low(self) -> float:
        """Lower end of the whole set; not a number where no value is kept."""
        return self.pieces[0][0] if self.pieces else math.nan

    @property
    def high(self) -> float:
        """Upper end of the whole set; not a number where no value is kept."""
        return self.pieces[-1][1] if self.pieces else math.nan

    def excludes(self, value: float) -> bool:
        """Return whether `value` lies in none of the pieces."""
        return not any(low <= value <= high for low, high in self.pieces)


@dataclass(frozen=True, slots=True)
class Reference:
    """What turns a standard error into an interval and a p-value.

    `kind` is `t` (with `df` degrees of freedom), `normal`, `draws` or `set`; no interval is ever stored
    beside a level that it was not computed for.

    `draws` : the absolute statistic in each resampled world, sorted. A p-value is the share of worlds
    whose statistic is at least the one observed, which counts as a world itself where `counts_observed`.

    `set` : tests turned round. `curve` holds (value, p-value of a test of that value), in order of value,
    and a set of level L holds the values with p above 1 - L, joined by straight lines between the points.
    Where the first or last point still has such a p, the set is unbounded on that side. `p_null` is the
    p-value of a test of no effect.
    """

    kind: Literal["t", "normal", "draws", "set"]
    df: float | None = None
    draws: tuple[float, ...] = field(default=(), repr=False)
    counts_observed: bool = False
    curve: tuple[tuple[float, float], ...] = field(default=(), repr=False)
    p_null: float | None = None

    def quantile(self, probability: float) -> float:
        """Return the quantile of the reference distribution; for draws, of their symmetric distribution."""
        if self.kind == "t":
            return float(scipy.stats.t.ppf(probability, self.df))
        if self.kind == "draws":
            return self._draw_quantile(probability)
        return float(scipy.stats.norm.ppf(probability))

    def _draw_quantile(self, probability: float) -> float:
        share = abs(2 * probability - 1)
        position = min(max(math.ceil(share * len(self.draws) - 1e-9) - 1, 0), len(self.draws) - 1)
        return math.copysign(self.draws[position], probability - 0.5)

    def p_value(self, statistic: float) -> float:
        """Return the two-sided p-value of a test statistic."""
        if self.p_null is not None:
            return self.p_null
        if self.kind == "t":
            return float(2 * scipy.stats.t.sf(abs(statistic), self.df))
        if self.kind == "draws":
            # Equal statistics that rounding sets apart still count as equal.
            above = sum(draw >= abs(statistic) * (1 - 1e-9) for draw in self.draws)
            return (above + self.counts_observed) / (len(self.draws) + self.counts_observed)
        return float(2 * scipy.stats.norm.sf(abs(statistic)))

    def pieces(self, estimate: float, std_error: float, level: float) -> tuple[tuple[float, float], ...]:
        """Return the confidence set of one coefficient at `level`."""
        if self.kind == "set":
            return _above(self.curve, 1 - level)
        half = self.quantile(0.5 + level / 2) * std_error
        return ((estimate - half, estimate + half),)


def _above(curve: tuple[tuple[float, float], ...], least: float) -> tuple[tuple[float, float], ...]:
    """Return the stretches of a curve that lie above `least`; open ends are infinite."""
    pieces: list[tuple[float, float]] = []
    start = -math.inf if curve and curve[0][1] > least else None
    for (x0, p0), (x1, p1) in pairwise(curve):
        if (p0 > least) == (p1 > least):
            continue
        crossing = x0 + (least - p0) / (p1 - p0) * (x1 - x0)
        if start is None:
            start = crossing
        else:
            pieces.append((start, crossing))
            start = None
    if start is not None:
        pieces.append((start, math.inf))
    return tuple(pieces)


@dataclass(frozen=True, slots=True)
class Term:
    """One coefficient with its standard error, in the outcome's unit (log points on the log scale).

    `reference` is its own distribution, where it differs from that of the estimate.
    """

    name: str
    estimate: float
    std_error: float
    reference: Reference | None = None


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
    headline : terms that `tidy` shows, `term` first; several arms have several.
    simultaneous : distribution of the largest statistic of the terms in `joint`, for bands that hold for
        all of them at once; None where the method has none.
    tables : further results by name: `means` by group and wave, the effect of every cohort in every wave.
    comparison : what the outcome is without the programme; None where treatment is no yes or no.
    findings : what was found in the data that a reader must know, such as starts outside the waves.
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
    headline: tuple[str, ...] = ()
    simultaneous: Reference | None = None
    joint: tuple[str, ...] = ()
    tables: Mapping[str, Table] = field(default_factory=dict)
    comparison: Comparison | None = None
    findings: tuple[Finding, ...] = ()

    def __post_init__(self) -> None:
        # Frozen to the last table: a result does not change after it was handed out.
        if not isinstance(self.tables, FrozenDict):
            object.__setattr__(self, "tables", FrozenDict(self.tables))

    @property
    def percent(self) -> float | None:
        """The estimate in percent of the comparison mean; None where there is none above zero."""
        return self.comparison.percent(self.estimate, self.scale) if self.comparison else None

    @property
    def in_sds(self) -> float | None:
        """The estimate in standard deviations of the comparison before the programme."""
        return self.comparison.in_sds(self.estimate) if self.comparison else None

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
        return Interval(self.reference.pieces(self.estimate, self.std_error, level), level)

    def bands(self, level: float = 0.95) -> pd.DataFrame:
        """Return bands that hold for all terms in `joint` at once: term, estimate, low, high, level.

        Raises
        ------
        ValueError
            When the method has no simultaneous distribution.
        """
        if self.simultaneous is None:
            raise ValueError(f"{self.method} with {self.inference} has no simultaneous bands")
        half = self.simultaneous.quantile(0.5 + level / 2)
        rows = [
            (term.name, term.estimate, term.estimate - half * term.std_error,
             term.estimate + half * term.std_error, level)
            for term in self.terms
            if term.name in self.joint
        ]  # fmt: skip
        return pd.DataFrame(rows, columns=["term", "estimate", "low", "high", "level"])

    def tidy(self, level: float = 0.95, *, terms: Literal["effect", "all"] = "effect") -> pd.DataFrame:
        """Return one row per term, with the same columns for every method.

        Columns: outcome, term, method, inference, scale, unit, estimate, std_error, statistic,
        p_value, ci_low, ci_high, ci_level, df, n, n_units, n_clusters, percent_of_mean, in_sds (the last
        two against the comparison, for effects only).
        """
        heads = self.headline or (self.term,)
        shown = self.terms if terms == "all" else tuple(t for t in self.terms if t.name in heads)
        return pd.DataFrame([self.row(term, level) for term in shown])

    def row(self, term: Term, level: float) -> dict[str, Cell]:
        """Return one term as a flat record (the columns of `tidy`)."""
        # A set or a p-value belongs to one coefficient; what draws say of the effect, they do not of others.
        reference = self.reference if term.name == self.term else term.reference or self._of_others()
        statistic = _ratio(term.estimate, term.std_error)
        pieces = reference.pieces(term.estimate, term.std_error, level) if reference else ()
        base = self.comparison if term.name in (self.term, *self.headline) else None
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
            "p_value": reference.p_value(statistic) if reference else None,
            "ci_low": pieces[0][0] if pieces else None,
            "ci_high": pieces[-1][1] if pieces else None,
            "ci_level": level,
            "df": reference.df if reference else None,
            "n": self.n,
            "n_units": self.n_units,
            "n_clusters": self.n_clusters,
            "percent_of_mean": base.percent(term.estimate, self.scale) if base else None,
            "in_sds": base.in_sds(term.estimate) if base else None,
        }

    def _of_others(self) -> Reference | None:
        return self.reference if self.reference.kind in ("t", "normal") else None

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
        best = self.amount(self.estimate)
        if self.caution:
            return f"{name}: best estimate {best}; how sure it is cannot be said. {self.caution}"
        low, high = self.amount(ci.low), self.amount(ci.high)
        if ci.excludes(0):
            return f"{name}: an effect of {best} ({span} {self.span(level)})."
        fall, rise = low.lstrip("\N{MINUS SIGN}"), high.lstrip("+")
        return (
            f"{name}: no clear sign of an effect (best estimate {best}); falls of more than {fall} "
            f"and rises of more than {rise} can be ruled out ({span} {self.span(level)})."
        )

    def summary(self, level: float = 0.95) -> str:
        """Return, in plain words: the effect, its size, method, assumption, rows used and left out, notes."""
        return summary_of(self, level)

    def plot(self, *, level: float = 0.95) -> Figure:
        """Return a picture of the effect with its interval; event-time effects side by side."""
        # Drawing loads slowly, and most who estimate do not draw.
        drawing: Figure = import_module("mande.results.plot").draw(self, level=level)
        return drawing


def _ratio(estimate: float, std_error: float) -> float:
    if std_error > 0 or estimate == 0:
        return estimate / std_error if std_error > 0 else 0.0
    return math.copysign(math.inf, estimate)
