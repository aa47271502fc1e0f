"""Faults of definitions come all at once, and nothing is told that only follows from another."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from mande import yaml12
from mande.pipeline.library import check_library
from mande.pipeline.workspaces import init_workspace
from mande.schema.common import Label
from mande.schema.indicator import Indicator
from mande.schema.lenient import read_leniently
from mande.schema.parameter import Parameter
from mande.schema.question import Question, QuestionFile, Table

INDICATOR = """\
format: 1
id: broken
version: 1
domain: upgrading
upgrading: process
label: {en: A label, fr: Un libellé, es: Una etiqueta}
entity: firms
unit: LCU/employee
direction: higher_is_better
uses:
  cost: {indicator: cost, version: 1}
parts:
  all_sales: sales + 0
value: all_sales / employees
source: made up
pitfalls: made up
examples:
  - {given: {sales: 10, employees: 2, cost: 1}, expect: 5}
  - {given: {sales: 10, employees: 0, cost: 1}, expect: null}
"""
COST = """\
format: 1
id: cost
version: 1
domain: upgrading
upgrading: process
label: {en: A cost, fr: Un coût, es: Un costo}
entity: firms
unit: LCU
direction: neutral
value: sales
source: made up
pitfalls: made up
examples:
  - {given: {sales: 10}, expect: 10}
  - {given: {sales: 0}, expect: 0}
"""
LIBRARY = {
    "_tables.yaml": "firms: {label: {en: Firms, fr: Firmes, es: Firmas}, key: firm_id}",
    "_questions/firms.yaml": """\
format: 1
table: firms
questions:
  sales: {label: {en: Sales, fr: Ventes, es: Ventas}, type: number, unit: LCU}
  employees: {label: {en: Employees, fr: Personnel, es: Personal}, type: integer, unit: employee}
""",
    "upgrading/cost.yaml": COST,
}
QUESTIONS = """\
format: 1
table: firms
questions:
  workers_paid: {label: {en: Paid, fr: Payés, es: Pagados}, type: integer, unit: employee}
  workers_late: {label: {en: L, fr: T, es: T}, type: integer, unit: employee, when: workers_paid > 0}
"""


Found = set[tuple[str, str, str]]


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


@pytest.fixture
def problems_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Found]:
    """Check a workspace's files beside a library of one indicator: (code, file, entry) of each problem."""
    for name, text in LIBRARY.items():
        write(tmp_path / "library" / "indicators" / name, text)
    place = init_workspace(tmp_path / "w")
    monkeypatch.setattr("mande.pipeline.library.library_root", lambda: tmp_path / "library")

    def check(**files: str) -> Found:
        for name, text in files.items():
            folder = "_questions" if "questions:" in text else "upgrading"
            write(place.indicators / folder / f"{name}.yaml", text)
        found = [p for p in check_library(place.root).problems if p.code.id != "D-RECORD"]
        missing = ("the whole file", "Field required")  # these stand nowhere
        assert all(p.place.row for p in found if not {p.place.question, p.expected()} & {*missing})
        return {(p.code.id, Path(p.place.file).stem, p.place.question) for p in found}

    return check


def test_the_definition_these_tests_break_is_right(problems_of):
    assert problems_of(broken=INDICATOR, mine=QUESTIONS) == set()


@pytest.mark.parametrize(
    ("faults", "expected"),
    [
        # a fault of the schema, and one of each further check
        (
            {"higher_is_better": "up", "employees\n": "employes\n"},
            {("D-SCHEMA", "direction"), ("F-NAME", "value")},
        ),
        ({"higher_is_better": "up", "LCU/employee": "kg"}, {("D-SCHEMA", "direction"), ("F-UNIT", "unit")}),
        (
            {"higher_is_better": "up", "expect: 5": "expect: 6"},
            {("D-SCHEMA", "direction"), ("M-EXAMPLE", "examples[0]")},
        ),
        (
            {"en: A label": "en: 3", ", es: Una etiqueta": ""},
            {("D-SCHEMA", "label.en"), ("D-TRANSLATION", "label")},
        ),
        (
            {"entity: firms": "entity: firmss", "pitfalls: made up\n": ""},
            {("D-NAME", "entity"), ("D-SCHEMA", "pitfalls")},
        ),
        (
            {"version: 1\n": "version: 0\n", "id: broken": "id: other"},
            {("D-SCHEMA", "version"), ("D-PLACE", "id")},
        ),
        # a key too many never hides the rest
        (
            {"unit: LCU": "colour: red\nunit: LCU", "expect: 5": "expect: 6"},
            {("D-SCHEMA", "colour"), ("M-EXAMPLE", "examples[0]")},
        ),
        # what contradicts itself is judged beside what does not fit
        (
            {"upgrading: process\n": "", "unit: LCU/employee": "unit: [a]"},
            {("D-SCHEMA", "the whole file"), ("D-SCHEMA", "unit")},
        ),
        # one example that cannot be read, and another that does not hold
        (
            {"expect: 5": "expects: 5", "expect: null": "expect: 7"},
            {
                ("D-SCHEMA", "examples.0.expects"),
                ("D-SCHEMA", "examples.0.expect"),
                ("M-EXAMPLE", "examples[1]"),
            },
        ),
        # what only follows is not told: no unit, no name, no example
        ({"unit: LCU/employee": "unit: 3"}, {("D-SCHEMA", "unit")}),
        ({"all_sales: sales + 0": "all_sales: 3"}, {("D-SCHEMA", "parts.all_sales")}),
        (
            {"version: 1}": "vrsion: 1}"},
            {("D-SCHEMA", "uses.cost.vrsion"), ("D-SCHEMA", "uses.cost.version")},
        ),
        ({"value: all_sales / employees\n": ""}, {("D-SCHEMA", "value")}),
        ({"domain: upgrading\n": "domain: upgradin\n"}, {("D-SCHEMA", "domain")}),
        ({"id: broken": "id: Broken!"}, {("D-SCHEMA", "id")}),
    ],
)
def test_all_faults_of_an_indicator_come_at_once(
    problems_of, faults: dict[str, str], expected: set[tuple[str, str]]
):
    text = INDICATOR
    for old, new in faults.items():
        assert old in text
        text = text.replace(old, new, 1)
    assert {(code, entry) for code, _, entry in problems_of(broken=text)} == expected


