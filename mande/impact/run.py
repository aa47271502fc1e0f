"""The one function that every method goes through.

Options, of which each method takes its own (`mande methods NAME` lists them):

`waves` (all waves, earliest first, where their names do not tell the order); `periods` (did: the
two waves, before and after); `time_effects` (fixed and random effects: False by default; first
differences: True); `trend` (first differences: one change for all waves instead);
`assigned_by` (column of the groups that were assigned or drawn: errors are clustered by them where
they are coarser than `cluster` or `unit`), `strata_effects` (ancova, change_score: effects of
`strata`: auto, fixed, interacted, none), `replays` and `seed` (randomisation, wild);
`draws` (wild: auto, rademacher or webb); `fpc` (survey).
Before and after: `periods` or `post` (a 0/1 column); `adjustment` (doubly_robust: doubly_robust,
doubly_robust_improved, ipw or outcome_regression); `eligible` (triple_difference, a 0/1 column);
`baseline` (ancova, change_score, iv: the column of the outcome before), `interacted` and `pooled`
(ancova, change_score: covariates by arm; arms that cross); `instruments` (iv: columns).
Starts at different times: `anticipation` (waves before the start in which effects may show);
`aggregation` (`simple`, `dynamic`, `group`, `calendar`; not sun_abraham and event_study);
callaway_santanna: `control_group` (`never_treated`, `not_yet_treated`), `adjustment` for covariates
(`doubly_robust`, `ipw`, `outcome_regression`), `base_period` (`varying`, `universal`), `balanced`
(only units seen in every wave) and `seed` of simultaneous bands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pandas as pd

from mande.errors import MandeError, raise_errors
from mande.impact import problems as codes
from mande.impact.automatic import CANDIDATES, Choice, choose_inference, with_warning
from mande.impact.call import (
    AUTO,
    Call,
    as_names,
    build_request,
    choose,
    frame_problems,
    options_of,
    read_rows,
)
from mande.impact.clustering import finer_clusters, unclear_clusters, with_clusters
from mande.impact.comparison import with_comparison
from mande.impact.contract import Estimator, Inference, LinearModel, Plan, Request
from mande.impact.fitting import row_problems
from mande.impact.observations import Observations
from mande.impact.registry import estimators, inferences
from mande.impact.starts import start_findings
from mande.impact.zeros import zero_findings
from mande.results import Estimate, Finding
from mande.wording import Scale


def estimate(
    frame: pd.DataFrame,
    *,
    method: str,
    outcome: str,
    treated: str | Sequence[str] | None = None,
    unit: str | None = None,
    time: str | None = None,
    first_treated: str | None = None,
    covariates: Sequence[str] = (),
    absorb: str | Sequence[str] = (),
    cluster: str | tuple[str, str] | None = None,
    strata: str | None = None,
    weights: str | None = None,
    inference: str = "auto",
    scale: Scale = "level",
    label: str = "",
    unit_of_measure: str = "",
    **options: Any,
) -> Estimate:
    """Estimate an effect on one outcome.

    Parameters
    ----------
    frame
        One row per unit and wave (or per row of a cross-section). Not modified; the order of rows, the
        index and the types of columns make no difference.
    method
        `did`, `doubly_robust`, `triple_difference`, `ancova`, `change_score`, `iv`, `twfe`, `fixed_effects`,
        `random_effects`, `correlated_random_effects`, `between`, `first_difference`; where units start at
        different times `callaway_santanna`, `imputation`, `sun_abraham`, `etwfe`, `event_study`; or a method
        of an installed extension.
    outcome
        Column of the outcome, numbers or true and false.
    treated
        For `did`, `doubly_robust`, `triple_difference`, `ancova` and `change_score` the group or assignment,
        1 treated and 0 comparison, the same in every wave; for `iv` who took part, or how much; otherwise
        the regressor of interest, on and off or continuous. Several columns are several arms.
    unit, time
        Columns of the unit's id (without it repeated cross-sections, whose rows are not linked; methods that
        follow units then say what to take instead) and of the wave: numbers, dates or texts.
    first_treated
        Column of the first wave in which the unit is treated; 0 or infinity is never, missing an error.
    covariates
        Further columns. Methods that link a unit's rows before and after take their values before, other
        methods those of each row.
    absorb, cluster, strata, weights
        Columns whose effects are removed and not reported; within which rows depend on each other (or a
        pair of columns; by default the unit); within which treatment or the sample was drawn
        (effects of drawn strata enter `ancova` and `change_score`); of weights
        (rows of weight zero are left out and counted).
    inference
        `classical`, `HC1` to `HC3`, `CR1` to `CR3` (clustered by `cluster`, else by `unit`), `wild`,
        `randomisation`, `survey`, `influence` and `jackknife` (for methods built from influence functions,
        clustered), `anderson_rubin` and `anderson_rubin_cr2` (iv), or `auto`: clustered where there is a
        cluster or unit, else HC2; Anderson and Rubin's set with instruments; with few clusters, or few that
        carry the effect, randomisation where `assigned_by` says what chance decided, else CR2, the jackknife
        or Anderson and Rubin's set with CR2. Two or more cross-sections without `unit` need `cluster`, or
        `assigned_by`. The estimate's notes say which and why. A kind asked for by name is never switched.
    scale
        `log` takes the logarithm of the outcome and leaves out values of zero or less, counted; `share`
        reads effects in percentage points.
    label, unit_of_measure
        What the outcome is called in sentences, and its unit.
    **options
        Options of the method and of its standard errors, as the docstring of this module lists them.

    Returns
    -------
    Estimate with the effect's term first, then covariates, wave effects and, where the method has one,
    the constant. Unit effects are not listed.

    Raises
    ------
    MandeError
        With every problem found: what the call names first, then, where the columns can be read,
        what the rows do not allow.

    Examples
    --------
    >>> import pandas as pd
    >>> sales = pd.DataFrame({
    ...     "shop": ["a", "a", "b", "b", "c", "c", "d", "d"],
    ...     "wave": ["before", "after"] * 4,
    ...     "member": [1, 1, 1, 1, 0, 0, 0, 0],
    ...     "sold": [10, 15, 12, 19, 11, 12, 9, 12],
    ... })
    >>> effect = estimate(sales, method="did", outcome="sold", treated="member", unit="shop", time="wave")
    >>> round(effect.estimate, 6)  # (5 + 7) / 2 - (1 + 3) / 2
    4.0
    """
    call = Call(
        method, outcome, as_names(treated), unit, time, as_names(covariates), as_names(cluster), weights,
        inference, scale, label, unit_of_measure, options, first_treated, as_names(absorb), strata,
    )  # fmt: skip
    return fit_prepared(prepare(frame, call))


_LISTS = ("treated", "covariates", "absorb", "cluster")
_SINGLE = ("method", "outcome", "unit", "time", "first_treated", "strata", "weights", "inference", "scale",
           "label", "unit_of_measure")  # fmt: skip


def as_call(arguments: Mapping[str, Any]) -> Call:
    """Return the arguments of `estimate`, options among them, as one call."""
    given: dict[str, Any] = {"unit": None, "time": None, "weights": None, "inference": AUTO, "scale": "level"}
    given |= {"label": "", "unit_of_measure": ""}
    given |= {name: arguments[name] for name in _SINGLE if name in arguments}
    given |= {name: as_names(arguments.get(name)) for name in _LISTS}
    options = {key: value for key, value in arguments.items() if key not in (*_SINGLE, *_LISTS)}
    return Call(options=options, **given)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A call without problems: its method, the kind of standard error asked for, its planned regression.

    `data` are the rows before the method left any out.
    """

    call: Call
    request: Request
    estimator: Estimator
    inference: Inference
    plan: Plan
    data: Observations
    findings: tuple[Finding, ...] = ()


