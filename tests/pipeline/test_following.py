"""The field gets a list of those still to be found; contact details only by name and with the key."""

from __future__ import annotations

import stat

import fsspec
import openpyxl
import pytest

from mande.pipeline.uploads import accept
from mande.survey.store import load_wave
from mande.survey.vault import new_key
from tests.pipeline.coop import make_coop, run

REGISTER = """farmer_id,arm,village,status_2024
F001,training,A,
F002,training,A,moved
F003,none,B,refused
F004,none,B,interviewed
F005,none,C,
"""
QUESTION = "  enumerator_id: {label: {en: Enumerator}, type: text}\n"
HEAD = "farmer_id,sex,phone,enumerator_id\n"
FIRST = HEAD + "F001,f,0712345671,E1\nF002,m,0712345672,E1\nF003,f,0712345673,E2\nF004,m,0712345674,E2\n"
SECOND = HEAD + "F004,m,0712345674,E3\n"


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.delenv("MANDE_KEY_FILE", raising=False)
    monkeypatch.delenv("MANDE_KEY", raising=False)
    coop = make_coop(tmp_path, monkeypatch)
    (coop.folder / "register.csv").write_text(REGISTER, encoding="utf-8")
    path = tmp_path / "indicators" / "_questions" / "farmers.yaml"
    path.write_text(path.read_text(encoding="utf-8") + QUESTION, encoding="utf-8")
    return coop


def store(place, text, wave):
    return accept(place.write(text), programme="coop", wave=wave, by="A", workspace=place.workspace.root)


def sheets(path):
    book = openpyxl.load_workbook(path)
    return {sheet.title: [[cell.value for cell in row] for row in sheet.iter_rows()] for sheet in book}


def test_those_still_to_be_found_are_listed_by_place_without_their_arm(place, tmp_path):
    store(place, FIRST, "2023")
    store(place, SECOND, "2024")
    out = tmp_path / "list.xlsx"
    done = run(place, "tracking", "coop", "-w", "2024", "--out", str(out))
    assert "To find: 3; closed (refused, dead, replaced): 1." in done.output
    found = sheets(out)
    assert found["To find"] == [
        ["farmer_id", "village", "last_interviewed", "enumerator_id", "status"],
        ["F001", "A", "2023", "E1", "no status"],
        ["F002", "A", "2023", "E1", "moved"],
        ["F005", "C", None, None, "no status"],
    ]
    assert [row[0] for row in found["Closed"][1:]] == ["F003"]
    assert stat.S_IMODE(out.stat().st_mode) == 0o600


def test_before_a_wave_is_accepted_everybody_is_still_to_be_found(place, tmp_path):
    store(place, FIRST, "2023")
    done = run(place, "tracking", "coop", "-w", "2024", "--out", str(tmp_path / "list.xlsx"))
    assert "To find: 4; closed (refused, dead, replaced): 1." in done.output


def test_contact_details_come_only_when_asked_for_and_with_the_key(place, tmp_path, monkeypatch):
    key = tmp_path.parent / f"{tmp_path.name}.key"
    new_key(key, workspace=tmp_path)
    monkeypatch.setenv("MANDE_KEY_FILE", str(key))
    store(place, FIRST, "2023")
    store(place, SECOND, "2024")
    out = tmp_path / "list.xlsx"
    run(place, "tracking", "coop", "-w", "2024", "--out", str(out))
    assert "07123" not in str(sheets(out))
    done = run(place, "tracking", "coop", "-w", "2024", "--out", str(out), "--contacts")
    assert "identifies people" in done.output
    assert [(row[0], row[-1]) for row in sheets(out)["To find"]] == [
        ("farmer_id", "phone"),
        ("F001", "0712345671"),
        ("F002", "0712345672"),
        ("F005", None),
    ]
    assert "0712345673" not in str(sheets(out))
    monkeypatch.delenv("MANDE_KEY_FILE")
    done = run(place, "tracking", "coop", "-w", "2024", "--out", str(out), "--contacts")
    assert (done.exit_code, "K-NONE" in done.output) == (3, True)
    key.unlink()


@pytest.mark.parametrize(
    "arguments", [("tracking", "coop", "-w", "2030", "--out", "x.xlsx"), ("panel", "coop")]
)
def test_what_is_not_there_is_named(place, arguments):
    done = run(place, *arguments)
    assert done.exit_code == 3
    assert "P-WAVE" in done.output or "A-NONE" in done.output


def test_a_key_is_made_by_a_command_that_says_what_losing_it_means(place, tmp_path):
    path = tmp_path.parent / f"{tmp_path.name}.key"
    done = run(place, "key", "new", str(path))
    assert done.exit_code == 0
    assert "without it the identities" in done.output
    assert path.read_text(encoding="utf-8").strip() not in done.output
    inside = run(place, "key", "new", str(tmp_path / "inside.key"))
    assert (inside.exit_code, "K-PLACE" in inside.output) == (3, True)
    path.unlink()


@pytest.fixture
def remote(place):
    files = fsspec.filesystem("memory", skip_instance_cache=True)
    files.store.clear()
    files.pseudo_dirs[:] = [""]
    (place.workspace.root / "store.yaml").write_text("format: 1\nwaves: memory://mande\n", encoding="utf-8")
    return files


def test_waves_in_an_object_store_are_accepted_compared_and_read_like_those_in_a_folder(
    place, remote, tmp_path, monkeypatch
):
    refused = pytest.raises(Exception, match="W-UNSEALED")
    with refused:
        store(place, FIRST, "2023")
    key = tmp_path.parent / f"{tmp_path.name}.key"
    new_key(key, workspace=tmp_path)
    monkeypatch.setenv("MANDE_KEY_FILE", str(key))
    assert store(place, FIRST, "2023").status == "accepted"
    assert store(place, FIRST, "2023").status == "already accepted"
    assert load_wave(place.workspace, "coop", "2023").tables["farmers"].height == 4
    assert not (place.folder / "waves").exists()
    assert b"0712345671" not in b"".join(remote.cat_file(path) for path in remote.find("/mande"))
    store(place, SECOND, "2024")
    assert "farmers: rows 0 the same, 1 changed" in run(place, "diff", "coop", "2023", "2024").output
    assert "2024  r001" in run(place, "waves", "coop").output
    key.unlink()


def test_a_stored_object_that_was_changed_is_noticed(place, remote):
    store(place, "farmer_id,sex\nF001,f\n", "2023")
    (path,) = [p for p in remote.find("/mande/coop/objects") if b"PAR1" in remote.cat_file(p)][:1]
    remote.pipe_file(path, b"something else")
    with pytest.raises(Exception, match="A-TAMPERED"):
        load_wave(place.workspace, "coop", "2023")


@pytest.mark.parametrize(
    "text", ["format: 1\n", "format: 1\nwaves: somewhere\n", "format: 1\nwaves: nosuch://x\n"]
)
def test_a_store_that_cannot_be_used_is_named(place, text):
    (place.workspace.root / "store.yaml").write_text(text, encoding="utf-8")
    done = run(place, "waves", "coop")
    assert done.exit_code == 3
    assert "D-SCHEMA" in done.output or "W-REMOTE" in done.output
