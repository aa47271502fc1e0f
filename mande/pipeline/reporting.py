"""Evaluate, render, and put the report on the shelf."""

from __future__ import annotations

from pathlib import Path

from mande.report import Report, open_results


def open_report(
    programme: str, *, results: str = "", level: float = 0.95, workspace: Path = Path()
) -> Report:
    """Return the report on a programme."""
    return open_results(results, level=level)
