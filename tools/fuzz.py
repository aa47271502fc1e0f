"""Look for files that `mande.validate` does not answer with a verdict: `make fuzz`.

    python tools/fuzz.py                            ten minutes, a seed of its own
    python tools/fuzz.py --minutes 1 --seed 7       what round 7 found, again

Files are built by hypothesis, or mutated: bytes flipped, cut, doubled, spliced from one file into
another; members of workbooks and archives changed inside and packed again. The examples are small files
of every format, and the real ones in ../shared/data where they lie there.

Each round runs in a child process with bounded memory; a file that takes too long ends it. Anything but
a verdict or a `MandeError` is a finding: the file, its seed and what happened are written to build/fuzz.
"""

from __future__ import annotations

import argparse
import csv
import faulthandler
import io
import random
import secrets
import subprocess
import sys
import tempfile
import time
import traceback
import zipfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import polars as pl
import pyreadstat
import xlsxwriter
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

from mande.errors import MandeError
from mande.survey.annotate import write_annotated

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # the small programme of the tests
from tests.survey.conftest import make_place  # noqa: E402

if sys.platform != "win32":
    import resource
SHARED = ROOT.parent / "shared" / "data"
FOUND = ROOT / "build" / "fuzz"
FILES = 150  # in a round
SECONDS = 30  # for one file
MEMORY = 6_000_000_000  # addresses, not pages: the libraries reserve several times what they use
LARGEST = 400_000  # bytes of an example
TOKENS = [
    b'"', b'""', b",", b";", b"\t", b"\r", b"\n", b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"sep=;\n", b"'",
    b"<c", b'<c r="XFD1048576"><v>1</v></c>', b"<row>", b'<row r="1048576">', b"</row>", b'hidden="1"',
    b't="e"', b't="s"', b't="inlineStr"', b"<f>1+1</f>", b"<!DOCTYPE x>", b"<![CDATA[", b"&#0;", b"&amp;",
    b"<sheetData>", b"</sheetData>", b'r="A0"', b'r="ZZZZ1"', b"<mergeCell ref='A1:XFD9'/>", b"99999999999",
    b"-1", b"1e308", b"NaN", b"1904", b"\xc3\x83\xc2\xa9", b"farmer_id", b"Total", b"-99", b"2024-02-30",
    b'table:number-rows-repeated="1000000"', b'table:number-columns-repeated="16384"', b"<table:table-row>",
]  # fmt: skip

GOOD = '''farmer_id,sex,hours,income,member,crops,interviewed_on,remarks,phone,harassed
F001,f,40,1200.5,yes,maize beans,2023-06-01,"fine, ""thanks""",0712345678,0
F002,m,35,-98,no,tea,2023-06-02,Peña,0712345679,1
F003,f,,900,,maize,2023-06-03,"two
lines",0712345680,-97
Total,,75,2100.5,,,,,,
'''


def main() -> int:
    parser = argparse.ArgumentParser(description="look for files that are not answered with a verdict")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--child", type=Path, default=None, help=argparse.SUPPRESS)
    options = parser.parse_args()
    seed = secrets.randbelow(10**6) if options.seed is None else options.seed
    if options.child:
        run_round(seed, options.child)
        return 0
    return run_all(seed, options.minutes)


def run_all(seed: int, minutes: float) -> int:
    """Run rounds until the time is over; return 1 if anything was found."""
    FOUND.mkdir(parents=True, exist_ok=True)
    end = time.monotonic() + 60 * minutes
    n_rounds = n_found = 0
    print(f"seed {seed}, {minutes:g} minutes; findings go to {FOUND.relative_to(ROOT)}/", flush=True)
    while time.monotonic() < end:
        with tempfile.TemporaryDirectory() as folder:
            found = watch(seed + n_rounds, Path(folder))
        n_rounds += 1
        n_found += found
        print(f"round {n_rounds}: {n_rounds * FILES} files, {n_found} findings", flush=True)
    return 1 if n_found else 0


