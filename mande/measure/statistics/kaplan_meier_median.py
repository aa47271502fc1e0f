"""Median time until an event, where some units still wait: payment delay with deliveries not yet paid.

The curve equals that of statsmodels' `SurvfuncRight` (a test compares them), whose import takes a second:
too long for every command that reads a definition.
"""

from __future__ import annotations

import numpy as np

from mande.errors import Text
from mande.measure.sample import Answer, Floats, Sample

FORMULA = (
    "S(t) = product over event times up to t of 1 - events / at risk; the first t with S(t) <= 1/2, "
    "half-way to the next event where S(t) = 1/2"
)
SOURCE = "Kaplan & Meier 1958, Journal of the American Statistical Association 53(282), 457-481, equation 2a"
ROLES = {"duration": "number", "event": "number"}
OPTIONS: dict[str, object] = {}
LABEL = Text(
    "Median time, open cases counted, {value}",
    "Durée médiane, cas en cours compris, {value}",
    "Tiempo mediano, con casos abiertos, {value}",
)
UNIT = "value"
DIRECTION = "value"

_SLACK = 1e-9


def compute(sample: Sample) -> Answer:
    """Return the median duration, in its unit; durations below 0 (paid in advance) are allowed.

    Parameters
    ----------
    sample
        `duration`: time to the event, or to the interview; `event`: 1 if it happened, 0 if not yet.
        Waiting at the interview must not depend on how long it will last.

    Examples
    --------
    >>> columns = {"duration": np.array([5.0, 10.0, 20.0]), "event": np.array([1.0, 1.0, 0.0])}
    >>> compute(Sample(columns, np.ones(3)))
    10.0
    """
    event = sample["event"]
    if not np.isin(event, (0.0, 1.0)).all():
        return "an event is 1 or 0"
    if not event.any():
        return "no event yet"
    times, alive = _curve(sample["duration"], event, sample.weights)
    reached = np.flatnonzero(alive <= 0.5 + _SLACK)
    if not len(reached):
        return "the median is not reached: the event has not happened to half of the units"
    at = int(reached[0])
    # On the half exactly, every time up to the next event is a median, as in `median` and in R's survfit.
    if alive[at] >= 0.5 - _SLACK and at + 1 < len(times):
        return float((times[at] + times[at + 1]) / 2)
    return float(times[at])


def _curve(duration: Floats, event: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Return the times with events, rising, and the share without an event after each."""
    times, at = np.unique(duration, return_inverse=True)
    happened = np.bincount(at, weights=weights * event)
    gone = np.bincount(at, weights=weights)
    at_risk = np.cumsum(gone[::-1])[::-1]
    alive = np.asarray(np.cumprod(1 - happened / at_risk), dtype=np.float64)
    return times[happened > 0], alive[happened > 0]
