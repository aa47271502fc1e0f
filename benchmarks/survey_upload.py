"""Checking a survey upload: sixty columns, one faulty cell in a hundred, and every fault is known.

What is timed against others is the report of every faulty cell, of ids that stand twice and of answers that
contradict each other, each in words: what the others are asked for too, with the same rules for the same
file. Checks of the fieldwork (duplicates, outliers, enumerators), which none of them has, are a line of
their own. Of each other engine it is told how many of the known faults it finds.

Times are ratios within one run: of seconds, and in brackets of processor seconds, which a busy machine
disturbs less. Polars reads on all processors. Set MANDE_BENCH_ROWS (for example 1000000) for larger uploads.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import polars as pl
from python_calamine import CalamineWorkbook

from benchmarks._measuring import Timed, alternating, peak_memory, seconds, table
from benchmarks._upload.others import available, by_row
from benchmarks._upload.survey import Survey, generate
from mande.schema import Question
from mande.survey.annotate import write_annotated
from mande.survey.answers import answer_faults
from mande.survey.read import read_upload

ROWS = int(os.environ.get("MANDE_BENCH_ROWS", "100000"))
XLSX_ROWS = 20_000
SMALL = 5_000
MOST_FOR_FRICTIONLESS = 100_000  # more would take many minutes
_ROOT = Path(__file__).parent.parent


def run(rows: int = ROWS, *, xlsx_rows: int = XLSX_ROWS, small: int = SMALL, times: int = 3) -> str:
    """Return the report."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        survey = generate(rows, folder)
        lines = [
            ["faults missed, false alarms", " / ".join(map(str, faults(survey, _full(survey)))), "0 / 0"],
            [
                "the same with the fieldwork checks",
                " / ".join(map(str, faults(survey, _whole(survey)))),
                "0 / 0",
            ],
            *_against_reading(survey, times),
            *_against_others(survey, times),
            *_in_pieces(survey, generate(rows // 4, folder / "quarter"), folder),
            *_workbook(generate(xlsx_rows, folder / "x"), times),
            *_command(generate(small, folder / "s"), times),
        ]
        return table(("measure", "measured", "aim"), lines)


def faults(survey: Survey, report: pl.DataFrame) -> tuple[int, int]:
    """Return how many known faults a report does not tell, and how many it tells that are none."""
    found = report.filter(pl.col("row").is_not_null() & (pl.col("severity") != "note"))
    keys = ["row", "column", "code"]
    missed = survey.faults.join(found, on=keys, how="anti").height
    return missed, found.join(survey.faults, on=keys, how="anti").height


def _timed(work: Callable[[], object]) -> Callable[[], Timed]:
    def run() -> Timed:
        start = time.process_time()
        wall = seconds(work)
        return {"s": wall, "cpu": time.process_time() - start}

    return run


def _floor(survey: Survey) -> pl.DataFrame:
    return pl.read_csv(survey.path, infer_schema=False, empty_string_is_null=False)


def _full(survey: Survey) -> pl.DataFrame:
    """Return every fault of cells and of rules between answers."""
    return answer_faults(
        survey.path,
        programme=survey.programme,
        wave="2024",
        catalogue=survey.catalogue,
        programme_dir=survey.folder,
    ).report()


def _whole(survey: Survey) -> pl.DataFrame:
    """Return every problem, those of the fieldwork among them."""
    return survey.check().report()


def _ratio(found: dict[str, dict[str, float]], one: str, other: str) -> str:
    """Return the ratio of seconds, and that of processor seconds, which a busy machine disturbs less."""
    wall, cpu = (found[one][kind] / found[other][kind] for kind in ("s", "cpu"))
    return f"{wall:.2f} (processor {cpu:.2f})"


def _against_reading(survey: Survey, times: int) -> list[list[str]]:
    runs = {
        "floor": _timed(lambda: _floor(survey)),
        "full": _timed(lambda: _full(survey)),
        "whole": _timed(lambda: _whole(survey)),
    }
    found = alternating(runs, times=times)
    rows = survey.faults.height
    floor = found["floor"]
    return [
        [f"full report ({rows:,} faults) to reading as text", _ratio(found, "full", "floor"), "<= 3"],
        ["the same with the fieldwork checks", _ratio(found, "whole", "floor"), "-"],
        ["reading as text, seconds", f"{floor['s']:.3f} (processor {floor['cpu']:.3f})", "-"],
    ]


def _against_others(survey: Survey, times: int) -> list[list[str]]:
    questions = survey.questions
    told: dict[str, pl.DataFrame] = {}

    def run(name: str, engine: Callable[[Path, Mapping[str, Question]], pl.DataFrame]) -> None:
        told[name] = engine(survey.path, questions)

    runs = {"full": _timed(lambda: _full(survey)), "pydantic": _timed(lambda: run("pydantic", by_row))}
    others = dict(available())
    if (pandera := others["pandera"]) is not None:
        runs["pandera"] = _timed(lambda: run("pandera", pandera))
    found = alternating(runs, times=times, warm_up=1)
    frictionless, rows = others["frictionless"], int(survey.path.stem.rpartition("_")[2])
    if frictionless is not None and rows <= MOST_FOR_FRICTIONLESS:
        found["frictionless"] = dict(_timed(lambda: run("frictionless", frictionless))())
    lines = []
    for name, aim in (("pydantic", ">= 5"), ("pandera", ">= 5"), ("frictionless", ">= 50")):
        if name not in found:
            reason = "not installed" if others[name] is None else "not run"
            lines.append([f"{name} to full report", reason, aim])
            continue
        known = survey.faults.join(told[name], on=["row", "column"], how="semi").height
        label = f"{name}{' row by row' * (name == 'pydantic')} (finds {known:,}) to full report"
        lines.append([label, _ratio(found, name, "full"), aim])
    return [*lines, *_memory(survey)]


def _memory(survey: Survey) -> list[list[str]]:
    calls = _CALLS | {"pieces": _PIECES.format(out=survey.folder / "out")}
    memory = {name: _peak(_program(survey, call)) for name, call in calls.items()}

    def ratio(one: str, other: str) -> str:
        return f"{memory[one] / max(memory[other], 1):.2f}"

    return [
        ["memory of full report to pydantic row by row", ratio("full", "by row"), "<= 0.5"],
        ["the same with the fieldwork checks", ratio("whole", "by row"), "-"],
        ["memory of check in pieces to pydantic row by row", ratio("pieces", "by row"), "<= 0.5"],
        ["memory of reading as text to pydantic row by row", ratio("floor", "by row"), "-"],
    ]


_CALLS = {
    "floor": "pl.read_csv(path, infer_schema=False, empty_string_is_null=False)",
    "full": (
        "answer_faults(path, programme=load_programme(folder), wave='2024', "
        "catalogue=load_catalogue([root / 'indicators']), programme_dir=folder).report()"
    ),
    "whole": (
        "validate_upload(path, programme=load_programme(folder), wave='2024', "
        "catalogue=(catalogue := load_catalogue([root / 'indicators'])), programme_dir=folder).report()"
    ),
    "by row": (
        "by_row(path, with_key((c := load_catalogue([root / 'indicators'])).questions['farmers'], "
        "c.tables['farmers']))"
    ),
}


def _program(survey: Survey, call: str) -> str:
    """Return a program that does one thing with the upload, for a process of its own."""
    return "\n".join(
        (
            "import sys",
            f"sys.path.insert(0, {str(_ROOT)!r})",
            "from pathlib import Path",
            "import polars as pl",
            "from benchmarks._upload.others import by_row",
            "from mande.catalogue import load_catalogue, load_programme",
            "from mande.survey.mapping import with_key",
            "from mande.survey.stream import check_in_pieces",
            "from mande.survey.answers import answer_faults",
            "from mande.survey.validate import validate_upload",
            f"path, folder = Path({str(survey.path)!r}), Path({str(survey.folder)!r})",
            "root = folder.parent.parent",
            call,
        )
    )


def _peak(program: str) -> int:
    """Return the peak memory of a program; on Linux without what its parent had used before it."""
    status = Path("/proc/self/status")
    if not status.exists():
        return peak_memory(program)
    told = "\nprint(next(line for line in open('/proc/self/status', encoding='utf-8') if 'VmHWM' in line))"
    done = subprocess.run([sys.executable, "-c", program + told], capture_output=True, text=True, check=True)
    return 1024 * int(done.stdout.split("VmHWM:")[1].split()[0])


def _in_pieces(survey: Survey, quarter: Survey, folder: Path) -> list[list[str]]:
    """Return the memory of a check in pieces, which a longer file should not need more of."""
    whole, part = (
        _peak(_program(entry, _PIECES.format(out=folder / f"out_{number}")))
        for number, entry in enumerate((survey, quarter))
    )
    return [
        ["check in pieces, memory in MB", f"{whole / 1e6:.0f}", "< 1000"],
        ["the same to that of a quarter of the rows", f"{whole / max(part, 1):.2f}", "about 1"],
    ]


_PIECES = (
    "check_in_pieces(path, Path('{out}'), programme=load_programme(folder), wave='2024', "
    "catalogue=load_catalogue([root / 'indicators']), programme_dir=folder, piece=2_000_000)"
)


def _workbook(survey: Survey, times: int) -> list[list[str]]:
    path = survey.path.with_suffix(".xlsx")
    frame = _floor(survey)
    frame.with_columns(
        pl.coalesce(pl.col(name).cast(pl.Float64, strict=False)).alias(name)
        for name, question in survey.questions.items()
        if question.type in ("integer", "number")
    ).write_excel(path, "Data", column_formats={pl.Float64: "General"})
    runs = {
        "bare": _timed(lambda: CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()),
        "read": _timed(lambda: _read(survey, path)),
    }
    found = alternating(runs, times=times)
    verdict = survey.check(path)
    copy = path.with_suffix(".checked.xlsx")
    found |= alternating({"copy": _timed(lambda: write_annotated(verdict, copy, source=path))}, times=times)
    return [
        ["XLSX: read with preflight to bare calamine", _ratio(found, "read", "bare"), "<= 2.5"],
        ["XLSX: problem workbook to the read", _ratio(found, "copy", "read"), "<= 1.5"],
    ]


def _read(survey: Survey, path: Path) -> object:
    return read_upload(path, expected=set(survey.questions))


def _command(survey: Survey, times: int) -> list[list[str]]:
    (survey.folder.parent.parent / "reports").mkdir(exist_ok=True)
    command = [
        sys.executable,
        "-c",
        "from mande.cli import main; main()",
        "validate",
        str(survey.path),
        "-p",
        "bench",
        "-w",
        "2024",
    ]
    command += ["--workspace", str(survey.folder.parent.parent), "--no-annotated"]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    if "Rows read: " not in told.stdout:
        raise RuntimeError(told.stderr)
    taken = [_of_command(command) for _ in range(times)]
    wall, cpu = (sorted(entry[place] for entry in taken)[len(taken) // 2] for place in (0, 1))
    name = f"{survey.path.stem.rpartition('_')[2]} rows from command to verdict, seconds"
    return [[name, f"{wall:.2f} (processor {cpu:.2f})", "< 1"]]


def _of_command(command: list[str]) -> tuple[float, float]:
    """Return how long a command takes, and how much of a processor's time."""
    before = os.times()
    wall = seconds(lambda: subprocess.run(command, capture_output=True, check=False))
    after = os.times()
    own = after.children_user + after.children_system - before.children_user - before.children_system
    return wall, own


if __name__ == "__main__":
    sys.stdout.write(run() + "\n")
