"""How the numbers were made: the estimator, the assumption, the definitions."""

from __future__ import annotations

from mande.disclosure import Release
from mande.report.blocks import Block, Blocks, Heading, Paragraph, TableBlock
from mande.results import Estimate, Evaluation, OutcomeResult, Table


def render(release: Release) -> Blocks:
    """Return equation, assumption, inference, and the definition of every outcome."""
    evaluation = release.evaluation
    blocks: list[Block] = [Heading("Method")]
    main = evaluation.main.primary
    if main is not None:
        blocks += [
            Paragraph(_equation(main)),
            Paragraph(f"**Assumption.** {main.assumption}"),
            Paragraph(
                f"**Inference.** {main.inference} standard errors"
                + (f", clustered by {main.cluster}" if main.cluster else "")
                + f"; {100 * evaluation.level:g} % intervals from {_DISTRIBUTIONS[main.reference.kind]}"
                + (f" with {main.df:g} degrees of freedom for the main outcome." if main.df else ".")
            ),
        ]
    blocks.append(TableBlock(_definitions(release)))
    if evaluation.definitions:
        blocks.append(TableBlock(_indicators(evaluation)))
    sources = [(result.label, result.source, result.pitfalls) for result in evaluation.outcomes]
    blocks.append(
        TableBlock(
            Table("Sources and pitfalls of the outcomes", ("outcome", "source", "pitfall"), tuple(sources))
        )
    )
    return Blocks(tuple(blocks))


_DISTRIBUTIONS = {
    "t": "a t distribution",
    "normal": "the normal distribution",
    "draws": "draws",
    "set": "tests of every value that the effect could have",
}
_EQUATIONS = {
    "did": (
        "For each unit i with an answer in both waves, Δyᵢ = α + β·treatedᵢ + εᵢ, where Δyᵢ is the "
        "change of the "
        "outcome (of its logarithm, where the scale is log). β is the effect on the treated. In this "
        "two-wave "
        "panel it equals the interaction of treated and after in a regression with unit and wave effects."
    ),
    "did_of_groups": (
        "For each answer i in the two waves, yᵢ = α + γ·treatedᵢ + δ·afterᵢ + β·treatedᵢ·afterᵢ + εᵢ "
        "(the logarithm "
        "of the outcome, where the scale is log): other units are asked in each wave, so that groups "
        "are followed."
    ),
    "ancova": (
        "For each unit i, yᵢ = α + β·treatedᵢ + γ·y₀ᵢ + δ′xᵢ + εᵢ, where y₀ᵢ is the outcome before "
        "(left out where "
        "it is not known) and xᵢ the covariates and strata of the draw, if any. β is the effect of "
        "being drawn."
    ),
    "callaway_santanna": (
        "For each group g that starts together and each wave t, ATT(g, t) is the mean change since "
        "the wave before "
        "the start, less that of units that have not started by t; the effects are averaged by the "
        "size of groups."
    ),
}


def _equation(main: Estimate) -> str:
    """Return the equation of the main method; of one without an entry, where to read it."""
    name = "did_of_groups" if main.method == "did" and main.n_units is None else main.method
    return _EQUATIONS.get(name, f"`mande methods {main.method}` shows the equation and its source.")


def _definitions(release: Release) -> Table:
    rows = tuple((r.label, _named(r), r.formula, r.unit, r.scale) for r in release.evaluation.outcomes)
    return Table("Definitions of the outcomes", ("outcome", "indicator", "formula", "unit", "scale"), rows)


def _named(result: OutcomeResult) -> str:
    local = ", locally defined" if result.local else ""
    return f"{result.definition or result.indicator} version {result.version}{local}"


def _indicators(evaluation: Evaluation) -> Table:
    """Return every indicator behind the results: those of the outcomes, and those that they use."""
    rows = tuple(
        (
            used.id,
            used.label,
            used.version,
            "locally defined" if used.local else "library",
            used.formula,
            used.unit,
        )
        for used in evaluation.definitions
    )
    columns = ("indicator", "label", "version", "defined", "formula", "unit")
    note = "Another version, or a local definition, may mean something else under the same name."
    return Table("Indicators used and their versions", columns, rows, (note,))
