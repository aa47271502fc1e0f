"""`mande tracking`: the list of those still to be found."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from mande.cli import lang_option, wave_option, workspace_option


@click.command()
@click.argument("programme")
@wave_option
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The workbook.")
@click.option(
    "--contacts", is_flag=True, help="Put names and phone numbers beside: the file then identifies."
)
@lang_option
@workspace_option
def command(
    programme: str, wave: str, out: Path, contacts: bool, lang: Any, workspace: Path
) -> None:  # fmt: skip
    """List the units of PROGRAMME still to be found in a wave: place, status, last interview, enumerator.

    Contact details come from the identities kept apart, only with --contacts, and where these are
    encrypted only with their key (MANDE_KEY_FILE).
    """
    import os

    from mande.pipeline.following import track
    from mande.survey.vault import find_key

    key = find_key(os.environ) if contacts else None
    done = track(
        programme, wave, out, contacts=contacts, key=key, language=lang, workspace=workspace
    )  # fmt: skip
    click.echo(done.text(lang))
