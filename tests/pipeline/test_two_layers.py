"""Impact estimates take the variable of each unit; what describes groups never reaches them."""

from __future__ import annotations

from pathlib import Path

import pytest

from mande.errors import MandeError
from mande.pipeline.data import read_and_measure
from mande.pipeline.evaluation import evaluate
from mande.pipeline.runs import load_definitions
from mande.workspace import Workspace
from tests.pipeline.plants import PLANTS_FILE, PROGRAMME, answers, plants_workspace


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return plants_workspace(tmp_path_factory.mktemp("layers"))


def test_an_outcome_is_each_units_own_value(place: Workspace):
    frame = read_and_measure(place, load_definitions(place, PROGRAMME)).frame
    _, plants, _ = answers()
    for wave, answered in plants.items():
        own = frame[frame["wave"] == wave].set_index("firm_id")["plant_quality"].to_dict()
        assert own == pytest.approx(dict(answered.select("firm_id", "quality").iter_rows()))


def test_how_a_group_is_reported_does_not_move_an_effect(place: Workspace, tmp_path: Path):
    other = plants_workspace(tmp_path)
    file = other.indicators / PLANTS_FILE
    more = "statistics: [median, gini, total]\nweigh_by: orders\nplausible:"
    file.write_text(file.read_text(encoding="utf-8").replace("plausible:", more), encoding="utf-8")
    one, two = (evaluate(PROGRAMME, workspace=here.root) for here in (place, other))
    assert one.main.primary == two.main.primary
    assert one.outcomes[1].primary == two.outcomes[1].primary


def test_a_variable_of_other_units_is_no_outcome(tmp_path: Path):
    place = plants_workspace(tmp_path)
    file = place.baselines / PROGRAMME / "programme.yaml"
    text = file.read_text(encoding="utf-8") + "  - {indicator: job_quality}\n"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(MandeError) as caught:
        evaluate(PROGRAMME, workspace=place.root)
    (problem,) = caught.value.problems
    assert (problem.code.id, problem.found()) == ("P-OUTCOME", "job_quality")
    assert problem.expected().startswith("an indicator of firms")


@pytest.mark.parametrize(
    "distribution", ["total", "{gain_shares: {group: branch}}", "{duncan: {category: branch, group: branch}}"]
)
def test_a_group_number_without_one_influence_per_unit_is_no_outcome(tmp_path: Path, distribution: str):
    place = plants_workspace(tmp_path)
    file = place.baselines / PROGRAMME / "programme.yaml"
    text = (
        file.read_text(encoding="utf-8") + f"  - {{indicator: plant_quality, distribution: {distribution}}}\n"
    )
    file.write_text(text, encoding="utf-8")
    with pytest.raises(MandeError) as caught:
        evaluate(PROGRAMME, workspace=place.root)
    assert [problem.code.id for problem in caught.value.problems] == ["P-DISTRIBUTION"]
