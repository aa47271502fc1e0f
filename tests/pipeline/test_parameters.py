"""A programme's own parameters and constants, from its folder to the report."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import polars as pl
import pytest

from mande.catalogue import load_catalogue
from mande.disclosure import release
from mande.errors import MandeError
from mande.pipeline.data import read_and_measure
from mande.pipeline.evaluation import evaluate
from mande.pipeline.parameters import load_own_parameters
from mande.pipeline.parameters_used import parameter_table
from mande.pipeline.runs import load_definitions
from mande.pipeline.workspaces import init_workspace
from mande.report.sections import trail
from mande.results import from_json, to_json
from mande.workspace import Workspace

REPOSITORY = Path(__file__).parents[2]
PROGRAMME = "michigan_training_grants"
KNOWN = load_catalogue([REPOSITORY / "indicators"]).parameters

CPI = """\
format: 1
id: consumer_price_index
version: 1
label: {en: Consumer price index}
unit: base period = 100
by: [region]
lasts: {months: 12}
"""
SERIES = """\
region,start,value,source,provisional
michigan,1987-01-01,100,made up,
michigan,1988-01-01,125,made up,yes
"""
INDICATOR = """\
format: 1
id: {id}
version: 1
domain: upgrading
upgrading: process
label: {{en: "{id}"}}
entity: firms
unit: USD
direction: higher_is_better
uses: {{{uses}}}
value: {value}
source: made up
pitfalls: made up
questions: {{region: {{label: {{en: Region}}, type: text}}}}
examples:
  - {{given: {{}}, expect: null}}
  - {{given: {{sales: 0}}, expect: null}}
