"""From answers to indicator values, and from values to group statistics."""

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
from mande.measure.winsorise import Winsorised, winsorise

__all__ = [
    "GroupStatistic",
    "Measuring",
    "Plan",
    "StatisticEntry",
    "WaveData",
    "Winsorised",
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
    "winsorise",
]
