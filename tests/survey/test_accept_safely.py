"""Accepting survives a crash at any moment, and two people who accept different files at once."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mande.survey.store import load_wave
from mande.survey.vault import read_identities

HERE = Path(__file__).parent
DIED = 86
HEAD = "farmer_id,sex,hours,phone\n"
OLD = HEAD + "F001,f,40,0712345678\nF002,m,35,0712345679\n"
NEW = HEAD + "F001,f,41,0712345678\nF002,m,35,0799999999\n"


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(HERE.parent.parent)}


def die_at(number: int, *arguments: str) -> int:
    script = [sys.executable, str(HERE.parent / "crash.py"), str(number), str(HERE / "accept_steps.py")]
    return subprocess.run([*script, "accept_revision", *arguments], env=environment(), check=False).returncode


def is_whole(coop) -> list[int]:
    """Every accepted revision has its answers and its identities, each those of its own file."""
    store = coop.workspace.store("coop")
    for number in store.revisions("2023"):
        hours, phone = {1: (40, "0712345679"), 2: (41, "0799999999")}[number]
        wave = load_wave(coop.workspace, "coop", "2023", number)
        assert wave.tables["farmers"]["hours"][0] == hours
        identities = read_identities(store, "coop", "2023", number, "farmers", None)
        assert identities["phone"][1] == phone
    return store.revisions("2023")


def crash_everywhere(coop, numbers: range) -> list[tuple[int, list[int]]]:
    coop.accept(OLD)
    path = coop.write(NEW, "new.csv")
    outcomes = []
    for number in numbers:
        died = die_at(number, str(coop.workspace.root), str(path))
        outcomes.append((died, is_whole(coop)))
        if outcomes[-1][1] == [1, 2]:
            break
    return outcomes


def test_a_crash_while_accepting_leaves_the_old_wave_or_the_new_one(coop):
    outcomes = crash_everywhere(coop, range(2, 200, 7))
    assert outcomes[-1][1] == [1, 2]
    assert outcomes[0] == (DIED, [1])


@pytest.mark.slow
def test_a_crash_before_each_single_operation_leaves_the_old_wave_or_the_new_one(coop):
    outcomes = crash_everywhere(coop, range(1, 200))
    assert outcomes[-1][1] == [1, 2]
    assert len(outcomes) > 15


def two_at_once(coop, first: str, second: str) -> list[str]:
    """Return what two processes say that accept different files at the same moment."""
    start = coop.folder / "start"
    processes = [
        subprocess.Popen(
            [
                sys.executable,
                str(HERE / "accept_steps.py"),
                str(coop.workspace.root),
                str(path),
                by,
                str(start),
            ],
            env=environment(),
            stdout=subprocess.PIPE,
            text=True,
        )
        for by, path in (("Ben", coop.write(first, "a.csv")), ("Cora", coop.write(second, "b.csv")))
    ]
    deadline = time.monotonic() + 60
    while len(list(coop.workspace.root.glob("ready-*"))) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    start.write_text("", encoding="utf-8")
    return sorted(process.communicate(timeout=60)[0].strip() for process in processes)


@pytest.mark.parametrize("attempt", range(2))
def test_of_two_processes_that_accept_different_files_one_wins_and_the_other_is_told(coop, attempt):
    told = two_at_once(coop, OLD, NEW)
    assert "accepted" in told
    assert {"accepted", *told} - {"accepted"} <= {"W-LOCKED", "F-SUPERSEDE", "A-RACE"}
    assert len(set(told)) == 2
    store = coop.workspace.store("coop")
    assert store.revisions("2023") == [1]
    wave = load_wave(coop.workspace, "coop", "2023")
    phone = read_identities(store, "coop", "2023", 1, "farmers", None)["phone"][1]
    assert (wave.tables["farmers"]["hours"][0], phone) in [(40, "0712345679"), (41, "0799999999")]


@pytest.fixture
def in_store(coop) -> Path:
    """The waves lie in an object store that is a folder; its identities would have to be encrypted."""
    bucket = coop.workspace.root / "bucket"
    (coop.workspace.root / "store.yaml").write_text(f"format: 1\nwaves: file://{bucket}\n", encoding="utf-8")
    return bucket


def bare(text: str) -> str:
    return "\n".join(line.rpartition(",")[0] for line in text.splitlines()) + "\n"


def hours_of(coop) -> dict[int, int]:
    store = coop.workspace.store("coop")
    return {
        number: load_wave(coop.workspace, "coop", "2023", number).tables["farmers"]["hours"][0]
        for number in store.revisions("2023")
    }


def test_a_crash_at_any_moment_leaves_an_object_store_with_the_old_wave_or_the_new_one(coop, in_store):
    coop.accept(bare(OLD))
    path = coop.write(bare(NEW), "new.csv")
    outcomes = []
    for number in range(1, 200, 6):
        died = die_at(number, str(coop.workspace.root), str(path))
        outcomes.append((died, hours_of(coop)))
        assert outcomes[-1][1] in ({1: 40}, {1: 40, 2: 41})
        if 2 in outcomes[-1][1]:
            break
    assert outcomes[0] == (DIED, {1: 40})
    assert outcomes[-1][1] == {1: 40, 2: 41}
    assert len(outcomes) > 2


def test_of_two_processes_that_accept_into_an_object_store_one_wins(coop, in_store):
    told = two_at_once(coop, bare(OLD), bare(NEW))
    assert "accepted" in told
    assert {"accepted", *told} - {"accepted"} <= {"F-SUPERSEDE", "A-RACE"}
    assert len(set(told)) == 2
    assert list(hours_of(coop)) == [1]
