"""Everything that is wrong with a workspace's definitions is told at once: where, what, how to mend it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mande.cli import cli
from mande.pipeline.library import LibraryCheck, check_library
from mande.pipeline.workspaces import init_workspace
from mande.workspace import Workspace

RIGHT = """\
format: 1
id: {id}
version: 1
domain: upgrading
upgrading: process
label: {{en: A label, fr: Un libellé, es: Una etiqueta}}
entity: firms
unit: LCU/employee
direction: higher_is_better
value: sales / employees
source: made up
pitfalls: made up
examples:
  - {{given: {{sales: 10, employees: 2}}, expect: 5}}
  - {{given: {{sales: 10, employees: 0}}, expect: null}}
"""
WRONG = {
    # id: what to replace, by what, and the code, line and entry of what must be told
    "unknown_key": ("source: made up", "source: made up\npitfal: x", "D-SCHEMA", 12, "pitfal"),
    "unknown_question": ("sales / employees", "sales / employes", "F-NAME", 10, "value"),
    "wrong_unit": ("LCU/employee", "kg", "F-UNIT", 8, "unit"),
    "unknown_unit": ("LCU/employee", "banana/parsec", "F-UNIT", 8, "unit"),
    "wrong_period": ("LCU/employee", "LCU/hour", "F-UNIT", 8, "unit"),
    "not_counted": ("LCU/employee", "LCU/tree", "F-UNIT", 8, "unit"),
    "circular_where": ("value: sales", "where: value > 0\nvalue: sales", "F-ORDER", 10, "where"),
    "untranslated": (", fr: Un libellé, es: Una etiqueta", "", "D-TRANSLATION", 6, "label"),
    "false_example": ("expect: 5", "expect: 6", "M-EXAMPLE", 14, "examples[0]"),
    "no_entity": ("entity: firms", "entity: firmss", "D-NAME", 7, "entity"),
    "unclosed": ("{en: A label", "{en: [A label", "D-YAML", 6, ""),
}
CIRCLE = """\
uses: {{other: {{indicator: {other}, version: 1}}}}
where: other > 0
value: sales / employees"""
ASKED_IN_A_CIRCLE = """\
format: 1
table: firms
questions:
  first_asked: {label: {en: First, fr: Un, es: Uno}, type: yes_no, when: second_asked}
  second_asked: {label: {en: Second, fr: Deux, es: Dos}, type: yes_no, when: first_asked}
