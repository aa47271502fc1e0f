"""`mande estimate`: one method on a file of one's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from mande.cli import lang_option


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--method", "-m", required=True, help="As `mande methods` lists them.")
@click.option("--outcome", "-y", required=True, help="Column of the outcome.")
@click.option("--treated", "-t", multiple=True, help="Column of who is treated; again for further arms.")
@click.option("--unit", default=None, help="Column of the unit's id.")
@click.option("--time", default=None, help="Column of the wave.")
@click.option("--first-treated", default=None, help="Column of the first treated wave; 0 is never.")
@click.option(
    "--covariate", "-x", multiple=True, help="Column to compare at like values of; may be repeated."
)
@click.option("--absorb", multiple=True, help="Column of groups whose effects are removed; may be repeated.")
@click.option("--cluster", multiple=True, help="Column errors are clustered by; twice for two clusterings.")
@click.option("--strata", default=None, help="Column of the strata of the draw or sample.")
@click.option("--weights", default=None, help="Column of sampling weights.")
@click.option("--inference", default="auto", show_default=True, help="Kind of standard error.")
@click.option(
    "--scale", type=click.Choice(["level", "log", "share"]), default="level", show_default=True,
    help="Scale of the effect: log takes logarithms, share is in percentage points.",
)  # fmt: skip
@click.option("--option", "-o", "written", multiple=True, help="name=value, for example periods=2019,2021.")
@click.option(
    "--level", type=click.FloatRange(0, 1, min_open=True, max_open=True), default=0.95, show_default=True,
    help="Level of the intervals.",
)  # fmt: skip
@click.option("--all-terms", is_flag=True, help="Show every coefficient.")
@click.option(
    "--other-software", "beside", is_flag=True,
    help="Show what Stata, R, statsmodels and linearmodels would print for the same model, and why.",
)  # fmt: skip
@click.option("--sheet", default=None, help="Sheet of the workbook, where several could be meant.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@lang_option
def command(
    file: Path, method: str, outcome: str, treated: tuple[str, ...], covariate: tuple[str, ...],
    absorb: tuple[str, ...], cluster: tuple[str, ...], written: tuple[str, ...], level: float,
    all_terms: bool, beside: bool, sheet: str | None, as_json: bool, lang: Any, **arguments: Any,
) -> None:  # fmt: skip
    """Estimate one effect on the table in FILE (CSV, Excel, ODS, Stata, SPSS, Parquet).

    Nothing is stored. Exit code: 0 estimated, 3 with every problem told.
    """
    from mande.pipeline.estimating import estimate_file, read_options

    found = estimate_file(
        file,
        method=method,
        outcome=outcome,
        treated=list(treated) or None,
        covariates=list(covariate),
        absorb=list(absorb),
        cluster=cluster or None,
        options=read_options(written),
        sheet=sheet,
        other_software=beside,
        **arguments,
    )
    for problem in found.told:
        click.echo(problem.text(lang), err=True)
    if as_json:
        record = {"file": file.name, **found.as_record(level, all_terms=all_terms)}
        click.echo(json.dumps(record, indent=1, ensure_ascii=False, allow_nan=False))
        return
    table = found.estimate.tidy(level, terms="all" if all_terms else "effect")
    click.echo(found.estimate.summary(level))
    shown = ["term", "estimate", "std_error", "df", "p_value", "ci_low", "ci_high"]
    click.echo("\n" + table[shown].to_string(index=False, float_format=lambda value: f"{value:.6g}"))
    if found.beside is not None:
        click.echo("\nThe same model in other software:\n")
        for row in found.beside.to_dict(orient="records"):
            df = f"({row['df']:.6g})" if row["df"] == row["df"] and row["df"] is not None else ""
            error = f"error {row['std_error']:.6g}, {row['distribution']}{df}, p {row['p_value']:.6g}"
            click.echo(f"{row['software']}: {error}\n    {row['command']}\n    {row['convention']}")
