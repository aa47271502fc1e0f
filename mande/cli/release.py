"""`mande release`: a file for other researchers."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from mande.cli import lang_option, table_option, wave_option, workspace_option


@click.command()
@click.argument("programme")
@wave_option
@table_option
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The CSV file.")
@lang_option
@workspace_option
def command(
    programme: str, wave: str, table: str | None, out: Path, lang: Any, workspace: Path
) -> None:  # fmt: skip
    """Write a table of an accepted wave for other researchers, as release.yaml declares.

    Without direct identifiers, with pseudonyms for ids; a codebook and figures of k-anonymity and
    l-diversity are written beside it. Exit code 1 where people could be found: a group is smaller than 5 rows
    and release.yaml sets no `minimum_k`.
    """
    from mande.pipeline.releasing import release

    done = release(programme, wave, out, table=table, language=lang, workspace=workspace)
    click.echo(done.text(lang))
    if done.warning(lang):
        click.echo(f"\n{done.warning(lang)}", err=True)
        sys.exit(1)
