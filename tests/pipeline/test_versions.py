"""An evaluation names the version of each indicator that it used, those behind its outcomes included."""

from __future__ import annotations

import json
from pathlib import Path

from mande.disclosure import release
from mande.pipeline.evaluation import evaluate
from mande.results import to_json
from tests.pipeline.plants import PLANTS_FILE, PROGRAMME, plants_workspace

MICHIGAN = "michigan_training_grants"
REPOSITORY = Path(__file__).parents[2]
BEHIND = """\
format: 1
id: orders_received
version: 3
domain: working_conditions
label: {en: Orders received}
entity: firms
unit: points
direction: higher_is_better
value: orders
source: made up
pitfalls: made up
examples:
  - {given: {orders: 5}, expect: 5}
  - {given: {orders: null}, expect: null}
"""


def test_an_indicator_behind_an_outcome_is_named_too(tmp_path: Path):
    place = plants_workspace(tmp_path)
    file = place.indicators / PLANTS_FILE
    uses = "uses: {received: {indicator: orders_received, version: 3}}\nvalue: quality + received"
    text = file.read_text(encoding="utf-8").replace("value: quality", uses)
    text = text.replace("{quality: 5}, expect: 5", "{quality: 5, received: 2}, expect: 7")
    file.write_text(text, encoding="utf-8")
    file.with_name("orders_received.yaml").write_text(BEHIND, encoding="utf-8")
    used = evaluate(PROGRAMME, workspace=place.root).definitions
    told = {entry.id: (entry.version, entry.local, entry.formula) for entry in used}
    assert told == {"plant_quality": (1, True, "quality + received"), "orders_received": (3, True, "orders")}


def test_a_local_definition_that_overrides_the_librarys_is_called_so(tmp_path: Path):
    place = plants_workspace(tmp_path, accepted=False)
    source = (REPOSITORY / "indicators" / "upgrading" / "scrap_rate.yaml").read_text(encoding="utf-8")
    own = place.indicators / "upgrading" / "scrap_rate.yaml"
    own.parent.mkdir(parents=True, exist_ok=True)
    own.write_text(source.replace("version: 1", "version: 2", 1), encoding="utf-8")
    evaluation = evaluate(MICHIGAN, workspace=place.root)
    local = {entry.id: (entry.version, entry.local) for entry in evaluation.definitions}
    assert local["scrap_rate"] == (2, True)
    assert {found for name, found in local.items() if name != "scrap_rate"} == {(1, False)}
    records = json.loads(to_json(release(evaluation).evaluation))["estimates"]
    told = {r["definition"]: (r["indicator_version"], r["locally_defined"]) for r in records}
    assert told["scrap_rate"] == (2, True)
    assert told["sales_per_employee"] == (1, False)
