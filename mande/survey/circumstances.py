"""What is known around an upload and bears on how its cells are read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from mande.schema.parameter import Parameter
from mande.survey.profile import ImportProfile

MARGIN = dt.timedelta(days=366)
"""A wave's interviews lie within a year of its reference date."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is known of the programme, the wave and the upload.

    Attributes
    ----------
    profile : what has been asked about the programme's files, and answered.
    day : day of the upload; without it no date is in the future.
    reference_date : the wave's.
    currency : the programme's, for messages.
    parameters : sourced values, by id; those that convert units are looked up at the reference date.
    """

    profile: ImportProfile = field(default_factory=ImportProfile)
    day: dt.date | None = None
    reference_date: dt.date | None = None
    currency: str = "LCU"
    parameters: Mapping[str, Parameter] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def window(self) -> tuple[dt.date, dt.date] | None:
        """Days between which a day number is taken for a date without asking."""
        if self.reference_date is None:
            return None
        return self.reference_date - MARGIN, self.reference_date + MARGIN
