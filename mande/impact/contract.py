"""What an estimator and a kind of standard error are: the types that new files fill.

An estimator file defines `ESTIMATOR`, an inference file `INFERENCE`. Both are found by their place
in the package or through the entry points `mande.estimators` and `mande.inference`.

Two paths lead from a method to its result. A linear method plans a `LinearModel`; `linear.solve` makes a
`LinearFit` of it, and `Inference.linear` a `Fitted`. A method built from influence functions hands an
`InfluenceFit` to `Inference.influence`. `fitting` has one function for each path.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from mande.errors import Problem
from mande.impact.levels import LevelColumns, Within, indicators
from mande.impact.observations import FloatArray, IntArray, Observations
from mande.results import Estimate, Reference, Table
from mande.wording import Scale


@dataclass(frozen=True, slots=True)
class Option:
    """An option of a method: its default, which values are allowed, and how that reads.

    `column` tells an option that names columns of the table (one name, or several in a sequence) how they
    are read: "numbers" into `Observations.extra`, "codes" into `Observations.groups`, both by column name.
    """

    default: object
    is_allowed: Callable[[Any], bool]
    expected: str
    column: Literal["", "numbers", "codes"] = ""


def column_names(value: object) -> tuple[str, ...]:
    """Return the columns an option names: none, one, or several."""
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)  # type: ignore[arg-type]


def is_column(value: object) -> bool:
    """Return whether `value` is None or the name of a column."""
    return value is None or isinstance(value, str)


def is_columns(value: object) -> bool:
    """Return whether `value` is None, the name of a column, or several names."""
    return is_column(value) or (isinstance(value, Sequence) and all(isinstance(v, str) for v in value))


@dataclass(frozen=True, slots=True)
class Request:
    """One call of `mande.impact.estimate`, checked: names of columns, method and options.

    `inference` is resolved (never `auto`) and `clusters` names the columns the errors are clustered by,
    none for errors without clusters. `arms` are the treated columns (one, or one per arm), `treated` the
    first of them. `options` holds every option of the method and the inference, defaults included.
    """

    method: str
    inference: str
    outcome: str
    arms: tuple[str, ...] = ()
    unit: str | None = None
    time: str | None = None
    first_treated: str | None = None
    covariates: tuple[str, ...] = ()
    absorb: tuple[str, ...] = ()
    clusters: tuple[str, ...] = ()
    strata: str | None = None
    weights: str | None = None
    scale: Scale = "level"
    label: str = ""
    unit_of_measure: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def treated(self) -> str | None:
        """The treated column, the first where there are several arms."""
        return self.arms[0] if self.arms else None

    @property
    def cluster(self) -> str | None:
        """What errors are clustered by, as a reader says it; None for errors without clusters."""
        return " and ".join(self.clusters) or None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a method will do with its rows, and what stands against it; `fit` runs only without problems.

    Methods that are no single regression carry what they need in a subclass. `lone` names the groups that
    one cluster alone stands for (see `lone`), `group_clusters` says how many clusters have rows of each
    group, for plans that are no regression.
    """

    data: Observations
    problems: tuple[Problem, ...] = field(default=(), kw_only=True)
    notes: tuple[str, ...] = field(default=(), kw_only=True)
    lone: tuple[str, ...] = field(default=(), kw_only=True)
    group_clusters: tuple[tuple[str, int], ...] = field(default=(), kw_only=True)


@dataclass(frozen=True, slots=True)
class LinearModel(Plan):
    """The regression to fit.

    `effect` is the name of the regressor the effect belongs to, `headline` further ones that stand beside
    it (other arms). `outcome` and `regressors` have one row per observation of the regression, which are
    changes for methods that work on changes; so have `clusters` (one array of codes per clustering),
    `absorbed` (one per set of effects that are removed and not reported) and `strata`. `treated` is the
    treated column at these rows where inference may ask who is treated; `rebuild` returns the regressors
    under another assignment, given as a whole column like `data.treated`; None where that has no meaning.
    `nested_columns` is how many columns are effects that lie within the clusters: CR1 does not count them.
    `levels` are codes without gaps of effects that are reported and yet not written out: one column for each
    level after the first follows `regressors` in `design`, which is what `names` and `rebuild` are about.
    `within` spares the fit what the plan has worked out already.
    """

    outcome: FloatArray
    regressors: FloatArray
    names: tuple[str, ...]
    effect: str
    weights: FloatArray | None = None
    clusters: tuple[IntArray, ...] = ()
    absorbed: tuple[IntArray, ...] = ()
    strata: IntArray | None = None
    treated: FloatArray | None = None
    rebuild: Callable[[FloatArray], FloatArray] | None = None
    headline: tuple[str, ...] = ()
    nested_columns: int = 0
    levels: IntArray | None = None
    within: Within | None = None

    @property
    def design(self) -> FloatArray:
        """All columns, those of `levels` written out."""
        if self.levels is None:
            return self.regressors
        n_levels = len(self.names) - self.regressors.shape[1] + 1
        return np.column_stack([self.regressors, indicators(self.levels, n_levels)])

    @property
    def position(self) -> int:
        """The column of the effect."""
        return self.names.index(self.effect)


