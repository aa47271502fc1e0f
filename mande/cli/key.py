"""`mande key`: make the key that encrypts identities."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from mande.cli import lang_option, workspace_option
from mande.errors import Text

_WRITTEN = Text(
    "Key {name} written to {file}. Keep a copy in a safe place: without it the identities\n"
    "of waves accepted with it are lost. To use it: export {variable}={file}",
    "Clé {name} écrite dans {file}. Gardez-en une copie en lieu sûr : sans elle, les identités\n"
    "des vagues acceptées avec elle sont perdues. Pour l'utiliser : export {variable}={file}",
    "Clave {name} escrita en {file}. Guarde una copia en lugar seguro: sin ella se pierden las\n"
    "identidades de las rondas aceptadas con ella. Para usarla: export {variable}={file}",
)


@click.group()
def command() -> None:
    """Make and name the key that encrypts identities."""


@command.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@lang_option
@workspace_option
def new(file: Path, lang: Any, workspace: Path) -> None:
    """Write a new key to FILE, outside the workspace, readable by you alone.

    Whoever loses the key loses the identities of every wave accepted with it. Keep a copy in a safe place.
    """
    from mande.survey.vault import FILE_VARIABLE, new_key
    from mande.workspace import find_workspace

    key = new_key(file, workspace=find_workspace(workspace).root)
    click.echo(_WRITTEN.in_(lang).format(name=key.name, file=file, variable=FILE_VARIABLE))
