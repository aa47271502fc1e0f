"""A second, shorter interview compared with the first: error rates by enumerator and by question.

Three types of questions, as Innovations for Poverty Action's `bcstats` parts them: type 1 cannot change
between the two interviews, type 2 tells how well an enumerator asks what is hard to ask, type 3 how stable
the question itself is. An error rate is the number of differing answers over the number compared.

Source: Innovations for Poverty Action, bcstats (Stata); its reliability ratio is 1 - SRV / variance, where
the simple response variance SRV is half the variance of the differences.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from mande import wording
from mande.errors import Language, Text
from mande.schema.common import Label
from mande.schema.question import BackCheck
from mande.survey.sound import faulty
from mande.survey.table import ROW, ConformedTable

TOO_MANY = 0.10
"""Above this rate of type 1 errors an enumerator's work is looked at again."""
NOBODY = "-"
_SCHEMA = pl.Schema(
    {
        "key": pl.String,
        "enumerator": pl.String,
        "checker": pl.String,
        "question": pl.String,
        "type": pl.Int64,
        "first": pl.String,
        "second": pl.String,
        "differs": pl.Boolean,
        "row": pl.Int64,
    }
)


@dataclass(frozen=True, slots=True)
class BackCheckResult:
    """What a back-check found.

    Attributes
    ----------
    compared : one row per answer compared: key, enumerator, checker, question, type, first, second,
        differs, row (of the first file).
    matched : respondents in both files. unmatched : in the back-check alone. twice : left out, as their id
        stands twice in one of the files. unsound : answers left out because one of both is faulty.
    labels : wording of each question. hidden : questions whose answers are never shown.
    reliability : by question with numbers, the reliability ratio and the mean difference.
    """

    compared: pl.DataFrame
    matched: int
    unmatched: tuple[str, ...]
    twice: tuple[str, ...]
    unsound: int
    labels: Mapping[str, Label]
    hidden: frozenset[str]
    reliability: Mapping[str, tuple[float | None, float]]

    def rates(self, *by: str) -> pl.DataFrame:
        """Return columns `by`, type, compared, errors and rate, highest rate of the lowest type first."""
        groups = [*by, "type"]
        found = self.compared.group_by(groups).agg(
            pl.len().alias("compared"), pl.col("differs").sum().alias("errors")
        )
        found = found.with_columns((pl.col("errors") / pl.col("compared")).alias("rate"))
        descending = [False, True, *[False] * len(by)]
        return found.sort("type", "rate", *by, descending=descending).select(
            *groups, "compared", "errors", "rate"
        )

    def record(self) -> dict[str, Any]:
        """Return rates and counts as plain values; answers that are never shown are not in it."""
        return {
            "matched": self.matched,
            "unmatched": list(self.unmatched),
            "twice": list(self.twice),
            "unsound": self.unsound,
            "types": self.rates().to_dicts(),
            "enumerators": self.rates("enumerator").to_dicts(),
            "checkers": self.rates("checker").to_dicts(),
            "questions": self.rates("question").to_dicts(),
            "reliability": {
                name: {"ratio": ratio, "mean_difference": mean}
                for name, (ratio, mean) in self.reliability.items()
            },
            "differences": [
                row | ({"first": None, "second": None} if row["question"] in self.hidden else {})
                for row in self.compared.filter("differs").to_dicts()
            ],
        }

    def text(self, language: Language = "en") -> str:
        """Return the result to read: by type, by enumerator, by question."""
        said = {key: text.in_(language) for key, text in _WORDS.items()}
        labels = {name: label.in_(language) for name, label in self.labels.items()}
        lines = [said["matched"].format(n=self.matched, unmatched=len(self.unmatched), twice=len(self.twice))]
        if self.unsound:
            lines.append(said["unsound"].format(n=self.unsound))
        for type_, compared, errors, rate in self.rates().iter_rows():
            lines.append(
                said["type"].format(type=type_, rate=_percent(rate, language), errors=errors, n=compared)
            )
        for by in ("enumerator", "checker", "question"):
            found = self.rates(by)
            if found.height and found[by].unique().to_list() != [NOBODY]:
                lines += ["", said[by]]
                lines += [self._line(row, by, said, labels, language) for row in found.iter_rows(named=True)]
        if self.reliability:
            lines += ["", said["reliability"]]
            for name, (ratio, mean) in self.reliability.items():
                shown = "-" if ratio is None else wording.in_marks(wording.number(ratio), language)
                difference = wording.in_marks(wording.number(mean, signed=True), language)
                lines.append(f"  {name}: {shown}, {said['mean']} {difference}")
        return "\n".join(lines)

    def _line(
        self,
        row: dict[str, Any],
        by: str,
        said: Mapping[str, str],
        labels: Mapping[str, str],
        language: Language,
    ) -> str:
        name = row[by]
        label = labels.get(name, "") if by == "question" else ""
        told = f"  {name}{f' ({label})' if label else ''}, {said['of_type'].format(type=row['type'])}: "
        told += f"{_percent(row['rate'], language)} ({row['errors']} / {row['compared']})"
        is_high = by == "enumerator" and row["type"] == 1 and row["rate"] > TOO_MANY
        return told + (f"  <- {said['look']}" if is_high else "")


