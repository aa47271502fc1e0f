"""Were the arms interviewed in the same season?

Income, stocks, hours and hunger move with the season. Where one arm is asked in the harvest and another in
the lean months of the same wave, the season stands in the effect, and no comparison of changes takes it
out. For each wave the share of interviews per calendar month is compared between the arms: the overlap (the
sum over months of the smaller share, 1 where alike) and the distance of the median days.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from mande.errors import Code, Text
from mande.impact import problems as codes
from mande.impact.coded import coded
from mande.impact.groups import require_columns
from mande.impact.waves import wave_label
from mande.results import Cell, Finding, Table

OVERLAP, DAYS = 0.5, 30.0
"""Less overlap of months between two arms, with medians further apart, and seasons differ."""
COLUMNS = ("arm", "label", "wave", "n", "median_month", "overlap", "days_apart")
_TITLE = "Were the arms interviewed in the same season?"

SEASONS = Code(
    "M-SEASONS",
    Text(
        "arms were interviewed in different seasons",
        "des bras ont été enquêtés en des saisons différentes",
        "unos brazos fueron entrevistados en estaciones distintas",
    ),
    Text(
        "interviews of all arms spread over the same months of a wave",
        "des entretiens de tous les bras répartis sur les mêmes mois d'une vague",
        "entrevistas de todos los brazos repartidas en los mismos meses de una ronda",
    ),
    Text(
        "Read effects on what moves with the season as not shown; compare units asked in the same "
        "months; ask the "
        "arms in turn in the next wave.",
        "Tenez pour non montrés les effets sur ce qui varie selon la saison ; comparez les unités "
        "des mêmes mois ; "
        "alternez les bras à la prochaine vague.",
        "Tome por no mostrados los efectos sobre lo que varía con la estación; compare unidades de "
        "los mismos "
        "meses; alterne los brazos en la próxima ronda.",
    ),
    Text("{found}"),
)


def interview_seasons(
    frame: pd.DataFrame,
    *,
    day: str,
    wave: str,
    arm: str,
    waves: Sequence[str],
    arms: Mapping[str, str],
    reference: Sequence[str],
) -> Finding:
    """Compare when the arms were interviewed, wave by wave.

    Parameters
    ----------
    frame
        One row per interview. Not modified.
    day
        Column of the day of the interview, as dates.
    wave, arm
        Columns of the wave and of the arm.
    waves
        The waves to look at, in their order.
    arms
        Labels of the arms to look at.
    reference
        The arms that the others are held against, taken together: the comparison group.

    Returns
    -------
    Finding `seasons` with the columns `COLUMNS`: a caution M-SEASONS where an arm differs in a wave, good
    where none does, information where days are not known.
    """
    require_columns(frame, [day, wave, arm])
    days = pd.to_datetime(frame[day], errors="coerce")
    told = frame[wave].map(wave_label, na_action="ignore")
    rows: list[tuple[Cell, ...]] = []
    for one in waves:
        in_wave = days[(told == one) & days.notna()]
        arm_of = frame.loc[in_wave.index, arm]
        against = in_wave[arm_of.isin(list(reference))]
        rows += [_row(name, label, one, in_wave[arm_of == name], against, name in reference)
                 for name, label in arms.items()]  # fmt: skip
    table = Table("Days of the interviews, by arm and wave", COLUMNS, tuple(rows), cell_size="n", notes=(
        "Overlap: share of interviews in the same months as those of the comparison group, 1 where all are.",
    ))  # fmt: skip
    return _finding(table)


def _row(
    name: str, label: str, wave: str, days: pd.Series, against: pd.Series, is_reference: bool
) -> tuple[Cell, ...]:
    n = len(days)
    if not n:
        return (name, label, wave, 0, None, None, None)
    month = str(_median(days).astype("datetime64[M]"))  # no day: it would be one respondent's
    if is_reference or not len(against):
        return (name, label, wave, n, month, None, None)
    own, other = _months(days), _months(against)
    overlap = float(np.minimum(own, other).sum())
    apart = (_median(days) - _median(against)) / np.timedelta64(1, "D")
    return (name, label, wave, n, month, overlap, float(apart))


def _median(days: pd.Series) -> np.datetime64:
    ordered = np.sort(days.to_numpy().astype("datetime64[s]"))
    return ordered[(len(ordered) - 1) // 2]  # type: ignore[no-any-return]


def _months(days: pd.Series) -> np.ndarray:
    counts = np.bincount(days.dt.month.to_numpy(), minlength=13)[1:]
    return np.asarray(counts / counts.sum())


def _finding(table: Table) -> Finding:
    records = [record for record in table.records() if record["overlap"] is not None]
    apart = [
        record
        for record in records
        if _number(record["overlap"]) < OVERLAP and abs(_number(record["days_apart"])) > DAYS
    ]
    values: dict[str, Cell] = {"n_compared": len(records), "n_apart": len(apart)}
    if apart:
        found = "; ".join(_told(record) for record in apart)
        problem = codes.problem(SEASONS, argument="day of the interview", found=found)
        return coded(problem, id="seasons", title=_TITLE, status="caution", table=table, values=values)
    if not records:
        sentence = "On which days the arms were interviewed is not known for both sides of the comparison."
        return Finding("seasons", _TITLE, "information", sentence, table, values=values)
    sentence = "In each wave the arms were interviewed in much the same months."
    return Finding("seasons", _TITLE, "good", sentence, table, values=values)


def _told(record: Mapping[str, Cell]) -> str:
    days = _number(record["days_apart"])
    when = f"{abs(days):.0f} days {'later' if days > 0 else 'earlier'} than the comparison group"
    share = f"{100 * _number(record['overlap']):.0f} % in the same months"
    return f"{record['label']} in {record['wave']} was asked {when} ({share})"


def _number(cell: Cell) -> float:
    return float(cell) if isinstance(cell, int | float) else 0.0
