"""The effect within groups of units that were told apart before the programme began.

An answer given after the start may itself be an effect: who is a member, employed or rich by then was
sorted by the programme, and comparing treated with comparison units within such a group shows no effect
(Angrist and Pischke 2009, Mostly Harmless Econometrics, 3.2.3). Such subgroups are refused; the value
before is the way out. Whether effects differ is tested as one: the product of treatment and subgroup, in
the regression of the main effect.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any

import pandas as pd

from mande import wording
from mande.errors import Code, Text
from mande.impact import problems as codes
from mande.impact.choice import Chosen, choose_method
from mande.impact.coded import coded
from mande.impact.primary import primary_call
from mande.impact.registry import estimators
from mande.impact.task import GROUP, Asked, Task, has_baseline, run, value_in, within
from mande.results import Cell, Estimate, Finding, Further, Table
from mande.schema.programme import Subgroup

MOST = 6
"""More values than this make no subgroups that can be judged."""
DIFFERENCES = ("label", "difference", "std_error", "p_value", "n")
_LEVEL = "subgroup: "

SUBGROUP = Code(
    "M-SUBGROUP",
    Text(
        "a subgroup is told apart by an answer given after the programme began",
        "un sous-groupe est défini par une réponse donnée après le début du programme",
        "un subgrupo se define por una respuesta dada después del inicio del programa",
    ),
    Text(
        "a value from before the start, which the programme cannot have changed",
        "une valeur d'avant le début, que le programme n'a pas pu changer",
        "un valor anterior al inicio, que el programa no pudo cambiar",
    ),
    Text(
        "Use the baseline value: measured: {before}; or, where it cannot change, say so: lasting: true.",
        "Utilisez la valeur de référence : measured: {before} ; ou, si elle ne peut changer : lasting: true.",
        "Use el valor de línea de base: measured: {before}; o, si no puede cambiar: lasting: true.",
    ),
    Text("{by} in {measured}, the programme started in {starts}"),
)
VALUES = Code(
    "M-SUBGROUPS",
    Text(
        "a column makes no subgroups",
        "une colonne ne forme pas de sous-groupes",
        "una columna no forma subgrupos",
    ),
    Text(
        "a column of the data with two to {most} different values",
        "une colonne des données avec deux à {most} valeurs différentes",
        "una columna de los datos con dos a {most} valores diferentes",
    ),
    Text(
        "Name another column, or group its values (a question or indicator of classes).",
        "Nommez une autre colonne, ou regroupez ses valeurs (une question ou un indicateur de classes).",
        "Nombre otra columna, o agrupe sus valores (una pregunta o indicador de clases).",
    ),
)


def effects(
    data: pd.DataFrame,
    task: Task,
    choice: Chosen,
    findings: list[Finding],
    *,
    lasting: Collection[str] = (),
) -> Iterator[Further]:
    """Yield the effect within each subgroup that the programme names, with a test of their difference."""
    for entry in task.programme.subgroups:
        finding = _late(task, entry, is_lasting=entry.lasting or entry.by in lasting)
        if finding is None and entry.by not in data.columns:
            finding = _no_values(task, entry, "no such column")
        if finding is not None:
            findings.append(finding)
            continue
        is_own = task.programme.is_repeated or entry.by in lasting
        values = data[entry.by] if is_own else _as_measured(data, task, entry)
        levels = sorted({str(value) for value in values.dropna()})
        if not 2 <= len(levels) <= MOST:
            findings.append(_no_values(task, entry, wording.count(len(levels), "value")))
            continue
        texts = values.astype(object).where(values.notna(), None).map(lambda v: None if v is None else str(v))
        yield from _within_each(data.assign(**{_LEVEL: texts}), task, choice, entry, levels, findings)


def _within_each(
    data: pd.DataFrame,
    task: Task,
    choice: Chosen,
    entry: Subgroup,
    levels: list[str],
    findings: list[Finding],
) -> Iterator[Further]:
    found: list[tuple[str, Estimate]] = []
    asked = _asked(data, task, choice)
    for level in levels:
        rows, outside = within(
            asked.rows, (asked.rows[_LEVEL] == level).to_numpy(), f"{entry.by} not {level}"
        )
        result = run(task, replace(asked, rows=rows, dropped=(*asked.dropped, *outside)), findings)
        if result is not None:
            found.append((level, result))
    differences = _differences(task, asked, entry, levels) if len(found) == len(levels) else None
    title = f"Did the effect differ by {entry.by.replace('_', ' ')}?"
    note = (
        "Whether the effects differ is told by the test of their difference, not by which intervals "
        "hold zero."
        if differences is not None
        else "Whether these effects differ was not tested; intervals that overlap are no test."
    )
    for place, (level, result) in enumerate(found):
        label = f"{wording.upper_first(entry.by.replace('_', ' '))}: {level}"
        table = differences if place == 0 else None
        yield Further("subgroup", title, result, {result.term: label}, differences=table, notes=(note,))


def _asked(data: pd.DataFrame, task: Task, choice: Chosen) -> Asked:
    after = choose_method("trial_after", estimators())
    if task.is_drawn and not choice.candidate.starts and not has_baseline(data, task) and after is not None:
        choice = after
    return primary_call(data, task, choice)


def _differences(task: Task, asked: Asked, entry: Subgroup, levels: list[str]) -> Table | None:
    """Return the effect of each further value less that of the first, from one regression with products."""
    method = {"did": "change_score", "ancova": "ancova"}.get(asked.method)
    if method is None or task.programme.is_repeated:
        return None
    first, *others = levels
    known, gone = within(asked.rows, asked.rows[_LEVEL].notna().to_numpy(), f"{entry.by} not known")
    columns = {f"{_LEVEL}{level}": (known[_LEVEL] == level).astype(float) for level in others}
    # What is drawn again, and strata that are the subgroups themselves, have no place beside products.
    left_out = {"strata", "assigned_by"} | (
        {"absorb"} if asked.arguments.get("absorb") == entry.by else set()
    )
    given: dict[str, Any] = {key: value for key, value in asked.arguments.items() if key not in left_out}
    given |= {"covariates": (*given.get("covariates", ()), *columns), "interacted": True, "inference": "CR1"}
    call = Asked(method, known.assign(**columns), (*asked.dropped, *gone), given)
    result = run(task, call, [])
    if result is None:
        return None
    rows: list[tuple[Cell, ...]] = []
    for level, name in zip(others, columns, strict=True):
        term = next(one for one in result.terms if one.name == f"{GROUP}:{name}")
        record = result.row(term, 0.95)
        label = f"{level} less {first}"
        rows.append((label, term.estimate, term.std_error, record["p_value"], result.n))
    note = "The product of treatment and subgroup in one regression (CR1)."
    return Table(f"Difference of the effect by {entry.by}", DIFFERENCES, tuple(rows), (note,), cell_size="n")


def _as_measured(data: pd.DataFrame, task: Task, entry: Subgroup) -> pd.Series:
    """Return each unit's value in the wave that sorts it."""
    wave = entry.measured or task.periods[0]
    return value_in(data, task, entry.by, (data[task.wave] == wave).to_numpy())


