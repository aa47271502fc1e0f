"""Effects across outcomes with their intervals, outcomes of the same unit on the same axis."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from mande.report.blocks import Figure
from mande.report.figures import _canvas
from mande.results import Estimate, Evaluation, OutcomeResult
from mande.wording import lower_first

_WORSE = {"lower_is_better": "lower is better", "higher_is_better": "higher is better"}


def draw(evaluation: Evaluation) -> Figure | None:
    """Return one row per outcome: estimate, interval, and on which side of zero is better.

    Outcomes on the log scale share an axis in percent; others are grouped by unit.
    """
    rows = [(result, result.primary) for result in evaluation.outcomes if result.primary is not None]
    if not rows:
        return None
    groups: dict[str, list[tuple[OutcomeResult, Estimate]]] = {}
    for row in rows:
        groups.setdefault(_axis(row[1]), []).append(row)
    with _canvas.style():
        drawing = _canvas.canvas(0.55 * len(rows) + 0.75 * len(groups) + 0.1)
        sizes = [len(group) + 0.4 for group in groups.values()]
        axes = drawing.subplots(len(groups), 1, squeeze=False, height_ratios=sizes)[:, 0]
        for ax, (axis, group) in zip(axes, groups.items(), strict=True):
            _draw(ax, group, axis=axis, level=evaluation.level)
        svg = _canvas.to_svg(drawing)
    return Figure(
        svg=svg,
        title="Estimated effect on each outcome",
        description=_description(rows, evaluation.level),
        caption=(
            f"Dot: best estimate. Bar: {100 * evaluation.level:g} % confidence interval. "
            "A bar that crosses the line at zero means that the data show no clear effect. "
            "Filled dots: the bar does not cross zero."
        ),
    )


def _axis(estimate: Estimate) -> str:
    if estimate.scale == "log":
        return "Effect, in percent"
    return "Effect, in percentage points" if estimate.scale == "share" else f"Effect, in {estimate.unit}"


def _shown(estimate: Estimate, value: float) -> float:
    if estimate.scale == "log":
        return 100 * math.expm1(value)
    return 100 * value if estimate.scale == "share" else value


def _draw(ax: Axes, rows: Sequence[tuple[OutcomeResult, Estimate]], *, axis: str, level: float) -> None:
    for at, (_, estimate) in enumerate(rows):
        ci = estimate.interval(level)
        low, mid, high = (_shown(estimate, v) for v in (ci.low, estimate.estimate, ci.high))
        clear = ci.excludes(0)
        ax.plot(
            [low, high], [at, at], color=_canvas.COLOURS[0], linewidth=3, solid_capstyle="round", zorder=2
        )
        face = _canvas.COLOURS[0] if clear else "white"
        ax.plot(
            mid,
            at,
            "o",
            markersize=9,
            markeredgewidth=2,
            color=_canvas.COLOURS[0],
            markerfacecolor=face,
            zorder=3,
        )
    ax.axvline(0, color=_canvas.INK, linewidth=1, zorder=1)
    labels = [f"{result.label}\n({_WORSE.get(result.direction, 'neutral')})" for result, _ in rows]
    ax.set_yticks(range(len(rows)), labels)
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.margins(x=0.08)
    ax.set_xlabel(axis)
    ax.xaxis.set_major_locator(MaxNLocator(6))
    ax.grid(axis="x", color=_canvas.GRID, linewidth=0.8)
    ax.set_axisbelow(True)
    ax.tick_params(length=0)
    ax.spines["left"].set_visible(False)


def _description(rows: Sequence[tuple[OutcomeResult, Estimate]], level: float) -> str:
    parts = []
    for result, estimate in rows:
        best = estimate.amount(estimate.estimate)
        parts.append(f"{lower_first(result.label)} {best}, interval {estimate.span(level)}")
    return "; ".join(parts) + "."
