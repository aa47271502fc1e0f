"""Everything an evaluation found, frozen; JSON both ways."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd
from pydantic import TypeAdapter

from mande.errors import Code, MandeError, Place, Problem, Text
from mande.results.estimate import Estimate
from mande.results.findings import Cell, Finding, Table
from mande.results.further import Further
from mande.results.telling import COMPARED, compare
from mande.wording import Scale, lower_first

X_RESULTS = Code(
    "X-RESULTS",
    Text("this is not a results file of mande"),
    Text("a results.json as `mande evaluate` writes it"),
    Text("Run `mande evaluate PROGRAMME` again, or give the path of its results.json."),
)


@dataclass(frozen=True, slots=True)
class ArmSummary:
    """An arm as the report shows it. `n` counts registered units."""

    id: str
    label: str
    role: str
    starts: str | None
    n: int


@dataclass(frozen=True, slots=True)
class WaveSummary:
    """A wave as the report shows it, with the hash of its accepted content (row order left aside)."""

    id: str
    label: str
    role: str
    revision: int
    rows: int
    data_sha256: str


@dataclass(frozen=True, slots=True)
class ProgrammeSummary:
    """What the reader needs to know of a programme, in the report's language."""

    id: str
    title: str
    question: str
    summary: str
    place: str
    chain: str
    currency: str
    source: str
    unit_name: tuple[str, str]
    assignment: str
    design: str
    threats: tuple[str, ...]
    treated: tuple[str, ...]
    comparison: tuple[str, ...]
    baseline: str
    follow_up: str
    arms: tuple[ArmSummary, ...]
    waves: tuple[WaveSummary, ...]

    def arm_labels(self, ids: tuple[str, ...]) -> str:
        """Return the labels of arms as one phrase."""
        labels = {arm.id: arm.label for arm in self.arms}
        return " or ".join(lower_first(labels[name]) for name in ids)


@dataclass(frozen=True, slots=True)
class OutcomeResult:
    """One outcome: its definition in short, the effect on it, and the numbers beside it.

    `primary` is None where no effect can be estimated, and `reason` then says why. `others` are the
    same effect by other methods. `means` (arm, arm_label, wave, wave_label, n, mean, sd, median) and
    `changes` since the baseline (arm, arm_label, wave, wave_label, n, change, std_error, df; in log
    points on the log scale) are descriptive: observed, not attributed. `indicator` is the outcome's own
    name; `further` are effects that answer another question on it; `definition` the id of the indicator it
    is worked out by, in `version`, `local` where the workspace defines it.
    """

    indicator: str
    version: int
    label: str
    description: str
    domain: str
    upgrading: str | None
    unit: str
    direction: str
    role: Literal["primary", "secondary"]
    scale: Scale
    source: str
    pitfalls: str
    formula: str
    primary: Estimate | None
    reason: str
    others: tuple[Estimate, ...]
    means: Table
    changes: Table
    findings: tuple[Finding, ...] = ()
    protected: bool = False
    definition: str = ""
    local: bool = False
    further: tuple[Further, ...] = ()


@dataclass(frozen=True, slots=True)
class DefinitionUsed:
    """A definition behind the results: an outcome's indicator, or one that it uses.

    `local` is True where the workspace defines it and not the library: another's result under the same
    name may mean something else.
    """

    id: str
    label: str
    version: int
    local: bool
    formula: str
    unit: str


