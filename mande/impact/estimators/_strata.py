"""Strata of a lottery in a comparison of outcomes: their effects enter, or shares treated would bias it.

Where the share that is treated differs between strata, treated and comparison are made up differently, and
without effects of strata the difference between strata counts as effect of the programme. `fixed` weighs
strata by n_h p_h (1 - p_h), p_h the share treated; `interacted` by n_h, so that the effect is the average
over all units.
Source: Bruhn and McKenzie (2009), American Economic Journal: Applied 1(4); Imbens and Rubin (2015), Causal
Inference, 9; Lin (2013), Annals of Applied Statistics 7(1).
"""

from __future__ import annotations

from dataclasses import replace

from mande.impact.contract import Option, Request
from mande.impact.observations import Observations

_KINDS = ("auto", "fixed", "interacted", "none")


def _is_kind(value: object) -> bool:
    return value in _KINDS


STRATA_OPTION = Option("auto", _is_kind, "auto, fixed, interacted (by size of strata) or none")


def with_strata(request: Request, data: Observations) -> tuple[Request, Observations, tuple[str, ...]]:
    """Return request and rows with strata among the absorbed effects, and what there is to say of them.

    `auto` takes fixed effects of strata unless they are strata of the sample: inference `survey` without
    `assigned_by`.
    """
    kind = request.options["strata_effects"]
    if request.strata is None or data.strata is None:
        return request, data, ()
    of_sample = request.inference == "survey" and not request.options.get("assigned_by")
    if kind == "none" or (kind == "auto" and of_sample):
        note = f"Effects of {request.strata} are not removed."
        return request, data, (note,) if kind == "none" else ()
    options = dict(request.options)
    how = "Effects of {0} (strata of the assignment) are removed: only units of one stratum are compared."
    if kind == "interacted":
        options["interacted"] = True
        how = "Treatment is compared within {0} (strata of the assignment), which count by size (Lin 2013)."
    request = replace(request, absorb=(*request.absorb, request.strata), options=options)
    data = replace(data, absorbed=(*data.absorbed, data.strata))
    return request, data, (how.format(request.strata),)
