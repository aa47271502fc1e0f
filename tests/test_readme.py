"""What the README shows works as shown."""

import re
from pathlib import Path

import click
import pytest

from mande.cli import cli

REPOSITORY = Path(__file__).parent.parent
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")


def test_the_python_example_gives_the_numbers_beside_it():
    (code,) = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    names: dict = {}
    exec(compile(code, "README.md", "exec"), names)
    row = names["result"].tidy().iloc[0]
    shown = re.search(r"estimate (\S+), std_error (\S+),", code)
    assert f"{row['estimate']:.4f}" == shown[1]
    assert f"{row['std_error']:.4f}" == shown[2]


@pytest.mark.parametrize(
    "command", [*sorted(set(re.findall(r"\bmande ([a-z]+)\b", README)) - {"init"}), "init"]
)
def test_every_command_the_readme_names_exists(command):
    assert cli.get_command(click.Context(cli), command) is not None


@pytest.mark.parametrize("document", sorted(REPOSITORY.glob("*.md")), ids=lambda path: path.name)
def test_every_link_of_a_document_leads_to_a_file(document):
    for target in re.findall(r"\]\(([^)#]+)\)", document.read_text(encoding="utf-8")):
        assert (REPOSITORY / target).exists(), target


def test_every_target_the_readme_names_is_in_the_makefile():
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"\bmake ([a-z]+)\b", README)):
        assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE), target
