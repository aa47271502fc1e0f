"""Cases 26 and 27: a required column that is absent, and columns that nobody asked for."""

from __future__ import annotations

import pytest

from mande.errors import MandeError


def errors(verdict, code):
    return [p for p in verdict.problems if p.code.id == code]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_case_26_a_required_column_is_absent_and_a_near_title_is_offered(shared_coop, workbook, kind):
    rows = [["farmer_id", "hours", "sexe_"], ["F001", "40", "f"]]
    path = (
        workbook({"Baseline": rows})
        if kind == "xlsx"
        else shared_coop.write("\n".join(",".join(row) for row in rows) + "\n")
    )
    verdict = shared_coop.check(path)
    (problem,) = errors(verdict, "H-MISSING")
    assert problem.severity == "error"
    assert (problem.place.row, problem.place.sheet) == (1, "Baseline" if kind == "xlsx" else "")
    assert problem.place.question == "Sex"
    assert "did you mean sexe_?" in problem.found()
    assert "mapping.yaml" in problem.fix()
    with pytest.raises(MandeError, match="H-MISSING"):
        shared_coop.accept(verdict)


def test_case_26_a_mapping_settles_it(coop):
    coop.mapping("    columns: {sexe_: sex}\n")
    assert coop.check("farmer_id,sexe_\nF001,f\n").exit_code == 0


def test_case_27_columns_nobody_asked_for_are_told_and_kept_aside(coop):
    verdict = coop.check("farmer_id,sex,notes2,x,temp\nF001,f,a,b,c\n")
    found = errors(verdict, "H-EXTRA")
    assert [(p.place.column, p.severity, verdict.cell(p)) for p in found] == [
        ("notes2", "warning", "C1"), ("x", "warning", "D1"), ("temp", "warning", "E1"),
    ]  # fmt: skip
    assert verdict.exit_code == 1
    coop.accept(verdict)
    from mande.survey.store import load_wave

    assert {"notes2", "x", "temp"} & set(
        load_wave(coop.workspace, "coop", "2023").tables["farmers"].columns
    ) == set()


def test_case_27_columns_that_are_known_to_be_useless_are_quiet(coop):
    coop.mapping("    ignore: [notes2, x, temp]\n")
    assert coop.check("farmer_id,sex,notes2,x,temp\nF001,f,a,b,c\n").exit_code == 0
