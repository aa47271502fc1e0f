"""Check one call of `estimate` and read its columns; every problem is collected, none raised."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from mande.errors import Place, Problem, Value, did_you_mean
from mande.impact import problems as codes
from mande.impact.contract import Estimator, Inference, Option, Request
from mande.impact.observations import (
    Columns,
    FloatArray,
    Observations,
    as_codes,
    as_numbers,
    as_waves,
    complete_rows,
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
    """The arguments of `estimate` as they were given."""

    method: str
    outcome: str
    treated: str | None
    unit: str | None
    time: str | None
    covariates: tuple[str, ...]
    cluster: str | None
    weights: str | None
    inference: str
    scale: str
    label: str
    unit_of_measure: str
    options: Mapping[str, Any]

    def columns(self) -> Iterator[tuple[str, object]]:
        """Yield (argument, column) for every column the call names."""
        single = ("outcome", "treated", "unit", "time", "cluster", "weights")
        yield from ((name, getattr(self, name)) for name in single if getattr(self, name) is not None)
        yield from (("covariates", column) for column in self.covariates)


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
        has_clusters = call.cluster is not None or call.unit is not None
        name = "CR1" if has_clusters else "classical"
    inference = inferences.get(name)
    if inference is None:
        found = str(call.inference)
        problems.append(codes.unknown(codes.INFERENCE, found, inferences, argument="inference"))
    elif estimator is not None and name not in estimator.inferences:
        values = {"method": estimator.name, "known": ", ".join(estimator.inferences)}
        problems.append(codes.problem(codes.PAIR, argument="inference", found=name, **values))
    return estimator, inference, problems


def build_request(
    call: Call, estimator: Estimator | None, inference: Inference | None
) -> tuple[Request, list[Problem]]:
    """Return the request with its defaults filled in, and what is wrong with the arguments."""
    problems = [*_option_problems(call, estimator), *_role_problems(call), *_scale_problems(call)]
    required = () if estimator is None else estimator.requires
    problems += [_absent(name) for name in required if getattr(call, name) is None]
    cluster, notes = call.cluster, []
    if inference is not None and inference.needs_clusters:
        cluster = call.cluster or call.unit
        if cluster is None:
            problems.append(_absent("cluster"))
    elif cluster is not None:
        notes.append(f"Classical errors ignore that rows may depend on each other within {cluster}.")
        cluster = None
    if call.weights is not None:
        notes.append(f"Rows are weighted by {call.weights}.")
    known = {**COMMON_OPTIONS, **(estimator.options if estimator else {})}
    options = {name: call.options.get(name, option.default) for name, option in known.items()}
    # A trend stands for the wave effects that are on by default.
    if options.get("trend") and "time_effects" not in call.options:
        options["time_effects"] = False
    request = Request(
        method=call.method,
        inference=inference.name if inference else "",
        outcome=call.outcome,
        treated=call.treated,
        unit=call.unit,
        time=call.time,
        covariates=call.covariates,
        cluster=cluster,
        weights=call.weights,
        scale=call.scale if call.scale in SCALES else "level",  # type: ignore[arg-type]
        label=call.label,
        unit_of_measure=call.unit_of_measure,
        options=options,
        notes=tuple(notes),
    )
    return request, problems


_MEANINGS = {
    "treated": "who or what is treated",
    "unit": "the id of the unit that is followed over the waves",
    "time": "the wave of each row",
    "cluster": "within which rows depend on each other",
}


def _absent(argument: str) -> Problem:
    return codes.problem(codes.ARGUMENT, argument=argument, expected=_MEANINGS[argument])


def _option_problems(call: Call, estimator: Estimator | None) -> list[Problem]:
    if estimator is None:
        return []
    known = {**COMMON_OPTIONS, **estimator.options}
    arguments = ("outcome", "treated", "unit", "time", "covariates", "cluster", "weights", "inference",
                 "scale", "label", "unit_of_measure")  # fmt: skip
    problems = []
    for name, value in call.options.items():
        if name not in known:
            expected = f"options of {estimator.name}: {', '.join(sorted(known))}"
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


def _role_problems(call: Call) -> list[Problem]:
    """Return a problem for each column that stands on both sides of the regression, or twice on one."""
    roles: dict[str, list[str]] = {}
    for argument, column in call.columns():
        if argument not in ("cluster", "weights") and isinstance(column, str):
            roles.setdefault(column, []).append(argument)
    return [
        codes.problem(codes.ROLE, column=column, found=column, roles=" and ".join(arguments))
        for column, arguments in roles.items()
        if len(arguments) > 1
    ]


def frame_problems(frame: object, call: Call) -> list[Problem]:
    """Return what keeps the named columns from being found in the table."""
    if not isinstance(frame, pd.DataFrame):
        expected = "a pandas DataFrame"
        return [codes.problem(codes.FRAME, argument="frame", found=type(frame).__name__, expected=expected)]
    problems = []
    for argument, column in call.columns():
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


def read_rows(frame: pd.DataFrame, request: Request) -> tuple[Observations | None, list[Problem]]:
    """Return the complete rows in canonical order, or None where a column cannot be read."""
    problems: list[Problem] = []
    # A method that needs no regressor of its own gets a column of zeros in its place.
    treated = np.zeros(len(frame)) if request.treated is None else _read(frame, request.treated, problems)
    values = [_read(frame, request.outcome, problems), treated]
    values += [_read(frame, name, problems) for name in request.covariates]
    weights = None if request.weights is None else _read(frame, request.weights, problems)
    columns = Columns(
        names=(request.outcome, str(request.treated), *request.covariates),
        numbers=tuple(values),
        unit=None if request.unit is None else as_codes(frame[request.unit]),
        time=None,
        cluster=None if request.cluster is None else as_codes(frame[request.cluster]),
        weights=weights,
        waves=(),
        wave_order_known=True,
    )
    if request.time is not None:
        declared = request.options["waves"] if _is_order(request.options["waves"]) else None
        problems += _wave_problems(frame[request.time], request, declared)
        time, waves, is_known = as_waves(frame[request.time], declared)
        columns = replace(columns, time=time, waves=waves, wave_order_known=is_known)
    problems += _weight_problems(columns, request)
    if request.unit is not None and request.time is not None:
        problems += duplicate_problems(frame, request.unit, request.time)
    unreadable = any(problem.code in (codes.TYPE, codes.INFINITE, codes.WEIGHT) for problem in problems)
    if unreadable:
        return None, problems
    roles = tuple(str(name) for name in (request.unit, request.time, request.cluster, request.weights))
    n_covariates, use_log = len(request.covariates), request.scale == "log"
    return complete_rows(columns, n_covariates=n_covariates, use_log=use_log, roles=roles), problems


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


def duplicate_problems(frame: pd.DataFrame, unit: str, time: str) -> list[Problem]:
    """Return a problem where a unit has several rows in a wave, with or without values in them."""
    units = as_codes(frame[unit])
    times, waves, _ = as_waves(frame[time], None)
    rows = np.flatnonzero((units >= 0) & (times >= 0))
    keys = units[rows] * (len(waves) + 1) + times[rows]
    _, first, counts = np.unique(keys, return_index=True, return_counts=True)
    repeated = np.flatnonzero(counts > 1)
    if not len(repeated):
        return []
    row = rows[first[repeated[0]]]
    example = f"{frame[unit].iloc[row]}, {wave_label(frame[time].iloc[row])}"
    values: dict[str, Value] = {"found": len(repeated), "example": example, "unit": unit, "time": time}
    return [Problem(codes.DUPLICATE, Place(column=unit), values)]
