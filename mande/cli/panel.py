"""`mande panel`: who was followed, who was lost."""

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
    """Show who was interviewed in which waves of PROGRAMME, and who was lost: by arm, place and baseline."""
    from mande.pipeline.following import panel_report

    found = panel_report(programme, workspace=workspace)
    click.echo(
        json.dumps(found.as_record(lang), indent=1, ensure_ascii=False) if as_json else found.text(lang)
    )
