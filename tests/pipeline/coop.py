"""The survey tests' small programme, complete enough for every command."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mande.cli import cli
from tests.survey.conftest import Place, make_place

INDICATOR = """
format: 1
id: income_of_farm
version: 1
domain: income
label: {en: Farm income}
entity: farmers
unit: LCU/season
direction: higher_is_better
value: income
statistics: [mean]
source: "A test."
pitfalls: None.
examples:
  - given: {income: 1}
    expect: 1
  - given: {income: null}
    expect: null
    because: it is not known
"""


def make_coop(root: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Return a workspace whose programme has an outcome of its own, and no library but itself (quick)."""
    monkeypatch.setattr("mande.pipeline.runs.library_root", lambda: root)
    coop = make_place(root)
    path = coop.folder / "programme.yaml"
    text = path.read_text(encoding="utf-8").replace("indicator: income", "indicator: income_of_farm")
    path.write_text(text, encoding="utf-8")
    (root / "indicators" / "income").mkdir()
    (root / "indicators" / "income" / "income_of_farm.yaml").write_text(INDICATOR, encoding="utf-8")
    return coop


def run(place: Place, *arguments: str) -> Result:
    """Run a command in the workspace; whatever goes wrong is told, never a traceback."""
    done = CliRunner().invoke(cli, [*arguments, "--workspace", str(place.workspace.root)])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.output
    return done