def watch(seed: int, folder: Path) -> int:
    """Run one round in a child and return how many findings it made, its own death among them."""
    before = set(FOUND.iterdir())
    child = [sys.executable, __file__, "--child", str(folder), "--seed", str(seed)]
    try:
        done = subprocess.run(child, capture_output=True, timeout=FILES * SECONDS, check=False)
        code, told = done.returncode, done.stderr.decode(errors="replace")
    except subprocess.TimeoutExpired:
        code, told = -1, "the round never ended"
    current = folder / "current"
    if code and current.is_file():
        keep(current.read_bytes(), seed, f"the process ended with {code}\n{told[-4000:]}")
    return len({path.stem for path in set(FOUND.iterdir()) - before})


def keep(data: bytes, seed: int, told: str) -> None:
    """Write a finding: the file, and what happened."""
    name = f"{seed}-{secrets.token_hex(4)}"
    (FOUND / f"{name}.bin").write_bytes(data)
    (FOUND / f"{name}.txt").write_text(f"seed {seed}\n{told}\n", encoding="utf-8")


# -- one round, in a process of its own -----------------------------------------------------------


def run_round(seed: int, folder: Path) -> None:
    """Validate one round's files."""
    limit_memory()
    place = make_place(folder)
    examples = make_examples(folder)
    current = folder / "current"

    @seeded(seed)
    @settings(
        max_examples=FILES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(files(examples))
    def every_file_gets_a_verdict(data: bytes) -> None:
        current.write_bytes(data)
        faulthandler.dump_traceback_later(SECONDS, exit=True)
        try:
            answer(place, current)
        except Exception:  # noqa: BLE001 - whatever it is, it is a finding
            keep(data, seed, traceback.format_exc())
        finally:
            faulthandler.cancel_dump_traceback_later()

    every_file_gets_a_verdict()


def limit_memory() -> None:
    """Bound what a child may take, where the system can."""
    if sys.platform == "win32":
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def answer(place, path: Path) -> None:
    """Validate a file and write its verdict in every form."""
    try:
        verdict = place.check(path)
        for language in ("en", "fr", "es"):
            verdict.text(language)
        verdict.as_json()
        write_annotated(verdict, path.with_name("checked.xlsx"))
    except MandeError as error:
        str(error)


# -- examples -------------------------------------------------------------------------------------


def make_examples(folder: Path, *, with_real: bool = True) -> list[bytes]:
    """Return small files of every format, and the beginnings of the real ones."""
    rows = list(csv.reader(io.StringIO(GOOD)))
    examples = [GOOD.encode(encoding, "replace") for encoding in ("utf-8", "utf-16", "utf-16-le", "cp1252")]
    examples += [GOOD.replace(",", mark).encode() for mark in ";\t"]
    examples += [("Survey\nNorth,,2023\n" + GOOD).encode(), GOOD.replace("\n", "\r").encode()]
    examples += [workbook(rows, folder), *statistical(rows, folder), archive(GOOD)]
    old = ROOT / "tests" / "survey" / "bad_inputs" / "files" / "old_workbook.xls"
    examples.append(old.read_bytes())
    patterns = ("*.csv", "*.dta", "*.xlsx", "*.zip")
    for path in sorted(found for pattern in patterns for found in SHARED.rglob(pattern) if with_real):
        data = path.read_bytes()
        if path.suffix == ".csv":
            examples.append(b"\n".join(data.split(b"\n")[:40]))
        elif len(data) <= LARGEST:
            examples.append(data)
    return examples


def workbook(rows: list[list[str]], folder: Path) -> bytes:
    path = folder / "example.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        for name in ("North", "South"):
            sheet = book.add_worksheet(name)
            sheet.merge_range("A1:C1", "Survey")
            for line, row in enumerate(rows, start=1):
                for column, text in enumerate(row):
                    sheet.write(line, column, float(text) if text.strip("-").isdigit() else text)
            sheet.write_formula(9, 2, "=1/0", None, "#DIV/0!")
            sheet.set_row(4, None, None, {"hidden": True})
            sheet.set_column(5, 5, None, None, {"hidden": True})
    return path.read_bytes()


def statistical(rows: list[list[str]], folder: Path) -> list[bytes]:
    frame = pd.DataFrame(rows[1:4], columns=rows[0])
    frame["hours"] = [40.0, 35.0, None]
    examples = []
    for version in (15, 12, 8):
        pyreadstat.write_dta(frame, str(folder / "x.dta"), version=version)
        examples.append((folder / "x.dta").read_bytes())
    ranges = {"hours": [{"lo": 35, "hi": 36}]}
    for compress in (False, True):
        pyreadstat.write_sav(frame, str(folder / "x.sav"), missing_ranges=ranges, compress=compress)
        examples.append((folder / "x.sav").read_bytes())
    pl.DataFrame(rows[1:4], schema=rows[0], orient="row").write_parquet(folder / "x.parquet")
    return [*examples, (folder / "x.parquet").read_bytes()]


def archive(text: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("survey.csv", text)
        target.writestr("plots.csv", "plot_id,farmer_id,area\nP1,F001,1.5\n")
    return buffer.getvalue()


# -- strategies -----------------------------------------------------------------------------------


def files(examples: list[bytes]):
    """Return a strategy of files: tables built anew, bytes at random, and examples mutated."""
    cell = st.one_of(
        st.text(max_size=6),
        st.sampled_from(["", "F001", "f", "-99", "1,5", "3.7", "2024-01-02", "#REF!", "Total", "Ã©", "=1+1"]),
        st.floats().map(str),
    )
    title = st.sampled_from([*GOOD.split("\n", 1)[0].split(","), "", "x", "Sex", "farmer_id"])
    table = st.builds(
        lambda titles, rows, mark, end, encoding: end.join(mark.join(row) for row in [titles, *rows]).encode(
            encoding, "replace"
        ),
        st.lists(title, max_size=8),
        st.lists(st.lists(cell, max_size=8), max_size=8),
        st.sampled_from(",;\t"),
        st.sampled_from(["\n", "\r\n", "\r"]),
        st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "cp1252", "mac-roman"]),
    )
    mutated = st.builds(
        mutate, st.sampled_from(examples), st.sampled_from(examples), st.integers(0, 2**32), st.booleans()
    )
    return st.one_of(table, mutated, mutated, mutated, st.binary(max_size=300))


