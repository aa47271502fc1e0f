"""The `mande` command: one call into `pipeline` each. Heavy modules load inside the commands.

A command may also be a file of its own beside this one: its name is the command's, and it holds a click
command or group named `command`.
"""

from __future__ import annotations

import gc
import getpass
import importlib
import json
import pkgutil
import sys
from pathlib import Path
from typing import Any

import click

from mande import __version__
from mande.errors import MandeError, Text

ERRORS = 3
"""Exit code when a step was stopped by problems."""


def _found() -> list[str]:
    """Return the commands that have a file of their own."""
    return [entry.name for entry in pkgutil.iter_modules(__path__) if not entry.name.startswith("_")]


_LANG = "mande.language"
_LARGE = 100_000_000
"""Bytes below which nobody asks whether a file is for pieces: the modules that know are not loaded."""
_GARBAGE = 100_000
"""A command is over before much garbage has gathered: looking for it seldom saves a tenth of its time."""


class _Group(click.Group):
    """Finds commands in this folder, and shows a step's problems as text, without a traceback."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *_found()})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in _found():
            command: click.Command = importlib.import_module(f"{__name__}.{cmd_name}").command
            return command
        return super().get_command(ctx, cmd_name)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except MandeError as error:
            for problem in error.problems:
                click.echo(problem.text(ctx.meta.get(_LANG, "en")), err=True)
                click.echo(err=True)
            ctx.exit(ERRORS)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="mande")
def cli() -> None:
    """From survey upload to evaluation report.

    Run it inside a workspace: a folder with baselines/ (your programmes) and, once made, reports/.
    """


workspace_option = _workspace = click.option(
    "--workspace",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=".",
    help="Folder inside the workspace.  [default: this folder]",
)
programme_option = _programme = click.option(
    "--programme", "-p", required=True, help="Programme id: its folder's name in baselines/."
)
wave_option = _wave = click.option("--wave", "-w", required=True, help="Wave id, as in programme.yaml.")
table_option = _table = click.option(
    "--table", default=None, help="Survey table of the file, where a wave has several."
)
_sheet = click.option("--sheet", default=None, help="Sheet of the workbook, where several could be meant.")


def _remember(ctx: click.Context, parameter: click.Parameter, value: str) -> str:
    """Keep the language where errors find it, whichever command they come from."""
    ctx.meta[_LANG] = value
    return value


lang_option = _lang = click.option(
    "--lang",
    type=click.Choice(["en", "fr", "es"]),
    callback=_remember,
    default="en",
    show_default=True,
    help="Language of messages.",
)


@cli.command()
@click.argument("folder", type=click.Path(path_type=Path))
def init(folder: Path) -> None:
    """Make a new workspace in FOLDER, with an example programme to try."""
    from mande.pipeline.workspaces import init_workspace

    made = init_workspace(folder)
    click.echo(f"Made a workspace in {made.root}.")
    click.echo(f"Try it:\n  cd {made.root}\n  mande evaluate {made.programme_ids()[0]}")


_files = click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)


@cli.command()
@_files
@_programme
@_wave
@_table
@_sheet
@click.option("--json", "as_json", is_flag=True, help="Print the verdict as JSON.")
@click.option(
    "--html", type=click.Path(dir_okay=False, path_type=Path), default=None, help="Write it as an HTML page."
)
@click.option(
    "--marked",
    is_flag=True,
    help="Write an Excel copy of each file with problems, its cells marked, beside it (FILE.checked.xlsx). "
    "It holds all that the file holds, personal data included.",
)
@click.option(
    "--annotated",
    type=click.Path(dir_okay=False, path_type=Path),
    default=None,
    help="The same, written to this path.",
)
@click.option("--no-annotated", is_flag=True, hidden=True, help="No copy is written unless asked for.")
@click.option(
    "--pieces/--whole",
    default=None,
    help="Check a CSV file piece by piece, in little memory; every problem goes to FILE.problems.csv.  "
    "[default: where it is larger than 100 MB]",
)
@_lang
@_workspace
def validate(
    files: tuple[Path, ...], programme: str, wave: str, table: str | None, sheet: str | None, as_json: bool,
    html: Path | None, marked: bool, annotated: Path | None, no_annotated: bool, pieces: bool | None,
    lang: Any, workspace: Path,
) -> None:  # fmt: skip
    """Check the survey FILES of a wave and say what is wrong, where and how to fix it.

    Give all tables of the wave at once (households, persons, sales, register, uptake, targets), as files or
    as sheets of a workbook: they are told apart by their titles and checked against each other.
    Nothing is stored. Exit code: 0 accepted as it is, 1 warnings only, 3 errors.
    """
    from mande.pipeline.uploads import validate_files

    _one_file(files, table, sheet)
    asked = {"programme": programme, "wave": wave, "table": table, "workspace": workspace}
    if _by_pieces(files, pieces, whole_only=bool(sheet or html or marked or annotated), asked=asked):
        sys.exit(_validate_in_pieces(files[0], asked, as_json=as_json, silent=no_annotated, lang=lang))
    verdict = validate_files(
        files, programme=programme, wave=wave, table=table, sheet=sheet, workspace=workspace
    )
    click.echo(verdict.as_json(lang) if as_json else verdict.text(lang))
    if html is not None:
        from mande.pipeline.verdicts import write_page

        click.echo(f"\n{_PAGE.in_(lang)}{write_page(verdict, html, language=lang)}", err=as_json)
    if (marked or annotated is not None) and not no_annotated:
        from mande.pipeline.verdicts import annotate_all

        for written in annotate_all(verdict, files, annotated, language=lang):
            click.echo(f"\n{_COPY.in_(lang)}{written}", err=as_json)
    elif verdict.exit_code == 3 and not as_json:
        click.echo(f"\n{_MARK.in_(lang)}")
    sys.exit(verdict.exit_code)


_PAGE = Text("Page: ", "Page : ", "Página: ")
_COPY = Text("Marked copy: ", "Copie marquée : ", "Copia marcada: ")
_MARK = Text(
    "With --marked, a copy of your own file is written with these cells marked.",
    "Avec --marked, une copie de votre propre fichier est écrite, ces cellules marquées.",
    "Con --marked se escribe una copia de su propio archivo con estas celdas marcadas.",
)


def _by_pieces(
    files: tuple[Path, ...], pieces: bool | None, *, whole_only: bool, asked: dict[str, Any]
) -> bool:
    """Return whether to check in pieces: as told, or where one large file allows it."""
    if pieces and (whole_only or len(files) > 1):
        raise click.UsageError(
            "--pieces is for one CSV file, without --sheet, --html, --marked and --annotated."
        )
    if pieces is not None or whole_only or sum(file.stat().st_size for file in files) < _LARGE:
        return bool(pieces)
    from mande.pipeline.large import is_for_pieces

    return is_for_pieces(files, **asked)


def _validate_in_pieces(file: Path, asked: dict[str, Any], *, as_json: bool, silent: bool, lang: Any) -> int:
    from mande.pipeline.large import validate_in_pieces

    report = None if silent else file.with_suffix(".problems.csv")
    verdict = validate_in_pieces(file, **asked, language=lang, report=report)
    click.echo(verdict.as_json() if as_json else verdict.text())
    if report is not None:
        click.echo(f"\n{report}", err=as_json)
    return verdict.exit_code


def _one_file(files: tuple[Path, ...], table: str | None, sheet: str | None) -> None:
    if len(files) > 1 and (table is not None or sheet is not None):
        raise click.UsageError("--table and --sheet are for one file; give several files without them.")


@cli.command()
@_files
@_programme
@_wave
@_table
@_sheet
@click.option("--by", default=None, help="Who accepts.  [default: your user name]")
@click.option("--revision", is_flag=True, help="Replace an accepted wave by a new, numbered revision.")
@click.option("--reason", default=None, help="Why the revision is needed (goes into the manifest).")
@_lang
@_workspace
def accept(
    files: tuple[Path, ...], programme: str, wave: str, table: str | None, sheet: str | None, by: str | None,
    revision: bool, reason: str | None, lang: Any, workspace: Path,
) -> None:  # fmt: skip
    """Check the FILES of a wave and store them as its accepted, unchangeable data."""
    from mande.pipeline.uploads import accept

    _one_file(files, table, sheet)
    receipt = accept(
        files, programme=programme, wave=wave, table=table, sheet=sheet, by=by or getpass.getuser(),
        revision=revision, reason=reason, workspace=workspace,
    )  # fmt: skip
    click.echo(receipt.text(lang))


@cli.command()
@click.argument("programme")
@click.option("--force", is_flag=True, help="Render again even when the report is up to date.")
@_workspace
def evaluate(programme: str, force: bool, workspace: Path) -> None:
    """Evaluate PROGRAMME and render its report (HTML, PDF, notebook, results.json)."""
    from mande.pipeline.shelf import current_report

    done = None if force else current_report(programme, workspace=workspace)
    if done is None:
        from mande.pipeline.reporting import evaluate_and_render

        done = evaluate_and_render(
            programme, workspace=workspace, progress=lambda text: click.echo(f"  {text}", err=True)
        )
    else:
        click.echo("  The report is up to date: same data, definitions, notebook and version.", err=True)
    click.echo(f"\n{done.answer}\n")
    for label, name in (
        ("Report", "report.html"),
        ("PDF", "report.pdf"),
        ("Notebook", "evaluation.ipynb"),
        ("Results", "results.json"),
    ):
        click.echo(f"  {label:<9} {done.folder / name}")


@cli.command()
@click.argument("programme", required=False)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=None,
    help="Folder for the pages of the library's reference.  [default: docs/indicators]",
)
@_lang
@_workspace
def codebook(programme: str | None, out: Path | None, lang: Any, workspace: Path) -> None:
    """Print the codebook of PROGRAMME's uploads; without one, write the reference of the library."""
    from mande.pipeline.codebooks import codebook, write_reference

    if programme is not None:
        click.echo(codebook(programme, workspace=workspace, language=lang), nl=False)
        return
    for path in write_reference(out or Path("docs/indicators"), language=lang):
        click.echo(path)


