"""Identities at rest: nobody opens them without the key, and a wrong key is told from a lost one."""

from __future__ import annotations

import importlib
import stat
import sys

import pytest

from mande.errors import MandeError
from mande.survey.vault import Key, find_key, new_key, read_identities, seal, unseal

TEXT = "farmer_id,sex,phone\nF001,f,0712345678\nF002,m,0712345679\n"
KEY, OTHER = Key(b"k" * 32), Key(b"o" * 32)


def code(caught) -> str:
    return caught.value.problems[0].code.id


def test_what_is_sealed_opens_with_its_key_and_label_alone():
    box = seal(b"Amina", KEY, label="coop/2023/r001/farmers")
    assert b"Amina" not in box
    assert unseal(box, KEY, label="coop/2023/r001/farmers") == b"Amina"
    for key, label, expected in (
        (OTHER, "coop/2023/r001/farmers", "K-WRONG"),
        (KEY, "coop/2024/r001/farmers", "K-WRONG"),
        (None, "coop/2023/r001/farmers", "K-NONE"),
    ):
        with pytest.raises(MandeError) as caught:
            unseal(box, key, label=label)
        assert code(caught) == expected
        assert KEY.name in caught.value.problems[0].expected()


@pytest.mark.parametrize("position", [0, 20, 30, -1])
def test_a_changed_byte_is_noticed(position):
    box = bytearray(seal(b"Amina Wanjiru", KEY, label="x"))
    box[position] ^= 1
    with pytest.raises(MandeError) as caught:
        unseal(bytes(box), KEY, label="x")
    assert code(caught) == "K-WRONG"


def test_the_same_content_is_sealed_differently_each_time():
    assert seal(b"x", KEY, label="x") != seal(b"x", KEY, label="x")


def test_an_accepted_wave_keeps_its_identities_encrypted(coop):
    receipt = coop.accept(TEXT, key=KEY)
    stored = b"".join(path.read_bytes() for path in coop.folder.rglob("*") if path.is_file())
    assert b"0712345678" not in stored
    assert f"encrypted with the key {KEY.name}" in receipt.text()
    assert "loses" in receipt.text()
    store = coop.workspace.store("coop")
    assert store.names("2023", 1, private=True) == ["farmers.parquet.sealed"]
    frame = read_identities(store, "coop", "2023", 1, "farmers", KEY)
    assert frame["phone"].to_list() == ["0712345678", "0712345679"]
    with pytest.raises(MandeError) as caught:
        read_identities(store, "coop", "2023", 1, "farmers", None)
    assert code(caught) == "K-NONE"


def test_without_a_key_the_receipt_says_that_nothing_is_encrypted(coop):
    assert "not encrypted" in coop.accept(TEXT).text()


def test_a_wave_without_identities_says_so(coop):
    coop.accept("farmer_id,sex\nF001,f\n")
    with pytest.raises(MandeError) as caught:
        read_identities(coop.workspace.store("coop"), "coop", "2023", 1, "farmers", None)
    assert code(caught) == "K-ABSENT"


def test_a_key_is_written_once_outside_the_workspace_for_its_owner(tmp_path):
    (tmp_path / "w").mkdir()
    path = tmp_path / "keys" / "coop.key"
    key = new_key(path, workspace=tmp_path / "w")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert find_key({"MANDE_KEY_FILE": str(path)}) == key
    assert find_key({"MANDE_KEY": path.read_text(encoding="utf-8")}) == key
    for place in (path, tmp_path / "w" / "inside.key"):
        with pytest.raises(MandeError) as caught:
            new_key(place, workspace=tmp_path / "w")
        assert code(caught) == "K-PLACE"
    assert repr(key) == "Key()"


def test_no_key_is_none_and_a_bad_one_is_named_without_being_shown(tmp_path):
    assert find_key({}) is None
    (tmp_path / "bad").write_text("mande-key-1-c2VjcmV0", encoding="utf-8")
    for environment in (
        {"MANDE_KEY": "hunter2hunter2"},
        {"MANDE_KEY_FILE": str(tmp_path / "bad")},
        {"MANDE_KEY_FILE": str(tmp_path / "absent")},
    ):
        with pytest.raises(MandeError) as caught:
            find_key(environment)
        assert code(caught) == "K-FORM"
        assert "hunter2" not in str(caught.value)


def test_the_package_that_encrypts_is_loaded_only_with_a_key_and_named_when_missing(coop, monkeypatch):
    real = importlib.import_module

    def absent(name, *rest):
        if name.startswith("cryptography"):
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(importlib, "import_module", absent)
    assert coop.accept(TEXT).revision == 1
    with pytest.raises(MandeError) as caught:
        coop.accept(TEXT.replace("F002", "F003"), key=KEY, revision=True, reason="x")
    assert code(caught) == "K-INSTALL"
    assert coop.workspace.revisions("coop", "2023") == [1]
    assert "mande.survey.vault" in sys.modules
