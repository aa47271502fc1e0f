"""What became of each unit in each wave: interviewed, refused, not found, moved, dead, replaced, or unknown.

A unit that was looked for and refused is lost in another way than one nobody went to: the register's
status tells them apart.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from mande.errors import Code, Place, Problem, Severity, Text
from mande.results import Cell, Table
from mande.schema.programme import Contrast, Sample
from mande.survey.grid import Values
from mande.survey.register import ARM, DUE, STATUS, STATUSES

WAVE, OUTCOME, INTERVIEWED, UNKNOWN = "wave", "outcome", "interviewed", "no status"
EVERYONE = "all"
OUTCOMES = (*STATUSES, UNKNOWN)
CONTACTED = frozenset({"refused", "dead", "replaced"})
"""Outcomes by which somebody was met or is known about; not found, moved and no status are non-contact."""

A_ATTRITION = Code(
    "A-ATTRITION",
    Text(
        "units interviewed in wave {baseline} were lost by wave {wave}",
        "des unités de la vague {baseline} sont perdues à la vague {wave}",
        "unidades de la ronda {baseline} se perdieron en la ronda {wave}",
    ),
    Text(
        "as few losses as possible, and as many in one arm as in the other",
        "le moins de pertes possible, et autant dans un groupe que dans l'autre",
        "las menos pérdidas posibles, y tantas en un grupo como en el otro",
    ),
    Text(
        "Go and look for them (`mande tracking`). Until then every result speaks only for those who stayed.",
        "Recherchez-les (`mande tracking`). D'ici là, chaque résultat ne vaut que pour ceux qui restent.",
        "Búsquelas (`mande tracking`). Hasta entonces cada resultado vale solo para quienes quedaron.",
    ),
    Text(
        "lost: {treated} treated, {comparison} comparison; the difference is {points} points",
        "perdues : {treated} traitées, {comparison} de comparaison ; la différence est de {points} points",
        "perdidas: {treated} tratadas, {comparison} de comparación; la diferencia es de {points} puntos",
    ),
)
I_STATUS = Code(
    "I-STATUS",
    Text(
        "the register's status and the interviews of wave {wave} contradict each other: {found} units",
        "le statut du registre et les entretiens de la vague {wave} se contredisent : {found} unités",
        "el estado del registro y las entrevistas de la ronda {wave} se contradicen: {found} unidades",
    ),
    Text(
        "an interview where the status says so, and none otherwise",
        "un entretien là où le statut le dit, et aucun ailleurs",
        "una entrevista donde el estado lo dice, y ninguna si no",
    ),
    Text(
        "Correct the status in the register, or look for the missing interviews.",
        "Corrigez le statut au registre, ou cherchez les entretiens manquants.",
        "Corrija el estado en el registro, o busque las entrevistas que faltan.",
    ),
    Text("{ids}"),
)
_SHOWN = 10


def due_waves(
    register: pl.DataFrame, order: Sequence[str], *, key: str, sample: Sample = "panel"
) -> pl.DataFrame:
    """Return the units and waves that the design asks for.

    Returns
    -------
    One row per unit and wave it is due in: the key, `wave`, the register's columns and `position`, the
    place of the wave in `order`. In a rotating panel the register's column `waves` says which; in
    repeated cross-sections too, where the register has it.
    """
    waves = pl.DataFrame(
        {WAVE: list(order), "position": list(range(len(order)))},
        schema={WAVE: pl.String, "position": pl.Int64},
    )
    crossed = register.join(waves, how="cross")
    if DUE in register.columns and sample != "panel":
        named = pl.col(DUE).str.split(" ").list.contains(pl.col(WAVE))
        crossed = crossed.filter(named.fill_null(value=True))
    return crossed.sort(key, "position")


def fieldwork_of(due: pl.DataFrame, frame: pl.DataFrame, *, key: str) -> pl.DataFrame:
    """Return what became of each unit in each wave it was due in.

    Returns
    -------
    The rows of `due` with `interviewed` (whether there are answers) and `outcome`: interviewed, or the
    register's status, or `no status`. A status that says interviewed without answers is `no status`.
    """
    answered = frame.select(key, WAVE, pl.lit(value=True).alias(INTERVIEWED))
    joined = due.join(answered, on=[key, WAVE], how="left", maintain_order="left")
    joined = joined.with_columns(pl.col(INTERVIEWED).fill_null(value=False))
    status = pl.lit(None, dtype=pl.String)
    for name in (column for column in due.columns if column.startswith(STATUS)):
        status = pl.when(pl.col(WAVE) == name.removeprefix(STATUS)).then(pl.col(name)).otherwise(status)
    told = joined.with_columns(status.alias("status"))
    without = pl.when(pl.col("status").is_in([INTERVIEWED]) | pl.col("status").is_null())
    outcome = pl.when(INTERVIEWED).then(pl.lit(INTERVIEWED))
    return told.with_columns(
        outcome.otherwise(without.then(pl.lit(UNKNOWN)).otherwise("status")).alias(OUTCOME)
    )


def count_units(
    frame: pl.DataFrame, due: pl.DataFrame, key: str, order: Sequence[str], sample: Sample = "panel"
) -> Table:
    """Return units registered (due), interviewed, lost and new, by arm and wave."""
    arms = sorted(due[ARM].unique().to_list())
    rows: list[tuple[Cell, ...]] = []
    for arm in (*arms, *([EVERYONE] if len(arms) > 1 else [])):
        is_own = pl.lit(value=True) if arm == EVERYONE else pl.col(ARM) == arm
        own, wanted = frame.filter(is_own), due.filter(is_own)
        units = {wave: set(own.filter(pl.col(WAVE) == wave)[key].to_list()) for wave in order}
        asked = {wave: set(wanted.filter(pl.col(WAVE) == wave)[key].to_list()) for wave in order}
        whole = own.filter(pl.col("in_all_waves"))[key].n_unique()
        for position, wave in enumerate(order):
            start = _start(units, asked, order, position, sample)
            now = units[wave]
            changes = (None, None) if start is None else (len(start - now), len(now - start))
            together = None if sample == "repeated_cross_sections" else whole
            rows.append((arm, wave, len(asked[wave]), len(now), *changes, together))
    return Table(
        caption="Units registered and interviewed, by arm and wave",
        columns=("arm", "wave", "registered", "interviewed", "lost", "new", "in_all_waves"),
        rows=tuple(rows),
        notes=(_NOTES[sample].format(first=order[0]) if order else "No wave.",),
    )


_NOTES: dict[Sample, str] = {
    "panel": "Lost: interviewed in the first wave ({first}) and not in this one. "
    "New: interviewed in this wave and not in the first.",
    "rotating_panel": "Registered: due in this wave. Lost: due, interviewed in an earlier wave and not in "
    "this one. New: interviewed for the first time.",
    "repeated_cross_sections": "Each wave asks other units: nobody is lost or new.",
}


def _start(
    units: dict[str, set[str]],
    asked: dict[str, set[str]],
    order: Sequence[str],
    position: int,
    sample: Sample,
) -> set[str] | None:
    """Return the units that losses of a wave are counted from."""
    if position == 0 or sample == "repeated_cross_sections":
        return None
    if sample == "panel":
        return units[order[0]]
    before = set().union(*(units[wave] for wave in order[:position]))
    return before & (asked[order[position]] | units[order[position]])


def patterns(due: pl.DataFrame, frame: pl.DataFrame, order: Sequence[str], *, key: str) -> Table:
    """Return how many units were interviewed in which waves, the most frequent first.

    A wave is `X` when interviewed, `.` when not, and `-` when the unit was not due in it.
    """
    units = due.select(key, ARM).unique()
    marks = []
    for wave in order:
        asked = due.filter(pl.col(WAVE) == wave)[key].implode()
        seen = frame.filter(pl.col(WAVE) == wave)[key].implode()
        not_seen = pl.when(pl.col(key).is_in(asked)).then(pl.lit(".")).otherwise(pl.lit("-"))
        marks.append(pl.when(pl.col(key).is_in(seen)).then(pl.lit("X")).otherwise(not_seen))
    pattern = pl.concat_str(marks) if marks else pl.lit("")
    counts = units.select(pattern.alias("pattern"), ARM).group_by("pattern", ARM).len()
    return Table(
        caption="Waves in which units were interviewed",
        columns=("pattern", "arm", "units"),
        rows=tuple(
            counts.sort(
                [pl.col("len"), pl.col("pattern"), pl.col(ARM)], descending=[True, False, False]
            ).rows()
        ),
        notes=(f"Waves: {', '.join(order)}. X: interviewed; .: due and not interviewed; -: not due.",),
    )


def contact_table(fieldwork: pl.DataFrame) -> Table:
    """Return what became of the units due, by arm and wave: attrition told from non-contact."""
    arms = sorted(fieldwork[ARM].unique().to_list())
    rows: list[tuple[Cell, ...]] = []
    for arm in (*arms, *([EVERYONE] if len(arms) > 1 else [])):
        own = fieldwork if arm == EVERYONE else fieldwork.filter(pl.col(ARM) == arm)
        for (wave,), part in own.sort("position").group_by([WAVE], maintain_order=True):
            counts = dict(part[OUTCOME].value_counts().iter_rows())
            found = [int(counts.get(name, 0)) for name in OUTCOMES]
            rows.append((arm, str(wave), part.height, *found, found[0] / part.height))
    note = (
        "Refused, dead and replaced: somebody was met or is known about. Not found, moved and no status: "
        "nobody was."
    )
    columns = ("arm", "wave", "due", *(name.replace(" ", "_") for name in OUTCOMES), "share_interviewed")
    return Table(
        caption="What became of the units, by arm and wave",
        columns=columns,
        rows=tuple(rows),
        notes=(note,),
    )


def lost_by(fieldwork: pl.DataFrame, by: str, *, key: str, baseline: str, wave: str) -> Table:
    """Return losses between two waves by the groups of a column of the register (arm, cluster, stratum).

    Returns
    -------
    Table with the group, `n_baseline` (interviewed at baseline and due in the wave), `lost`, `share_lost`,
    `not_contacted` (of the lost: not found, moved or no status), the largest share first.
    """
    units = _followed(fieldwork, key=key, baseline=baseline, wave=wave)
    is_lost = ~pl.col(INTERVIEWED)
    counts = units.group_by(by).agg(
        pl.len().alias("n_baseline"),
        is_lost.sum().alias("lost"),
        (is_lost & ~pl.col(OUTCOME).is_in(list(CONTACTED))).sum().alias("not_contacted"),
    )
    shares = counts.with_columns((pl.col("lost") / pl.col("n_baseline")).alias("share_lost"))
    ordered = shares.sort([pl.col("share_lost"), pl.col(by)], descending=[True, False])
    columns = (by, "n_baseline", "lost", "share_lost", "not_contacted")
    caption = f"Lost between {baseline} and {wave}, by {by}"
    return Table(caption, columns, tuple(ordered.select(columns).rows()))


def _followed(fieldwork: pl.DataFrame, *, key: str, baseline: str, wave: str) -> pl.DataFrame:
    """Return the wave's rows of units that were interviewed at baseline and are due in the wave."""
    start = fieldwork.filter((pl.col(WAVE) == baseline) & pl.col(INTERVIEWED)).select(key)
    return fieldwork.filter(pl.col(WAVE) == wave).join(start, on=key, how="semi")


