"""`mande waves`: the history of what was accepted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from mande.cli import lang_option, workspace_option


@click.command()
@click.argument("programme")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@lang_option
@workspace_option
def command(programme: str, as_json: bool, lang: Any, workspace: Path) -> None:
    """Show what was accepted for PROGRAMME: wave, revision, when, by whom, rows, hash and reason."""
    from mande.pipeline.history import history_text, wave_history

    found = wave_history(programme, workspace=workspace)
    if as_json:
        click.echo(json.dumps([entry.as_record() for entry in found], indent=1, ensure_ascii=False))
    else:
        click.echo(history_text(found, lang))