def mutate(data: bytes, other: bytes, seed: int, is_inside: bool) -> bytes:
    """Return the file changed in one to four places; inside its members, if it is an archive."""
    chance = random.Random(seed)
    if is_inside and data.startswith(b"PK"):
        return mutate_member(data, other, chance)
    for _ in range(chance.randint(1, 4)):
        data = chance.choice(CHANGES)(data, other, chance)
    return data


def mutate_member(data: bytes, other: bytes, chance: random.Random) -> bytes:
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        names = old.namelist()
        chosen = chance.choice([name for name in names if "sheet" in name or name.endswith("csv")] or names)
        chosen = chance.choice([chosen, chosen, chance.choice(names)])
        for name in names:
            content = old.read(name)
            for _ in range(chance.randint(1, 4) if name == chosen else 0):
                content = chance.choice(CHANGES)(content, other, chance)
            new.writestr(name, content)
    return buffer.getvalue()


def flip(data: bytes, other: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.randint(1, 8) if changed else 0):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def cut(data: bytes, other: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


def drop(data: bytes, other: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(data) + 1)
    return data[:start] + data[start + chance.randint(1, 200) :]


def double(data: bytes, other: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(data) + 1)
    part = data[start : start + chance.randint(1, 400)]
    return data[:start] + part * chance.randint(2, 50) + data[start:]


def splice(data: bytes, other: bytes, chance: random.Random) -> bytes:
    start, from_ = chance.randrange(len(data) + 1), chance.randrange(len(other) + 1)
    return data[:start] + other[from_ : from_ + chance.randint(1, 400)] + data[start:]


def insert(data: bytes, other: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(data) + 1)
    return data[:start] + chance.choice(TOKENS) + data[start:]


def replace(data: bytes, other: bytes, chance: random.Random) -> bytes:
    """Put one word of the file, or of the list, in the place of another."""
    present = [token for token in TOKENS if token in data]
    if not present:
        return insert(data, other, chance)
    return data.replace(chance.choice(present), chance.choice(TOKENS), chance.randint(1, 5))


CHANGES: list[Callable[[bytes, bytes, random.Random], bytes]] = [
    flip, cut, drop, double, splice, insert, insert, replace,
]  # fmt: skip

if __name__ == "__main__":
    sys.exit(main())