@dataclass(frozen=True, slots=True)
class Trail:
    """What a result was made from: enough to make it again, and nothing that changes from day to day.

    `definitions` maps each definition used (indicator, programme, register) to the hash of its content;
    `steps` count rows from upload to estimate. `parameters` are the dated values that were looked up:
    prices, benchmarks, lines.
    """

    run: str
    mande_version: str
    definitions: Mapping[str, str]
    data: Mapping[str, str]
    steps: Table
    parameters: Table | None = None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything an evaluation found. Leaves the package only through `mande.disclosure.release`."""

    programme: ProgrammeSummary
    outcomes: tuple[OutcomeResult, ...]
    panel: Table
    nonresponse: Table
    findings: tuple[Finding, ...]
    trail: Trail
    level: float = 0.95
    format: int = 1
    definitions: tuple[DefinitionUsed, ...] = ()

    def outcome(self, indicator: str) -> OutcomeResult:
        """Return the result on one indicator.

        Raises
        ------
        KeyError
            When the evaluation has no such outcome.
        """
        return {result.indicator: result for result in self.outcomes}[indicator]

    @property
    def main(self) -> OutcomeResult:
        """The first outcome of role primary: the one the programme is judged by."""
        return next(result for result in self.outcomes if result.role == "primary")

    def tidy(self) -> list[dict[str, Cell]]:
        """Return one flat record per estimate, its interval computed for the evaluation's level.

        `method_rank` is `main`, `other`, or the question that a further effect answers: `arms`,
        `taking_part`, `spillover`, `subgroup`; `effect_of` then says of what, and is empty else.
        """
        return [record for result in self.outcomes for record in self._records(result)]

    def _records(self, result: OutcomeResult) -> Iterator[dict[str, Cell]]:
        first: dict[str, Cell] = {
            "indicator": result.indicator,
            "definition": result.definition or result.indicator,
            "indicator_version": result.version,
            "locally_defined": result.local,
            "domain": result.domain,
            "outcome_role": result.role,
        }
        estimates = [("main", result.primary)] if result.primary else []
        for rank, estimate in [*estimates, *(("other", other) for other in result.others)]:
            main = next(term for term in estimate.terms if term.name == estimate.term)
            yield {**first, "method_rank": rank, "effect_of": "", **estimate.row(main, self.level)}
        for further in result.further:
            for record in further.records(self.level):
                yield {**first, "method_rank": further.question, "effect_of": record.pop("label"), **record}

    def compare(self, indicator: str) -> pd.DataFrame:
        """Return the effect on one outcome by every method that was used, the main one first.

        Columns as in `mande.compare`; no row where no effect could be estimated.

        Raises
        ------
        KeyError
            When the evaluation has no such outcome.
        """
        result = self.outcome(indicator)
        found = ([result.primary] if result.primary else []) + list(result.others)
        return compare(found, level=self.level) if found else pd.DataFrame(columns=list(COMPARED))

    def summary(self) -> str:
        """Return the answer in plain words: each outcome, the main one first, then what limits it."""
        programme = self.programme
        ordered = [self.main, *(result for result in self.outcomes if result is not self.main)]
        lines = [f"{programme.title}: {programme.question}"]
        for result in ordered:
            if result.primary is None:
                lines.append(f"{result.label}: no effect can be estimated. {result.reason}".rstrip())
            else:
                lines.append(result.primary.sentence(self.level))
            lines += [
                f"{result.label}, {lower_first(further.title)} {sentence}"
                for further in result.further
                for sentence in further.sentences(self.level)
            ]
        main = self.main.primary
        lines += [f"It is an effect only if this holds: {main.assumption}"] if main else []
        lines += [
            f"Limit: {finding.sentence}"
            for finding in (*self.findings, *self.main.findings)
            if finding.status == "limit"
        ]
        return "\n".join(dict.fromkeys(lines))


def results_schema() -> dict[str, Any]:
    """Return the JSON schema (2020-12) of `results.json`, as `to_json` writes it."""
    whole = _ADAPTER.json_schema(mode="serialization", ref_template="#/$defs/{model}")
    shared = whole.pop("$defs")
    cell = {"type": ["string", "number", "boolean", "null"]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "results.json of mande",
        "type": "object",
        "properties": {
            "format": {"const": 1},
            "estimates": {
                "type": "array",
                "description": "One flat record per estimate, its interval for the evaluation's level.",
                "items": {"type": "object", "additionalProperties": cell},
            },
            "evaluation": whole,
        },
        "required": ["format", "estimates", "evaluation"],
        "additionalProperties": False,
        "$defs": shared,
    }


def to_json(evaluation: Evaluation) -> bytes:
    """Return canonical JSON: flat estimates for machines first, then the whole evaluation.

    The same evaluation gives the same bytes; floats are written with the digits that bring them back.
    """
    body = {
        "format": 1,
        "estimates": [finite(record) for record in evaluation.tidy()],
        "evaluation": _ADAPTER.dump_python(evaluation, mode="json"),
    }
    return (json.dumps(body, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def finite(record: Mapping[Any, Cell]) -> dict[str, Cell]:
    """Return a record in which an open end of an interval, which JSON cannot write, is absent."""
    return {
        str(name): None if isinstance(cell, float) and not math.isfinite(cell) else cell
        for name, cell in record.items()
    }


def from_json(data: bytes) -> Evaluation:
    """Return the evaluation that `to_json` wrote.

    Raises
    ------
    MandeError
        X-RESULTS when the content is not such a file.
    """
    try:
        return _ADAPTER.validate_python(json.loads(data)["evaluation"])
    except (ValueError, KeyError, TypeError) as error:
        values = {"found": str(error).splitlines()[0][:200]}
        raise MandeError([Problem(X_RESULTS, Place(), values)]) from error


_ADAPTER = TypeAdapter(Evaluation)
