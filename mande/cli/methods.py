"""`mande methods`: which methods there are, and when to use which."""

from __future__ import annotations

import json

import click

from mande.cli import lang_option


@click.command()
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@lang_option
def command(name: str | None, as_json: bool, lang: str) -> None:
    """List the methods and standard errors of `mande estimate`: when to use which, what each assumes.

    With NAME: one of them, with its options and the implementation it was checked against.
    """
    from mande.pipeline.estimating import method_records, methods_text

    if as_json:
        click.echo(json.dumps(method_records(name), indent=1, ensure_ascii=False))
    else:
        click.echo(methods_text(name))
