"""`mande schema`: the JSON schema of results.json."""

from __future__ import annotations

import json
from pathlib import Path

import click


@click.command()
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), default=None,
    help="Where to write it.  [default: print it]",
)  # fmt: skip
def command(out: Path | None) -> None:
    """Print the JSON schema of results.json, for programs that read it."""
    from mande.results import results_schema

    text = json.dumps(results_schema(), indent=1, ensure_ascii=False) + "\n"
    if out is None:
        click.echo(text, nl=False)
    else:
        out.write_text(text, encoding="utf-8", newline="\n")
        click.echo(out)
