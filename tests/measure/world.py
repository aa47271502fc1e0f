"""A small world for tests: four tables on one line, their questions, and random answers and formulas."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import polars as pl
from hypothesis import strategies as st

from mande.catalogue import Catalogue
from mande.measure import measure
from mande.schema import Indicator, Question, Table

LABEL = {"en": "label"}
TABLES = {
    "households": Table(label=LABEL, key="hh_id"),
    "persons": Table(label=LABEL, key="person_id", parent="households", link="hh_id"),
    "seasons": Table(label=LABEL, key="season_id", parent="households", link="hh_id", gate="has_land"),
    "sales": Table(label=LABEL, key="sale_id", parent="seasons", link="season_id", gate="any_sales"),
}
TYPES: dict[str, dict[str, str]] = {
    "households": {
        "size": "number",
        "income": "number",
        "has_land": "yes_no",
        "head": "text",
        "seen": "date",
    },
    "persons": {"age": "number", "works": "yes_no", "tasks": "multiple"},
    "seasons": {"area": "number", "cost": "number", "any_sales": "yes_no", "crop": "choice", "ended": "date"},
    "sales": {"qty": "number", "price": "number", "paid": "yes_no", "grade": "text"},
}
CODES = {"tasks": ("weed", "pick"), "crop": ("cocoa", "rice")}
DTYPES = {"number": pl.Float64, "yes_no": pl.Boolean, "date": pl.Date}


def question(name: str, kind: str) -> Question:
    choices = dict.fromkeys(CODES.get(name, ()), LABEL)
    return Question.model_validate({"label": LABEL, "type": kind, "choices": choices})


QUESTIONS = {
    table: {name: question(name, kind) for name, kind in types.items()} for table, types in TYPES.items()
}


def indicator(value: str, *, id: str = "measured", entity: str = "households", **entries: Any) -> Indicator:  # noqa: A002
    content = {
        "format": 1,
        "id": id,
        "version": 1,
        "domain": "income",
        "label": LABEL,
        "entity": entity,
        "unit": "index",
        "direction": "neutral",
        "value": value,
        "source": "none",
        "pitfalls": "none",
        "examples": [{"given": {}, "expect": None}] * 2,
    }
    return Indicator.model_validate(content | entries)


def catalogue(*indicators: Indicator, parameters: Mapping[str, Any] | None = None) -> Catalogue:
    known = {entry.id: entry for entry in indicators}
    return Catalogue(TABLES, QUESTIONS, known, parameters or {})


def frame(table: str, rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    entry = TABLES[table]
    keys = [name for name in (entry.key, entry.link) if name is not None]
    schema = dict.fromkeys(keys, pl.String)
    schema |= {name: DTYPES.get(kind, pl.String) for name, kind in TYPES[table].items()}
    return pl.DataFrame({name: [row.get(name) for row in rows] for name in schema}, schema=schema)


def frames(data: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, pl.DataFrame]:
    return {table: frame(table, data.get(table, ())) for table in TABLES}


# -- tables written as text -----------------------------------------------------------------------

REFERENCE_DATE = dt.date(2024, 6, 30)
READ: dict[str, Callable[[str], Any]] = {
    "number": float,
    "yes_no": {"yes": True, "no": False}.__getitem__,
    "date": dt.date.fromisoformat,
}


def rows(table: str, text: str) -> list[dict[str, Any]]:
    """Rows from a heading and lines with columns between bars; `-` is a missing answer."""
    heading, *lines = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]
    kinds = [TYPES[table].get(name, "text") for name in heading]
    return [
        {
            name: None if cell == "-" else READ.get(kind, str)(cell)
            for name, kind, cell in zip(heading, kinds, line, strict=True)
        }
        for line in lines
    ]


def written(**texts: str) -> dict[str, pl.DataFrame]:
    """All tables, those named from their text, the others empty."""
    return frames({table: rows(table, text) for table, text in texts.items()})


def values_of(
    definition: Indicator | str,
    tables: Mapping[str, pl.DataFrame],
    *,
    known: Catalogue | None = None,
    **entries: Any,
) -> dict[str, float | str]:
    """An indicator's value by key, or the reason why there is none."""
    if isinstance(definition, str):
        definition = indicator(definition, **entries)
    found = measure(definition, tables, catalogue=known or catalogue(), reference_date=REFERENCE_DATE)
    return {row[0]: row[2] if row[1] is None else row[1] for row in found.rows()}


# -- random answers -------------------------------------------------------------------------------

