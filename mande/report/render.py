"""Run a notebook with checked parameters and publish what it shows: notebook, page, PDF."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import nbformat
import papermill
import zmq
from jupyter_client.kernelspec import NoSuchKernel
from nbclient.exceptions import DeadKernelError
from papermill.exceptions import PapermillExecutionError
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from traitlets.config import Config

from mande.errors import Code, MandeError, Place, Problem, Text, did_you_mean
from mande.report.page import Front, pieces, to_page, to_pdf

R_PARAMETER = Code(
    "R-PARAMETER",
    Text("a notebook parameter is not right"),
    Text("{expected}"),
    Text("Correct the parameter; the first code cell of the notebook lists them with their defaults."),
)
R_CELL = Code(
    "R-CELL",
    Text("a cell of the notebook failed, so there is no report"),
    Text("a notebook that runs from top to bottom"),
    Text("Open the partial notebook at {partial}, mend the cell, and run again."),
)
R_NOTEBOOK = Code(
    "R-NOTEBOOK",
    Text("this notebook cannot be run"),
    Text("{expected}"),
    Text("Restore the notebook, or start again from the library's copy."),
)


R_KERNEL = Code(
    "R-KERNEL",
    Text("the Python that runs notebooks did not start or stopped"),
    Text("a running kernel python3"),
    Text("Install mande again (its ipykernel is missing or broken), or free some memory, and run again."),
)


class EvaluationParameters(BaseModel):
    """Parameters of `notebooks/evaluation.ipynb`."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    programme: str
    results: str
    level: Annotated[float, Field(gt=0.5, lt=1)] = 0.95


_KERNEL = Config({"KernelManager": {"transport_encryption": "auto" if zmq.has("curve") else "disabled"}})
"""Messages to and from the kernel carry survey results: they are encrypted where the library can."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """Where a rendered report lies."""

    notebook: Path
    html: Path
    pdf: Path


def check_parameters(notebook: Path, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters as the notebook will get them.

    They must fit `EvaluationParameters` and be among those that the notebook's parameter cell names:
    papermill itself runs on with its defaults when a name is misspelt.

    Raises
    ------
    MandeError
        R-PARAMETER, one problem for each parameter; R-NOTEBOOK when the file cannot be read.
    """
    place = Place(file=str(notebook))
    known = sorted(_declared(notebook))
    problems = [
        Problem(
            R_PARAMETER,
            Place(file=place.file, question=name),
            {"found": name, "expected": f"one of {', '.join(known)}{did_you_mean(name, known)}"},
        )
        for name in parameters
        if name not in known
    ]
    checked: dict[str, Any] = {}
    try:
        checked = EvaluationParameters.model_validate(dict(parameters)).model_dump()
    except ValidationError as error:
        problems += [
            Problem(
                R_PARAMETER,
                Place(file=place.file, question=".".join(map(str, detail["loc"]))),
                {"found": repr(detail["input"]), "expected": detail["msg"]},
            )
            for detail in error.errors()
            if not (detail["type"] == "extra_forbidden" and detail["loc"][0] not in known)
        ]
    if problems:
        raise MandeError(problems)
    return {name: value for name, value in checked.items() if name in known}


def _declared(notebook: Path) -> set[str]:
    try:
        content = nbformat.read(notebook, as_version=4)
    except (OSError, ValueError, nbformat.ValidationError) as error:
        values = {"found": str(error).splitlines()[0], "expected": "a Jupyter notebook (.ipynb)"}
        raise MandeError([Problem(R_NOTEBOOK, Place(file=str(notebook)), values)]) from error
    if not any("parameters" in cell.metadata.get("tags", []) for cell in content.cells):
        values = {"found": "no cell tagged parameters", "expected": "one code cell with the tag `parameters`"}
        raise MandeError([Problem(R_NOTEBOOK, Place(file=str(notebook)), values)])
    return set(papermill.inspect_notebook(str(notebook)))


def render(
    notebook: Path,
    folder: Path,
    *,
    parameters: Mapping[str, Any],
    front: Front,
    progress: Callable[[str], None] = lambda message: None,
) -> Rendered:
    """Run `notebook` in `folder` and write `evaluation.ipynb`, `report.html` and `report.pdf` there.

    `folder` holds `results.json` already. The notebook sees no path of this machine.

    Raises
    ------
    MandeError
        R-PARAMETER, R-NOTEBOOK, R-CELL, R-OUTPUT or R-PDF. No page or PDF is left behind then, and the
        notebook stays as far as it got.
    """
    checked = check_parameters(notebook, parameters)
    target = folder / "evaluation.ipynb"
    progress("running the notebook")
    _execute(notebook, target, checked)
    content = nbformat.read(target, as_version=4)
    parts = pieces(content, file=target.name)
    progress("writing page and PDF")
    page, pdf = to_page(parts, front), to_pdf(parts, front)
    (folder / "report.html").write_text(page, encoding="utf-8")
    (folder / "report.pdf").write_bytes(pdf)
    return Rendered(target, folder / "report.html", folder / "report.pdf")


def _execute(notebook: Path, target: Path, parameters: Mapping[str, Any]) -> None:
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")  # silences the debugger's start-up warning
    # The kernel of this environment, not one of the same name in the user's home.
    os.environ.setdefault("JUPYTER_PREFER_ENV_PATH", "1")
    try:
        papermill.execute_notebook(
            str(notebook),
            str(target),
            parameters=dict(parameters),
            cwd=str(target.parent),
            kernel_name="python3",
            progress_bar=False,
            log_output=False,
            shutdown_kernel="immediate",
            config=_KERNEL,
        )
    except PapermillExecutionError as error:
        cause = f"cell {error.exec_count}: {error.ename}: {error.evalue}"
        values = {"found": cause, "partial": str(target)}
        raise MandeError(
            [Problem(R_CELL, Place(file=notebook.name, question=f"cell {error.exec_count}"), values)]
        ) from error
    except (NoSuchKernel, DeadKernelError) as error:
        raise MandeError([Problem(R_KERNEL, Place(file=notebook.name), {"found": str(error)})]) from error
