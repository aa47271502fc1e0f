"""The same rules checked in other ways: pydantic row by row, pandera, frictionless."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Literal

import polars as pl
from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, ValidationError, create_model

from mande.schema import Question

_NONE = ("", "-97", "-98", "-99")


def _blank(text: Any) -> Any:
    return None if text in _NONE else text


def _yes_no(text: Any) -> Any:
    return {"yes": True, "no": False}.get(text, text)


def _known(choices: set[str]) -> Callable[[str], str]:
    def check(text: str) -> str:
        if not set(text.split()) <= choices:
            raise ValueError("not a choice")
        return text

    return check


def row_model(questions: Mapping[str, Question]) -> type[BaseModel]:
    """Return a model of one row, as one would write it by hand."""
    fields: dict[str, Any] = {}
    for name, question in questions.items():
        low, high = question.range or (None, None)
        kinds: dict[str, Any] = {
            "integer": Annotated[int, Field(ge=low, le=high)],
            "number": Annotated[float, Field(ge=low, le=high)],
            "date": dt.date,
            "yes_no": Annotated[bool, BeforeValidator(_yes_no)],
            "multiple": Annotated[str, AfterValidator(_known(set(question.choices)))],
            "text": Annotated[str, Field(pattern=f"^({question.pattern})$")] if question.pattern else str,
        }
        kind = Literal[tuple(question.choices)] if question.type == "choice" else kinds[question.type]
        optional = kind if question.required else kind | None
        fields[name] = (Annotated[optional, BeforeValidator(_blank)], ...)
    return create_model("Row", **fields)


def by_row(path: Path, questions: Mapping[str, Question]) -> list[tuple[int, str, str]]:
    """Return row, column and kind of every fault that pydantic finds row by row."""
    model = row_model(questions)
    found, kept = [], []
    with path.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), start=2):
            try:
                kept.append(model.model_validate(row))
            except ValidationError as error:
                found += [(number, str(e["loc"][0]), e["type"]) for e in error.errors(include_url=False)]
    return found


def available() -> Iterator[tuple[str, Callable[[Path, Mapping[str, Question]], int] | None]]:
    """Yield the other engines; None for one that is not installed here."""
    for name, run in (("pandera", _pandera), ("frictionless", _frictionless)):
        yield name, run if find_spec(name) else None


def _pandera(path: Path, questions: Mapping[str, Question]) -> int:
    pa, errors = import_module("pandera.polars"), import_module("pandera.errors")
    frame = pl.read_csv(path, infer_schema=False)
    columns = {}
    for name, question in questions.items():
        low, high = question.range or (None, None)
        checks = {
            "integer": [pa.Check.ge(low), pa.Check.le(high)] if question.range else [],
            "number": [pa.Check.ge(low), pa.Check.le(high)] if question.range else [],
            "choice": [pa.Check.isin(list(question.choices))],
            "yes_no": [pa.Check.isin(["yes", "no"])],
            "text": [pa.Check.str_matches(f"^({question.pattern})$")] if question.pattern else [],
        }
        kind = {"integer": pl.Int64, "number": pl.Float64, "date": pl.Date}.get(question.type, pl.String)
        columns[name] = pa.Column(
            kind, checks.get(question.type, []), nullable=not question.required, coerce=True
        )
    typed = frame.with_columns(
        pl.when(pl.all().is_in(["-97", "-98", "-99"])).then(None).otherwise(pl.all()).name.keep()
    )
    try:
        pa.DataFrameSchema(columns).validate(typed, lazy=True)
    except errors.SchemaErrors as error:
        return len(error.failure_cases)
    return 0


def _frictionless(path: Path, questions: Mapping[str, Question]) -> int:
    kit = import_module("frictionless")
    kinds = {"integer": "integer", "number": "number", "date": "date", "yes_no": "boolean"}
    fields = []
    for name, question in questions.items():
        low, high = question.range or (None, None)
        limits = {"minimum": low, "maximum": high, "required": question.required or None}
        limits |= {"enum": list(question.choices)} if question.type == "choice" else {}
        limits |= {"pattern": question.pattern}
        entry: dict[str, Any] = {"name": name, "type": kinds.get(question.type, "string")}
        if question.type == "yes_no":
            entry |= {"trueValues": ["yes"], "falseValues": ["no"]}
        fields.append(entry | {"constraints": {k: v for k, v in limits.items() if v is not None}})
    schema = kit.Schema.from_descriptor({"fields": fields, "missingValues": list(_NONE)})
    resource = kit.Resource(path=path.name, basepath=str(path.parent), schema=schema)
    report = resource.validate(limit_errors=10_000_000)
    return int(report.stats["errors"])