@cli.group()
def indicators() -> None:
    """List, show, check and compute indicators."""


_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def _as_json(value: Any) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False)


@indicators.command("list")
@click.option("--domain", default=None, help="Only this domain, for example wages.")
@click.option("--entity", default=None, help="Only indicators of this unit, for example households.")
@_json
@_lang
@_workspace
def list_(domain: str | None, entity: str | None, as_json: bool, lang: Any, workspace: Path) -> None:
    """List the indicators of the library and of the workspace."""
    from mande.pipeline.library import list_indicators, listed_text

    found = list_indicators(workspace, domain=domain, entity=entity, language=lang)
    click.echo(_as_json(found) if as_json else listed_text(found))


@indicators.command()
@click.argument("indicator")
@_json
@_lang
@_workspace
def show(indicator: str, as_json: bool, lang: Any, workspace: Path) -> None:
    """Explain INDICATOR (its id or code): formula, questions, examples, pitfalls, crosswalk."""
    from mande.pipeline.library import show_indicator

    page, record = show_indicator(indicator, workspace, language=lang)
    click.echo(_as_json(record) if as_json else page)


@indicators.command()
@click.option("--record", is_flag=True, help="Put the fingerprints of new versions on record.")
@_json
@_lang
@_workspace
def check(record: bool, as_json: bool, lang: Any, workspace: Path) -> None:
    """Check every definition: schema, names, formulas, units, examples, versions.

    Exit code: 0 all in order, 1 warnings only, 3 errors.
    """
    from mande.pipeline.library import check_library

    found = check_library(workspace, record=record)
    records = [problem.as_record(lang) for problem in found.problems]
    click.echo(_as_json(records) if as_json else found.text(lang))
    sys.exit(ERRORS if found.errors else int(bool(found.problems)))