"""
USES = {
    "real_sales": ("cpi: {parameter: consumer_price_index, by: [region]}", "sales * 100 / cpi"),
    "growth": ("before: {question: sales, wave: baseline}", "sales / before"),
}


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory) -> Workspace:
    """The example programme with an own price index, a constant region and two outcomes more."""
    place = init_workspace(tmp_path_factory.mktemp("own") / "w")
    for name, (uses, value) in USES.items():
        text = INDICATOR.format(id=name, uses=uses, value=value)
        if name == "growth":
            text = text.replace("questions: {region: {label: {en: Region}, type: text}}\n", "")
        write(place.root / "indicators" / "upgrading" / f"{name}.yaml", text)
    folder = place.baselines / PROGRAMME
    write(folder / "parameters" / "consumer_price_index.yaml", CPI)
    write(folder / "parameters" / "consumer_price_index.csv", SERIES)
    programme = (folder / "programme.yaml").read_text(encoding="utf-8")
    more = "".join(f"  - {{indicator: {name}}}\n" for name in USES) + "characteristics:"
    programme = programme.replace("characteristics:", more) + "constants: {region: michigan}\n"
    write(folder / "programme.yaml", programme)
    return place


@pytest.fixture(scope="module")
def evaluation(workspace):
    return evaluate(PROGRAMME, workspace=workspace.root)


def test_an_evaluation_uses_the_programmes_own_values(workspace, evaluation):
    data = read_and_measure(workspace, load_definitions(workspace, PROGRAMME))
    wide = data.frame.pivot(index="firm_id", columns="wave", values="real_sales")
    for wave, file, index in (("1987", "1987_baseline", 100), ("1988", "1988_follow_up", 125)):
        upload = pd.read_csv(
            workspace.baselines / PROGRAMME / "uploads" / f"{file}.csv", dtype={"fcode": str}
        )
        sales = upload.set_index("fcode")["sales"].dropna()
        pd.testing.assert_series_equal(
            wide[wave].dropna().sort_index(),
            (sales * 100 / index).sort_index(),
            check_names=False,
            check_index_type=False,
            check_dtype=False,
        )
    assert wide["1989"].isna().all()  # the series ends with 1988
    assert evaluation.outcome("real_sales").primary is not None


def test_later_waves_are_compared_with_the_baseline(workspace, evaluation):
    data = read_and_measure(workspace, load_definitions(workspace, PROGRAMME))
    wide = data.frame.pivot(index="firm_id", columns="wave", values="growth")
    sales = data.frame.pivot(index="firm_id", columns="wave", values="sales_per_employee")
    assert wide["1987"].isna().all()
    assert wide["1988"].notna().sum() > 80
    uploads = {
        wave: pd.read_csv(
            workspace.baselines / PROGRAMME / "uploads" / f"{file}.csv", dtype={"fcode": str}
        ).set_index("fcode")["sales"]
        for wave, file in (("1987", "1987_baseline"), ("1988", "1988_follow_up"))
    }
    expected = (uploads["1988"] / uploads["1987"]).reindex(sales.index)
    assert wide["1988"].dropna().to_numpy() == pytest.approx(expected.dropna().to_numpy())


def test_the_report_lists_the_values_used(evaluation):
    table = evaluation.trail.parameters
    assert [row[:7] for row in table.rows] == [
        (
            "consumer_price_index",
            "region michigan",
            "1987-01-01 to 1987-12-31",
            "100",
            "base period = 100",
            "made up",
            "",
        ),
        (
            "consumer_price_index",
            "region michigan",
            "1988-01-01 to 1988-12-31",
            "125",
            "base period = 100",
            "made up",
            "provisional",
        ),
    ]
    assert [row[7] for row in table.rows] == [157, 157]
    assert from_json(to_json(evaluation)) == evaluation
    page = trail.render(release(evaluation)).html()
    assert table.caption in page
    assert "base period = 100" in page


def test_few_look_ups_are_hidden_and_the_value_is_not(evaluation):
    shown = release(evaluation, threshold=158).evaluation.trail.parameters
    assert [row[3] for row in shown.rows] == ["100", "125"]
    assert [row[7] for row in shown.rows] == ["< 158", "< 158"]


def test_the_run_depends_on_the_parameters_its_outcomes_use(workspace, tmp_path):
    definitions = load_definitions(workspace, PROGRAMME)
    hashes = definitions.hashes()
    assert "parameter consumer_price_index v1" in hashes
    assert not any("minimum_wage" in name for name in hashes)
    series = workspace.baselines / PROGRAMME / "parameters" / "consumer_price_index.csv"
    try:
        write(series, SERIES.replace("125", "126"))
        changed = load_definitions(workspace, PROGRAMME).hashes()
    finally:
        write(series, SERIES)
    different = {name for name in hashes if hashes[name] != changed[name]}
    assert different == {"parameter consumer_price_index v1"}


# -- what does not fit ----------------------------------------------------------------------------


def problems_of(folder: Path) -> list[tuple[str, str, str]]:
    with pytest.raises(MandeError) as caught:
        load_own_parameters(folder, KNOWN)
    return [(p.code.id, Path(p.place.file).name, p.expected()) for p in caught.value.problems]


def test_a_programme_without_parameters_brings_none(tmp_path):
    assert load_own_parameters(tmp_path, KNOWN) == {}


def test_everything_wrong_with_the_files_is_said_at_once(tmp_path):
    own = tmp_path / "parameters"
    write(
        own / "consumer_price_index.yaml",
        CPI.replace("base period = 100", "index").replace("[region]", "[country]"),
    )
    write(own / "farmgate_prise.yaml", CPI.replace("consumer_price_index", "farmgate_prise"))
    write(own / "fob_price.yaml", CPI)
    write(own / "loan_rate.csv", SERIES)
    write(own / "ppp_factor.yaml", CPI.replace("unit:", "unitt:"))
    found = problems_of(tmp_path)
    assert ("P-PARAMETER", "consumer_price_index.yaml", "unit: base period = 100") in found
    assert ("P-PARAMETER", "consumer_price_index.yaml", "by: [region]") in found
    assert ("D-PLACE", "fob_price.yaml", "id: fob_price, like the file") in found
    assert ("P-SERIES", "loan_rate.csv", "loan_rate.yaml beside it, with id, unit and keys") in found
    assert {code for code, file, _ in found if file == "ppp_factor.yaml"} == {"D-SCHEMA"}
    ((_, _, expected),) = [entry for entry in found if entry[1] == "farmgate_prise.yaml"]
    assert "did you mean farmgate_price" in expected


def test_every_bad_cell_of_a_table_is_named_by_row_and_column(tmp_path):
    own = tmp_path / "parameters"
    write(own / "consumer_price_index.yaml", CPI)
    rows = ["north,2024-01-01,100,office,", "north,01/02/2024,x,,maybe", ",2024-03-01,nan,office,"]
    write(own / "consumer_price_index.csv", "\n".join(["region,start,value,source,provisional", *rows, ""]))
    with pytest.raises(MandeError) as caught:
        load_own_parameters(tmp_path, KNOWN)
    places = {(p.place.row, p.place.column): p.expected() for p in caught.value.problems}
    assert places == {
        (3, "start"): "a date such as 2024-01-31",
        (3, "value"): "a number with a decimal point",
        (3, "source"): "a text",
        (3, "provisional"): "yes, no or nothing",
        (4, "region"): "a text",
        (4, "value"): "a number with a decimal point",
    }


def test_a_table_needs_its_columns_and_no_others(tmp_path):
    own = tmp_path / "parameters"
    write(own / "consumer_price_index.yaml", CPI)
    write(own / "consumer_price_index.csv", "start,value,sauce\n2024-01-01,1,s\n")
    found = [expected for _, _, expected in problems_of(tmp_path)]
    assert "a column region" in found
    assert "a column source (did you mean sauce?)" in found
    assert any(
        text.startswith("the columns region, start, value, source, until, provisional") for text in found
    )


def test_rows_that_overlap_are_refused_like_values_in_yaml(tmp_path):
    own = tmp_path / "parameters"
    write(own / "consumer_price_index.yaml", CPI)
    rows = [
        "region;start;until;value;source",
        "north;2024-01-01;2024-06-30;100;office",
        "north;2024-06-01;;101;office",
    ]
    write(own / "consumer_price_index.csv", "\n".join(rows))
    ((code, file, expected),) = problems_of(tmp_path)
    assert (code, file) == ("D-SCHEMA", "consumer_price_index.csv")
    assert "ends on 2024-06-30; the next starts on 2024-06-01" in expected


def test_values_stand_in_one_place(tmp_path):
    own = tmp_path / "parameters"
    value = "values: [{start: 1987-01-01, value: 1, source: s, key: {region: a}}]\n"
    write(own / "consumer_price_index.yaml", CPI + value)
    assert load_own_parameters(tmp_path, KNOWN)["consumer_price_index"].values[0].value == 1
    write(own / "consumer_price_index.csv", SERIES)
    assert problems_of(tmp_path) == [("D-PLACE", "consumer_price_index.yaml", "the values in one of them")]


# -- constants ------------------------------------------------------------------------------------


def with_programme(tmp_path: Path, constants: str) -> Workspace:
    place = init_workspace(tmp_path / "w")
    path = place.baselines / PROGRAMME / "programme.yaml"
    write(path, path.read_text(encoding="utf-8") + f"constants: {constants}\n")
    return place


def test_a_constant_that_no_question_takes_is_refused(tmp_path):
    place = with_programme(
        tmp_path, "{regoin: a, employees: many, union: 3, area_ha: -1, has_secret: no, season_end: soon}"
    )
    with pytest.raises(MandeError) as caught:
        load_definitions(place, PROGRAMME)
    found = {p.place.question: p.expected() for p in caught.value.problems}
    assert {p.code.id for p in caught.value.problems} == {"P-CONSTANT"}
    assert "did you mean region" in found["constants.regoin"]
    assert found["constants.employees"].startswith("a valid ")
    assert found["constants.union"] == "true or false"
    assert "constants.has_secret" in found
    assert found["constants.season_end"] == "a date such as 2024-01-31"


def test_a_constant_may_be_a_text_a_choice_a_number_a_truth_or_a_date(tmp_path):
    place = with_programme(tmp_path, "{region: north, hh_size: 4, any_sales: true, season_end: 2024-01-31}")
    constants = load_definitions(place, PROGRAMME).programme.constants
    assert constants == {
        "region": "north",
        "hh_size": 4.0,
        "any_sales": True,
        "season_end": date(2024, 1, 31),
    }


def test_answers_given_are_not_replaced_by_a_constant(tmp_path):
    place = with_programme(tmp_path, "{employees: 5}")
    evaluate(PROGRAMME, workspace=place.root)
    data = read_and_measure(place, load_definitions(place, PROGRAMME))
    upload = pd.read_csv(place.baselines / PROGRAMME / "uploads" / "1987_baseline.csv")["employ"]
    assert upload.isna().any()
    assert sorted(data.baseline["employees"].dropna()) == sorted(upload.dropna())


# -- the table of what was used -------------------------------------------------------------------


def used(*rows: dict) -> pl.DataFrame:
    start = pl.Series([row["start"] for row in rows]).str.to_date()
    plain = {
        "parameter": "p",
        "key": "",
        "unit": "LCU/kg",
        "source": "s",
        "provisional": False,
        "illustrative": False,
    }
    filled = [plain | {"uplift_low": None, "uplift_high": None, "look_ups": 20} | row for row in rows]
    frame = pl.DataFrame(filled).with_columns(pl.col("uplift_low", "uplift_high").cast(pl.Float64))
    return frame.with_columns(start.alias("start"), start.dt.month_end().alias("last_day"))


def test_values_alike_stand_in_one_row_with_their_span():
    table = parameter_table(
        used(
            {"start": "2024-01-01", "value": 1.0},
            {"start": "2024-02-01", "value": 1.5},
            {"start": "2024-03-01", "value": 1.2, "illustrative": True, "provisional": True},
            {"start": "2024-01-01", "value": 1.0, "uplift_low": 1.1, "uplift_high": 1.25, "look_ups": 3},
        ),
        currency="XTS",
    )
    assert [row[2:] for row in table.rows] == [
        ("2024-01-01 to 2024-02-29", "1 to 1.5", "XTS/kg", "s", "", 40),
        ("2024-01-01 to 2024-01-31", "1", "XTS/kg", "s", "uplifted, times 1.1 to 1.25", 3),
        ("2024-03-01 to 2024-03-31", "1.2", "XTS/kg", "s", "provisional, illustrative", 20),
    ]
    assert table.cell_size == "look_ups"


def test_nothing_used_is_no_table():
    assert parameter_table(used({"start": "2024-01-01", "value": 1.0}).clear(), currency="XTS") is None


# -- the page that explains it ---------------------------------------------------------------------

PAGE = (REPOSITORY / "docs" / "parameters.md").read_text(encoding="utf-8")


def test_the_examples_of_the_page_load(tmp_path):
    blocks = [block.partition("\n") for block in PAGE.split("```")[1::2]]
    benchmark = next(text for kind, _, text in blocks if kind == "yaml" and "format: 1" in text)
    series = next(text for kind, _, text in blocks if not kind)
    write(tmp_path / "parameters" / "living_income_benchmark.yaml", benchmark)
    write(tmp_path / "parameters" / "consumer_price_index.yaml", CPI)
    write(tmp_path / "parameters" / "consumer_price_index.csv", series)
    own = load_own_parameters(tmp_path, KNOWN)
    assert [value.value for value in own["consumer_price_index"].values] == [118.2, 119.0]
    assert [value.provisional for value in own["consumer_price_index"].values] == [False, True]
    assert own["living_income_benchmark"].values[0].value == 1_500_000


def test_the_page_lists_every_parameter_of_the_library_with_its_unit_and_keys():
    rows = [
        [cell.strip() for cell in line.split("|")] for line in PAGE.splitlines() if line.startswith("| `")
    ]
    listed = {row[1].strip("`"): (row[2], row[3]) for row in rows if len(row) == 5}
    assert listed == {name: (entry.unit, ", ".join(entry.by)) for name, entry in KNOWN.items()}
