"""Shared drawing: one look, and SVG that is the same bytes for the same data."""

from __future__ import annotations

import io
import re
from contextlib import AbstractContextManager
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure as Canvas

WIDTH = 4.8
"""Inches. Text of 9.5 points stays readable when the drawing shrinks to a phone's width."""

INK = "#1f2933"
GRID = "#d5dbe1"
COLOURS = ("#0b5394", "#c05600", "#5f6b76", "#3d7a3a", "#7b4397")
"""Distinct in hue and in lightness, so that they differ in grey print too."""
MARKERS = ("o", "s", "D", "^", "v")

_STYLE: Any = {
    "font.size": 9.5,
    "font.family": "DejaVu Sans",
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": GRID,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "svg.fonttype": "path",
    "svg.hashsalt": "mande",
    "axes.unicode_minus": True,
}


def canvas(height: float, *, width: float = WIDTH) -> Canvas:
    """Return an empty drawing of `width` x `height` inches."""
    return Canvas(figsize=(width, height), layout="constrained")


def style() -> AbstractContextManager[None]:
    """Return the context in which every figure is drawn."""
    return mpl.rc_context(_STYLE)


def to_svg(drawing: Canvas) -> str:
    """Return the drawing as SVG that scales with its container and carries no date."""
    buffer = io.StringIO()
    drawing.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None}, transparent=True)
    svg = buffer.getvalue()
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg[svg.index("<svg") :], flags=re.DOTALL)
    return re.sub(r'\swidth="[^"]*pt"|\sheight="[^"]*pt"', "", svg, count=2)
