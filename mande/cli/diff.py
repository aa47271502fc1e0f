"""`mande diff`: what changed between two waves or two revisions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from mande.cli import lang_option, workspace_option


@click.command()
@click.argument("programme")
@click.argument("first")
@click.argument("second", required=False)
@click.option(
    "--revisions",
    nargs=2,
    type=int,
    default=None,
    help="Two revisions of one wave.  [default: the newest two]",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@lang_option
@workspace_option
def command(
    programme: str, first: str, second: str | None, revisions: tuple[int, int] | None, as_json: bool,
    lang: Any, workspace: Path,
) -> None:  # fmt: skip
    """Show what changed in PROGRAMME between the waves FIRST and SECOND, or between revisions of FIRST.

    Rows new, gone and changed, and which answers, with counts and examples. Personal and protected
    answers are counted and not shown.
    """
    from mande.pipeline.history import compare

    found = compare(programme, first, second, revisions=revisions, workspace=workspace)
    click.echo(json.dumps(found.as_record(), indent=1, ensure_ascii=False) if as_json else found.text(lang))
