"""The same rules checked in other ways: pydantic row by row, pandera, frictionless.

Each is written as its manual has it, for the same file and for every rule that it can be given: types,
limits, choices, patterns, required and unique answers, formulas in texts, rules between answers. Each
returns every fault it finds as a row (`FOUND`), so that it can be told how many of the known ones that is.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Literal

import polars as pl
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    ValidationError,
    create_model,
    model_validator,
)
from pydantic_core import PydanticCustomError

from benchmarks._upload.crossed import GATE, GATED
from mande.schema import Question

FOUND = pl.Schema({"row": pl.Int64, "column": pl.String, "message": pl.String})
Questions = Mapping[str, Question]
_NONE = ("", "-97", "-98", "-99")
_NO_FORMULA = r"^[^=@]"


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


def _in_order(low: Any, high: Any) -> bool:
    return low is None or high is None or bool(low <= high)


def _contradictions(row: Any) -> Any:
    """Refuse answers of a row that contradict each other; the first column of each stands for it."""
    parts = (row.number_00, row.number_01, row.number_02)
    wrong = {
        "integer_00": not _in_order(row.integer_00, row.integer_01),
        "date_00": not _in_order(row.date_00, row.date_01),
        "number_00": None not in parts and parts[0] + parts[1] > parts[2],
        GATED: getattr(row, GATE) is False and getattr(row, GATED) is not None,
    }
    if any(wrong.values()):
        names = " ".join(name for name, is_wrong in wrong.items() if is_wrong)
        raise PydanticCustomError("contradiction", "answers contradict each other: {names}", {"names": names})
    return row


def row_model(questions: Questions) -> type[BaseModel]:
    """Return a model of one row, as one would write it by hand."""
    fields: dict[str, Any] = {}
    for name, question in questions.items():
        low, high = question.range or (None, None)
        pattern = f"^({question.pattern})$" if question.pattern else _NO_FORMULA
        kinds: dict[str, Any] = {
            "integer": Annotated[int, Field(ge=low, le=high)],
            "number": Annotated[float, Field(ge=low, le=high)],
            "date": dt.date,
            "yes_no": Annotated[bool, BeforeValidator(_yes_no)],
            "multiple": Annotated[str, AfterValidator(_known(set(question.choices)))],
            "text": Annotated[str, Field(pattern=pattern)],
        }
        kind = Literal[tuple(question.choices)] if question.type == "choice" else kinds[question.type]
        optional = kind if question.required else kind | None
        fields[name] = (Annotated[optional, BeforeValidator(_blank)], ...)
    validators: dict[str, Any] = {"contradictions": model_validator(mode="after")(_contradictions)}
    return create_model("Row", __validators__=validators, **fields)


def by_row(path: Path, questions: Questions) -> pl.DataFrame:
    """Return every fault that pydantic finds row by row; the rows without one are kept, typed."""
    model = row_model(questions)
    found: list[tuple[int, str, str]] = []
    kept = []
    with path.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), start=2):
            try:
                kept.append(model.model_validate(row))
            except ValidationError as error:
                for entry in error.errors(include_url=False):
                    names = entry["loc"][:1] or entry["ctx"]["names"].split()
                    found += [(number, str(name), entry["msg"]) for name in names]
    return pl.DataFrame(found, schema=FOUND, orient="row")


def available() -> Iterator[tuple[str, Callable[[Path, Questions], pl.DataFrame] | None]]:
    """Yield the other engines; None for one that is not installed here."""
    for name, run in (("pandera", _pandera), ("frictionless", _frictionless)):
        yield name, run if find_spec(name) else None


def _cell_rule(name: str, question: Question) -> pl.Expr:
    """Return which texts of a column are valid; on typed columns pandera stops at the first bad text."""
    text = pl.col(name)
    low, high = question.range or (None, None)
    rules = {
        "integer": text.cast(pl.Int64, strict=False).is_between(low, high),
        "number": text.cast(pl.Float64, strict=False).is_between(low, high),
        "date": text.str.to_date("%Y-%m-%d", strict=False).is_not_null(),
        "yes_no": text.is_in(["yes", "no"]),
        "choice": text.is_in(list(question.choices)),
        "multiple": text.str.split(" ").list.eval(pl.element().is_in(list(question.choices))).list.all(),
        "text": text.str.contains(f"^({question.pattern})$" if question.pattern else _NO_FORMULA),
    }
    return rules[question.type].fill_null(value=False) | text.is_null()


def _row_rules() -> dict[str, pl.Expr]:
    """Return the rules between answers, by the column that stands for each."""

    integers = [pl.col(f"integer_{place:02d}").cast(pl.Int64, strict=False) for place in (0, 1)]
    dates = [pl.col(f"date_{place:02d}").str.to_date("%Y-%m-%d", strict=False) for place in (0, 1)]
    numbers = [pl.col(f"number_{place:02d}").cast(pl.Float64, strict=False) for place in (0, 1, 2)]
    rules = {
        "integer_00": integers[0] <= integers[1],
        "date_00": dates[0] <= dates[1],
        "number_00": numbers[0] + numbers[1] <= numbers[2],
        GATED: ~((pl.col(GATE) == "no") & pl.col(GATED).is_not_null()),
    }
    return {name: rule.fill_null(value=True) for name, rule in rules.items()}


def _pandera(path: Path, questions: Questions) -> pl.DataFrame:
    pa, errors = import_module("pandera.polars"), import_module("pandera.errors")
    frame = pl.read_csv(path, infer_schema=False, null_values=list(_NONE))

    def check(name: str, rule: pl.Expr) -> Any:
        return pa.Check(lambda data: data.lazyframe.select(rule), name=name)

    columns = {
        name: pa.Column(
            pl.String,
            check(name, _cell_rule(name, question)),
            nullable=not question.required,
            unique=question.unique,
        )
        for name, question in questions.items()
    }
    across = [check(name, rule) for name, rule in _row_rules().items()]
    try:
        pa.DataFrameSchema(columns, checks=across).validate(frame, lazy=True)
    except errors.SchemaErrors as error:
        return error.failure_cases.select(
            pl.col("index").cast(pl.Int64).alias("row") + 2,
            pl.col("column").fill_null(pl.col("check")),
            pl.col("check").alias("message"),
        )
    return pl.DataFrame(schema=FOUND)


_CONSTRAINTS = {
    "integer_00": "integer_00 == None or integer_01 == None or integer_00 <= integer_01",
    "date_00": "date_00 == None or date_01 == None or date_00 <= date_01",
    "number_00": "number_00 == None or number_01 == None or number_02 == None "
    "or number_00 + number_01 <= number_02",
    GATED: f"{GATE} != False or {GATED} == None",
}


def _frictionless(path: Path, questions: Questions) -> pl.DataFrame:
    kit = import_module("frictionless")
    kinds = {"integer": "integer", "number": "number", "date": "date", "yes_no": "boolean"}
    fields = []
    for name, question in questions.items():
        low, high = question.range or (None, None)
        limits: dict[str, Any] = {"minimum": low, "maximum": high}
        limits |= {"required": question.required or None, "unique": question.unique or None}
        limits |= {"enum": list(question.choices)} if question.type == "choice" else {}
        limits |= {"pattern": question.pattern or r"[^=@].*"} if question.type == "text" else {}
        limits |= {"pattern": _several(question)} if question.type == "multiple" else {}
        entry: dict[str, Any] = {"name": name, "type": kinds.get(question.type, "string")}
        if question.type == "yes_no":
            entry |= {"trueValues": ["yes"], "falseValues": ["no"]}
        fields.append(entry | {"constraints": {k: v for k, v in limits.items() if v is not None}})
    schema = kit.Schema.from_descriptor({"fields": fields, "missingValues": list(_NONE)})
    resource = kit.Resource(path=path.name, basepath=str(path.parent), schema=schema)
    across = [kit.checks.row_constraint(formula=formula) for formula in _CONSTRAINTS.values()]
    report = resource.validate(kit.Checklist(checks=across), limit_errors=10_000_000)
    by_formula = {formula: name for name, formula in _CONSTRAINTS.items()}
    listed = report.flatten(["rowNumber", "fieldName", "note"])
    found = [
        (row, column or next((n for f, n in by_formula.items() if f in note), ""), note)
        for row, column, note in listed
    ]
    return pl.DataFrame(found, schema=FOUND, orient="row")


def _several(question: Question) -> str:
    word = "|".join(question.choices)
    return f"({word})( ({word}))*"
