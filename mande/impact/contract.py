"""What an estimator and a kind of standard error are: the types that new files fill.

An estimator file defines `ESTIMATOR`, an inference file `INFERENCE`. Both are found by their place
in the package or through the entry points `mande.estimators` and `mande.inference`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mande.errors import Problem
from mande.impact.observations import Observations
from mande.results import Estimate, Reference
from mande.wording import Scale

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Option:
    """An option of a method: its default, which values are allowed, and how that reads."""

    default: object
    is_allowed: Callable[[Any], bool]
    expected: str


@dataclass(frozen=True, slots=True)
class Request:
    """One call of `mande.impact.estimate`, checked: names of columns, method and options.

    `inference` is resolved (never `auto`) and `cluster` names the column the errors are clustered by,
    None for errors without clusters. `options` holds every option of the method, defaults included.
    """

    method: str
    inference: str
    outcome: str
    treated: str | None = None
    unit: str | None = None
    time: str | None = None
    covariates: tuple[str, ...] = ()
    cluster: str | None = None
    weights: str | None = None
    scale: Scale = "level"
    label: str = ""
    unit_of_measure: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Model:
    """The regression to fit: rows, regressors with their names, and what stands against fitting it.

    `effect` is the name of the regressor the effect belongs to. `outcome` and `regressors` have one
    row per observation of the regression, which are changes for methods that work on changes.
    """

    data: Observations
    outcome: FloatArray
    regressors: FloatArray
    names: tuple[str, ...]
    effect: str
    weights: FloatArray | None = None
    clusters: NDArray[np.intp] | None = None
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fitted:
    """Coefficients in the order of the regressors, their covariance and reference distribution."""

    coefficients: FloatArray
    covariance: FloatArray
    reference: Reference
    n: int
    n_clusters: int | None

    @property
    def std_errors(self) -> FloatArray:
        """Square roots of the diagonal of the covariance; a variance lost in rounding is zero."""
        variances = np.diag(self.covariance)
        rounding = np.finfo(float).eps * np.abs(self.covariance).max(initial=0.0)
        return np.sqrt(np.where(np.abs(variances) <= rounding, 0.0, variances))


@dataclass(frozen=True, slots=True)
class Inference:
    """A kind of standard error, for least squares (`ols`) and for models of linearmodels (`panel`)."""

    name: str
    title: str
    needs_clusters: bool
    ols: Callable[..., Fitted]
    panel: Callable[..., Fitted]


@dataclass(frozen=True, slots=True)
class Estimator:
    """A method: what it needs, what it assumes, how its regression is built and fitted.

    `requires` lists the arguments that must be given; `plan` builds the regression and lists every
    problem it finds; `fit` is called only when there is none.
    """

    name: str
    title: str
    assumption: str
    requires: tuple[str, ...]
    inferences: tuple[str, ...]
    options: Mapping[str, Option]
    plan: Callable[[Request, Observations], Model]
    fit: Callable[[Request, Model, Inference], Estimate]
