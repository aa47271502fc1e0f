"""From answers to indicator values, and from values to group statistics.

Everything named here loads when it is first used: who needs a plan does not wait for statistics.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_LAZY = {
    "GroupStatistic": "statistics",
    "Measuring": "measuring",
    "Plan": "plan",
    "StatisticEntry": "entries",
    "WaveData": "measuring",
    "check_examples": "examples",
    "check_formulas": "scopes",
    "frozen_entry": "freezing",
    "measure": "measuring",
    "measure_with_parameters": "measuring",
    "parameters_used": "parameters",
    "plan_indicator": "plan",
    "read_entry": "entries",
    "recentred": "recentring",
    "summarise": "summaries",
    "to_pandas": "frames",
    "valid_values": "parameters",
}

if TYPE_CHECKING:
    from mande.measure.entries import StatisticEntry, read_entry
    from mande.measure.examples import check_examples
    from mande.measure.frames import to_pandas
    from mande.measure.freezing import frozen_entry
    from mande.measure.measuring import Measuring, WaveData, measure, measure_with_parameters
    from mande.measure.parameters import parameters_used, valid_values
    from mande.measure.plan import Plan, plan_indicator
    from mande.measure.recentring import recentred
    from mande.measure.scopes import check_formulas
    from mande.measure.statistics import GroupStatistic
    from mande.measure.summaries import summarise

__all__ = [
    "GroupStatistic",
    "Measuring",
    "Plan",
    "StatisticEntry",
    "WaveData",
    "check_examples",
    "check_formulas",
    "frozen_entry",
    "measure",
    "measure_with_parameters",
    "parameters_used",
    "plan_indicator",
    "read_entry",
    "recentred",
    "summarise",
    "to_pandas",
    "valid_values",
]


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(importlib.import_module(f"{__name__}.{_LAZY[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
