"""Waves linked by respondent: who was seen when, who was lost, who is new, by arm and wave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from mande.errors import Code, MandeError, Place, Problem, Severity, Text
from mande.results import Cell, Table
from mande.schema.programme import Sample
from mande.schema.question import Question
from mande.survey.fieldwork import WAVE, count_units, due_waves, fieldwork_of, patterns
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
I_SETASIDE = Code(
    "I-SETASIDE",
    Text(
        "interviews of wave {wave} whose id named another person before were set aside: {found}",
        "entretiens de la vague {wave} dont l'identifiant désignait une autre personne, mis à part : {found}",
        "entrevistas de la ronda {wave} cuyo id era de otra persona, dejadas aparte: {found}",
    ),
    Text("the same person under an id", "la même personne sous un id", "la misma persona bajo un id"),
    Text(
        "Decide in the review list (`mande corrections export`) and accept the wave again as a revision.",
        "Décidez dans la liste de revue (`mande corrections export`), puis acceptez une révision.",
        "Decida en la lista de revisión (`mande corrections export`) y acepte la ronda como revisión.",
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
    set_aside : interviews whose id names somebody else than before (see `identity.doubtful_links`); they
        are among `unlinked` too.
    fieldwork : what became of each unit in each wave it was due in (see `fieldwork_of`).
    patterns : how many units were interviewed in which waves: `X.X` in the first and third of three.
    problems : a warning for each wave with units set aside.
    """

    register: pl.DataFrame
    frame: pl.DataFrame
    counts: Table
    never_seen: Mapping[str, int]
    unlinked: pl.DataFrame
    problems: tuple[Problem, ...]
    set_aside: pl.DataFrame
    fieldwork: pl.DataFrame
    patterns: Table

    @property
    def balanced(self) -> pl.DataFrame:
        """Rows of `frame` of units interviewed in every wave they were due in."""
        return self.frame.filter(pl.col("in_all_waves"))


def link_panel(
    waves: Mapping[str, pl.DataFrame],
    register: pl.DataFrame,
    *,
    key: str,
    wave_order: Sequence[str],
    sample: Sample = "panel",
    set_aside: pl.DataFrame | None = None,
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
    sample
        Whether the same units are asked in every wave, each in the waves that its register entry names
        (`rotating_panel`: losses are counted from the unit's first interview), or others each time
        (`repeated_cross_sections`: nobody is lost or new).
    set_aside
        Interviews that are not linked until somebody has decided who they are: columns `id` and `wave`.

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
    doubtful = seen.clear() if set_aside is None else _doubtful(seen, set_aside, key)
    unknown = seen.join(register, on=key, how="anti")
    known = seen.join(doubtful, on=[key, WAVE], how="anti").join(register, on=key, how="inner")
    due = due_waves(register, order, key=key, sample=sample)
    linked = _with_counts(known, due, key)
    own = [name for name in register.columns if name != key]
    rank = pl.col(WAVE).replace_strict(order, list(range(len(order))), return_dtype=pl.Int64)
    frame = linked.sort(pl.col(key), rank).select(key, WAVE, *own, ROW, "n_waves", "in_all_waves")
    missing = register.join(linked, on=key, how="anti")[ARM].value_counts()
    return Panel(
        register=register,
        frame=frame,
        counts=count_units(frame, due, key, order, sample),
        never_seen=dict(sorted(missing.iter_rows())),
        unlinked=pl.concat([unknown, doubtful]).sort(key, WAVE),
        problems=(
            *_unlinked_problems(unknown, key, order, I_UNLINKED),
            *_unlinked_problems(doubtful, key, order, I_SETASIDE),
        ),
        set_aside=doubtful.sort(key, WAVE),
        fieldwork=fieldwork_of(due, frame, key=key),
        patterns=patterns(due, frame, order, key=key),
    )


def _doubtful(seen: pl.DataFrame, set_aside: pl.DataFrame, key: str) -> pl.DataFrame:
    return seen.join(set_aside.rename({"id": key}).select(key, WAVE), on=[key, WAVE], how="semi")


def _with_counts(known: pl.DataFrame, due: pl.DataFrame, key: str) -> pl.DataFrame:
    """Return the interviews with the number of their unit's waves, and whether these are all it was due in.

    An interview in a wave the unit was not due in counts as one, and makes no wave up.
    """
    was_due = due.select(key, WAVE, pl.lit(value=True).alias("_due"))
    waves_due = due.group_by(key).agg(pl.len().alias("_n_due"))
    joined = known.join(was_due, on=[key, WAVE], how="left").join(waves_due, on=key, how="left")
    counted = joined.with_columns(
        pl.col(key).len().over(key).alias("n_waves"),
        (pl.col("_due").fill_null(value=False).sum().over(key) == pl.col("_n_due"))
        .fill_null(value=False)
        .alias("in_all_waves"),
    )
    return counted.drop("_due", "_n_due")


def _check_key(waves: Mapping[str, pl.DataFrame], register: pl.DataFrame, key: str) -> None:
    frames = {"register": register, **{f"wave {name}": frame for name, frame in waves.items()}}
    problems = []
    for name, frame in frames.items():
        if key not in frame.columns:
            values: Values = {"found": ", ".join(frame.columns), "expected": key}
            problems.append(Problem(I_NOKEY, Place(file=name), values))
    if problems:
        raise MandeError(problems)


def _unlinked_problems(unlinked: pl.DataFrame, key: str, order: Sequence[str], code: Code) -> list[Problem]:
    problems = []
    for wave in order:
        ids = unlinked.filter(pl.col(WAVE) == wave)[key].sort().to_list()
        if ids:
            listed = ", ".join(str(unit) for unit in ids[:_SHOWN]) + (", ..." if len(ids) > _SHOWN else "")
            values: Values = {"found": len(ids), "wave": wave, "ids": listed}
            problems.append(Problem(code, Place(), values, Severity.WARNING))
    return problems


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
