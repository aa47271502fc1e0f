"""Check one call of `estimate` and read its columns; every problem is collected, none raised."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from mande.errors import Place, Problem, Value, did_you_mean
from mande.impact import problems as codes
from mande.impact.contract import Estimator, Inference, Option, Request, column_names
from mande.impact.observations import (
    Columns,
    FloatArray,
    IntArray,
    Observations,
    as_codes,
    as_numbers,
    as_waves,
    complete_rows,
    first_waves,
)
from mande.impact.waves import wave_label

SCALES = ("level", "log", "share")
AUTO = "auto"


def _is_order(value: object) -> bool:
    if value is None:
        return True
    if isinstance(value, str) or not isinstance(value, Sequence | np.ndarray | pd.Index):
        return False
    labels = [wave_label(entry) for entry in value]
    return len(labels) == len(set(labels))


COMMON_OPTIONS: Mapping[str, Option] = {
    "waves": Option(None, _is_order, "all waves of the table, each once, earliest first"),
}


@dataclass(frozen=True, slots=True)
class Call:
    """The arguments of `estimate` as they were given; names that may be several are tuples."""

    method: str
    outcome: str
    treated: tuple[str, ...]
    unit: str | None
    time: str | None
    covariates: tuple[str, ...]
    cluster: tuple[str, ...]
    weights: str | None
    inference: str
    scale: str
    label: str
    unit_of_measure: str
    options: Mapping[str, Any]
    first_treated: str | None = None
    absorb: tuple[str, ...] = ()
    strata: str | None = None

    def columns(self) -> Iterator[tuple[str, object]]:
        """Yield (argument, column) for every column the call names, options left aside."""
        for name in ("outcome", "treated", "unit", "time", "first_treated", "covariates", "absorb",
                     "cluster", "strata", "weights"):  # fmt: skip
            value = getattr(self, name)
            if isinstance(value, tuple):
                yield from ((name, column) for column in value)
            elif value is not None:
                yield name, value

    def has(self, argument: str) -> bool:
        """Return whether an argument was given."""
        return getattr(self, argument) not in (None, ())


def as_names(value: object) -> tuple[Any, ...]:
    """Return an argument that names one column or several as a tuple."""
    if value is None:
        return ()
    return tuple(value) if isinstance(value, list | tuple) else (value,)


def choose(
    call: Call, estimators: Mapping[str, Estimator], inferences: Mapping[str, Inference]
) -> tuple[Estimator | None, Inference | None, list[Problem]]:
    """Return the estimator and the kind of standard error a call names, as far as they exist."""
    estimator = estimators.get(call.method)
    problems = []
    if estimator is None:
        problems.append(codes.unknown(codes.METHOD, str(call.method), estimators, argument="method"))
    name = call.inference
    if name == AUTO:
        name = _usual(call, estimator)
    inference = inferences.get(name)
    if inference is None:
        found = str(call.inference)
        problems.append(codes.unknown(codes.INFERENCE, found, inferences, argument="inference"))
    elif estimator is not None and name not in estimator.inferences:
        values = {"method": estimator.name, "known": ", ".join(estimator.inferences)}
        problems.append(codes.problem(codes.PAIR, argument="inference", found=name, **values))
    return estimator, inference, problems


def _usual(call: Call, estimator: Estimator | None) -> str:
    """Return the kind of standard error that `auto` begins with: clustered where rows have a group.

    Where instruments carry the effect, the interval that holds whatever their strength comes first.
    """
    has_clusters = call.has("cluster") or call.has("unit")
    usual = ("CR1", "influence") if has_clusters else ("classical", "HC1", "influence")
    wanted = usual if len(call.cluster) > 1 else ("anderson_rubin", *usual)
    known = usual if estimator is None else estimator.inferences
    return next((name for name in wanted if name in known), usual[0])


def options_of(
    call: Call, estimator: Estimator | None, inferences: Sequence[Inference]
) -> Mapping[str, Option]:
    """Return the options a call may use: those of every method, of its method, of its inferences."""
    known = dict(COMMON_OPTIONS)
    for inference in inferences:
        known.update(inference.options)
    return {**known, **(estimator.options if estimator else {})}


def build_request(
    call: Call,
    estimator: Estimator | None,
    inference: Inference | None,
    *,
    candidates: Sequence[Inference] = (),
) -> tuple[Request, list[Problem]]:
    """Return the request with its defaults filled in, and what is wrong with the arguments.

    `candidates` are the inferences that `auto` may choose besides, whose options are then allowed.
    """
    kinds = [*candidates, *([inference] if inference else [])]
    known = options_of(call, estimator, kinds)
    problems = [*_option_problems(call, estimator, known), *_role_problems(call, known)]
    problems += _scale_problems(call)
    required = () if estimator is None else estimator.requires
    problems += [_absent(name, estimator) for name in required if not call.has(name)]
    problems += [] if estimator is None else _unused_problems(call, estimator, kinds)
    clusters, notes = call.cluster, []
    if inference is not None and (inference.needs_clusters or inference.uses_clusters):
        clusters = call.cluster or as_names(call.unit)
        if inference.needs_clusters and not clusters:
            problems.append(_absent("cluster"))
        if len(clusters) > inference.max_clusterings:
            problems.append(_too_many_clusterings(clusters, inference))
    elif clusters:
        kind = "Classical" if inference is None or inference.name == "classical" else inference.name
        notes.append(f"{kind} errors ignore that rows may depend on each other within {clusters[0]}.")
        clusters = ()
    if call.weights is not None:
        notes.append(f"Rows are weighted by {call.weights}.")
    options = {name: call.options.get(name, option.default) for name, option in known.items()}
    # A trend stands for the wave effects that are on by default.
    if options.get("trend") and "time_effects" not in call.options:
        options["time_effects"] = False
    request = Request(
        method=call.method,
        inference=inference.name if inference else "",
        outcome=call.outcome,
        arms=call.treated,
        unit=call.unit,
        time=call.time,
        first_treated=call.first_treated,
        covariates=call.covariates,
        absorb=call.absorb,
        clusters=clusters,
        strata=call.strata,
        weights=call.weights,
        scale=call.scale if call.scale in SCALES else "level",  # type: ignore[arg-type]
        label=call.label,
        unit_of_measure=call.unit_of_measure,
        options=options,
        notes=tuple(notes),
    )
    return request, problems


def _too_many_clusterings(clusters: tuple[str, ...], inference: Inference) -> Problem:
    expected = f"at most {inference.max_clusterings} with {inference.name}"
    return codes.problem(codes.VALUE, argument="cluster", found=", ".join(clusters), expected=expected)


def _unused_problems(call: Call, estimator: Estimator, kinds: Sequence[Inference]) -> list[Problem]:
    """Return a problem for each argument that neither the method nor its inference has a use for."""
    used = {*estimator.accepts, *estimator.requires, *(name for kind in kinds for name in kind.accepts)}
    unused = [name for name in ("first_treated", "absorb", "strata") if call.has(name) and name not in used]
    problems = [
        codes.problem(codes.UNUSED, argument=name, found=name, method=estimator.name) for name in unused
    ]
    if len(call.treated) > 1 and "arms" not in used:
        expected = (
            f"one column: {estimator.name} compares two groups; ancova, change_score and doubly_robust "
        )
        expected += "compare several arms"
        found = f"{len(call.treated)} columns"
        problems.append(codes.problem(codes.VALUE, argument="treated", found=found, expected=expected))
    return problems


_MEANINGS = {
    "treated": "who or what is treated",
    "unit": "the id of the unit that is followed over the waves",
    "time": "the wave of each row",
    "cluster": "within which rows depend on each other",
    "first_treated": "the first wave in which the unit is treated; 0 or infinity for never",
    "absorb": "the groups whose effects are removed",
    "strata": "within which was drawn by lot or sampled",
    "covariates": "what the groups are compared at like values of",
}


def _absent(argument: str, estimator: Estimator | None = None) -> Problem:
    if argument == "unit" and estimator is not None and estimator.next_best:
        return codes.problem(codes.SECTIONS, argument=argument, next_best=estimator.next_best)
    return codes.problem(codes.ARGUMENT, argument=argument, expected=_MEANINGS[argument])


def _option_problems(call: Call, estimator: Estimator | None, known: Mapping[str, Option]) -> list[Problem]:
    if estimator is None:
        return []
    arguments = ("outcome", "treated", "unit", "time", "first_treated", "covariates", "absorb", "cluster",
                 "strata", "weights", "inference", "scale", "label", "unit_of_measure")  # fmt: skip
    own = sorted({*COMMON_OPTIONS, *estimator.options})
    further = sorted({*known} - {*own})
    listed = ", ".join(own) + (f"; of its standard errors: {', '.join(further)}" if further else "")
    problems = []
    for name, value in call.options.items():
        if name not in known:
            expected = f"options of {estimator.name}: {listed}"
            hint = did_you_mean(name, [*known, *arguments])
            problems.append(
                codes.problem(codes.OPTION, argument=name, found=name, expected=expected, hint=hint)
            )
        elif not known[name].is_allowed(value):
            expected = known[name].expected
            problems.append(codes.problem(codes.VALUE, argument=name, found=repr(value), expected=expected))
    return problems


def _scale_problems(call: Call) -> list[Problem]:
    if call.scale in SCALES:
        return []
    expected = "level, log or share" + did_you_mean(str(call.scale), SCALES)
    return [codes.problem(codes.VALUE, argument="scale", found=str(call.scale), expected=expected)]


def option_columns(options: Mapping[str, Any], known: Mapping[str, Option]) -> Iterator[tuple[str, str, str]]:
    """Yield (option, column, how it is read) for every column that options name."""
    for name, option in known.items():
        value = options.get(name, option.default)
        if option.column and option.is_allowed(value):
            yield from ((name, column, option.column) for column in column_names(value))


def _role_problems(call: Call, known: Mapping[str, Option]) -> list[Problem]:
    """Return a problem for each column that stands on both sides of the regression, or twice on one."""
    roles: dict[str, list[str]] = {}
    for argument, column in call.columns():
        is_group = argument in ("cluster", "weights", "absorb", "strata", "first_treated")
        if not is_group and isinstance(column, str):
            roles.setdefault(column, []).append(argument)
    for argument, column, kind in option_columns(call.options, known):
        if kind == "numbers":
            roles.setdefault(column, []).append(argument)
    return [
        codes.problem(codes.ROLE, column=column, found=column, roles=" and ".join(arguments))
        for column, arguments in roles.items()
        if len(arguments) > 1
    ]


def frame_problems(
    frame: object, call: Call, known: Mapping[str, Option] = MappingProxyType({})
) -> list[Problem]:
    """Return what keeps the named columns from being found in the table."""
    if not isinstance(frame, pd.DataFrame):
        expected = "a pandas DataFrame"
        return [codes.problem(codes.FRAME, argument="frame", found=type(frame).__name__, expected=expected)]
    problems = []
    optional = [(name, column) for name, column, _ in option_columns(call.options, known)]
    for argument, column in (*call.columns(), *optional):
        if not isinstance(column, str):
            expected = "the name of a column, as text"
            problems.append(
                codes.problem(codes.VALUE, argument=argument, found=repr(column), expected=expected)
            )
        elif column not in frame.columns:
            names = [str(name) for name in frame.columns]
            problems.append(codes.no_column(column, names, argument=argument))
        elif int((frame.columns == column).sum()) > 1:
            expected = f"one column of the name {column}"
            found = f"{int((frame.columns == column).sum())} columns named {column}"
            problems.append(codes.problem(codes.FRAME, column=column, found=found, expected=expected))
    return problems


def read_rows(
    frame: pd.DataFrame, request: Request, known: Mapping[str, Option] = MappingProxyType({})
) -> tuple[Observations | None, list[Problem]]:
    """Return the complete rows in canonical order, or None where a column cannot be read."""
    problems: list[Problem] = []
    # A method that needs no regressor of its own gets a column of zeros in its place.
    treated = [_read(frame, name, problems) for name in request.arms] or [np.zeros(len(frame))]
    named = dict.fromkeys(option_columns(request.options, known))
    extra = dict.fromkeys(column for _, column, kind in named if kind == "numbers")
    groups = dict.fromkeys(column for _, column, kind in named if kind == "codes")
    numbers = [_read(frame, request.outcome, problems), *treated]
    numbers += [_read(frame, name, problems) for name in (*request.covariates, *extra)]
    strata = () if request.strata is None else (request.strata,)
    coded = [*request.clusters, *request.absorb, *strata, *groups]
    known_codes = {name: as_codes(frame[name]) for name in {*coded, *as_names(request.unit)}}
    weights = None if request.weights is None else _read(frame, request.weights, problems)
    columns = Columns(
        names=(request.outcome, *(request.arms or (str(None),)), *request.covariates, *extra),
        numbers=tuple(numbers),
        n_arms=len(treated),
        n_covariates=len(request.covariates),
        coded=tuple((name, known_codes[name]) for name in coded),
        n_clusters=len(request.clusters),
        n_absorbed=len(request.absorb),
        has_strata=bool(strata),
        unit=None if request.unit is None else known_codes[request.unit],
        weights=weights,
        unit_name=str(request.unit),
        time_name=str(request.time),
        weights_name=str(request.weights),
    )
    if request.time is not None:
        declared = request.options["waves"] if _is_order(request.options["waves"]) else None
        problems += _wave_problems(frame[request.time], request, declared)
        time, waves, is_known = as_waves(frame[request.time], declared)
        columns = replace(columns, time=time, waves=waves, wave_order_known=is_known)
    if request.first_treated is not None:
        first, unclear = first_waves(frame[request.first_treated], columns.waves, columns.wave_order_known)
        columns = replace(columns, first_treated=first)
        problems += _start_problems(frame, request, unclear)
    problems += _weight_problems(columns, request)
    if columns.unit is not None and columns.time is not None:
        pair = (columns.unit, columns.time)
        problems += duplicate_problems(frame, str(request.unit), str(request.time), coded=pair)
    unreadable = {codes.TYPE, codes.INFINITE, codes.WEIGHT, codes.COHORT}
    if any(problem.code in unreadable for problem in problems):
        return None, problems
    return complete_rows(columns, use_log=request.scale == "log"), problems


def _start_problems(frame: pd.DataFrame, request: Request, unclear: Sequence[str]) -> list[Problem]:
    """Return what keeps a start of treatment from being read: missing, or no wave of the table."""
    column, starts = str(request.first_treated), frame[str(request.first_treated)]
    problems = []
    if n_missing := int(starts.isna().sum()):
        problems.append(codes.problem(codes.COHORT, column=column, found=f"{n_missing} missing"))
    if unclear:
        found = "no wave of the table: " + ", ".join(sorted(unclear)[:5])
        problems.append(codes.problem(codes.COHORT, column=column, found=found))
    return problems


def _read(frame: pd.DataFrame, column: str, problems: list[Problem]) -> FloatArray:
    """Return a column as numbers; where it holds none, note the problem and return missing values."""
    values = as_numbers(frame[column])
    if values is None:
        found = f"values of type {frame[column].dtype}"
        problems.append(codes.problem(codes.TYPE, column=column, found=found))
        return np.full(len(frame), np.nan)
    n_infinite = int(np.isinf(values).sum())
    if n_infinite:
        problems.append(codes.problem(codes.INFINITE, column=column, found=n_infinite))
    return values


def _wave_problems(series: pd.Series, request: Request, declared: Sequence[object] | None) -> list[Problem]:
    if declared is None:
        return []
    known = {wave_label(value) for value in declared}
    missing = sorted({wave_label(value) for value in series.dropna().unique()} - known)
    if not missing:
        return []
    expected = f"every wave in {request.time}; not named: {', '.join(missing)}"
    found = ", ".join(wave_label(value) for value in declared)
    return [codes.problem(codes.VALUE, argument="waves", found=found, expected=expected)]


def _weight_problems(columns: Columns, request: Request) -> list[Problem]:
    if columns.weights is None or not (columns.weights < 0).any():
        return []
    found = int((columns.weights < 0).sum())
    return [codes.problem(codes.WEIGHT, column=str(request.weights), found=found)]


def duplicate_problems(
    frame: pd.DataFrame, unit: str, time: str, *, coded: tuple[IntArray, IntArray] | None = None
) -> list[Problem]:
    """Return a problem where a unit has several rows in a wave, with or without values in them.

    `coded` are the codes of the two columns, where they are known already.
    """
    units, times = coded or (as_codes(frame[unit]), as_waves(frame[time], None)[0])
    rows = np.flatnonzero((units >= 0) & (times >= 0))
    keys = units[rows] * (int(times.max(initial=-1)) + 1) + times[rows]
    if (keys[1:] > keys[:-1]).all():
        return []
    ordered = np.sort(keys, kind="stable")
    if not (ordered[1:] == ordered[:-1]).any():
        return []
    _, first, counts = np.unique(keys, return_index=True, return_counts=True)
    repeated = np.flatnonzero(counts > 1)
    row = rows[first[repeated[0]]]
    example = f"{frame[unit].iloc[row]}, {wave_label(frame[time].iloc[row])}"
    values: dict[str, Value] = {"found": len(repeated), "example": example, "unit": unit, "time": time}
    return [Problem(codes.DUPLICATE, Place(column=unit), values)]
