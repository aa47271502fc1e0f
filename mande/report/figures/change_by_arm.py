"""Observed change since the baseline, by arm, with intervals."""

from __future__ import annotations

import math

from mande.report.blocks import Figure
from mande.report.figures import _canvas
from mande.results import Cell, Evaluation, OutcomeResult, Reference
from mande.wording import lower_first


def draw(evaluation: Evaluation, *, indicator: str) -> Figure | None:
    """Return the observed mean change since the baseline, one line per arm; None where nothing changed.

    These are observed changes: the effect is the difference between the lines, if the arms would have
    changed alike without the programme.
    """
    result = evaluation.outcome(indicator)
    records = [r for r in result.changes.records() if isinstance(r["change"], float)]
    if not records:
        return None
    waves = evaluation.programme.waves
    arms = [arm for arm in evaluation.programme.arms if any(r["arm"] == arm.id for r in records)]
    with _canvas.style():
        drawing = _canvas.canvas(3.1)
        ax = drawing.subplots()
        for number, arm in enumerate(arms):
            points = [(0.0, 0.0, 0.0, 0.0)]
            for at, wave in enumerate(waves[1:], start=1):
                found = next((r for r in records if r["arm"] == arm.id and r["wave"] == wave.id), None)
                if found is not None:
                    points.append((float(at), *_with_interval(result, found, evaluation.level)))
            x = [point[0] + (0.05 * (number - (len(arms) - 1) / 2) if point[0] else 0) for point in points]
            y = [point[1] for point in points]
            errors = [[p[1] - p[2] for p in points], [p[3] - p[1] for p in points]]
            ax.errorbar(
                x,
                y,
                yerr=errors,
                label=arm.label,
                color=_canvas.COLOURS[number % 5],
                marker=_canvas.MARKERS[number % 5],
                markersize=6,
                linewidth=2,
                elinewidth=1.5,
                capsize=3,
            )
        ax.axhline(0, color=_canvas.INK, linewidth=0.8, zorder=1)
        ax.set_xticks(range(len(waves)), [wave.label for wave in waves])
        unit = {"log": "percent", "share": "percentage points"}.get(result.scale, result.unit)
        ax.set_ylabel(f"Change since baseline\n({unit})")
        ax.grid(axis="y", color=_canvas.GRID, linewidth=0.8)
        ax.set_axisbelow(True)
        ax.tick_params(length=0)
        drawing.legend(loc="outside lower center", ncols=3, frameon=False)
        svg = _canvas.to_svg(drawing)
    return Figure(
        svg=svg,
        title=f"{result.label}: observed change since the baseline, by arm",
        description=_description(result, records),
        caption=(
            f"Only respondents who answered in both waves. Bars: {100 * evaluation.level:g} % confidence "
            "intervals. Observed change is not the effect: the effect is the difference between "
            "arms, if they would have changed alike without the programme."
        ),
    )


def _with_interval(
    result: OutcomeResult, record: dict[str, Cell], level: float
) -> tuple[float, float, float]:
    change, error, df = (float(record[key] or 0.0) for key in ("change", "std_error", "df"))
    half = Reference("t", df).quantile(0.5 + level / 2) * error
    middle, low, high = (_shown(result, value) for value in (change, change - half, change + half))
    return middle, low, high


def _shown(result: OutcomeResult, value: Cell) -> float:
    number = float(value) if isinstance(value, int | float) else math.nan
    if result.scale == "log":
        return 100 * math.expm1(number)
    return 100 * number if result.scale == "share" else number


def _description(result: OutcomeResult, records: list[dict[str, Cell]]) -> str:
    unit = "%" if result.scale == "log" else ("percentage points" if result.scale == "share" else result.unit)
    parts = [
        f"{lower_first(str(r['arm_label']))} in {r['wave_label']}: {_shown(result, r['change']):+.3g} {unit}"
        for r in records
    ]
    return "; ".join(parts) + "."
