"""Definitions are checked one by one and against each other; all problems come at once."""

import textwrap
from pathlib import Path

import pytest

from mande import yaml12
from mande.catalogue import load_catalogue, load_programme, parse, read_yaml
from mande.errors import MandeError
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


def test_a_key_given_twice_is_an_error_with_its_line(tmp_path):
    write(
        tmp_path,
        "_tables.yaml",
        "plots: {label: {en: Plots}, key: plot_id}\nplots: {label: {en: P}, key: p}\n",
    )
    assert "row 2" in problems_of(tmp_path)["D-YAML"]


def test_yaml_no_stays_a_word(tmp_path):
    write(tmp_path, "x.yaml", "answer: no\n")
    assert read_yaml(tmp_path / "x.yaml") == {"answer": "no"}


def test_a_workspace_overrides_with_a_higher_version_only(tmp_path):
    root = library(tmp_path / "library")
    own = tmp_path / "own"
    changed = INDICATOR.replace("value: kg / area", "value: 2 * kg / area")
    write(own, "income/yield_.yaml", changed)
    assert "version above 1" in problems_of(root, own)["D-PLACE"]
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
