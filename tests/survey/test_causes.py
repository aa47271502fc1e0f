"""Problems grouped by cause: what is alike in many columns is told once, what differs by row with its row."""

from __future__ import annotations

import xlsxwriter

from mande.errors import Code, Place, Problem, Text
from mande.survey.causes import causes, grouped
from mande.survey.page import verdict_page

SALES = """
format: 1
table: farmers
questions:
  maize_price: {label: {en: Price of maize}, type: number}
  bean_price: {label: {en: Price of beans}, type: number}
  owns_cow: {label: {en: Owns a cow}, type: yes_no}
  milk: {label: {en: Milk}, type: number, when: owns_cow}
"""
COMMAS = "farmer_id;sex;maize_price;bean_price\nF001;f;3,5;1,25\nF002;m;4,5;2,75\n"


def of(verdict, code, language="en"):
    return [cause for cause in causes(verdict, language) if cause.first.code.id == code]


def test_columns_nobody_asked_for_are_one_cause_with_their_titles(shared_coop):
    verdict = shared_coop.check("farmer_id,sex,notes2,x,temp\nF001,f,a,b,c\n")
    (cause,) = of(verdict, "H-EXTRA")
    assert (cause.columns, cause.count, cause.where) == (
        ("notes2", "x", "temp"), "", "columns notes2, x, temp",
    )  # fmt: skip
    assert "columns notes2, x, temp\n" in verdict.text()
    (record,) = [entry for entry in verdict.record()["causes"] if entry["code"] == "H-EXTRA"]
    assert record["columns"] == ["notes2", "x", "temp"]


def test_a_long_list_of_columns_is_cut_short_in_its_heading_alone(shared_coop):
    titles = [f"extra{number}" for number in range(20)]
    verdict = shared_coop.check(f"farmer_id,sex,{','.join(titles)}\nF001,f{',1' * 20}\n")
    (cause,) = of(verdict, "H-EXTRA")
    assert cause.columns == tuple(titles)
    assert cause.where.endswith("extra11, ...")
    assert all(title in verdict_page(verdict) for title in titles)


def test_one_answer_settles_the_decimal_mark_of_every_column(place_with):
    coop = place_with({"indicators/_questions/sales.yaml": SALES})
    verdict = coop.check(COMMAS)
    (cause,) = of(verdict, "V-DECIMALCOMMA", "fr")
    assert cause.columns == ("maize_price", "bean_price")
    assert cause.answers(verdict)[-1] == "mande answer coop V-DECIMALCOMMA RÉPONSE --table farmers"
    for text in (verdict.text(), verdict_page(verdict)):
        assert "maize_price: cells with a comma as decimal mark: 2" in text.replace("&#39;", "'")
        assert "bean_price: cells with a comma as decimal mark: 2" in text
    (coop.folder / "import_profile.yaml").write_text(
        "format: 1\nanswers:\n"
        "  - {ask: V-DECIMALCOMMA, table: farmers, answer: comma, by: Ana, at: 2024-01-01}\n",
        encoding="utf-8",
    )
    settled = coop.check(COMMAS)
    assert settled.status == "ok"
    assert settled.table.frame.select("maize_price", "bean_price").row(1) == (4.5, 2.75)


def test_one_column_keeps_its_own_command(place_with):
    coop = place_with({"indicators/_questions/sales.yaml": SALES})
    verdict = coop.check("farmer_id;sex;maize_price\nF001;f;3,5\n")
    (cause,) = of(verdict, "V-DECIMALCOMMA")
    assert cause.answers(verdict)[-1].endswith('--table farmers --column "maize_price"')


CLOSE = Code(
    "T-CLOSE",
    Text("the id is not known", "l'identifiant est inconnu", "el id no se conoce"),
    Text("is it {known}?", "est-ce {known} ?", "¿es {known}?"),
    Text("Look."),
)


def test_what_was_expected_stands_beside_each_row_where_it_differs():
    found = {2: ("H01", "H001"), 3: ("H02", "H002")}
    problems = [
        Problem(CLOSE, Place(row=row, column="id"), {"found": id_, "known": known})
        for row, (id_, known) in found.items()
    ]
    (cause,) = grouped(problems, "fr")
    assert cause.expected == ""
    assert [cause.told(problem) for problem in problems] == [
        "H01; attendu : est-ce H001 ?", "H02; attendu : est-ce H002 ?",
    ]  # fmt: skip
    (alone,) = grouped(problems[:1], "en")
    assert (alone.expected, alone.told(problems[0])) == ("is it H001?", "H01")


def test_a_cell_that_shows_an_error_is_not_called_empty(place_with, tmp_path):
    coop = place_with({"indicators/_questions/sales.yaml": SALES})
    path = tmp_path / "x.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("Data")
        sheet.write_row(0, 0, ["farmer_id", "sex", "owns_cow", "milk"])
        sheet.write_row(1, 0, ["F001", "f", "yes"])
        sheet.write_formula(1, 3, "=A9", None, "#REF!")
        sheet.write_row(2, 0, ["F002", "f", "yes"])
    verdict = coop.check(path)
    assert [(p.place.row, p.place.column) for p in verdict.problems if p.code.id == "X-SKIP-EMPTY"] == [
        (3, "milk")
    ]
    assert "V-CELLERROR" in verdict.counts
