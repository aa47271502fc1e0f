"""Definitions are checked one by one and against each other; all problems come at once."""

import textwrap
import time
from dataclasses import replace
from pathlib import Path

import pytest

from mande import yaml12
from mande.catalogue import load_catalogue, load_programme, parse, read_yaml, translation_problems
from mande.errors import MandeError, Severity
from mande.measure import check_examples, check_formulas
from mande.measure.plan import plan_indicator
from mande.schema import Indicator, Label, Parameter, Question

REPOSITORY = Path(__file__).parent.parent
INDICATOR = """
    format: 1
    id: yield_
    version: 1
    domain: income
    label: {en: Yield}
    entity: plots
    unit: kg/ha
    direction: higher_is_better
    value: kg / area
    source: a source
    pitfalls: a pitfall
    examples: [{given: {kg: 1, area: 2}, expect: 0.5}, {given: {kg: 1, area: 0}, expect: null}]
"""


def write(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(textwrap.dedent(text), encoding="utf-8")


def library(root: Path) -> Path:
    write(root, "_tables.yaml", "plots: {label: {en: Plots}, key: plot_id}")
    write(root, "income/yield_.yaml", INDICATOR)
    return root


def problems_of(root: Path, *more: Path) -> dict[str, str]:
    with pytest.raises(MandeError) as caught:
        load_catalogue([root, *more])
    return {p.code.id: p.text() for p in caught.value.problems}


def test_the_library_of_this_repository_loads():
    catalogue = load_catalogue([REPOSITORY / "indicators"])
    assert {"scrap_rate", "average_salary", "union_presence"} <= set(catalogue.indicators)
    domains = {indicator.domain for indicator in catalogue.indicators.values()}
    assert {"income", "wages", "working_conditions", "bargaining_power", "gender", "upgrading"} <= domains


def test_a_small_library_loads_and_cannot_be_changed(tmp_path):
    catalogue = load_catalogue([library(tmp_path)])
    with pytest.raises(TypeError):
        catalogue.indicators["other"] = catalogue.indicators["yield_"]  # type: ignore[index]


def test_problems_of_several_files_come_together(tmp_path):
    library(tmp_path)
    write(tmp_path, "income/wrong_name.yaml", INDICATOR.replace("entity: plots", "entity: plts"))
    write(tmp_path, "income/broken.yaml", "a: [1, 2")
    found = problems_of(tmp_path)
    assert {"D-PLACE", "D-YAML"} <= set(found)


def test_an_unknown_entity_is_named_with_a_suggestion(tmp_path):
    library(tmp_path)
    write(tmp_path, "income/yield_.yaml", INDICATOR.replace("entity: plots", "entity: plts"))
    assert "did you mean plots" in problems_of(tmp_path)["D-NAME"]


def test_a_misspelt_key_is_an_error_with_a_suggestion(tmp_path):
    library(tmp_path)
    write(tmp_path, "income/yield_.yaml", INDICATOR.replace("pitfalls:", "pitfals:"))
    with pytest.raises(MandeError) as caught:
        load_catalogue([tmp_path])
    assert "did you mean pitfalls" in str(caught.value)
    assert len(caught.value.problems) == 2  # the key that is too many, and the one that is missing


def test_behind_an_unknown_key_the_rest_of_a_definition_is_checked_too(tmp_path):
    library(tmp_path)
    text = INDICATOR.replace("entity: plots", "entity: plts\n    colour: red")
    write(tmp_path, "income/yield_.yaml", text)
    found = problems_of(tmp_path)
    assert "colour" in found["D-SCHEMA"]
    assert "did you mean plots" in found["D-NAME"]


def test_a_definition_with_one_example_is_told_how_many_it_needs(tmp_path):
    library(tmp_path)
    one = INDICATOR.replace(", {given: {kg: 1, area: 0}, expect: null}", "")
    write(tmp_path, "income/yield_.yaml", one)
    assert "at least 2 entries" in problems_of(tmp_path)["D-SCHEMA"]


def test_a_key_given_twice_is_an_error_with_its_line(tmp_path):
    write(
        tmp_path,
        "_tables.yaml",
        "plots: {label: {en: Plots}, key: plot_id}\nplots: {label: {en: P}, key: p}\n",
    )
    assert "line 2" in problems_of(tmp_path)["D-YAML"]


def test_yaml_no_stays_a_word(tmp_path):
    write(tmp_path, "x.yaml", "answer: no\n")
    assert read_yaml(tmp_path / "x.yaml") == {"answer": "no"}


def test_a_workspace_overrides_with_a_higher_version_only(tmp_path):
    root = library(tmp_path / "library")
    own = tmp_path / "own"
    changed = INDICATOR.replace("value: kg / area", "value: 2 * kg / area")
    write(own, "income/yield_.yaml", changed)
    assert "version above 1" in problems_of(root, own)["D-TAKEN"]
    write(own, "income/yield_.yaml", changed.replace("version: 1", "version: 2"))
    assert load_catalogue([root, own]).indicators["yield_"].version == 2


def test_the_librarys_own_definition_again_is_no_override(tmp_path):
    root, own = library(tmp_path / "library"), library(tmp_path / "own")
    assert load_catalogue([root, own]).indicators == load_catalogue([root]).indicators


def test_the_same_id_twice_in_one_library_is_an_error(tmp_path):
    root = library(tmp_path)
    write(root, "wages/yield_.yaml", INDICATOR.replace("domain: income", "domain: wages"))
    assert set(problems_of(root)) & {"D-TWICE", "D-PLACE"}


def test_an_indicator_needs_an_ordinary_and_an_edge_example():
    body = read_yaml_text(INDICATOR) | {"examples": [{"given": {"kg": 1}, "expect": 1}]}
    with pytest.raises(MandeError, match="examples"):
        parse(Indicator, body, file="x")


def read_yaml_text(text: str) -> dict:
    return dict(yaml12.load(textwrap.dedent(text)))


@pytest.mark.parametrize(
    "body",
    [
        {"type": "choice"},
        {"type": "number", "choices": {"a": {"en": "A"}}},
        {"type": "text", "range": [0, 1]},
        {"type": "number", "range": [2, 1]},
    ],
)
def test_a_question_whose_parts_do_not_fit_is_refused(body):
    with pytest.raises(MandeError):
        parse(Question, {"label": {"en": "Q"}} | body, file="x")


def test_a_parameter_value_without_source_is_refused():
    body = {"format": 1, "id": "wage", "version": 1, "label": {"en": "W"}, "unit": "LCU"}
    with pytest.raises(MandeError, match="source"):
        parse(Parameter, body | {"values": [{"start": "2020-01-01", "value": 1.0}]}, file="x")


def test_a_label_falls_back_to_english():
    assert Label(en="Yield", fr="Rendement").in_("fr") == "Rendement"
    assert Label(en="Yield").in_("es") == "Yield"


def test_the_example_programme_loads():
    programme = load_programme(REPOSITORY / "baselines" / "michigan_training_grants")
    assert [wave.id for wave in programme.waves] == ["1987", "1988", "1989"]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('follow_up: "1988"', 'follow_up: "1990"', "not one of the waves"),
        ('baseline: "1987"', 'baseline: "1989"', "must not come after"),
        ("treated: [grant_1988]", "treated: [grant_88]", "not one of the arms"),
        ("comparison: [grant_1989, no_grant]", "comparison: [grant_1988]", "both treated and comparison"),
        ("role: primary}", "role: secondary}", "role primary"),
        ("id: michigan_training_grants", "id: another", "like the folder"),
    ],
)
def test_a_programme_that_contradicts_itself_is_refused(tmp_path, old, new, expected):
    source = (REPOSITORY / "baselines/michigan_training_grants/programme.yaml").read_text(encoding="utf-8")
    assert old in source
    write(tmp_path, "michigan_training_grants/programme.yaml", source.replace(old, new))
    with pytest.raises(MandeError, match=expected):
        load_programme(tmp_path / "michigan_training_grants")


