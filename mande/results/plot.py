"""One estimate as a picture: dots with intervals, and bands where several hold at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.figure import Figure

if TYPE_CHECKING:
    from mande.results.estimate import Estimate

_BLUE, _INK = "#0b5394", "#1f2933"


def draw(estimate: Estimate, *, level: float = 0.95) -> Figure:
    """Return one dot and interval per headline term; effects by event time stand side by side.

    Thick bars are intervals of one effect each; thin ones, where the method has them, hold for all at once.
    Values are as estimated: in the outcome's unit, in log points on the log scale. An interval without an
    end is cut at the edge of the drawing. With a caution no interval is drawn, for none can be relied on.
    """
    has_joint = len(estimate.joint) > 1
    chosen = estimate.joint if has_joint else estimate.headline or (estimate.term,)
    names = [term.name for term in estimate.terms if term.name in chosen]
    rows = [estimate.row(term, level) for term in estimate.terms if term.name in chosen]
    drawing = Figure(figsize=(max(4.8, 0.6 * len(rows)), 3.2), layout="constrained")
    axes = drawing.subplots()
    axes.axhline(0, color=_INK, linewidth=1)
    if has_joint and estimate.simultaneous is not None and not estimate.caution:
        bands = estimate.bands(level)
        axes.vlines(range(len(bands)), bands["low"], bands["high"], color=_BLUE, linewidth=1)
    for at, row in enumerate(rows):
        if not estimate.caution and row["ci_low"] is not None:
            axes.vlines(at, float(str(row["ci_low"])), float(str(row["ci_high"])), color=_BLUE, linewidth=3)
        axes.plot(at, float(str(row["estimate"])), "o", color=_BLUE, markersize=7)
    axes.set_xticks(range(len(names)), names, rotation=0 if len(names) < 5 else 45)
    axes.set_xlim(-0.6, len(names) - 0.4)
    unit = "log points" if estimate.scale == "log" else estimate.unit or "the outcome's unit"
    axes.set_ylabel(f"Effect, in {unit}")
    axes.set_title(estimate.label or estimate.outcome, loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    note = "No interval: " + estimate.caution if estimate.caution else f"{100 * level:g} % intervals"
    axes.set_xlabel(f"{estimate.method}, {estimate.inference}. {note}", wrap=True)
    return drawing
