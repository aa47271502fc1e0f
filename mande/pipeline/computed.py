"""An indicator computed over one wave: as a table for people in three languages, and as JSON for machines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from mande.disclosure import SMALL_CELL
from mande.errors import Language, Text
from mande.measure import read_entry
from mande.measure.phrases import said
from mande.pipeline.parameters_used import parameter_lines, parameter_records
from mande.pipeline.runs import Definitions
from mande.pipeline.sampling import CLUSTERS, STRATA, WEIGHTS, Sampling
from mande.schema import Indicator
from mande.units import unit_in
from mande.wording import in_marks, lower_first, number

NOT_KNOWN = "not known"
_FRACTION = re.compile(r"(?<![\w.,-])\d+\.\d+(?![\w.])", re.ASCII)
MOST_LISTED = 20
"""More ids than this are left to the JSON."""

_HEAD = (
    Text("group", "groupe", "grupo"),
    Text("statistic", "statistique", "estadística"),
    Text("value", "valeur", "valor"),
    Text("std. error", "erreur type", "error est."),
    Text("{level} interval", "intervalle {level}", "intervalo {level}"),
    Text("n", "n", "n"),
    Text("missing", "manquants", "faltantes"),
    Text(""),
)
_FROM = Text("from {low}", "à partir de {low}", "desde {low}")
_UP_TO = Text("up to {high}", "jusqu'à {high}", "hasta {high}")
_TO = Text("{low} to {high}", "{low} à {high}", "{low} a {high}")
_TITLE = Text(
    "{label} ({unit}), {id} version {version}, wave {wave}",
    "{label} ({unit}), {id} version {version}, vague {wave}",
    "{label} ({unit}), {id} versión {version}, ronda {wave}",
)
_WITHOUT = Text("Without a value:", "Sans valeur :", "Sin valor:")
MOST_REASONS = 40
"""Reasons for missing values listed for people, most frequent first; machines get all of them."""
_OTHER_REASONS = Text(
    "other reasons ({n}; `--json` lists them all)",
    "autres raisons ({n} ; `--json` les donne toutes)",
    "otras razones ({n}; `--json` las da todas)",
)
_IMPUTED = Text(
    "{n} of {units} units stand on an answer that was filled in.",
    "{n} unités sur {units} reposent sur une réponse complétée.",
    "{n} de {units} unidades se basan en una respuesta completada.",
)
_PULLED = Text(
    "Values set to the quantile that they passed ({rule}): {n}. Effects are estimated on winsorised values.",
    "Valeurs ramenées au quantile dépassé ({rule}) : {n}. Les effets portent sur les valeurs winsorisées.",
    "Valores llevados al cuantil que superaban ({rule}): {n}. Los efectos usan los valores winsorizados.",
)
_IMPLAUSIBLE = Text(
    "Outside the plausible range ({span}): {n} of {units} units; their values are kept.",
    "Hors de la plage plausible ({span}) : {n} unités sur {units} ; leurs valeurs sont gardées.",
    "Fuera del rango plausible ({span}): {n} de {units} unidades; sus valores se conservan.",
)
_TARGET = Text(
    "Target for {group} by {day}: {value}{source}",
    "Cible pour {group} au {day} : {value}{source}",
    "Meta para {group} al {day}: {value}{source}",
)
_LEFT_OUT = Text(
    "Not told apart by {name}: {why}.",
    "Pas de répartition par {name} : {why}.",
    "Sin desglose por {name}: {why}.",
)
_IDS = Text("Units to look at: {ids}", "Unités à vérifier : {ids}", "Unidades por revisar: {ids}")
_HIDING = Text(
    "Groups of fewer than {n} are not shown, nor what would reveal them.",
    "Les groupes de moins de {n} ne sont pas montrés, ni ce qui les révélerait.",
    "Los grupos de menos de {n} no se muestran, ni lo que los revelaría.",
)
_WORDS = {
    "all": Text("all", "ensemble", "todos"),
    "yes": Text("yes", "oui", "sí"),
    "no": Text("no", "non", "no"),
    NOT_KNOWN: Text("not known", "inconnu", "desconocido"),
    "arm": Text("Arm", "Groupe", "Grupo"),
    "stratum": Text("Stratum", "Strate", "Estrato"),
    "as measured": Text("as measured", "tel que mesuré", "tal como se midió"),
    "winsorised": Text("winsorised", "winsorisé", "winsorizado"),
    "hidden": Text("hidden", "masqué", "oculto"),
}


@dataclass(frozen=True, slots=True)
class Implausible:
    """Values outside an indicator's plausible range.

    Attributes
    ----------
    low, high : the range, in the indicator's unit; None where there is no such limit.
    n : units outside; None where the indicator is protected and they are few. units : their ids, none of
        them where the indicator is protected.
    """

    low: float | None
    high: float | None
    n: int | None
    units: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Computed:
    """An indicator over one wave.

    Attributes
    ----------
    statistics : one row per group, statistic, number and kind of values. Columns: `by` (the names of the
        grouping, joined by a comma, empty for all), `cell` (the group's value of each), `entry` (place of
        the statistic in the definition), `statistic`, `number`, `values` (`as measured` or `winsorised`,
        where the indicator is winsorised), `value`, `se`, `low`, `high`, `n`, `n_missing`, `n_needed`,
        `method`, `reason`, `note`, `hidden`. Small groups are hidden, and what would reveal them.
    missing : `reason` and how many units have no value for it (`n`).
    units : rows of the entity. sampling : the columns of weights, strata and clusters.
    imputed : units with an answer filled in, None where the indicator fills in nothing.
    pulled : values winsorised, None where the indicator is not winsorised.
    implausible : values outside the plausible range, None where the indicator names none.
    parameters : the dated values behind it, as `mande.measure.measure_with_parameters` returns them.
    left_out : what the definition reports by and is no group here, with the reason.
    targets : what the indicator should come to: `date`, `value`, and `group` and `source` where they are
        said; those whose date is yet to come first.
    """

    indicator: Indicator
    wave: str
    level: float
    language: Language
    definitions: Definitions
    statistics: pl.DataFrame
    missing: pl.DataFrame
    units: int
    sampling: Sampling
    imputed: int | None
    pulled: int | None
    implausible: Implausible | None
    parameters: pl.DataFrame
    left_out: Mapping[str, Text]
    targets: tuple[Mapping[str, Any], ...] = ()

    @property
    def unit(self) -> str:
        """The indicator's unit, in the programme's currency and the reader's language."""
        return unit_in(self.indicator.unit, self.language).replace("LCU", self.definitions.programme.currency)

    def as_record(self) -> dict[str, Any]:
        """Return everything for machines; labels and reasons in the language, counts of few as null."""
        entry, strange = self.indicator, self.implausible
        return {
            "indicator": entry.id,
            "version": entry.version,
            "label": entry.label.in_(self.language),
            "unit": self.unit,
            "wave": self.wave,
            "level": self.level,
            "language": self.language,
            "units": self.units,
            "weighted": self.sampling.used(WEIGHTS) is not None,
            "weights": self.sampling.used(WEIGHTS),
            "weigh_by": self.sampling.times,
            "strata": self.sampling.used(STRATA),
            "clustered": self.sampling.used(CLUSTERS),
            "imputed": self.imputed,
            "winsorised": self.pulled,
            "implausible": None
            if strange is None
            else {"low": strange.low, "high": strange.high, "n": strange.n, "units": list(strange.units)},
            "parameters": parameter_records(self.parameters, currency=self.definitions.programme.currency),
            "left_out": [{"by": name, "reason": self._in(why)} for name, why in self.left_out.items()],
            "targets": [{**target, "date": str(target["date"])} for target in self.targets],
            "statistics": [self._record(row) for row in self.statistics.iter_rows(named=True)],
            "missing": [
                {
                    "reason": said(row["reason"], self.language),
                    "n": row["n"] if row["n"] >= SMALL_CELL else None,
                }
                for row in self.missing.iter_rows(named=True)
            ],
        }

    def _record(self, row: Mapping[str, Any]) -> dict[str, Any]:
        told = {name: said(row[name] or "", self.language) or None for name in ("reason", "note")}
        return {**row, "label": self._statistic(row), **told}

    def text(self) -> str:
        """Return a table for people."""
        entry = self.indicator
        head = self._in(_TITLE).format(
            label=entry.label.in_(self.language),
            unit=self.unit,
            id=entry.id,
            version=entry.version,
            wave=self.wave,
        )
        header = [self._in(text).format(level=f"{self.level:.0%}") for text in _HEAD]
        rows = [self._shown(row) for row in self.statistics.iter_rows(named=True)]
        lines = [head, "", *_columns([header, *rows])]
        blocks = (self._targets(), self._notes(), self._left_out(), self._missing(), self._extremes())
        for block in (*blocks, self._parameters()):
            lines += ["", *block] if block else []
        return "\n".join([*lines, "", self._basis()])

    def _in(self, text: Text) -> str:
        return text.in_(self.language)

    def _marked(self, text: str) -> str:
        return in_marks(text, self.language)

    def _number(self, value: float) -> str:
        return self._marked(number(value))

    def _whole(self, value: int) -> str:
        return self._marked(f"{value:,}")

    def _count(self, value: int) -> str:
        return f"< {SMALL_CELL}" if 0 < value < SMALL_CELL else self._whole(value)

    def _word(self, word: str) -> str:
        return self._in(_WORDS[word]) if word in _WORDS else word

    def _targets(self) -> list[str]:
        lines = []
        for target in self.targets:
            group = target.get("group") or self._word("all")
            source = f" ({target['source']})" if target.get("source") else ""
            told = {
                "value": self._number(target["value"]),
                "day": target["date"],
                "group": group,
                "source": source,
            }
            lines.append(self._in(_TARGET).format(**told))
        return lines

    def _notes(self) -> list[str]:
        """Return what a reader must know of each number; of a group's where it is not that of all."""
        noted = [row for row in self.statistics.iter_rows(named=True) if row["note"]]
        of_all = {(self._statistic(row), row["note"]) for row in noted if not row["by"]}
        lines = []
        for row in noted:
            called, told = self._statistic(row), said(row["note"], self.language)
            note = _FRACTION.sub(lambda found: self._marked(found[0]), told)
            is_own = row["by"] and (called, row["note"]) not in of_all
            lines.append(
                f"{self._group(row)}, {lower_first(called)}: {note}" if is_own else f"{called}: {note}"
            )
        return list(dict.fromkeys(lines))

    def _left_out(self) -> list[str]:
        return [
            self._in(_LEFT_OUT).format(name=lower_first(self._variable(name)), why=self._in(why))
            for name, why in self.left_out.items()
        ]

    def _parameters(self) -> list[str]:
        currency = self.definitions.programme.currency
        lines = parameter_lines(self.parameters, currency=currency, language=self.language)
        return [lines[0][0], *_columns(lines[1:])] if lines else []

    def _missing(self) -> list[str]:
        if self.missing.is_empty():
            return []
        counts = [
            (self._count(row["n"]), said(row["reason"], self.language))
            for row in self.missing.iter_rows(named=True)
        ]
        lines = [f"  {n:>8}  {reason}" for n, reason in counts[:MOST_REASONS]]
        rest = self.missing["n"][MOST_REASONS:]
        if len(rest):
            others = self._in(_OTHER_REASONS).format(n=self._whole(len(rest)))
            lines.append(f"  {self._count(int(rest.sum())):>8}  {others}")
        return [self._in(_WITHOUT), *lines]

    def _extremes(self) -> list[str]:
        lines, strange, units = [], self.implausible, self._whole(self.units)
        if self.imputed is not None:
            lines.append(self._in(_IMPUTED).format(n=self._whole(self.imputed), units=units))
        rule = self.indicator.winsorise
        if self.pulled is not None and rule is not None:
            ends = " – ".join(
                f"{self._marked(f'{100 * end:g}')} %" for end in (rule.lower, rule.upper) if end is not None
            )
            lines.append(self._in(_PULLED).format(n=self._whole(self.pulled), rule=ends))
        if strange is not None:
            span = self._span(strange.low, strange.high)
            n = f"< {SMALL_CELL}" if strange.n is None else self._whole(strange.n)
            lines.append(self._in(_IMPLAUSIBLE).format(span=span, n=n, units=units))
            if strange.units:
                more = " …" if len(strange.units) > MOST_LISTED else ""
                lines.append(self._in(_IDS).format(ids=", ".join(strange.units[:MOST_LISTED]) + more))
        return lines

    def _basis(self) -> str:
        drawn = (" ; " if self.language == "fr" else "; ").join(
            self._in(phrase) for phrase in self.sampling.words()
        )
        return f"{drawn[0].upper()}{drawn[1:]}. {self._in(_HIDING).format(n=SMALL_CELL)}"

    # -- a row -------------------------------------------------------------------------------------

    def _shown(self, row: Mapping[str, Any]) -> tuple[str, ...]:
        first = self._group(row), self._statistic(row)
        hidden = self._word("hidden") if row["hidden"] == "secondary" else f"< {SMALL_CELL}"
        n = hidden if row["n"] is None else self._whole(row["n"])
        missing = "" if row["n_missing"] is None else self._whole(row["n_missing"])
        reason = said(row["reason"] or "", self.language)
        if row["value"] is None:
            return *first, "–", "", "", n, missing, reason
        se = "" if row["se"] is None else self._number(row["se"])
        interval = "" if row["low"] is None else self._span(row["low"], row["high"])
        return *first, self._number(row["value"]), se, interval, n, missing, reason

    def _span(self, low: float | None, high: float | None) -> str:
        text = _FROM if high is None else _UP_TO if low is None else _TO
        ends = {name: self._number(end) for name, end in (("low", low), ("high", high)) if end is not None}
        return self._in(text).format(**ends)

    def _group(self, row: Mapping[str, Any]) -> str:
        if not row["by"]:
            return self._word("all")
        pairs = zip(row["by"].split(","), row["cell"], strict=True)
        return ", ".join(f"{self._variable(name)}: {self._answer(name, value)}" for name, value in pairs)

    def _question(self, name: str) -> Any:
        table, _, question = name.rpartition(".")
        asked = self.definitions.catalogue.questions.get(table or self.indicator.entity, {})
        return asked.get(question)

    def _variable(self, name: str) -> str:
        question = self._question(name)
        if question is not None:
            return str(question.label.in_(self.language))
        part = self.indicator.published.get(name)
        return self._word(name) if part is None else part.label.in_(self.language)

    def _answer(self, name: str, value: str) -> str:
        arms, question = self.definitions.programme.arms, self._question(name)
        if name == "arm" and value in arms:
            return arms[value].label.in_(self.language)
        if question is not None and value in question.choices:
            return str(question.choices[value].in_(self.language))
        return self._word(value)

    def _statistic(self, row: Mapping[str, Any]) -> str:
        """Return what a number is called: its statistic, of which value, and which number of several."""
        entry = self.indicator.statistics[row["entry"]]
        read = read_entry(entry)
        of = " / ".join(self._column(name) for name in _columns_named(entry, read.columns))
        label = read.statistic.label.in_(self.language).format(value=lower_first(of), **read.options)
        parts = [label, row["number"].replace("_", " "), self._word(row["values"])]
        return ", ".join(part for part in parts if part)

    def _column(self, name: str) -> str:
        return self.indicator.label.in_(self.language) if name == "value" else self._variable(name)


def _columns_named(entry: str | Mapping[str, Any], columns: Sequence[str]) -> Sequence[str]:
    """Return the columns that an entry names as a list, as `ratio_of_sums: [a, b]`; else the first."""
    arguments = None if isinstance(entry, str) else next(iter(entry.values()))
    return columns if isinstance(arguments, list | tuple) else columns[:1]


def named(statistic: str | Mapping[str, Any]) -> str:
    """Return a statistic's name with what tells two entries of one name apart.

    Examples
    --------
    >>> named("mean"), named({"ratio_of_sums": ["a", "b"]}), named({"quantile": {"q": 0.9}})
    ('mean', 'ratio_of_sums a / b', 'quantile 0.9')
    """
    if isinstance(statistic, str):
        return statistic
    name, arguments = next(iter(statistic.items()))
    if isinstance(arguments, Mapping):
        plain = [f"{value}" for value in arguments.values() if isinstance(value, str | int | float)]
        return f"{name} {' '.join(plain)}".strip()
    parts = arguments if isinstance(arguments, list | tuple) else [arguments]
    return f"{name} {' / '.join(str(part) for part in parts)}"


def _columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
