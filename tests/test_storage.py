"""A crash leaves the old state or the new one; of two writers one wins; an object store does the same."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import fsspec
import pytest

from mande.errors import MandeError
from mande.storage import SEALED, FolderStore, ObjectStore, locked, object_store, write_atomic
from tests.storage_steps import NEW, OLD

HERE = Path(__file__).parent
DIED = 86


def die_at(number: int, step: str, *arguments: str) -> int:
    command = [sys.executable, str(HERE / "crash.py"), str(number), str(HERE / "storage_steps.py"), step]
    return subprocess.run([*command, *arguments], check=False).returncode


def state(store: FolderStore) -> dict[int, tuple[dict[str, bytes], dict[str, bytes]]]:
    """Everything a reader can see: each revision with its files and identities."""
    return {
        number: (
            {name: store.read("2023", number, name) for name in store.names("2023", number)},
            {
                name: store.read("2023", number, name, private=True)
                for name in store.names("2023", number, private=True)
            },
        )
        for number in store.revisions("2023")
    }


def test_a_process_that_dies_at_any_file_operation_leaves_the_old_state_or_the_new(tmp_path):
    outcomes = []
    for number in range(1, 200):
        root = tmp_path / f"w{number}"
        store = FolderStore(root)
        with store.lock("2023"):
            store.publish("2023", 1, *OLD)
        died = die_at(number, "publish_second", str(root))
        assert died in (0, DIED)
        assert state(store) in ({1: OLD}, {1: OLD, 2: NEW}), f"after operation {number}"
        outcomes.append((died, len(store.revisions("2023"))))
        # Whatever was left behind, the next run goes through and sweeps it away.
        if store.revisions("2023") == [1]:
            with store.lock("2023"):
                store.publish("2023", 2, *NEW)
        assert state(store) == {1: OLD, 2: NEW}
        assert not [path for path in root.rglob(".r*") if path.is_dir()]
        if died == 0:
            break
    assert outcomes[-1] == (0, 2)
    assert len(outcomes) > 15
    assert (DIED, 1) in outcomes
    assert (DIED, 2) in outcomes


def test_a_lock_whose_process_has_died_blocks_nobody(tmp_path):
    # Operations: the folder, the lock, the mark; before the fourth the process ends.
    assert die_at(4, "hold_and_die", str(tmp_path)) == DIED
    assert (tmp_path / "held").exists()
    assert (tmp_path / "lock").exists()
    with locked(tmp_path / "lock"):
        pass
    assert not (tmp_path / "lock").exists()


def test_a_lock_that_is_held_says_so_and_is_free_again_afterwards(tmp_path):
    with locked(tmp_path / "lock"):
        with pytest.raises(MandeError, match="W-LOCKED"), locked(tmp_path / "lock"):
            pass
        assert (tmp_path / "lock").exists()
    with locked(tmp_path / "lock"):
        pass


def test_a_revision_is_never_written_twice(tmp_path):
    store = FolderStore(tmp_path)
    store.publish("2023", 1, *OLD)
    with pytest.raises(FileExistsError):
        store.publish("2023", 1, *NEW)
    assert state(store) == {1: OLD}


@pytest.fixture
def remote() -> ObjectStore:
    files = fsspec.filesystem("memory", skip_instance_cache=True)
    files.store.clear()
    files.pseudo_dirs[:] = [""]
    return object_store("memory://waves", "coop")


@pytest.fixture(params=["memory", "file"])
def address(request, tmp_path, remote) -> str:
    """A store of each kind that needs no server."""
    return "memory://waves" if request.param == "memory" else f"file://{tmp_path}/bucket"


def test_every_kind_of_store_keeps_what_was_published_first(address):
    store, other = object_store(address, "coop"), object_store(address, "coop")
    assert (store.revisions("2023"), store.waves()) == ([], [])
    store.publish("2023", 1, OLD[0], {})
    with pytest.raises(FileExistsError):
        other.publish("2023", 1, *SEALED_NEW)
    other.publish("2023", 2, *SEALED_NEW)
    assert (store.revisions("2023"), store.waves()) == ([1, 2], ["2023"])
    assert store.read("2023", 1, "manifest.json") == b"old"
    assert store.read("2023", 2, "a.parquet.sealed", private=True) == SEALED + b"secret"


@pytest.mark.parametrize("address", ["simplecache::file:///tmp/x", "dir::file:///tmp/x"])
def test_a_store_that_cannot_promise_what_acceptance_needs_is_refused_in_plain_words(address):
    with pytest.raises(MandeError) as error:
        object_store(address, "coop")
    (problem,) = error.value.problems
    assert problem.code.id == "W-STORE"
    assert "s3://" in problem.expected("fr")


SEALED_NEW = (NEW[0], {"a.parquet.sealed": SEALED + b"secret"})


def test_an_object_store_keeps_revisions_like_a_folder(remote):
    assert remote.revisions("2023") == []
    assert remote.waves() == []
    remote.publish("2023", 1, OLD[0], {})
    remote.publish("2023", 2, *SEALED_NEW)
    assert remote.revisions("2023") == [1, 2]
    assert remote.waves() == ["2023"]
    assert remote.read("2023", 1, "a.parquet") == b"old a"
    assert remote.names("2023", 2, private=True) == ["a.parquet.sealed"]
    assert remote.read("2023", 2, "a.parquet.sealed", private=True) == SEALED + b"secret"
    with pytest.raises(FileNotFoundError):
        remote.read("2023", 1, "b.parquet")


def test_of_two_writers_to_an_object_store_one_wins(remote):
    other = object_store("memory://waves", "coop")
    remote.publish("2023", 1, OLD[0], {})
    with pytest.raises(FileExistsError):
        other.publish("2023", 1, *SEALED_NEW)
    assert remote.read("2023", 1, "manifest.json") == b"old"


def test_identities_leave_the_computer_only_encrypted(remote):
    with pytest.raises(MandeError, match="W-UNSEALED"):
        remote.publish("2023", 1, *NEW)
    assert remote.revisions("2023") == []
    assert not remote.files.find("/waves")


def test_an_object_store_that_fails_at_any_write_shows_the_old_state(remote, monkeypatch):
    remote.publish("2023", 1, OLD[0], {})
    write = type(remote.files).pipe_file
    total = len(SEALED_NEW[0]) + len(SEALED_NEW[1]) + 1
    for limit in range(total):
        done = []

        def failing(self, path, value, done=done, limit=limit, **options):
            if len(done) == limit:
                raise OSError("the network went away")
            done.append(path)
            write(self, path, value, **options)

        monkeypatch.setattr(type(remote.files), "pipe_file", failing)
        with pytest.raises(OSError, match="went away"):
            remote.publish("2023", 2, *SEALED_NEW)
        monkeypatch.setattr(type(remote.files), "pipe_file", write)
        assert remote.revisions("2023") == [1]
    remote.publish("2023", 2, *SEALED_NEW)
    assert remote.revisions("2023") == [1, 2]


def test_an_address_that_nothing_reads_is_named():
    with pytest.raises(MandeError, match="W-REMOTE"):
        object_store("nosuchthing://bucket", "coop")


def test_a_file_that_was_being_written_leaves_nothing_behind(tmp_path):
    write_atomic(tmp_path / "a", "1")
    write_atomic(tmp_path / "a", "2")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
