"""Questions, enumerators and days with many missing answers."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator

import polars as pl

from mande.errors import Code, Place, Problem, Severity, Text
from mande.formula import parse
from mande.survey.check import CheckContext
from mande.survey.grid import Values
from mande.survey.interview import Told, times, told
from mande.survey.rowwise import can_work_out, worked_out
from mande.survey.sound import faulty, rows_of
from mande.survey.table import ConformedTable

V_SPARSE = Code(
    "V-SPARSE",
    Text(
        "most respondents gave no answer to this question",
        "la plupart des personnes n'ont pas répondu à cette question",
        "la mayoría no respondió a esta pregunta",
    ),
    Text(
        "an answer from most of those asked",
        "une réponse de la plupart des personnes interrogées",
        "una respuesta de la mayoría de las personas encuestadas",
    ),
    Text(
        "Check that the column was exported in full; if it was, the question needs another wording or place.",
        "Vérifiez que la colonne est exportée en entier ; sinon la question est à reformuler ou à déplacer.",
        "Verifique que la columna se exportó completa; si es así, cambie la redacción o el lugar.",
    ),
    Text(
        "no answer in {found} of {count} rows ({share} %)",
        "sans réponse dans {found} lignes sur {count} ({share} %)",
        "sin respuesta en {found} de {count} filas ({share} %)",
    ),
)
V_SPARSEWHO = Code(
    "V-SPARSE-ENUMERATOR",
    Text(
        "one enumerator brings far more missing answers than the others",
        "un enquêteur rapporte bien plus de réponses manquantes que les autres",
        "un encuestador trae muchas más respuestas faltantes que los demás",
    ),
    Text(
        "about {other} %, as the others",
        "environ {other} %, comme les autres",
        "cerca de {other} %, como los demás",
    ),
    Text(
        "Listen in on an interview; train the enumerator to probe.",
        "Assistez à un entretien ; formez l'enquêteur à insister.",
        "Acompañe una entrevista; capacite al encuestador para repreguntar.",
    ),
    Text(
        "{found}: {share} % of answers missing in {count} interviews",
        "{found} : {share} % de réponses manquantes en {count} entretiens",
        "{found}: {share} % de respuestas faltantes en {count} entrevistas",
    ),
)
V_SPARSEDAY = Code(
    "V-SPARSE-DAY",
    Text(
        "one day brings far more missing answers than the others",
        "un jour compte bien plus de réponses manquantes que les autres",
        "un día trae muchas más respuestas faltantes que los demás",
    ),
    V_SPARSEWHO.expected,
    Text(
        "Ask what happened that day: another form, a device that failed, a hurried team.",
        "Demandez ce qui s'est passé ce jour-là : autre formulaire, appareil en panne, équipe pressée.",
        "Pregunte qué pasó ese día: otro formulario, un dispositivo dañado, un equipo apurado.",
    ),
    V_SPARSEWHO.found,
)
V_SPAREDBY = Code(
    "V-SPARSE-QUESTION",
    Text(
        "one enumerator leaves this question without an answer far more often than the others",
        "un enquêteur laisse cette question sans réponse bien plus souvent que les autres",
        "un encuestador deja esta pregunta sin respuesta mucho más a menudo que los demás",
    ),
    Text(
        "no answer in about {other} %, as with the others",
        "sans réponse dans environ {other} %, comme chez les autres",
        "sin respuesta en cerca de {other} %, como con los demás",
    ),
    Text(
        "Ask the enumerator whether the question was put, and how; call some of these respondents back.",
        "Demandez à l'enquêteur si la question a été posée, et comment ; rappelez quelques répondants.",
        "Pregunte al encuestador si hizo la pregunta y cómo; vuelva a llamar a algunos encuestados.",
    ),
    Text(
        "{found}: no answer in {lacking} of {count} interviews",
        "{found} : sans réponse dans {lacking} entretiens sur {count}",
        "{found}: sin respuesta en {lacking} de {count} entrevistas",
    ),
)
ENOUGH = 30
MOST = 0.5
_FEW = 5
_Z = 3.29  # two-sided 0.001
_LEVEL = 0.001
_MARGIN = 0.10


def check(table: ConformedTable, context: CheckContext) -> Iterator[Problem]:
    """Yield V-SPARSE by question, V-SPARSE-ENUMERATOR and V-SPARSE-DAY; only where a question applies.

    V-SPARSE-QUESTION tells of one question that one enumerator leaves out, whose share of all answers may be
    small.

    By question it is a note: no cell can be corrected, and some questions are only asked of some.
    """
    if table.frame.height < ENOUGH:
        return
    gone = missing_where_asked(table)
    for name in gone.columns:
        asked, lacking = int(gone[name].count()), int(gone[name].sum())
        if asked >= ENOUGH and lacking > MOST * asked:
            values: Values = {"found": lacking, "count": asked, "share": round(100 * lacking / asked)}
            yield Problem(V_SPARSE, table.place(name), values, Severity.NOTE)
    enumerator = told(table, context, "enumerator")
    if enumerator is not None:
        by_enumerator = list(_by(table, gone, enumerator, V_SPARSEWHO))
        yield from by_enumerator
        known = {str(problem.values["found"]) for problem in by_enumerator}
        yield from _by_question(table, gone, enumerator, known)
    day = _day(table, context)
    if day is not None:
        yield from _by(table, gone, day, V_SPARSEDAY)


def missing_where_asked(table: ConformedTable) -> pl.DataFrame:
    """Return for each question whether its answer is missing; null where the question does not apply."""
    rows = {table.name: rows_of(table)}
    columns = []
    for name, question in table.asked.items():
        if name == table.key or question.other_of is not None or question.type == "text":
            continue
        gone = table.frame[name].is_null() & ~faulty(table, name)  # an impossible answer is one
        if question.when is not None:
            root = parse(question.when).root
            if not can_work_out(root, table.name, rows):
                continue
            applies = worked_out(root, table.name, rows).fill_null(value=False)
            gone = gone.zip_with(applies, gone.clear(1))
        columns.append(gone.alias(name))
    return pl.DataFrame(columns)


def _day(table: ConformedTable, context: CheckContext) -> Told | None:
    found = told(table, context, "start") or told(table, context, "date")
    if found is None:
        return None
    days = times(found.texts).dt.strftime("%Y-%m-%d")
    return Told(found.title, days.fill_null(found.texts), found.question)


def _by(table: ConformedTable, gone: pl.DataFrame, group: Told, code: Code) -> Iterator[Problem]:
    """Yield the groups whose share of missing answers is far above that of all others.

    Answers of one interview go together: the test is on shares per interview, not on single answers.
    """
    if not gone.width:
        return
    asked = pl.sum_horizontal(pl.all().is_not_null())
    lacking = pl.sum_horizontal(pl.all().cast(pl.UInt16))
    shares = gone.select(pl.when(asked > 0).then(lacking / asked)).to_series()
    frame = pl.DataFrame({"who": group.texts, "share": shares}).filter(pl.col("who") != "").drop_nulls()
    for who, n, a, b, error in compared(frame).iter_rows():
        if a - b > _MARGIN and a > 2 * b and a - b > _Z * error:
            values: Values = {"found": who, "share": round(100 * a), "other": round(100 * b), "count": n}
            place = Place(table.file, table.sheet, column=group.title)
            yield Problem(code, place, values, Severity.WARNING)


def _by_question(
    table: ConformedTable, gone: pl.DataFrame, group: Told, known: Collection[str]
) -> Iterator[Problem]:
    """Yield the questions that one enumerator, not `known` to leave out many, leaves without an answer.

    Fisher's exact test of one enumerator's interviews against all others', one-sided, at 0.1 % for all
    questions and enumerators together (Bonferroni).
    """
    names = gone.columns
    frame = gone.with_columns(group.texts.alias("\0who")).filter(pl.col("\0who") != "")
    own = frame.group_by("\0who", maintain_order=True).agg(
        *(pl.col(name).sum().cast(pl.Int64).alias(f"\0{name}") for name in names),
        *(pl.col(name).count().cast(pl.Int64) for name in names),
    )
    level = _LEVEL / max(own.height * len(names), 1)
    for name in names:
        everyone, lacking = int(own[name].sum()), int(own[f"\0{name}"].sum())
        for who, n, x in own.select("\0who", name, f"\0{name}").sort("\0who").iter_rows():
            others = everyone - n
            if who in known or min(n, others) < _FEW or x == 0:
                continue
            a, b = x / n, (lacking - x) / others
            if a - b > _MARGIN and a > 2 * b and at_least(x, n, lacking, everyone) < level:
                values: Values = {"found": who, "lacking": x, "count": n, "other": round(100 * b)}
                yield Problem(V_SPAREDBY, table.place(name), values, Severity.WARNING)


def at_least(x: int, n: int, marked: int, everyone: int) -> float:
    """Return the chance that `n` drawn of `everyone`, `marked` among them, hold `x` marked ones or more.

    The upper tail of the hypergeometric distribution: Fisher's exact test, one-sided.
    """

    def log_choose(total: int, part: int) -> float:
        return math.lgamma(total + 1) - math.lgamma(part + 1) - math.lgamma(total - part + 1)

    chance, whole = 0.0, log_choose(everyone, n)
    for i in range(x, min(n, marked) + 1):
        if n - i > everyone - marked:
            continue
        term = math.exp(log_choose(marked, i) + log_choose(everyone - marked, n - i) - whole)
        chance += term
        if term < 1e-12 * chance and i > n * marked / everyone:
            break
    return min(chance, 1.0)


def compared(frame: pl.DataFrame) -> pl.DataFrame:
    """Return for each group of `who` its size, mean share, that of all others, and the difference's error.

    Sums of all rows less those of a group are the sums of all others: no group is gone through twice. They
    are taken about the overall mean, so that little is lost in the difference. Groups are left out where
    they or all others are too few.
    """
    about = frame.with_columns((pl.col("share") - pl.col("share").mean()).alias("x"))
    own = about.group_by("who").agg(
        pl.len().cast(pl.Int64).alias("n"),
        pl.col("share").mean().alias("own"),
        pl.col("share").var().fill_null(0.0).alias("variance"),
        pl.col("x").sum(),
        (pl.col("x") ** 2).sum().alias("xx"),
    )
    n_others = pl.col("n").sum() - pl.col("n")
    x_others, xx_others = (pl.col(name).sum() - pl.col(name) for name in ("x", "xx"))
    others = own.with_columns(
        n_others.alias("n_others"),
        (frame["share"].mean() + x_others / n_others).alias("others"),
        ((xx_others - x_others**2 / n_others).clip(lower_bound=0) / (n_others - 1)).alias("variance_others"),
    ).filter((pl.col("n") >= _FEW) & (pl.col("n_others") >= _FEW))
    error = (pl.col("variance") / pl.col("n") + pl.col("variance_others") / pl.col("n_others")).sqrt()
    return others.sort("who").select("who", "n", "own", "others", error.alias("error"))