# -- lines ----------------------------------------------------------------------------------------

LINES = textwrap.dedent(INDICATOR).strip().splitlines()


def line_in(start: str) -> int:
    return next(number for number, line in enumerate(LINES, start=1) if line.startswith(start))


def with_questions(root: Path, indicator: str = INDICATOR, more: str = "") -> Path:
    write(root, "_tables.yaml", "plots: {label: {en: Plots}, key: plot_id}")
    write(root, "income/yield_.yaml", textwrap.dedent(indicator).strip())
    questions = """\
        format: 1
        table: plots
        questions:
          kg: {label: {en: Harvest}, type: number, unit: kg}
          area: {label: {en: Area}, type: number, unit: ha}
          grows: {label: {en: Grows}, type: yes_no}
    """
    write(root, "_questions/plots.yaml", textwrap.dedent(questions) + more)
    return root


def lines_of(problems) -> dict[str, int | None]:
    return {problem.code.id: problem.place.row for problem in problems}


@pytest.mark.parametrize(
    ("old", "new", "code", "entry"),
    [
        ("direction: higher", "direction: hgher", "D-SCHEMA", "direction"),
        ("pitfalls:", "pitfals:", "D-SCHEMA", "pitfals"),
        ("entity: plots", "entity: plts", "D-NAME", "entity"),
        ("domain: income", "domain: gender", "D-PLACE", "domain"),
        ("id: yield_", "id: other", "D-PLACE", "id"),
    ],
)
def test_a_problem_of_a_definition_names_file_and_line(tmp_path, old, new, code, entry):
    root = with_questions(tmp_path, INDICATOR.replace(old, new))
    with pytest.raises(MandeError) as caught:
        load_catalogue([root])
    told = [p for p in caught.value.problems if p.code.id == code and p.place.question.endswith(entry)]
    assert [p.place.row for p in told] == [line_in(old.split(":")[0])]
    assert f"yield_.yaml, line {told[0].place.row}" in told[0].text()
    assert f"yield_.yaml, ligne {told[0].place.row}" in told[0].text("fr")