"""


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    place = init_workspace(tmp_path_factory.mktemp("broken") / "w")
    folder = place.indicators / "upgrading"
    for name, (old, new, *_) in WRONG.items():
        right = RIGHT.format(id=name)
        assert old in right
        write(folder / f"{name}.yaml", right.replace(old, new, 1))
    for name, other in (("circle_a", "circle_b"), ("circle_b", "circle_a")):
        circle = CIRCLE.format(other=other)
        text = RIGHT.format(id=name).replace("value: sales / employees", circle)
        write(folder / f"{name}.yaml", text)
    for path in (folder / "twice.yaml", folder / "more" / "twice.yaml"):
        write(path, RIGHT.format(id="twice"))
    write(place.indicators / "_questions" / "mine.yaml", ASKED_IN_A_CIRCLE)
    return place


def check(place: Workspace, *more: str) -> Result:
    return CliRunner().invoke(cli, ["indicators", "check", "--workspace", str(place.root), *more])


@pytest.fixture(scope="module")
def found(broken: Workspace) -> LibraryCheck:
    return check_library(broken.root)


def test_every_problem_is_told_at_once_with_its_file_line_and_entry(found: LibraryCheck):
    places = [(p.code.id, Path(p.place.file).name, p.place.row, p.place.question) for p in found.problems]
    expected = {(code, f"{name}.yaml", row, entry) for name, (_, _, code, row, entry) in WRONG.items()}
    expected |= {("F-CYCLE", f"circle_{end}.yaml", 10, "uses.other") for end in "ab"}
    expected |= {("D-TWICE", "twice.yaml", 2, "id"), ("D-CIRCLE", "mine.yaml", 4, "first_asked.when")}
    assert set(places) == expected
    assert len(places) == len(expected)


def test_each_problem_says_what_was_expected_and_how_to_mend_it(found: LibraryCheck):
    *blocks, last = found.text().split("\n\n")
    assert len(blocks) == len(WRONG) + 4  # two ends of a circle, an id twice, questions
    for block in blocks:
        words = {line.strip().split("  ")[0] for line in block.split("\n")}
        assert {"where", "found", "expected", "how to fix"} <= words
    assert last.endswith("14 errors, 1 warning.")
    for hint in ("did you mean pitfalls?", "did you mean employees", "did you mean firms"):
        assert hint in found.text()


def test_the_command_exits_with_three_and_tells_machines_the_same(broken: Workspace, found: LibraryCheck):
    result = check(broken, "--json", "--lang", "fr")
    assert result.exit_code == 3
    records = json.loads(result.output)
    assert records == [problem.as_record("fr") for problem in found.problems]
    assert all(record["file"] and record["row"] and record["message"] and record["fix"] for record in records)


def test_a_workspace_whose_only_fault_is_a_translation_exits_with_one(tmp_path: Path):
    place = init_workspace(tmp_path / "w")
    text = RIGHT.format(id="mine").replace(", fr: Un libellé, es: Una etiqueta", "")
    write(place.indicators / "upgrading" / "mine.yaml", text)
    assert check(place, "--record").exit_code == 1


@pytest.mark.parametrize(
    ("folder", "wrong", "line", "found"),
    [
        ("wages", b"format: 1\nid: latin\nlabel: {en: \xe9}\n", 3, "0xe9"),
        ("_questions", "format: 1\r\ntable: firms\r\n".encode("utf-16"), 1, "0xff"),
        ("wages", b"format: 1\nlabel: {en: a\x07b}\n", 2, "0x07"),
    ],
)
def test_a_file_that_is_not_utf8_is_told_beside_all_other_problems(
    tmp_path: Path, folder: str, wrong: bytes, line: int, found: str
):
    place = init_workspace(tmp_path / "w")
    write(
        place.indicators / "upgrading" / "mine.yaml",
        RIGHT.format(id="mine").replace("employees\n", "employes\n"),
    )
    latin = place.indicators / folder / "latin.yaml"
    latin.parent.mkdir(exist_ok=True)
    latin.write_bytes(wrong)
    told = {p.code.id: p for p in check_library(place.root).problems}
    assert set(told) == {"D-YAML", "F-NAME"}
    assert (Path(told["D-YAML"].place.file).name, told["D-YAML"].place.row) == ("latin.yaml", line)
    assert found in told["D-YAML"].found()
    assert all("UTF-8" in told["D-YAML"].fix(language) for language in ("en", "fr", "es"))
    assert check(place).exit_code == 3


def told_of(place: Workspace, text: str, name: str = "mine") -> list[tuple[str, str]]:
    write(place.indicators / "upgrading" / f"{name}.yaml", text)
    return [
        (p.code.id, p.place.question) for p in check_library(place.root).problems if p.code.id != "D-RECORD"
    ]


def test_an_unknown_entity_hides_no_fault_of_how_the_file_is_written(tmp_path: Path):
    wrong = RIGHT.format(id="mine").replace("entity: firms", "entity: firmss")
    wrong = wrong.replace("sales / employees", "sales /\nstatistics: [ginni]").replace(
        "LCU/employee", "LCU/parsec"
    )
    found = told_of(init_workspace(tmp_path / "w"), wrong)
    assert sorted(found) == [
        ("D-NAME", "entity"),
        ("F-STATISTIC", "statistics.ginni"),
        ("F-SYNTAX", "value"),
        ("F-UNIT", "unit"),
    ]


def test_an_id_of_the_library_in_another_folder_is_told_as_taken(tmp_path: Path):
    place = init_workspace(tmp_path / "w")
    write(place.indicators / "upgrading" / "average_salary.yaml", RIGHT.format(id="average_salary"))
    (problem,) = check_library(place.root).problems
    assert (problem.code.id, problem.place.question) == ("D-TAKEN", "version")
    for language in ("en", "fr", "es"):
        assert "average_salary" in problem.found(language)
        assert str(Path("wages") / "average_salary.yaml") in problem.expected(language)
        assert "`version`" in problem.fix(language)
        assert "`id`" in problem.fix(language)


def test_a_statistic_is_told_once_beside_a_fault_of_the_schema(tmp_path: Path):
    wrong = RIGHT.format(id="mine").replace("source:", "colour: red\nstatistics: [ginni]\nsource:")
    assert sorted(told_of(init_workspace(tmp_path / "w"), wrong)) == [
        ("D-SCHEMA", "colour"),
        ("F-STATISTIC", "statistics.ginni"),
    ]