_WORDS: Mapping[str, Text] = {
    "matched": Text(
        "Interviews compared: {n}; in the back-check alone: {unmatched}; left out, id twice: {twice}.",
        "Entretiens comparés : {n} ; dans la contre-enquête seule : {unmatched} ; exclus, identifiant en "
        "double : {twice}.",
        "Entrevistas comparadas: {n}; solo en la reentrevista: {unmatched}; excluidas, id doble: {twice}.",
    ),
    "unsound": Text(
        "Answers left out because one of both is faulty by itself: {n}.",
        "Réponses exclues car l'une des deux est fautive : {n}.",
        "Respuestas excluidas porque una de las dos es errónea: {n}.",
    ),
    "type": Text(
        "Type {type}: {rate} of answers differ ({errors} of {n}).",
        "Type {type} : {rate} des réponses diffèrent ({errors} sur {n}).",
        "Tipo {type}: {rate} de las respuestas difieren ({errors} de {n}).",
    ),
    "enumerator": Text("By enumerator", "Par enquêteur", "Por encuestador"),
    "checker": Text("By back-checker", "Par contre-enquêteur", "Por reentrevistador"),
    "question": Text("By question", "Par question", "Por pregunta"),
    "of_type": Text("type {type}", "type {type}", "tipo {type}"),
    "look": Text("look again", "à revoir", "revisar"),
    "reliability": Text(
        "Reliability of numbers (1: the same variance twice, 0: noise)",
        "Fiabilité des nombres (1 : stable, 0 : bruit)",
        "Fiabilidad de los números (1: estable, 0: ruido)",
    ),
    "mean": Text("second minus first", "seconde moins première", "segunda menos primera"),
}


def _percent(rate: float, language: Language) -> str:
    return wording.in_marks(f"{100 * rate:.1f} %", language)


def back_check(
    first: ConformedTable,
    second: ConformedTable,
    *,
    enumerators: pl.Series | None = None,
    checkers: pl.Series | None = None,
) -> BackCheckResult:
    """Compare two interviews of the same respondents, matched by the table's key.

    Parameters
    ----------
    first, second
        The original answers, and those of the back-check, read as the same table.
    enumerators, checkers
        Who asked, for each row of `first` and of `second`; one group where it is not known.

    Compared are the questions that both files have, where both have an answer or a missing code; a blank in
    the back-check was not asked. Ids that stand twice in a file are left out.
    """
    key = first.key
    one, twice_first = _once(first, enumerators, "enumerator")
    two, twice_second = _once(second, checkers, "checker")
    pairs = one.join(two, on="key", how="inner", suffix="_second")
    known = first.frame[key].drop_nulls()
    unmatched = two.filter(~pl.col("key").is_in(known.implode()))["key"].sort().to_list()
    asked = [n for n in second.titles if n in first.titles and n != key and second.questions[n].role is None]
    frames, unsound = [], 0
    for name in asked:
        compared, left_out = _compared(first, second, name, pairs)
        frames.append(compared)
        unsound += left_out
    whole = pl.concat([pl.DataFrame(schema=_SCHEMA), *frames])
    return BackCheckResult(
        compared=whole,
        matched=pairs.height,
        unmatched=tuple(unmatched),
        twice=tuple(sorted({*twice_first, *twice_second})),
        unsound=unsound,
        labels={name: first.questions[name].label for name in asked},
        hidden=frozenset(name for name in asked if first.is_hidden(name)),
        reliability=_reliability(first, second, asked, pairs),
    )


