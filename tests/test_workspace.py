"""Files appear whole or not at all; what exists is never overwritten."""

import os
import stat

import pytest

from mande.errors import MandeError
from mande.workspace import Workspace, find_workspace, locked, publish_folder, sha256_json, write_atomic


def test_a_written_file_is_whole_and_leaves_nothing_beside_it(tmp_path):
    write_atomic(tmp_path / "a" / "b.txt", "text")
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b.txt"]


def test_private_files_are_for_their_owner_alone(tmp_path):
    write_atomic(tmp_path / "secret", b"x", private=True)
    assert stat.S_IMODE(os.stat(tmp_path / "secret").st_mode) == 0o600


def test_a_failed_write_keeps_the_old_content(tmp_path, monkeypatch):
    path = tmp_path / "a"
    write_atomic(path, "old")
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        write_atomic(path, "new")
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a"]


def test_a_published_folder_is_never_overwritten(tmp_path):
    publish_folder(tmp_path / "r001", {"a": b"1"})
    with pytest.raises(FileExistsError):
        publish_folder(tmp_path / "r001", {"a": b"2"})
    assert (tmp_path / "r001" / "a").read_bytes() == b"1"


def test_a_folder_that_fails_half_way_is_not_published(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "rename", lambda *_: (_ for _ in ()).throw(OSError("no")))
    with pytest.raises(OSError, match="no"):
        publish_folder(tmp_path / "r001", {"a": b"1"})
    assert list(tmp_path.iterdir()) == []


def test_two_writers_do_not_meet(tmp_path):
    with locked(tmp_path / "lock"):
        with pytest.raises(MandeError, match="W-LOCKED"), locked(tmp_path / "lock"):
            pass
        assert (tmp_path / "lock").exists()
    assert not (tmp_path / "lock").exists()


def test_a_workspace_is_found_from_below(tmp_path):
    (tmp_path / "baselines" / "p" / "waves").mkdir(parents=True)
    assert find_workspace(tmp_path / "baselines" / "p").root == tmp_path.resolve()


def test_outside_a_workspace_the_message_says_how_to_make_one(tmp_path):
    with pytest.raises(MandeError, match="mande init"):
        find_workspace(tmp_path)


def test_a_misspelt_programme_is_corrected(tmp_path):
    (tmp_path / "baselines" / "coffee").mkdir(parents=True)
    (tmp_path / "baselines" / "coffee" / "programme.yaml").write_text("")
    with pytest.raises(MandeError, match="did you mean coffee"):
        Workspace(tmp_path).programme_dir("cofee")


def test_the_hash_of_a_value_does_not_depend_on_key_order():
    assert sha256_json({"a": 1, "b": 2}) == sha256_json({"b": 2, "a": 1})