# Powers of two: sums and products of them are exact, so that no engine's order of adding can show.
NUMBERS = st.sampled_from([None, 0.0, 1.0, -1.0, 2.0, 0.5, 4.0, -8.0, math.nan])
ANSWERS = {
    "number": NUMBERS,
    "yes_no": st.sampled_from([None, True, False]),
    "text": st.sampled_from([None, "a", "b"]),
    "date": st.sampled_from([None, dt.date(2024, 2, 29), dt.date(1969, 12, 31)]),
    "tasks": st.sampled_from([None, "", "weed", "pick", "weed pick"]),
    "crop": st.sampled_from([None, "cocoa", "rice"]),
}


@st.composite
def answers(draw: st.DrawFn) -> dict[str, list[dict[str, Any]]]:
    """Rows of every table; some rosters are empty, and some rows belong to nobody."""
    data: dict[str, list[dict[str, Any]]] = {}
    for table, entry in TABLES.items():
        if entry.parent is None:
            links: list[str | None] = [None] * draw(st.integers(1, 4))
        else:
            parents = [row[TABLES[entry.parent].key] for row in data[entry.parent]]
            links = draw(st.lists(st.sampled_from([*parents, *parents, "nobody", None]), max_size=7))
        data[table] = []
        for number, link in enumerate(links):
            row: dict[str, Any] = {entry.key: f"{table}-{number}"}
            if entry.link is not None:
                row[entry.link] = link
            for name, kind in TYPES[table].items():
                row[name] = draw(ANSWERS.get(name, ANSWERS.get(kind, NUMBERS)))
            data[table].append(row)
    return data


# -- random formulas ------------------------------------------------------------------------------

BELOW = {"households": ("persons", "seasons", "sales"), "seasons": ("sales",), "persons": (), "sales": ()}