def test_a_question_that_does_not_fit_spoils_neither_its_file_nor_those_who_use_it(problems_of):
    uses = INDICATOR.replace(
        "sales + 0", "sales * workers_paid / workers_paid + sales * workers_late / workers_late"
    )
    wrong = QUESTIONS.replace("type: integer, unit: employee}", "type: intger, unit: employee}").replace(
        "when: workers_paid > 0", "when: workers_payd > 0"
    )
    uses = uses.replace("expect: 5", "expect: 6")
    assert problems_of(broken=uses, mine=wrong) == {
        ("D-SCHEMA", "mine", "questions.workers_paid.type"),
        ("F-NAME", "mine", "workers_late.when"),
    }


def test_names_of_a_file_that_cannot_be_read_are_not_unknown(problems_of):
    uses = INDICATOR.replace("sales + 0", "sales * workers_paid / workers_paid").replace(
        "sales: 10,", "slaes: 10,"
    )
    wrong = QUESTIONS.replace("table: firms", "table: [firms")
    assert problems_of(broken=uses, mine=wrong) == {("D-YAML", "mine", "")}


# -- a law: what is read leniently is what pydantic reads, and a fault is found where it refuses ----------

_ODD = st.one_of(st.none(), st.booleans(), st.integers(-9, 9), st.text(max_size=3), st.just([]), st.just({}))
_RIGHT = {
    Indicator: yaml12.load(INDICATOR),
    QuestionFile: yaml12.load(QUESTIONS),
    Question: {"label": {"en": "Crop"}, "type": "choice", "choices": {"a": {"en": "A"}}, "role": "place"},
    Table: {"label": {"en": "Plots"}, "key": "plot", "parent": "farms", "link": "farm"},
    Parameter: {
        "format": 1,
        "id": "rate",
        "version": 1,
        "label": {"en": "Rate"},
        "unit": "LCU/USD",
        "by": ["country"],
        "lasts": {"months": 2},
        "uplift": {"index": "cpi", "up_to_months": 3},
        "values": [{"start": "2024-01-01", "value": 3, "source": "a bank", "key": {"country": "RWA"}}],
    },
}


def places(content, path=()):
    """Yield the path of every entry."""
    entries = (
        content.items()
        if isinstance(content, dict)
        else enumerate(content)
        if isinstance(content, list)
        else ()
    )
    for key, value in entries:
        yield (*path, key)
        yield from places(value, (*path, key))


def replaced(content, path, value):
    if not path:
        return value
    if isinstance(content, list):
        return [replaced(v, path[1:], value) if n == path[0] else v for n, v in enumerate(content)]
    return {k: replaced(v, path[1:], value) if k == path[0] else v for k, v in content.items()}


@given(data=st.data())
@pytest.mark.parametrize("model", _RIGHT, ids=lambda model: model.__name__)
def test_faults_are_found_exactly_where_pydantic_refuses(model, data):
    content = _RIGHT[model]
    for _ in range(data.draw(st.integers(0, 3))):
        content = replaced(content, data.draw(st.sampled_from(list(places(content)))), data.draw(_ODD))
        if not list(places(content)):
            break
    built, faults = read_leniently(model, content)
    try:
        assert built == model.model_validate(content)
        assert not faults
    except ValidationError as error:
        # Which of several kinds an entry may be is no step of ours, and of those only the nearest is told.
        refused = {walked(content, detail["loc"]) for detail in error.errors()}
        # What contradicts itself pydantic tells only where all else fits.
        certain = {fault.path for fault in faults if fault.path != fault.owner or not fault.usable}
        assert all(any(path == other[: len(path)] for other in refused) for path in map(texts, certain))
        assert {path[:1] for path in refused} <= {texts(fault.path[:1]) for fault in faults}


def texts(path: tuple[str | int, ...]) -> tuple[str, ...]:
    return tuple(map(str, path))


def walked(content: Any, loc: tuple[int | str, ...]) -> tuple[str, ...]:
    """Return the steps of pydantic's place that are entries, and the last if it is one that is missing."""
    steps: list[str] = []
    for step in loc:
        inside = list(content) if isinstance(content, dict) else []
        inside = list(range(len(content))) if isinstance(content, list) else inside
        if step in inside:
            steps.append(str(step))
            content = content[step]
        elif step == loc[-1] and isinstance(content, dict):
            steps.append(str(step))
    return tuple(steps)


def test_a_text_of_nothing_but_spaces_is_as_empty_here_as_in_its_definition():
    _, faults = read_leniently(Label, {"en": " \r"})
    assert [fault.path for fault in faults] == [("en",)]
    label, faults = read_leniently(Label, {"en": " Yield ", "fr": 3})
    assert label.en == "Yield"
    assert [fault.path for fault in faults] == [("fr",)]
