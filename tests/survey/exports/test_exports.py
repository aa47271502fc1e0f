"""What servers add to an export is used or taken off; the answers stay what they were."""

import io
import zipfile
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mande.schema.common import Label
from mande.schema.question import Question
from mande.survey.exports.multiples import joined
from mande.survey.exports.platform import all_platforms, platform_of
from mande.survey.exports.repeats import linked, without_rejected
from mande.survey.exports.tidy import tidy
from mande.survey.exports.wide import from_wide, wide_titles
from mande.survey.grid import RawTable
from mande.survey.mapping import TableMapping
from mande.survey.read import read_upload

SHARED = Path(__file__).parents[4] / "shared" / "data"
CROPS = {
    "crops": Question(
        label=Label(en="Crops"),
        type="multiple",
        choices={"maize": Label(en="Maize"), "beans": Label(en="Beans"), "tea": Label(en="Tea")},
    )
}


def table(text: str) -> RawTable:
    """Columns and rows as written, parted by `|`."""
    header, *rows = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]
    cells = {f"c{i}": [row[i] for row in rows] for i in range(len(header))}
    return RawTable(
        file="export.csv", sheet="", format="csv", header_row=1, columns=tuple(header),
        positions=tuple(range(len(header))),
        cells=pl.DataFrame(cells, schema=dict.fromkeys(cells, pl.String)),
        rows=pl.Series("row", range(2, len(rows) + 2), dtype=pl.Int64), sha256="0" * 64,
    )  # fmt: skip


def shown(raw: RawTable) -> dict[str, list[str]]:
    return {title: raw.cells[f"c{i}"].to_list() for i, title in enumerate(raw.columns)}


# --- platforms


@pytest.mark.parametrize(
    ("titles", "name"),
    [
        ("_id,_uuid,_submission_time,_validation_status,hh/size", "KoboToolbox"),
        ("SubmissionDate,a-b,KEY,SubmitterID,AttachmentsPresent,ReviewState", "ODK Central"),
        ("SubmissionDate,size,instanceID,formdef_version,KEY", "SurveyCTO"),
        ("formid,form.hh.size,received_on,number", "CommCare"),
    ],
)
def test_a_server_is_known_by_its_columns(titles, name):
    assert platform_of(titles.split(",")).name == name


def test_a_file_of_no_server_is_left_alone():
    raw = table("hh_id | key\nA | 1")
    assert tidy(raw) == (raw, None, [])
    assert len(all_platforms()) == 4


@pytest.mark.parametrize(
    ("status", "refused", "signs"),
    [
        ("_validation_status", "Not Approved", "_uuid | _submission_time"),
        ("ReviewState", "rejected", "KEY | SubmissionDate"),
        ("review_status", "REJECTED", "KEY | SubmissionDate | formdef_version"),
    ],
)
def test_rejected_submissions_are_left_out_and_counted(status, refused, signs):
    width = signs.count("|")
    raw = table(
        f"hh_id | {status} | {signs}\nA | {refused} | {'| x' * width}\nB | approved | {'| x' * width}"
    )
    kept, _, problems = tidy(raw)
    assert shown(kept)["hh_id"] == ["B"]
    assert kept.rows.to_list() == [3]
    (told,) = [p for p in problems if p.code.id == "S-REJECTED"]
    assert (told.values["found"], told.found()) == (1, "rows 2")


def test_form_versions_are_told():
    raw = table("KEY | SubmissionDate | formdef_version\na | x | 2\nb | x | 1")
    assert "1, 2" in tidy(raw)[2][0].found()


# --- several answers


@pytest.mark.parametrize("joint", ["/", ".", "_", ":"])
@pytest.mark.parametrize(("yes", "no"), [("1", "0"), ("True", "False"), ("maize", "")])
def test_columns_of_choices_become_one(joint, yes, no):
    raw = table(f"id | crops{joint}maize | crops{joint}beans\nA | {yes} | {no}\nB | {no} | {no}")
    found, problems = joined(raw, CROPS, TableMapping())
    assert problems == []
    assert shown(found) == {"id": ["A", "B"], "crops": ["maize", ""]}