@dataclass(frozen=True, slots=True)
class InstrumentedModel(LinearModel):
    """A regression whose effect is carried by instruments: one column each, named in `instrument_names`.

    `regressors` hold the column of the effect as observed; the fit replaces it by what the instruments say.
    """

    instruments: FloatArray = field(default_factory=lambda: np.empty((0, 0)))
    instrument_names: tuple[str, ...] = ()

    def reduced(self, outcome: FloatArray) -> LinearModel:
        """Return the regression of `outcome` on the instruments and the further columns."""
        others = [position for position in range(len(self.names)) if position != self.position]
        return LinearModel(
            self.data,
            outcome,
            np.column_stack([self.instruments, self.regressors[:, others]]),
            (*self.instrument_names, *(self.names[position] for position in others)),
            self.instrument_names[0],
            self.weights,
            self.clusters,
            self.absorbed,
            strata=self.strata,
            headline=self.instrument_names,
            nested_columns=self.nested_columns,
        )


@dataclass(frozen=True, slots=True)
class LinearFit:
    """A solved regression, in the units of the columns.

    `outcome` and `regressors` are as fitted: absorbed effects removed, not yet weighted; `columns` are those
    of them that are written out, `levels` those that are not. `bread` is (X'WX)^-1 and `residuals` are
    y - Xb. `n_effects` lists the number of levels of each absorbed set.
    """

    model: LinearModel
    outcome: FloatArray
    columns: FloatArray
    coefficients: FloatArray
    bread: FloatArray
    residuals: FloatArray
    n_effects: tuple[int, ...] = ()
    levels: LevelColumns | None = None

    @property
    def regressors(self) -> FloatArray:
        """X, every column written out."""
        if self.levels is None:
            return self.columns
        return np.column_stack([self.columns, self.levels.written_out()])

    def times(self, slopes: FloatArray) -> FloatArray:
        """Return X times `slopes`."""
        if self.levels is None:
            return np.asarray(self.columns @ slopes)
        n_own = self.columns.shape[1]
        fitted = self.levels.times(slopes[n_own:])
        for slope, column in zip(slopes[:n_own], self.columns.T, strict=True):
            fitted += slope * column
        return fitted

    @property
    def n(self) -> int:
        """Observations of the regression."""
        return len(self.outcome)

    @property
    def weights(self) -> FloatArray:
        """Weights of the regression, ones where it has none."""
        return np.ones(self.n) if self.model.weights is None else self.model.weights

    @property
    def scores(self) -> FloatArray:
        """Each row's score x w e."""
        weighted = self.residuals if self.model.weights is None else self.residuals * self.model.weights
        return self.regressors * weighted[:, None]

    @property
    def n_coefficients(self) -> int:
        """K: every column and every absorbed effect, less one for each set after the first."""
        return len(self.coefficients) + sum(self.n_effects) - max(len(self.n_effects) - 1, 0)


@dataclass(frozen=True, slots=True)
class InfluenceFit:
    """Estimates and each unit's influence on them.

    `psi` has one row per unit and one column per estimate and is scaled so that an estimate's error is the
    mean of its column: the variance is sum(psi^2) / n^2. `clusters` has one code per row of `psi`, or is
    empty. `joint` names the estimates that simultaneous bands cover together.
    """

    estimates: FloatArray
    names: tuple[str, ...]
    psi: FloatArray
    effect: str
    clusters: tuple[IntArray, ...] = ()
    headline: tuple[str, ...] = ()
    joint: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fitted:
    """Coefficients in the order of the regressors, their covariance and reference distribution.

    `references` gives single coefficients a distribution of their own, by position. `simultaneous` is the
    distribution of the largest statistic of several; `notes` state the convention followed; `caution` says
    why the interval must not be relied on.
    """

    coefficients: FloatArray
    covariance: FloatArray
    reference: Reference
    n: int
    n_clusters: int | None
    references: Mapping[int, Reference] = field(default_factory=dict)
    simultaneous: Reference | None = None
    notes: tuple[str, ...] = ()
    caution: str = ""
    tables: Mapping[str, Table] = field(default_factory=dict)

    @property
    def std_errors(self) -> FloatArray:
        """Square roots of the diagonal of the covariance; a variance lost in rounding is zero."""
        variances = np.diag(self.covariance)
        rounding = np.finfo(float).eps * np.abs(self.covariance).max(initial=0.0)
        return np.sqrt(np.where(np.abs(variances) <= rounding, 0.0, variances))


@dataclass(frozen=True, slots=True)
class Inference:
    """A kind of standard error, for linear models, for influence functions, or for both.

    `needs_clusters` refuses a call without them; `uses_clusters` takes them where there are any.
    `accepts` names arguments it has a use for (`strata`). `max_clusterings` is how many clusterings at once
    have a definition. `problems` lists what stands against this kind with the planned regression, before
    anything is fitted.
    """

    name: str
    title: str
    needs_clusters: bool
    linear: Callable[[LinearFit, Request], Fitted] | None = None
    influence: Callable[[InfluenceFit, Request], Fitted] | None = None
    options: Mapping[str, Option] = field(default_factory=dict)
    accepts: tuple[str, ...] = ()
    uses_clusters: bool = False
    max_clusterings: int = 1
    problems: Callable[[Plan, Request], list[Problem]] | None = None


@dataclass(frozen=True, slots=True)
class Estimator:
    """A method: what it needs, what it assumes, how its regression is built and fitted.

    `requires` lists the arguments that must be given, `accepts` those of `first_treated`, `absorb`,
    `strata` and `arms` (several treated columns) that the method has a use for. `plan` builds the
    regression and lists every problem it finds; `fit` is called only when there is none. `next_best` says
    what to take in repeated cross-sections, for methods that need units.
    """

    name: str
    title: str
    assumption: str
    requires: tuple[str, ...]
    inferences: tuple[str, ...]
    options: Mapping[str, Option]
    plan: Callable[[Request, Observations], Plan]
    fit: Callable[..., Estimate]
    accepts: tuple[str, ...] = ()
    next_best: str = ""
