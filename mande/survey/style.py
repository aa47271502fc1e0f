"""How the cells of one column are written: what mapping, import profile and workbook say of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal

from mande.survey.mapping import TableMapping

Dates = Literal["iso", "day_month_year", "month_day_year"]
Percent = Literal["", "shares", "percents"]


@dataclass(frozen=True, slots=True)
class Style:
    """How one column writes its values.

    Attributes
    ----------
    decimal : the decimal mark. thousands : characters that part thousands (none: there are none).
    dates : order of dates that are not year-month-day.
    window : days between which an Excel day number is taken for a date without asking.
    any_serial : whether day numbers outside the window are dates too.
    is_workbook : most numbers are no text: they come with a decimal point whatever Excel shows.
    is_1904 : the workbook counts days from 1904.
    latest : a day after which no date can lie; none where it is not known.
    percent : `shares` where values up to 1 are shares of a question asked in per cent; `percents`
        where values above 1 are per cent of a question asked as a share.
    restores_zeros : whether zeros that a pattern demands are put back at the front.
    missing : texts that mean 'no value', with the reason. missing_numbers : numbers that do.
    labels : labels of the file's own codes, as Stata and SPSS files carry them.
    factor : what a value is multiplied by to be in the question's unit.
    """

    decimal: str = "."
    thousands: str = ""
    dates: Dates = "iso"
    window: tuple[dt.date, dt.date] | None = None
    any_serial: bool = False
    latest: dt.date | None = None
    is_workbook: bool = False
    is_1904: bool = False
    percent: Percent = ""
    restores_zeros: bool = False
    missing: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    missing_numbers: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))
    labels: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    factor: float = 1.0

    def with_missing(self, texts: Mapping[str, str], numbers: Mapping[int, str]) -> Style:
        """Return the style with more texts and numbers that mean 'no value'."""
        return replace(
            self,
            missing=MappingProxyType({**self.missing, **texts}),
            missing_numbers=MappingProxyType({**self.missing_numbers, **numbers}),
        )


def declared_style(
    mapping: TableMapping,
    *,
    is_workbook: bool = False,
    is_1904: bool = False,
    window: tuple[dt.date, dt.date] | None = None,
) -> Style:
    """Return what `mapping.yaml` declares for every column of a table."""
    return Style(
        decimal=mapping.decimal,
        thousands=_SPACES if mapping.thousands == " " else mapping.thousands,
        dates=mapping.dates,
        is_workbook=is_workbook,
        is_1904=is_1904,
        window=window,
    )


_SPACES = " \u00a0\u2009\u202f"
