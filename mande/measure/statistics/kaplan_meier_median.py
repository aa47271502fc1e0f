"""Median time until an event, where some units still wait: payment delay with deliveries not yet paid."""

from __future__ import annotations

import numpy as np
from statsmodels.duration.survfunc import SurvfuncRight

from mande.errors import Text
from mande.measure.sample import Answer, Sample

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
    curve = SurvfuncRight(sample["duration"], event, freq_weights=sample.weights)
    reached = np.flatnonzero(curve.surv_prob <= 0.5 + _SLACK)
    if not len(reached):
        return "the median is not reached: the event has not happened to half of the units"
    at = int(reached[0])
    # On the half exactly, every time up to the next event is a median, as in `median` and in R's survfit.
    if curve.surv_prob[at] >= 0.5 - _SLACK and at + 1 < len(curve.surv_times):
        return float((curve.surv_times[at] + curve.surv_times[at + 1]) / 2)
    return float(curve.surv_times[at])