def test_problems_of_tables_and_questions_have_lines_too(tmp_path):
    root = with_questions(tmp_path, more="  hh: {label: {en: x}, type: nmber}\n")
    write(root, "_tables.yaml", "plots: {label: {en: Plots}, key: plot_id}\nother:\n  label: {en: O}\n")
    with pytest.raises(MandeError) as caught:
        load_catalogue([root])
    found = {(Path(p.place.file).name, p.place.question): p.place.row for p in caught.value.problems}
    assert found["_tables.yaml", "other.key"] == 2
    assert found["plots.yaml", "questions.hh.type"] == 7


def test_an_id_given_twice_is_told_where_it_stands_the_second_time(tmp_path):
    root = with_questions(tmp_path)
    again = "format: 1\ntable: plots\nquestions:\n  kg: {label: {en: H}, type: number}\n"
    write(root, "_questions/z_again.yaml", again)
    with pytest.raises(MandeError) as caught:
        load_catalogue([root])
    (problem,) = caught.value.problems
    assert (problem.code.id, Path(problem.place.file).name, problem.place.row) == (
        "D-TWICE",
        "z_again.yaml",
        4,
    )


@pytest.mark.parametrize(
    ("old", "new", "code", "entry"),
    [
        ("value: kg / area", "value: kg / aera", "F-NAME", "value"),
        ("value: kg / area", "value: kg +", "F-SYNTAX", "value"),
        ("value: kg / area", "value: kg + area", "F-UNIT", "value"),
        ("unit: kg/ha", "unit: ha", "F-UNIT", "unit"),
        ("unit: kg/ha", "unit: kg/ha\n    disaggregate: [arm, sxe]", "F-NAME", "disaggregate"),
    ],
)
def test_a_problem_of_a_formula_names_file_and_line(tmp_path, old, new, code, entry):
    catalogue = load_catalogue([with_questions(tmp_path, INDICATOR.replace(old, new))])
    after = textwrap.dedent(INDICATOR.replace(old, new)).strip().splitlines()
    line = next(number for number, text in enumerate(after, start=1) if text.startswith(entry))
    assert lines_of(check_formulas(catalogue)) == {code: line}


