"""Evaluate, render, and put the report on the shelf; or open a report to ask it more."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from mande.disclosure import release
from mande.pipeline.evaluation import evaluate
from mande.pipeline.runs import REPORT_FILES, Shelf, code_fingerprint
from mande.pipeline.shelf import Done, current_report
from mande.report import Report, open_results
from mande.report.page import Front
from mande.report.render import render
from mande.report.sections.answer import headline
from mande.results import Evaluation, to_json
from mande.workspace import Workspace, find_workspace, locked, sha256_file

__all__ = ["evaluate_and_render", "open_report"]


def open_report(
    programme: str, *, results: str = "", level: float = 0.95, workspace: Path | str = "."
) -> Report:
    """Return the report on a programme, to be shown section by section in a notebook.

    Parameters
    ----------
    programme
        Id of the programme.
    results
        Path of a `results.json`; empty to evaluate the accepted waves now.
    level
        Level of confidence intervals.
    workspace
        A folder inside the workspace, where `results` is empty.

    Raises
    ------
    MandeError
        X-RESULTS when the file is not one; else as `evaluate`.
    """
    if results:
        return open_results(results, level=level)
    return Report(release(evaluate(programme, workspace=workspace, level=level)))


def evaluate_and_render(
    programme: str,
    *,
    workspace: Path | str = ".",
    force: bool = False,
    progress: Callable[[str], None] = lambda text: None,
) -> Done:
    """Evaluate a programme, render its report into `reports/<programme>/<run>/`, and return where.

    The report appears whole or not at all. Where a cell of the notebook fails, the partial notebook
    stays in `<run>.partial/`, without page or PDF.

    Raises
    ------
    MandeError
        Every problem of the step that cannot go on.
    """
    place = find_workspace(Path(workspace))
    evaluation = evaluate(programme, workspace=workspace, progress=progress)
    if not force and (done := current_report(programme, workspace=Path(workspace))):
        return done
    target = place.run_dir(programme, evaluation.trail.run)
    with locked(target.with_name(f".{target.name}.lock")):
        _render(place, evaluation, target, progress)
    return Done(target, headline(evaluation))


def _render(place: Workspace, evaluation: Evaluation, target: Path, progress: Callable[[str], None]) -> None:
    programme = evaluation.programme
    staging = target.with_name(f"{target.name}.partial")
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True)
    (staging / "results.json").write_bytes(to_json(release(evaluation).evaluation))
    front = Front(programme.title, "Evaluation report", programme.place, evaluation.trail.run)
    parameters = {"programme": programme.id, "results": "results.json", "level": evaluation.level}
    render(place.notebook("evaluation"), staging, parameters=parameters, front=front, progress=progress)
    files = {name: sha256_file(staging / name) for name in REPORT_FILES}
    Shelf(evaluation.trail.run, headline(evaluation), code_fingerprint(), files).write(staging)
    shutil.rmtree(target, ignore_errors=True)
    staging.rename(target)