def test_groups_in_front_of_the_title_do_not_matter():
    found, _ = joined(table("grp/farm/crops/tea | grp/farm/crops/maize\n1 | 1"), CROPS, TableMapping())
    assert shown(found) == {"grp/farm/crops": ["tea maize"]}


def test_a_list_and_its_columns_that_disagree_are_named():
    raw = table("crops | crops/maize | crops/beans\nmaize beans | 1 | 0\nbeans | 0 | 1\n | 1 | 0")
    found, problems = joined(raw, CROPS, TableMapping())
    assert shown(found) == {"crops": ["maize beans", "beans", "maize"]}
    assert [(p.code.id, p.place.row, p.place.column) for p in problems] == [("X-MULTI-COLUMNS", 2, "crops")]
    assert problems[0].found() == "in one column: maize beans; marked: maize"


def test_a_list_beside_empty_columns_stands():
    raw = table("crops | crops/maize | crops/beans\nmaize | n/a | n/a")
    found, problems = joined(raw, CROPS, TableMapping(), missing=frozenset({"n/a"}))
    assert (shown(found), problems) == ({"crops": ["maize"]}, [])


def test_a_mark_that_is_neither_yes_nor_no_is_named():
    _, problems = joined(table("crops/maize | crops/tea\n2 | 1"), CROPS, TableMapping())
    assert [(p.code.id, p.place.column, p.values["found"]) for p in problems] == [
        ("X-MARK", "crops/maize", "2")
    ]


def test_codes_of_the_file_are_those_of_the_mapping():
    mapping = TableMapping(columns={"grown": "crops"}, choices={"crops": {"1": "maize", "2": "tea"}})
    found, _ = joined(table("grown_1 | grown_2 | grown_9\n1 | 1 | 1"), CROPS, mapping)
    assert shown(found) == {"grown": ["1 2"], "grown_9": ["1"]}


@settings(deadline=None)
@given(st.lists(st.sets(st.sampled_from(["maize", "beans", "tea"])), min_size=1, max_size=8))
def test_a_list_and_its_columns_say_the_same(answers):
    order = ["maize", "beans", "tea"]
    lines = [" | ".join("1" if code in row else "0" for code in order) for row in answers]
    header = " | ".join(f"crops/{code}" for code in order)
    found, _ = joined(
        table("\n".join([f"x | {header}", *(f"y | {line}" for line in lines)])), CROPS, TableMapping()
    )
    assert [set(text.split()) for text in shown(found)["crops"]] == answers


# --- repeats


@pytest.mark.parametrize(
    ("first", "second", "names"),
    [
        ("plot[1]/size", "plot[2]/size", ()),
        ("a/plot[1]/b/size", "a/plot[2]/b/size", ()),
        ("plot.1..size", "plot.2..size", ()),
        ("size_1", "size_2", ("size",)),
    ],
)
def test_a_repeat_in_the_row_above_becomes_rows(first, second, names):
    raw = table(f"hh_id | {first} | {second}\nA | 1.5 | 2\nB | | 3\nC | | ")
    titles = wide_titles(raw, "plot", names)
    rows, spread = from_wide(raw, titles, parent_key="hh_id", key="plot_id", link="hh_id")
    assert shown(rows) == {
        "plot_id": ["A-1", "A-2", "B-2"],
        "hh_id": ["A", "A", "B"],
        "size": ["1.5", "2", "3"],
    }
    assert rows.rows.to_list() == [2, 2, 3]
    assert spread.titles["size"] == {(1,): first, (2,): second}


def test_titles_that_only_look_alike_are_no_repeat():
    assert wide_titles(table("plots_1 | size_1 | replot[1]/size\n1 | 1 | 1"), "plot") == {}


def test_problems_of_such_rows_name_the_cell_as_the_file_does():
    from mande.errors import Place

    raw = table("farmer_id | plot[1]/area | plot[2]/area\nF001 | 1 | x")
    _, spread = from_wide(
        raw, wide_titles(raw, "plot"), parent_key="farmer_id", key="plot_id", link="farmer_id"
    )
    moved = spread.place(Place("a.csv", "", 2, "area", "", "F001-2"))
    assert (moved.row, moved.column) == (2, "plot[2]/area")


