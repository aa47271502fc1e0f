"""`mande answer` writes one line of the import profile."""

import shutil
from pathlib import Path

from click.testing import CliRunner

from mande.cli import cli
from mande.survey.profile import load_profile

ROOT = Path(__file__).parents[2]


def run(folder: Path, *words: str):
    return CliRunner().invoke(cli, ["answer", *words, "--workspace", str(folder)])


def test_an_answer_is_kept_and_a_second_one_replaces_it(tmp_path):
    source = ROOT / "baselines" / "michigan_training_grants" / "programme.yaml"
    folder = tmp_path / "baselines" / "michigan_training_grants"
    folder.mkdir(parents=True)
    shutil.copy(source, folder)
    for given in ("month_day_year", "day_month_year"):
        done = run(
            tmp_path, "michigan_training_grants", "v-dateorder", given, "--table", "firms", "--by", "Ana"
        )
        assert done.exit_code == 0, done.output
    answers = load_profile(folder).answers
    assert [(a.ask, a.table, a.answer, a.by) for a in answers] == [
        ("V-DATEORDER", "firms", "day_month_year", "Ana")
    ]
    unknown = run(tmp_path, "michigan_training_grants", "V-NOSUCH", "x")
    assert unknown.exit_code == 3
    assert "E-CODE" in unknown.output