def prepare(frame: pd.DataFrame, call: Call) -> Prepared:
    """Check a call and plan its regression.

    Raises
    ------
    MandeError
        With every problem found.
    """
    call, cluster_notes = with_clusters(frame, call)
    estimator, kind, problems = choose(call, estimators(), inferences())
    problems += unclear_clusters(frame, call, estimator)
    candidates = [inferences()[name] for name in CANDIDATES] if call.inference == AUTO else []
    allowed = [entry for entry in candidates if estimator and entry.name in estimator.inferences]
    request, argument_problems = build_request(call, estimator, kind, candidates=allowed)
    problems += argument_problems
    known = options_of(call, estimator, [*allowed, *([kind] if kind else [])])
    unfound = frame_problems(frame, call, known)
    problems += unfound
    if unfound or estimator is None or kind is None:
        raise MandeError(problems)
    data, table_problems = read_rows(frame, request, known)
    problems += table_problems
    if data is not None and len(data) == 0:
        problems += row_problems(0, 1, data)
    if data is None or argument_problems or len(data) == 0:
        raise MandeError(problems)
    request = replace(request, notes=(*cluster_notes, *request.notes))
    plan = estimator.plan(request, data)
    if not any(entry.code is codes.NESTED for entry in plan.problems):
        problems += finer_clusters(request, data)
    raise_errors([*problems, *plan.problems])
    findings = (*start_findings(frame, request, data), *zero_findings(frame, request))
    return Prepared(call, request, estimator, kind, plan, data, findings)


