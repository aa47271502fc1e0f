"""`mande backcheck`: how far second interviews agree with the first."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from mande.cli import lang_option, programme_option, table_option, wave_option, workspace_option

_file = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("original", type=_file)
@click.argument("again", type=_file)
@programme_option
@wave_option
@table_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@lang_option
@workspace_option
def command(
    original: Path, again: Path, programme: str, wave: str, table: str | None, as_json: bool, lang: Any,
    workspace: Path,
) -> None:  # fmt: skip
    """Compare AGAIN, a file of second interviews, with the ORIGINAL file, respondent by respondent.

    Prints the share of differing answers by enumerator, back-checker and question. Questions say in their
    definition what a difference means (`backcheck: {type: 1, within: 0}`); type 2 where they do not.
    """
    from mande.pipeline.backchecks import compare_back_check

    found = compare_back_check(
        original, again, programme=programme, wave=wave, table=table, workspace=workspace
    )
    click.echo(json.dumps(found.record(), indent=1, ensure_ascii=False) if as_json else found.text(lang))