def _once(table: ConformedTable, who: pl.Series | None, name: str) -> tuple[pl.DataFrame, list[str]]:
    """Return key, index, row and `who` of the ids that stand once, and those that stand twice."""
    texts = pl.Series([NOBODY]).new_from_index(0, table.frame.height) if who is None else who
    frame = pl.DataFrame({"key": table.frame[table.key], name: texts, ROW: table.frame[ROW]}).with_row_index(
        "index"
    )
    frame = frame.filter(pl.col("key").is_not_null())
    twice = frame.filter(pl.col("key").is_duplicated())["key"].unique().to_list()
    return frame.filter(~pl.col("key").is_duplicated()), twice


def _compared(
    first: ConformedTable, second: ConformedTable, name: str, pairs: pl.DataFrame
) -> tuple[pl.DataFrame, int]:
    question = first.questions[name]
    a, b = pairs["index"], pairs["index_second"]
    frame = pairs.select("key", "enumerator", "checker", ROW).with_columns(
        pl.lit(name).alias("question"),
        pl.lit(question.backcheck.type, dtype=pl.Int64).alias("type"),
        _answers(first, name).gather(a).alias("first"),
        _answers(second, name).gather(b).alias("second"),
        (faulty(first, name).gather(a) | faulty(second, name).gather(b)).alias("unsound"),
        _close(first.frame[name].gather(a), second.frame[name].gather(b), question.backcheck).alias("close"),
    )
    answered = frame.filter((pl.col("first") != "") & (pl.col("second") != ""))
    sound = answered.filter(~pl.col("unsound"))
    differs = (pl.col("first") != pl.col("second")) & ~pl.col("close")
    return sound.with_columns(differs.alias("differs")).select(list(_SCHEMA)), answered.height - sound.height


def _answers(table: ConformedTable, name: str) -> pl.Series:
    """Return each answer as it was understood; where that is missing, the text of its missing code."""
    values = table.frame[name].cast(pl.String).str.to_lowercase()
    return values.zip_with(values.is_not_null(), table.texts[name])


def _close(one: pl.Series, two: pl.Series, allowed: BackCheck) -> pl.Series:
    if not one.dtype.is_numeric() or not two.dtype.is_numeric():
        return pl.Series([False]).new_from_index(0, len(one))
    first, gap = one.cast(pl.Float64), (one.cast(pl.Float64) - two.cast(pl.Float64)).abs()
    # A difference of exactly the share is no error, though 0.1 has no exact double.
    near = gap <= allowed.within_share * first.abs() * (1 + 1e-12)
    return ((gap <= allowed.within) | near).fill_null(value=False)


def _reliability(
    first: ConformedTable, second: ConformedTable, asked: Sequence[str], pairs: pl.DataFrame
) -> dict[str, tuple[float | None, float]]:
    found = {}
    for name in asked:
        if not first.frame[name].dtype.is_numeric() or not second.frame[name].dtype.is_numeric():
            continue
        both = pl.DataFrame(
            {
                "a": first.frame[name].gather(pairs["index"]).cast(pl.Float64),
                "b": second.frame[name].gather(pairs["index_second"]).cast(pl.Float64),
            }
        ).drop_nulls()
        if both.height < 2:
            continue
        gap, variance, mean = both.select(
            (pl.col("b") - pl.col("a")).var().alias("gap"),
            pl.col("a").var().alias("variance"),
            (pl.col("b") - pl.col("a")).mean().alias("mean"),
        ).row(0)
        found[name] = (1 - gap / 2 / variance if variance else None, mean)
    return found