def test_an_example_and_a_condition_are_told_with_their_lines(tmp_path):
    wrong = INDICATOR.replace("expect: 0.5", "expect: 0.6")
    more = "  when: {label: {en: x}, type: number, when: grws}\n"
    more += "  asked: {label: {en: x}, type: text, when: kg}\n"
    catalogue = load_catalogue([with_questions(tmp_path, wrong, more)])
    examples = check_examples(catalogue.indicators["yield_"], catalogue)
    assert lines_of(examples) == {"M-EXAMPLE": line_in("examples")}
    assert lines_of(check_formulas(catalogue)) == {"F-NAME": 7, "F-KIND": 8}


# -- circles and translations -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("conditions", "circles"),
    [
        ({"a": "b", "b": "a"}, ["a -> b -> a"]),
        ({"a": "a"}, ["a -> a"]),
        ({"a": "b and c", "b": "grows", "c": "a or b"}, ["a -> c -> a"]),
        ({"a": "b", "b": "a", "c": "d", "d": "c", "e": "a"}, ["a -> b -> a", "c -> d -> c"]),
        ({"a": "b", "b": "c", "c": "grows"}, []),
        ({"a": "b +", "b": "grows"}, []),
    ],
)
def test_questions_that_wait_for_each_other_are_a_circle(tmp_path, conditions, circles):
    entries = [
        f"  {name}: {{label: {{en: x}}, type: yes_no, when: {when}}}" for name, when in conditions.items()
    ]
    root = with_questions(tmp_path, more="\n".join(entries) + "\n")
    if not circles:
        load_catalogue([root])
        return
    with pytest.raises(MandeError) as caught:
        load_catalogue([root])
    assert [(p.code.id, p.found()) for p in caught.value.problems] == [("D-CIRCLE", c) for c in circles]
    assert all(p.place.row is not None and p.place.row >= 7 for p in caught.value.problems)


def test_tables_that_are_each_others_rosters_are_a_circle(tmp_path):
    root = with_questions(tmp_path)
    tables = """\
        plots: {label: {en: P}, key: plot_id, parent: trees, link: tree_id}
        trees: {label: {en: T}, key: tree_id, parent: plots, link: plot_id}
    """
    write(root, "_tables.yaml", tables)
    assert "plots -> trees -> plots" in problems_of(root)["D-CIRCLE"]


def test_a_missing_translation_is_a_warning_with_its_line_and_never_stops_the_library(tmp_path):
    label = "label: {en: Yield, fr: Rendement}\n    description: {en: D, fr: D, es: D}"
    catalogue = load_catalogue([with_questions(tmp_path, INDICATOR.replace("label: {en: Yield}", label))])
    problems = translation_problems(catalogue)
    assert {problem.severity for problem in problems} == {Severity.WARNING}
    found = {p.place.question: (p.place.row, p.expected()) for p in problems}
    assert found == {
        "label": (line_in("label"), "the same text in español"),
        "plots.label": (1, "the same text in français, español"),
        "kg.label": (4, "the same text in français, español"),
        "area.label": (5, "the same text in français, español"),
        "grows.label": (6, "the same text in français, español"),
    }
    assert "español" in problems[0].text("es")


def test_the_library_loads_in_well_under_a_second():
    started = time.process_time()
    load_catalogue([REPOSITORY / "indicators"])
    assert time.process_time() - started < 1


def test_a_changed_copy_starts_without_what_was_worked_out_of_the_first(tmp_path):
    first = load_catalogue([with_questions(tmp_path)])
    plan_indicator(first.indicators["yield_"], first)
    without = {name: entry for name, entry in first.questions["plots"].items() if name != "area"}
    changed = replace(first, questions={**first.questions, "plots": without})
    with pytest.raises(MandeError, match="area"):
        plan_indicator(changed.indicators["yield_"], changed)
