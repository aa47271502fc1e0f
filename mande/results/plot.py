"""One estimate as a picture: dots with intervals, and bands where several hold at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.figure import Figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from mande.results.estimate import Estimate

_EVENT = "event="
_ONE_BASE = ("event_study", "sun_abraham")
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
    places, bands = _places(names), None
    if has_joint and estimate.simultaneous is not None and not estimate.caution:
        bands = estimate.bands(level)
        axes.vlines(places, bands["low"], bands["high"], color=_BLUE, linewidth=1)
    if bands is not None and rows:
        axes.plot([], [], color=_BLUE, linewidth=3, label="one effect")
        axes.plot([], [], color=_BLUE, linewidth=1, label="all effects at once")
    for at, row in zip(places, rows, strict=True):
        if not estimate.caution and row["ci_low"] is not None:
            axes.vlines(at, float(str(row["ci_low"])), float(str(row["ci_high"])), color=_BLUE, linewidth=3)
        axes.plot(at, float(str(row["estimate"])), "o", color=_BLUE, markersize=7)
    are_waves = _ticks(axes, names, places, estimate.method)
    if axes.get_legend_handles_labels()[1]:
        axes.legend(frameon=False, fontsize="small", loc="lower right", bbox_to_anchor=(1, 1))
    unit = "log points" if estimate.scale == "log" else estimate.unit or "the outcome's unit"
    axes.set_ylabel(f"Effect, in {unit}")
    axes.set_title(estimate.label or estimate.outcome, loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    note = "No interval: " + estimate.caution if estimate.caution else f"{100 * level:g} % intervals"
    waves = "Waves since the start. " if are_waves else ""
    axes.set_xlabel(f"{waves}{estimate.method}, {estimate.inference}. {note}", wrap=True)
    return drawing


def _places(names: list[str]) -> list[int]:
    """Return where terms stand: effects by wave since the start at that wave, others one after another."""
    if len(names) > 1 and all(name.startswith(_EVENT) for name in names):
        return [int(name.removeprefix(_EVENT)) for name in names]
    return list(range(len(names)))


def _ticks(axes: Axes, names: list[str], places: list[int], method: str) -> bool:
    """Name the terms and return whether they are waves; the one measured from is hollow."""
    if not (len(names) > 1 and all(name.startswith(_EVENT) for name in names)):
        axes.set_xticks(range(len(names)), names, rotation=0 if len(names) < 5 else 45)
        axes.set_xlim(-0.6, len(names) - 0.4)
        return False
    low, high = min(places), max(places)
    gaps = [at for at in range(low, 0) if at not in places]
    base = gaps[-1:] if method in _ONE_BASE else [at for at in gaps if at == -1]
    if low > -2 and method in _ONE_BASE and not base:
        base, low = [-1], -1
    for at in base:
        axes.plot(
            at, 0, "o", color=_BLUE, markersize=7, markerfacecolor="white", linestyle="none",
            label="measured from here: zero by definition",
        )  # fmt: skip
    axes.set_xticks(range(low, high + 1))
    axes.set_xlim(low - 0.6, high + 0.6)
    return True
