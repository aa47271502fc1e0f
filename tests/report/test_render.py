"""Parameters are checked before anything runs; a failed cell leaves no report."""

import json

import nbformat
import pytest

from mande.errors import MandeError
from mande.report.page import Front
from mande.report.render import check_parameters, render
from mande.results import to_json
from tests.report.example import evaluation

FRONT = Front("Training grants", "Evaluation report", "Michigan", "abc123")
PARAMETERS = {"programme": "example", "results": "results.json", "level": 0.95}


def book(path, *sources, tags=("parameters",)):
    first = nbformat.v4.new_code_cell('programme = "x"\nresults = ""\nlevel = 0.95')
    first.metadata["tags"] = list(tags)
    cells = [first, *(nbformat.v4.new_code_cell(source) for source in sources)]
    spec = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=spec), path)
    return path


def test_a_misspelt_parameter_is_an_error_and_not_a_default_report(tmp_path):
    path = book(tmp_path / "n.ipynb")
    with pytest.raises(MandeError, match="did you mean programme"):
        check_parameters(path, {**PARAMETERS, "program": "dairy"})


def test_all_wrong_parameters_come_at_once(tmp_path):
    path = book(tmp_path / "n.ipynb")
    with pytest.raises(MandeError) as caught:
        check_parameters(path, {"programme": 7, "results": "r", "level": 95.0, "extra": 1})
    assert {p.place.question for p in caught.value.problems} == {"programme", "level", "extra"}


def test_a_missing_parameter_is_named(tmp_path):
    with pytest.raises(MandeError, match="results"):
        check_parameters(book(tmp_path / "n.ipynb"), {"programme": "x"})


def test_a_notebook_without_parameters_cell_is_refused(tmp_path):
    with pytest.raises(MandeError, match="R-NOTEBOOK"):
        check_parameters(book(tmp_path / "n.ipynb", tags=()), PARAMETERS)


def test_a_file_that_is_no_notebook_is_refused(tmp_path):
    (tmp_path / "n.ipynb").write_text("not a notebook", encoding="utf-8")
    with pytest.raises(MandeError, match="R-NOTEBOOK"):
        check_parameters(tmp_path / "n.ipynb", PARAMETERS)


def test_a_failed_cell_names_itself_keeps_the_notebook_and_leaves_no_report(tmp_path):
    (tmp_path / "results.json").write_bytes(to_json(evaluation()))
    path = book(tmp_path / "n.ipynb", "1 / 0", "'never reached'")
    with pytest.raises(MandeError, match="ZeroDivisionError") as caught:
        render(path, tmp_path, parameters=PARAMETERS, front=FRONT)
    assert "R-CELL" in str(caught.value)
    assert json.loads((tmp_path / "evaluation.ipynb").read_text(encoding="utf-8"))["cells"]
    assert not (tmp_path / "report.html").exists()
    assert not (tmp_path / "report.pdf").exists()