def attrition_problems(
    fieldwork: pl.DataFrame, contrast: Contrast, *, key: str, order: Sequence[str]
) -> list[Problem]:
    """Return A-ATTRITION for each wave after the baseline that lost somebody, and I-STATUS.

    Both arms of the contrast are told, and the difference in percentage points.
    """
    problems = [*_contradictions(fieldwork, key, order)]
    later = order[order.index(contrast.baseline) + 1 :] if contrast.baseline in order else []
    for wave in later:
        units = _followed(fieldwork, key=key, baseline=contrast.baseline, wave=wave)
        shares = [_lost_share(units, arms) for arms in (contrast.treated, contrast.comparison)]
        if not any(shares):
            continue
        points = abs((shares[0] or 0.0) - (shares[1] or 0.0)) * 100
        values: Values = {
            "baseline": contrast.baseline,
            "wave": wave,
            "treated": _percent(shares[0]),
            "comparison": _percent(shares[1]),
            "points": f"{points:.0f}" if None not in shares else "-",
        }
        problems.append(Problem(A_ATTRITION, Place(), values, Severity.WARNING))
    return problems


def _lost_share(units: pl.DataFrame, arms: Sequence[str]) -> float | None:
    own = units.filter(pl.col(ARM).is_in(list(arms)))
    return int((~own[INTERVIEWED]).sum()) / own.height if own.height else None


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.0f} %"


def _contradictions(fieldwork: pl.DataFrame, key: str, order: Sequence[str]) -> list[Problem]:
    says = pl.col("status") == INTERVIEWED
    wrong = fieldwork.filter(pl.col("status").is_not_null() & (says != pl.col(INTERVIEWED)))
    problems = []
    for wave in order:
        ids = wrong.filter(pl.col(WAVE) == wave)[key].sort().to_list()
        if ids:
            listed = ", ".join(ids[:_SHOWN]) + (", ..." if len(ids) > _SHOWN else "")
            values: Values = {"wave": wave, "found": len(ids), "ids": listed}
            problems.append(Problem(I_STATUS, Place(), values, Severity.WARNING))
    return problems
