"""`mande answer`: settle what an upload could not be read without."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Any

import click

from mande.cli import lang_option, workspace_option
from mande.errors import Text

_WRITTEN = Text(
    "{code} = {answer}, written to {path}. Validate the file again.",
    "{code} = {answer}, écrit dans {path}. Validez de nouveau le fichier.",
    "{code} = {answer}, escrito en {path}. Valide el archivo otra vez.",
)


@click.command()
@click.argument("programme")
@click.argument("code")
@click.argument("answer")
@click.option("--table", default="", help="Survey table the answer holds for.  [default: all]")
@click.option("--column", default="", help="Title of the column it holds for.  [default: all]")
@click.option("--about", default="", help="Fingerprint that the question shows, where it is about one file.")
@click.option("--by", default=None, help="Who answers.  [default: your user name]")
@click.option("--note", default="", help="How it is known.")
@lang_option
@workspace_option
def command(
    programme: str, code: str, answer: str, table: str, column: str, about: str, by: str | None, note: str,
    lang: Any, workspace: Path,
) -> None:  # fmt: skip
    """Answer the question CODE that `mande validate` asked about the files of PROGRAMME.

    The answer is kept in the programme's import_profile.yaml and holds for later files too; one to a
    question that shows `--about` holds only for what was asked about.
    """
    from mande.pipeline.answers import answer_question

    path = answer_question(
        programme, code, answer, table=table, column=column, about=about, by=by or getpass.getuser(),
        note=note, workspace=workspace,
    )  # fmt: skip
    click.echo(_WRITTEN.in_(lang).format(code=code.upper(), answer=answer, path=path))