def fit_prepared(prepared: Prepared) -> Estimate:
    """Choose the standard error where that is left open, and fit."""
    plan, request, data = prepared.plan, prepared.request, prepared.data
    choice = Choice(prepared.inference)
    if prepared.call.inference == AUTO:
        choice = choose_inference(plan, request, prepared.estimator, prepared.inference, inferences())
    choice = with_warning(choice, plan)
    kind, kept = choice.inference, choice.clustering
    if kept is not None and isinstance(plan, LinearModel):
        plan = replace(plan, clusters=(plan.clusters[kept],))
        request = replace(request, clusters=(request.clusters[kept],))
        data = replace(data, clusters=(data.clusters[kept],))
    request = replace(request, inference=kind.name, notes=(*choice.notes, *request.notes))
    raise_errors([] if kind.problems is None else kind.problems(plan, request))
    prepared = replace(prepared, plan=plan, request=request, data=data, inference=kind)
    try:
        result = _fitted(prepared)
    except MandeError as error:
        if choice.otherwise is None or any(entry.code is not codes.ALONE for entry in error.problems):
            raise
        return with_comparison(_rested_on_one(prepared, choice), plan)
    return _cautioned(_told(with_comparison(result, plan), prepared.findings), choice.caution)


def _told(result: Estimate, findings: tuple[Finding, ...]) -> Estimate:
    """Return the estimate with its findings; what they say is among the notes as well."""
    if not findings:
        return result
    notes = (*result.notes, *(f"{entry.sentence} {entry.advice}" for entry in findings))
    lost = [entry.sentence for entry in findings if entry.status == "limit"]
    caution = " ".join([result.caution, *lost]).strip()
    return replace(result, findings=findings, notes=notes, caution=caution)


def _cautioned(result: Estimate, caution: str) -> Estimate:
    return result if not caution else replace(result, caution=f"{caution} {result.caution}".strip())


def _rested_on_one(prepared: Prepared, choice: Choice) -> Estimate:
    """Return the estimate with the errors that many clusters get, where one of them alone carries it."""
    kind = choice.otherwise
    if kind is None:
        raise TypeError("there is no other kind to take")
    said = f"auto: without one of the clusters there is no effect to estimate; {kind.name} is shown instead."
    request = replace(prepared.request, inference=kind.name, notes=(said, *prepared.request.notes[1:]))
    result = _fitted(replace(prepared, inference=kind, request=request))
    return _cautioned(result, "One cluster alone carries the effect.")


def _fitted(prepared: Prepared) -> Estimate:
    """Return the estimate of one kind of standard error, planned once or run again and again."""
    estimator, request, kind = prepared.estimator, prepared.request, prepared.inference
    if kind.again is None or not kind.runs_again(prepared.plan):
        return estimator.fit(request, prepared.plan, kind)
    known = ("influence", "CR1", "classical") if request.clusters else ("influence", "classical")
    beside = inferences()[next(name for name in known if name in estimator.inferences)]
    usual = estimator.fit(replace(request, inference=beside.name), prepared.plan, beside)
    usual = replace(usual, inference=kind.name)
    return kind.again(usual, prepared.data, request, partial(_effects, estimator, request))


def _effects(estimator: Estimator, request: Request, data: Observations) -> Mapping[str, float] | None:
    """Return every term of the method on other rows, None where it cannot be had on them."""
    name = "influence" if "influence" in estimator.inferences else "classical"
    request = replace(request, inference=name, clusters=())
    plan = estimator.plan(request, replace(data, clusters=()))
    if plan.problems:
        return None
    try:
        result = estimator.fit(request, plan, inferences()[name])
    except MandeError:
        return None
    return {term.name: term.estimate for term in result.terms}