def _late(task: Task, entry: Subgroup, *, is_lasting: bool) -> Finding | None:
    """Return the refusal of values from after the start, or None."""
    order = {name: place for place, name in enumerate(task.waves)}
    arms = task.programme.arms.values()
    starts = min((order[arm.starts] for arm in arms if arm.starts is not None), default=len(order))
    wave = entry.measured or task.periods[0]
    # Where other units are asked in each wave, those of the follow-up tell only their own value then.
    measured = task.periods[1] if task.programme.is_repeated else wave
    if is_lasting or order[measured] < starts:
        return None
    before = task.waves[starts - 1] if starts > 0 else "a wave before the start"
    values = {"by": entry.by, "measured": measured, "starts": task.waves[starts], "before": before}
    problem = codes.problem(SUBGROUP, argument=f"subgroups.{entry.by}", found=entry.by, **values)
    return _told(problem, task, entry)


def _no_values(task: Task, entry: Subgroup, found: str) -> Finding:
    values: dict[str, Any] = {"found": f"{entry.by}: {found}", "most": MOST}
    return _told(codes.problem(VALUES, argument=f"subgroups.{entry.by}", **values), task, entry)


def _told(problem: Any, task: Task, entry: Subgroup) -> Finding:
    title = f"Did the effect differ by {entry.by.replace('_', ' ')}?"
    return coded(problem, id=f"further.subgroup.{entry.by}", title=title, status="limit", name=task.name,
                 outcome=task.outcome)  # fmt: skip