class Writer:
    """Writes random formulas of a kind for the rows of a table.

    `extra` are parts that earlier formulas defined. `exact` keeps to operations whose result is a short
    sum of powers of two, for what is added up over rows.
    """

    def __init__(self, draw: st.DrawFn, entity: str, extra: Mapping[str, Iterable[str]]) -> None:
        self.draw, self.entity, self.extra = draw, entity, extra

    def pick(self, *options: Any) -> Any:
        return self.draw(st.sampled_from(options))

    def names(self, table: str, kind: str) -> list[str]:
        found = []
        for source in {table, self.entity}:
            dot = "" if source == self.entity else f"{source}."
            found += [f"{dot}{name}" for name, own in TYPES[source].items() if own == kind]
            if kind == "number":
                found += [f"{dot}{name}" for name in self.extra.get(source, ())]
        return sorted(found)

    def number(  # noqa: C901 - one case for each kind of node
        self, table: str, depth: int, *, exact: bool = False, inside: bool = False
    ) -> str:
        names = self.names(table, "number")
        if depth == 0:
            return str(self.pick(*names, "0", "2", "-1"))

        def n() -> str:
            return self.number(table, depth - 1, exact=exact, inside=inside)

        def c() -> str:
            return self.truth(table, depth - 1, exact=exact, inside=inside)

        kinds = ["add", "choose", "several", "if_missing", "abs", "leaf"]
        kinds += [] if exact else ["divide", "power", "limited", "round", "clip", "days"]
        kinds += ["aggregate"] * 3 if BELOW[table] and not inside else []
        match self.pick(*kinds):
            case "add":
                return f"({n()} {self.pick('+', '-', '*')} {n()})"
            case "choose":
                return f"if_({c()}, {n()}, {n()})"
            case "several":
                function = self.pick(
                    "sum_of", "min_of", "max_of", "count_of", *([] if exact else ["mean_of", "sd_of"])
                )
                return (
                    f"{function}({c()}, {c()})"
                    if function == "count_of"
                    else f"{function}({n()}, {n()}, {n()})"
                )
            case "if_missing":
                return f"only_if({c()}, {n()})" if self.pick(True, False) else f"if_missing({n()}, {n()})"
            case "abs":
                return f"{self.pick('abs', 'floor', 'ceil')}({n()})"
            case "divide":
                return f"({n()} / {n()})"
            case "power":
                return f"(({n()}) ** {self.pick(2, 0.5, -1, -0.5)})"
            case "limited":
                return f"{self.pick('log', 'sqrt', 'exp')}(clip({n()}, -4, 4))"
            case "round":
                return f"round({n()}, {self.pick(0, 1)})"
            case "clip":
                return f"clip({n()}, {n()}, {n()})"
            case "days":
                dates = self.names(table, "date")
                return f"days_between({self.pick(*dates)}, {self.pick(*dates)})" if dates else n()
            case "aggregate":
                return self.aggregate(table, depth - 1)
            case _:
                return str(self.pick(*names))

    def aggregate(self, table: str, depth: int) -> str:
        roster = self.pick(*BELOW[table])
        function = self.pick(
            "count", "count rows", "sum", "mean", "min", "max", "share", "distinct", "parted"
        )
        if function == "count rows":
            return f"count({roster})"
        if function in ("count", "share"):
            argument = self.truth(roster, depth, exact=True, inside=True)
            own = self.pick(*(name for name in self.own(roster, "yes_no")))
            return f"{function}({argument} {self.pick('and', 'or')} {own})"
        if function == "distinct":
            return f"distinct({self.pick(*self.categories(roster))})"
        argument = self.number(roster, min(depth, 2), exact=True, inside=True)
        if function == "parted":
            amount = self.pick(f"abs({argument})", f"{argument} * {argument}", argument)
            parted = self.pick("concentration", "largest_share")
            return f"{parted}({amount}, {self.pick(*self.categories(roster))})"
        return f"{function}({argument} + {self.pick(*self.own(roster, 'number'))})"

    def categories(self, roster: str) -> list[str]:
        numbers = self.own(roster, "number")
        texts = [*self.own(roster, "text"), *self.own(roster, "choice")]
        return [*texts, *numbers, f"(0 * {numbers[0]})"]  # zero of either sign is one category

    def own(self, roster: str, kind: str) -> list[str]:
        return [f"{roster}.{name}" for name, own in TYPES[roster].items() if own == kind]

    def truth(  # noqa: C901 - one case for each kind of node
        self, table: str, depth: int, *, exact: bool = False, inside: bool = False
    ) -> str:
        names = self.names(table, "yes_no")
        if depth == 0:
            return str(self.pick(*names, "True"))

        def n() -> str:
            return self.number(table, depth - 1, exact=exact, inside=inside)

        def c() -> str:
            return self.truth(table, depth - 1, exact=exact, inside=inside)

        kinds = ["compare", "logic", "not", "missing", "member", "text", "leaf"]
        kinds += ["aggregate"] * 3 if BELOW[table] and not inside else []
        match self.pick(*kinds):
            case "compare":
                return f"({n()} {self.pick('<', '<=', '==', '!=', '>', '>=')} {n()})"
            case "logic":
                return f"({c()} {self.pick('and', 'or')} {c()})"
            case "not":
                return f"(not {c()})"
            case "missing":
                return f"is_missing({n()})"
            case "member":
                return f"({n()} {self.pick('in', 'not in')} [0, 1, 2])"
            case "text":
                return self.text(table)
            case "aggregate":
                roster = self.pick(*BELOW[table])
                inner = self.truth(roster, min(depth - 1, 2), exact=True, inside=True)
                own = self.pick(*self.own(roster, "yes_no"))
                argument = self.pick(own, f"{inner} {self.pick('and', 'or')} {own}")
                return f"{self.pick('any', 'all')}({argument})"
            case _:
                return str(self.pick(*names))

    def text(self, table: str) -> str:
        texts = self.names(table, "text")
        choices, codes = self.names(table, "choice"), self.names(table, "multiple")
        options = [f"({name} {sign} 'a')" for name in texts for sign in ("==", "!=")]
        options += [f"({name} in ['cocoa'])" for name in choices]
        options += [f"includes({name}, 'weed')" for name in codes]
        return str(self.pick(*options)) if options else "True"


@st.composite
def definitions(draw: st.DrawFn) -> Indicator:
    """An indicator with random parts, some of them columns of rosters, and a random value."""
    entity = draw(st.sampled_from(["households", "seasons"]))
    extra: dict[str, list[str]] = {}
    parts = {}
    for number in range(draw(st.integers(0, 3))):
        table = draw(st.sampled_from([entity, *BELOW[entity]]))
        text = Writer(draw, entity, extra).number(
            table, 2, exact=True, inside=table != entity and draw(st.booleans())
        )
        parts[f"part{number}" if table == entity else f"{table}.part{number}"] = text
        extra.setdefault(table, []).append(f"part{number}")
    writer = Writer(draw, entity, extra)
    value = writer.number(entity, 3) if draw(st.booleans()) else writer.truth(entity, 3)
    rules = st.sampled_from(["strict", "available"])
    missing = {table: draw(rules) for table in (entity, *BELOW[entity])}
    return indicator(value, entity=entity, parts=parts, missing=missing)
