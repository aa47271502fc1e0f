"""`mande corrections`: decide who is who in a workbook, and keep the decisions in the log."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Any

import click

from mande.cli import lang_option, table_option, wave_option, workspace_option
from mande.errors import Text

_TO_MAKE = Text(
    "Decisions to make: {n}. Fill in {path}, then:",
    "Décisions à prendre : {n}. Remplissez {path}, puis :",
    "Decisiones por tomar: {n}. Llene {path}, luego:",
)
_ADDED = Text(
    "Decisions added to corrections.csv: {n}. Validate the files again.",
    "Décisions ajoutées à corrections.csv : {n}. Validez de nouveau les fichiers.",
    "Decisiones añadidas a corrections.csv: {n}. Valide los archivos otra vez.",
)


@click.group()
def command() -> None:
    """Decide about repeated, unknown and doubtful ids; decisions are kept and replayed."""


@command.command()
@click.argument("programme")
@wave_option
@table_option
@click.option(
    "--file",
    "files",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    help="A file of the wave; give it once for each file.  [default: those programme.yaml names]",
)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), default=Path("review.xlsx"))
@lang_option
@workspace_option
def export(
    programme: str, wave: str, table: str | None, files: tuple[Path, ...], out: Path, lang: Any,
    workspace: Path,
) -> None:  # fmt: skip
    """Write what is to decide about the files of a wave as a workbook with drop-down lists.

    All tables are decided about together; give all files of the wave, as to `mande validate`.
    """
    from mande.pipeline.correcting import export_review

    done = export_review(programme, wave, out, files=files, table=table, language=lang, workspace=workspace)
    click.echo(_TO_MAKE.in_(lang).format(n=done.open, path=done.path))
    click.echo(f"  mande corrections apply {programme} {done.path}")


@command.command()
@click.argument("programme")
@click.argument("review", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--by", default=None, help="Who decides, where a line does not say.  [default: your user name]")
@lang_option
@workspace_option
def apply(programme: str, review: Path, by: str | None, lang: Any, workspace: Path) -> None:
    """Check the decisions in REVIEW and append them to the correction log of PROGRAMME."""
    from mande.pipeline.correcting import apply_review

    added = apply_review(programme, review, by=by or getpass.getuser(), workspace=workspace)
    for entry in added:
        click.echo(f"  {entry.action}: {entry.where}" + (f" -> {entry.value}" if entry.value else ""))
    click.echo(_ADDED.in_(lang).format(n=len(added)))
