"""Waves linked by respondent: who was seen when, who was lost, who is new, by arm and wave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from mande.errors import Code, MandeError, Place, Problem, Severity, Text
from mande.results import Cell, Table
from mande.schema.question import Question
from mande.survey.grid import Values
from mande.survey.register import ARM, read_register
from mande.survey.store import AcceptedWave
from mande.survey.table import ROW

__all__ = ["Panel", "item_nonresponse", "link_panel", "read_register"]

I_UNLINKED = Code(
    "I-UNLINKED",
    Text(
        "units of wave {wave} that are not in the register were set aside: {found}",
        "unités de la vague {wave} absentes du registre, mises de côté : {found}",
        "unidades de la ronda {wave} que no están en el registro, dejadas aparte: {found}",
    ),
    Text("every unit in the register", "chaque unité au registre", "cada unidad en el registro"),
    Text(
        "Correct the ids, or add the units to the register.",
        "Corrigez les identifiants, ou ajoutez les unités au registre.",
        "Corrija los ids, o añada las unidades al registro.",
    ),
    Text("{ids}"),
)
I_NOKEY = Code(
    "I-NOKEY",
    Text(
        "waves cannot be linked", "les vagues ne peuvent pas être reliées", "no se pueden enlazar las rondas"
    ),
    Text("a column {expected}", "une colonne {expected}", "una columna {expected}"),
    Text(
        "Accept the wave again with the respondent's id.",
        "Acceptez de nouveau la vague avec l'identifiant.",
        "Acepte de nuevo la ronda con el id.",
    ),
)
NOT_APPLICABLE = "not applicable"
EVERYONE = "all"
WAVE = "wave"
_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Panel:
    """Linked waves.

    Attributes
    ----------
    register : one row per unit of the design, as `read_register` gives it.
    frame : one row per registered unit and wave in which it was interviewed, sorted by both: the key,
        `wave`, the register's columns, `row` (row number in the wave's upload), `n_waves` (waves in
        which the unit was interviewed) and `in_all_waves`.
    counts : by arm (and `all`) and wave: registered units, interviewed, lost (interviewed in the first
        wave and not in this one), new (the other way round) and interviewed in all waves.
    never_seen : registered units that were interviewed in no wave, by arm.
    unlinked : units that are in a wave and not in the register: the key, `wave`, `row`.
    problems : a warning for each wave with such units.
    """

    register: pl.DataFrame
    frame: pl.DataFrame
    counts: Table
    never_seen: Mapping[str, int]
    unlinked: pl.DataFrame
    problems: tuple[Problem, ...]


def link_panel(
    waves: Mapping[str, pl.DataFrame], register: pl.DataFrame, *, key: str, wave_order: Sequence[str]
) -> Panel:
    """Link waves by `key` and count who was seen when.

    Parameters
    ----------
    waves
        One table of each wave, with `key` and `row`.
    register
        Every unit of the design (see `read_register`).
    key
        Column of the unit's id in all of them.
    wave_order
        Waves from the first to the last; the first is the one losses are counted from.

    Raises
    ------
    MandeError
        I-NOKEY when a wave or the register has no such column.
    """
    order = [wave for wave in wave_order if wave in waves]
    _check_key(waves, register, key)
    seen = pl.concat(
        [
            pl.DataFrame(schema={key: pl.String, WAVE: pl.String, ROW: pl.Int64}),
            *(
                waves[wave].select(key, pl.lit(wave).alias(WAVE), pl.col(ROW).cast(pl.Int64))
                for wave in order
            ),
        ]
    )
    unlinked = seen.join(register, on=key, how="anti")
    counted = pl.col(key).len().over(key).alias("n_waves")
    linked = seen.join(register, on=key, how="inner").with_columns(counted)
    linked = linked.with_columns((pl.col("n_waves") == len(order)).alias("in_all_waves"))
    own = [name for name in register.columns if name != key]
    rank = pl.col(WAVE).replace_strict(order, list(range(len(order))), return_dtype=pl.Int64)
    frame = linked.sort(pl.col(key), rank).select(key, WAVE, *own, ROW, "n_waves", "in_all_waves")
    missing = register.join(linked, on=key, how="anti")[ARM].value_counts()
    return Panel(
        register=register,
        frame=frame,
        counts=_count(register, frame, key, order),
        never_seen=dict(sorted(missing.iter_rows())),
        unlinked=unlinked.sort(key, WAVE),
        problems=tuple(_unlinked_problems(unlinked, key, order)),
    )


def _check_key(waves: Mapping[str, pl.DataFrame], register: pl.DataFrame, key: str) -> None:
    frames = {"register": register, **{f"wave {name}": frame for name, frame in waves.items()}}
    problems = []
    for name, frame in frames.items():
        if key not in frame.columns:
            values: Values = {"found": ", ".join(frame.columns), "expected": key}
            problems.append(Problem(I_NOKEY, Place(file=name), values))
    if problems:
        raise MandeError(problems)


def _unlinked_problems(unlinked: pl.DataFrame, key: str, order: Sequence[str]) -> list[Problem]:
    problems = []
    for wave in order:
        ids = unlinked.filter(pl.col(WAVE) == wave)[key].sort().to_list()
        if ids:
            listed = ", ".join(str(unit) for unit in ids[:_SHOWN]) + (", ..." if len(ids) > _SHOWN else "")
            values: Values = {"found": len(ids), "wave": wave, "ids": listed}
            problems.append(Problem(I_UNLINKED, Place(), values, Severity.WARNING))
    return problems


def _count(register: pl.DataFrame, frame: pl.DataFrame, key: str, order: Sequence[str]) -> Table:
    arms = sorted(register[ARM].unique().to_list())
    rows: list[tuple[Cell, ...]] = []
    for arm in (*arms, *([EVERYONE] if len(arms) > 1 else [])):
        is_own = pl.lit(value=True) if arm == EVERYONE else pl.col(ARM) == arm
        registered = register.filter(is_own).height
        own = frame.filter(is_own)
        units = {wave: set(own.filter(pl.col(WAVE) == wave)[key].to_list()) for wave in order}
        whole = len(set.intersection(*units.values())) if units else 0
        for position, wave in enumerate(order):
            start, now = units[order[0]], units[wave]
            changes = (None, None) if position == 0 else (len(start - now), len(now - start))
            rows.append((arm, wave, registered, len(now), *changes, whole))
    return Table(
        caption="Units registered and interviewed, by arm and wave",
        columns=("arm", "wave", "registered", "interviewed", "lost", "new", "in_all_waves"),
        rows=tuple(rows),
        notes=(
            f"Lost: interviewed in the first wave ({order[0]}) and not in this one. "
            "New: interviewed in this wave and not in the first."
            if order
            else "No wave.",
        ),
    )


def item_nonresponse(
    panel: Panel,
    waves: Mapping[str, AcceptedWave],
    questions: Mapping[str, Question],
    *,
    table: str | None = None,
) -> Table:
    """Return how many interviewed units left each question unanswered, by wave and arm.

    Parameters
    ----------
    panel
        The linked waves; its units are counted.
    waves
        The accepted waves, for answers and for the reasons of missing ones.
    questions
        Questions of the table.
    table
        The table the panel links; the first table of each wave where it is not given.

    Returns
    -------
    Table with columns question, wave, arm, interviewed, asked (interviewed, without those to whom the
    question does not apply), missing (no answer, don't know, refused) and share_missing (of those asked;
    None where nobody was). Questions without a column in a wave do not stand there.
    """
    key = panel.frame.columns[0]
    rows: list[tuple[Cell, ...]] = []
    order = {wave: number for number, wave in enumerate(waves)}
    for question in questions:
        for wave in order:
            accepted = waves[wave]
            name = table or next(iter(accepted.tables))
            frame = accepted.tables[name]
            if question == key or question not in frame.columns:
                continue
            units = panel.frame.filter(pl.col(WAVE) == wave).select(key, ARM)
            answers = units.join(frame.select(key, pl.col(question).is_null().alias("is_missing")), on=key)
            rows += _missing_by_arm(answers, _not_applicable(accepted, name, question), question, wave, key)
    return Table(
        caption="Questions left unanswered, by wave and arm",
        columns=("question", "wave", "arm", "interviewed", "asked", "missing", "share_missing"),
        rows=tuple(rows),
        notes=("Missing: no answer, don't know or refused. Asked: without those it does not apply to.",),
    )


def _not_applicable(accepted: AcceptedWave, table: str, question: str) -> pl.Series:
    reasons = accepted.reasons
    is_own = (pl.col("table") == table) & (pl.col("question") == question)
    return reasons.filter(is_own & (pl.col("reason") == NOT_APPLICABLE))["key"]


def _missing_by_arm(
    answers: pl.DataFrame, not_applicable: pl.Series, question: str, wave: str, key: str
) -> list[tuple[Cell, ...]]:
    applies = ~pl.col(key).is_in(not_applicable.implode())
    counts = (
        answers.group_by(ARM)
        .agg(
            pl.len().alias("interviewed"),
            applies.sum().alias("asked"),
            (applies & pl.col("is_missing")).sum().alias("missing"),
        )
        .sort(ARM)
    )
    return [
        (question, wave, arm, interviewed, asked, missing, missing / asked if asked else None)
        for arm, interviewed, asked, missing in counts.iter_rows()
    ]