@indicators.command()
@click.argument("indicator")
@_programme
@_wave
@click.option(
    "--by",
    multiple=True,
    help="Group by this, or by two crossed (sex,region); may be repeated.  [default: its own groups]",
)
@click.option(
    "--level",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.95,
    show_default=True,
    help="Level of the intervals.",
)
@_json
@_lang
@_workspace
def compute(
    indicator: str, programme: str, wave: str, by: tuple[str, ...], level: float, as_json: bool, lang: Any,
    workspace: Path,
) -> None:  # fmt: skip
    """Compute INDICATOR over an accepted wave: value, standard error, cases, and why others are missing.

    Winsorised indicators show their values as measured too. Small groups are hidden, and so is what would
    reveal them.
    """
    from mande.pipeline.computing import compute

    found = compute(
        indicator, programme, wave, by=by or None, level=level, language=lang, workspace=workspace
    )
    click.echo(_as_json(found.as_record()) if as_json else found.text())


@cli.command()
@click.argument("code")
@_lang
def explain(code: str, lang: Any) -> None:
    """Explain a problem CODE, for example V-RANGE."""
    from mande.pipeline.explaining import explain_code

    click.echo(explain_code(code, language=lang))


def main() -> None:
    """Run the command line."""
    gc.set_threshold(_GARBAGE)
    cli()
