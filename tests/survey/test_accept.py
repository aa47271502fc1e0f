"""Accepting: stored once, whole, unchangeable, and without identities."""

from __future__ import annotations

import datetime as dt
import json
import stat
import sys

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mande.errors import MandeError
from mande.survey.accept import load_wave
from mande.survey.panel import link_panel, read_register
from mande.survey.store import content_hash
from mande.workspace import locked

TITLES = "farmer_id,sex,hours,income,member,crops,interviewed_on,remarks,phone,harassed\n"
LINES = [
    "F001,f,40,1200.5,yes,maize beans,2023-06-01,fine,0712345678,0\n",
    "F002,m,35,-98,no,tea,2023-06-02,,0712345679,1\n",
    "F003,f,,900,,maize,2023-06-03,,0712345680,-97\n",
]
GOOD = TITLES + "".join(LINES)


def tree(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_an_accepted_wave_is_stored_with_its_manifest(coop):
    receipt = coop.accept(GOOD)
    folder = coop.folder / "waves" / "2023" / "r001"
    assert sorted(path.name for path in folder.iterdir()) == [
        "farmers.parquet",
        "manifest.json",
        "reasons.parquet",
    ]
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    entry = manifest["tables"]["farmers"]
    assert (manifest["revision"], manifest["accepted_by"], manifest["accepted_at"]) == (
        1,
        "Wanjiru",
        "2024-03-03T09:30:00+00:00",
    )
    assert (entry["rows"], entry["personal"], entry["upload"]["file"]) == (3, ["phone"], "upload.csv")
    assert entry["upload"]["sha256"] == coop.check(GOOD).sha256
    assert receipt.text().startswith("Accepted: upload.csv as wave 2023, revision 1; rows: 3.")


def test_what_is_loaded_is_what_was_accepted_sorted_by_key(coop):
    coop.accept(TITLES + LINES[2] + LINES[0] + LINES[1])
    wave = load_wave(coop.workspace, "coop", "2023")
    frame = wave.tables["farmers"]
    assert frame["farmer_id"].to_list() == ["F001", "F002", "F003"]
    assert frame["row"].to_list() == [3, 4, 2]
    assert "phone" not in frame.columns
    assert frame.columns == [*sorted(set(frame.columns) - {"row"}), "row"]
    assert wave.reasons.filter(pl.col("question") == "income")["reason"].to_list() == ["refused"]
    assert wave.revision == 1


def test_identities_go_to_a_folder_for_the_owner_alone(coop):
    coop.accept(GOOD)
    private = coop.folder / "private" / "2023" / "r001"
    frame = pl.read_parquet(private / "farmers.parquet")
    assert frame["phone"].to_list() == ["0712345678", "0712345679", "0712345680"]
    assert stat.S_IMODE(private.stat().st_mode) == 0o700
    assert stat.S_IMODE((private / "farmers.parquet").stat().st_mode) == 0o600
    stored = b"".join(tree(coop.folder / "waves").values())
    assert b"0712345678" not in stored
    assert b"phone" in stored


def test_no_later_step_opens_identities(coop):
    coop.accept(GOOD)
    opened: list[str] = []

    def watch(event: str, arguments: tuple) -> None:
        if watching and event in ("open", "os.listdir", "os.scandir") and arguments:
            opened.append(str(arguments[0]))

    watching = True
    sys.addaudithook(watch)
    wave = load_wave(coop.workspace, "coop", "2023")
    register = read_register(coop.folder / "register.csv", coop.programme, key="farmer_id")
    link_panel({"2023": wave.tables["farmers"]}, register, key="farmer_id", wave_order=["2023"])
    coop.accept(GOOD)
    with pytest.raises(MandeError):
        coop.accept(GOOD.replace("40", "41"))
    watching = False
    assert any("waves" in path for path in opened)
    assert not [path for path in opened if "private" in path]


def test_the_same_file_again_is_recognised_and_nothing_is_written(coop):
    coop.accept(GOOD)
    before = tree(coop.folder)
    receipt = coop.accept(GOOD, by="Amina", now=dt.datetime(2025, 1, 1, tzinfo=dt.UTC))
    assert tree(coop.folder) == before
    assert (receipt.status, receipt.revision) == ("already accepted", 1)
    assert "on 2024-03-03 by Wanjiru" in receipt.text()


def test_the_same_answers_in_another_order_and_format_are_recognised(coop, workbook):
    coop.accept(GOOD)
    rows = [line.strip().split(",") for line in (TITLES, *reversed(LINES))]
    assert coop.accept(workbook({"Data": rows})).status == "already accepted"


def test_other_answers_are_refused_with_what_differs(coop):
    coop.accept(GOOD)
    other = TITLES + LINES[0].replace("40", "41") + LINES[1] + LINES[2].replace("F003", "F004")
    before = tree(coop.folder)
    with pytest.raises(MandeError) as caught:
        coop.accept(other)
    assert caught.value.problems[0].code.id == "F-SUPERSEDE"
    assert caught.value.problems[0].found() == "farmers: rows the same 1, changed 1, new 1, gone 1"
    assert tree(coop.folder) == before


def test_another_reason_for_no_answer_is_a_change(coop):
    coop.accept(GOOD)
    with pytest.raises(MandeError) as caught:
        coop.accept(GOOD.replace("-98", "-97"))
    assert "rows the same 2, changed 1" in caught.value.problems[0].found()


def test_a_revision_needs_a_reason_and_keeps_what_was_before(coop):
    coop.accept(GOOD)
    other = GOOD.replace("40", "41")
    with pytest.raises(MandeError) as caught:
        coop.accept(other, revision=True, reason=" ")
    assert caught.value.problems[0].code.id == "A-REASON"
    first = tree(coop.folder / "waves" / "2023" / "r001")
    receipt = coop.accept(other, revision=True, reason="hours of F001 asked again")
    assert (receipt.status, receipt.revision) == ("accepted", 2)
    assert tree(coop.folder / "waves" / "2023" / "r001") == first
    assert load_wave(coop.workspace, "coop", "2023").tables["farmers"]["hours"][0] == 41
    assert load_wave(coop.workspace, "coop", "2023", revision=1).tables["farmers"]["hours"][0] == 40
    assert load_wave(coop.workspace, "coop", "2023").manifest["reason"] == "hours of F001 asked again"


def test_a_superseded_file_is_recognised_and_can_be_brought_back_as_a_revision(coop):
    coop.accept(GOOD)
    coop.accept(GOOD.replace("40", "41"), revision=True, reason="asked again")
    assert coop.accept(GOOD).revision == 1
    assert coop.accept(GOOD, revision=True, reason="the first was right").revision == 3
    assert coop.accept(GOOD, revision=True, reason="again").status == "already accepted"


def test_other_identities_with_the_same_answers_are_said_not_to_be_stored(coop):
    coop.accept(GOOD)
    other = GOOD.replace("0712345678", "0700000000")
    receipt = coop.accept(other)
    assert receipt.status == "already accepted"
    assert "personal answers of this file were not stored again" in receipt.text()
    assert coop.accept(other, revision=True, reason="phone corrected").revision == 2


def test_a_file_with_errors_is_refused_with_all_of_them(coop):
    with pytest.raises(MandeError) as caught:
        coop.accept(GOOD.replace("F001,f,40", "F001,x,400"))
    assert [p.code.id for p in caught.value.problems] == ["V-ENUM", "V-RANGE"]
    assert not (coop.folder / "waves").exists()


def test_warnings_are_accepted_and_kept_in_the_manifest(coop):
    receipt = coop.accept(GOOD.replace(",40,", ",80,"))
    assert dict(receipt.warnings) == {"V-SOFT": 1}
    assert "1 x V-SOFT" in receipt.text()


def test_acceptance_has_a_name(coop):
    with pytest.raises(MandeError) as caught:
        coop.accept(GOOD, by=" ")
    assert caught.value.problems[0].code.id == "A-WHO"


def test_a_verdict_for_another_wave_is_refused(coop):
    with pytest.raises(MandeError) as caught:
        coop.accept(coop.check(GOOD, wave="2024"), wave="2023")
    assert caught.value.problems[0].code.id == "A-OTHER"


def test_a_failure_while_writing_leaves_no_wave_behind(coop, monkeypatch):
    import mande.storage as module

    publish = module.publish_folder

    def fail(target, files, **options):
        if "waves" in target.parts:
            raise OSError("disk full")
        publish(target, files, **options)

    monkeypatch.setattr(module, "publish_folder", fail)
    with pytest.raises(OSError, match="disk full"):
        coop.accept(GOOD)
    monkeypatch.undo()
    assert coop.workspace.revisions("coop", "2023") == []
    assert coop.accept(GOOD).revision == 1


def test_two_processes_do_not_write_at_once(coop):
    with locked(coop.folder / "waves" / ".2023.lock"), pytest.raises(MandeError) as caught:
        coop.accept(GOOD)
    assert caught.value.problems[0].code.id == "W-LOCKED"
    assert coop.accept(GOOD).revision == 1


@pytest.mark.parametrize("name", ["farmers.parquet", "reasons.parquet", "manifest.json"])
def test_a_stored_file_that_was_changed_is_noticed(coop, name):
    receipt = coop.accept(GOOD)
    path = receipt.folder / name
    if name == "manifest.json":
        digest = json.loads(path.read_text())["data_sha256"]
        path.write_text(path.read_text().replace(digest, digest[::-1], 1))
    else:
        path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(MandeError) as caught:
        load_wave(coop.workspace, "coop", "2023")
    assert [(p.code.id, p.place.file) for p in caught.value.problems] == [
        ("A-TAMPERED", f"coop/waves/2023/r001/{name}")
    ]


def test_answers_changed_together_with_their_file_hash_are_noticed_too(coop):
    receipt = coop.accept(GOOD)
    path, manifest = receipt.folder / "farmers.parquet", receipt.folder / "manifest.json"
    frame = pl.read_parquet(path).with_columns(hours=pl.lit(1, dtype=pl.Int64))
    frame.write_parquet(path)
    from mande.workspace import sha256_file

    content = json.loads(manifest.read_text())
    content["tables"]["farmers"]["parquet_sha256"] = sha256_file(path)
    manifest.write_text(json.dumps(content))
    with pytest.raises(MandeError) as caught:
        load_wave(coop.workspace, "coop", "2023")
    assert caught.value.problems[0].code.id == "A-TAMPERED"


def test_a_wave_that_was_not_accepted_is_named_with_those_that_were(coop):
    coop.accept(GOOD)
    with pytest.raises(MandeError) as caught:
        load_wave(coop.workspace, "coop", "2024")
    assert caught.value.problems[0].code.id == "A-NONE"
    assert caught.value.problems[0].expected() == "one of: 2023"


def test_several_tables_of_a_wave_are_accepted_together(coop):
    plots = coop.check(coop.write("plot_id,farmer_id,area\nP1,F001,1.5\n", "plots.csv"), table="plots")
    receipt = coop.accept(GOOD)
    assert receipt.revision == 1
    from mande.survey.accept import accept_upload

    both = accept_upload(
        [coop.check(GOOD), plots],
        workspace=coop.workspace,
        programme=coop.programme,
        wave="2023",
        by="W",
        now=dt.datetime.now(dt.UTC),
        revision=True,
        reason="plots added",
    )
    assert both.rows == {"farmers": 3, "plots": 1}
    assert set(load_wave(coop.workspace, "coop", "2023").tables) == {"farmers", "plots"}
    with pytest.raises(MandeError) as caught:
        coop.accept(GOOD.replace("40", "41"), revision=True, reason="plots forgotten")
    assert [(p.code.id, p.found()) for p in caught.value.problems] == [("A-TABLES", "missing: plots")]


def test_one_of_several_tables_is_recognised_by_itself(coop):
    from mande.survey.accept import accept_upload, standing

    plots = coop.check(coop.write("plot_id,farmer_id,area\nP1,F001,1.5\n", "plots.csv"), table="plots")
    accept_upload(
        [coop.check(GOOD), plots],
        workspace=coop.workspace,
        programme=coop.programme,
        wave="2023",
        by="W",
        now=dt.datetime.now(dt.UTC),
    )
    place = {"workspace": coop.workspace, "programme": coop.programme, "wave": "2023"}
    assert [p.code.id for p in standing(plots, **place)] == ["F-SAME"]
    assert [p.code.id for p in standing(coop.check(GOOD), **place)] == ["F-SAME"]
    (other,) = standing(coop.check(GOOD.replace("40", "41")), **place)
    assert (other.code.id, other.values["changed"]) == ("F-SUPERSEDE", 1)


ROW = st.fixed_dictionaries(
    {
        "n": st.none() | st.integers(-5, 5),
        "x": st.none() | st.floats(allow_nan=False, allow_infinity=False),
        "t": st.none() | st.text(max_size=4),
        "b": st.none() | st.booleans(),
    }
)
SCHEMA = {"key": pl.String, "n": pl.Int64, "x": pl.Float64, "t": pl.String, "b": pl.Boolean, "row": pl.Int64}
NO_REASONS = pl.DataFrame(
    schema={"table": pl.String, "key": pl.String, "question": pl.String, "reason": pl.String}
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROW, min_size=1, max_size=6), data=st.data())
def test_the_content_hash_knows_answers_and_nothing_else(rows, data):
    records = [{"key": f"k{i}", **row, "row": i} for i, row in enumerate(rows)]
    frame = pl.DataFrame(records, schema=SCHEMA)
    shuffled = data.draw(st.permutations(records))
    columns = data.draw(st.permutations(list(SCHEMA)))
    moved = pl.DataFrame(shuffled, schema=SCHEMA).select(columns).with_columns(row=pl.lit(7, dtype=pl.Int64))
    assert content_hash(moved, NO_REASONS, key="key") == content_hash(frame, NO_REASONS, key="key")
    changed = [dict(record) for record in records]
    changed[0]["t"] = (changed[0]["t"] or "") + "!"
    other = pl.DataFrame(changed, schema=SCHEMA)
    assert content_hash(other, NO_REASONS, key="key") != content_hash(frame, NO_REASONS, key="key")


def test_no_answer_and_an_empty_text_and_zero_are_three_things():
    def digest(**cell):
        frame = pl.DataFrame(
            {"key": ["a"], **cell}, schema={"key": pl.String, **{n: t for n, (t, _) in cells.items()}}
        )
        return content_hash(frame, NO_REASONS, key="key")

    cells = {"t": (pl.String, None)}
    assert digest(t=[None]) != digest(t=[""])
    cells = {"x": (pl.Float64, None)}
    assert digest(x=[None]) != digest(x=[0.0])
    assert digest(x=[-0.0]) == digest(x=[0.0])