@given(st.lists(st.lists(st.sampled_from(["1", "2.5", "x"]), max_size=3), min_size=1, max_size=6))
def test_no_answer_of_a_repeat_is_lost_or_made_up(households):
    header = "hh_id | " + " | ".join(f"p[{n}]/size" for n in (1, 2, 3))
    lines = [f"h{i} | " + " | ".join([*row, "", "", ""][:3]) for i, row in enumerate(households)]
    raw = table("\n".join([header, *lines]))
    rows, _ = from_wide(raw, wide_titles(raw, "p"), parent_key="hh_id", key="k", link="hh_id")
    back: dict[str, list[str]] = {f"h{i}": [] for i in range(len(households))}
    for parent, size in zip(shown(rows)["hh_id"], shown(rows)["size"], strict=True):
        back[parent].append(size)
    assert list(back.values()) == households


def test_rows_of_a_sheet_of_their_own_get_the_id_of_the_row_above():
    parent = table("hh_id | KEY | SubmissionDate | ReviewState\nA | u1 | d | \nB | u2 | d | ")
    child = table(
        "size | PARENT_KEY | KEY\n1 | u2 | u2/p[1]\n2 | u1 | u1/p[1]\n3 | u2 | u2/p[2]\n4 | u9 | u9/p[1]"
    )
    platform = platform_of(parent.columns)
    rows, problems = linked(child, parent, platform, parent_key="hh_id", key="plot_id", link="hh_id")
    assert shown(rows)["hh_id"] == ["B", "A", "B", ""]
    assert shown(rows)["plot_id"][:3] == ["B-1", "A-1", "B-2"]
    assert [(p.code.id, p.place.row, p.values["found"]) for p in problems] == [("I-ORPHAN", 5, "u9")]


def test_rows_below_a_rejected_submission_are_left_out_too():
    parent = table("hh_id | KEY | SubmissionDate | ReviewState\nA | u1 | d | rejected\nB | u2 | d | ")
    kept, platform, _ = tidy(parent)
    child = table("size | PARENT_KEY | KEY\n1 | u1 | x\n2 | u2 | y")
    assert shown(without_rejected(child, parent, kept, platform))["size"] == ["2"]


# --- real exports

needs_shared = pytest.mark.skipif(
    not SHARED.is_dir(), reason="the shared survey data are not beside this checkout"
)


@needs_shared
def test_the_plots_of_a_real_endline_are_all_there():
    """Counted in the file itself: cells of `plot.N..plot_num` that are not `n/a`."""
    raw = read_upload(SHARED / "uganda_maize_mippi" / "endline.csv")
    rows, _ = from_wide(
        raw, wide_titles(raw, "plot"), parent_key="ID", key="plot_id", link="ID", blank={"n/a", "na"}
    )
    numbers = [i for i, title in enumerate(raw.columns) if title.endswith("..plot_num")]
    counted = sum(int((~raw.cells[f"c{i}"].is_in(["n/a", "NA", ""])).sum()) for i in numbers)
    assert sum(text not in ("n/a", "NA", "") for text in shown(rows)["plot_num"]) == counted > 2000


@needs_shared
def test_every_row_of_a_real_odk_export_finds_its_household(tmp_path):
    with zipfile.ZipFile(
        io.BytesIO((SHARED / "odk_format_samples" / "rhomis_central.zip").read_bytes())
    ) as file:
        file.extractall(tmp_path)
    parent, platform, _ = tidy(read_upload(tmp_path / "dec-demo.csv"))
    assert platform.name == "ODK Central"
    for path in sorted(tmp_path.glob("dec-demo-*.csv")):
        child = read_upload(path)
        rows, problems = linked(child, parent, platform, parent_key="KEY", key="row_id", link="hh_id")
        assert problems == []
        assert rows.cells.height == child.cells.height
        assert len(set(shown(rows)["row_id"])) == rows.cells.height
