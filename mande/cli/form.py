"""`mande form`: write the questionnaire of a programme, or read one that exists."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from mande.cli import lang_option, programme_option, workspace_option


class _WriteByDefault(click.Group):
    """`mande form PROGRAMME` writes; the first word is a programme unless it names a command."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = ["write", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_WriteByDefault)
def command() -> None:
    """Write the questionnaire of a programme (`mande form PROGRAMME`), or import one that exists."""


@command.command()
@click.argument("programme")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    default=None,
    help="Where to write the form.  [default: PROGRAMME.xlsx]",
)
@lang_option
@workspace_option
def write(programme: str, out: Path | None, lang: Any, workspace: Path) -> None:
    """Write the questionnaire of PROGRAMME as an XLSForm, for ODK, KoboToolbox and SurveyCTO.

    It asks exactly what the programme's indicators need, in English, French and Spanish.
    """
    from mande.pipeline.forms import write_forms

    for written in write_forms(programme, out or Path(f"{programme}.xlsx"), workspace=workspace):
        click.echo(written.text(lang))


@command.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@programme_option
@click.option("--wave", "-w", default=None, help="Wave asked with this form: keeps it for comparison.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    default=None,
    help="Where to write the draft.  [default: mapping.draft.yaml in the programme's folder]",
)
@click.option("--json", "as_json", is_flag=True, help="Print every question with its suggestions as JSON.")
@lang_option
@workspace_option
def import_(
    file: Path, programme: str, wave: str | None, out: Path | None, as_json: bool, lang: Any,
    workspace: Path,
) -> None:  # fmt: skip
    """Read FILE, an XLSForm that was used in the field, and draft its mapping to the library.

    Says which questions were matched, which are only likely, and what the programme's indicators need
    that the form does not ask.
    """
    from mande.pipeline.form_import import import_form

    found = import_form(file, programme=programme, wave=wave, out=out, workspace=workspace)
    record = found.as_record(lang)
    click.echo(json.dumps(record, ensure_ascii=False, indent=1) if as_json else found.text(lang))
