"""`mande key`: make the key that encrypts identities."""

from __future__ import annotations

from pathlib import Path

import click

from mande.cli import workspace_option


@click.group()
def command() -> None:
    """Make and name the key that encrypts identities."""


@command.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@workspace_option
def new(file: Path, workspace: Path) -> None:
    """Write a new key to FILE, outside the workspace, readable by you alone.

    Whoever loses the key loses the identities of every wave accepted with it. Keep a copy in a safe place.
    """
    from mande.survey.vault import FILE_VARIABLE, new_key
    from mande.workspace import find_workspace

    key = new_key(file, workspace=find_workspace(workspace).root)
    click.echo(f"Key {key.name} written to {file}. Keep a copy in a safe place: without it the identities")
    click.echo(f"of waves accepted with it are lost. To use it: export {FILE_VARIABLE}={file}")
