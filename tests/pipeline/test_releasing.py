"""What leaves for other researchers: declared, without identities, with its figures."""

from __future__ import annotations

import json

import polars as pl
import pytest

from mande.pipeline.uploads import accept
from tests.pipeline.coop import make_coop, run

HEAD = "farmer_id,sex,hours,interviewed_on,remarks,phone,harassed\n"
LINES = [
    "F001,f,41,2023-06-01,calm,0712345678,0\n",
    "F002,f,43,2023-06-02,=SUM(1),0712345679,2\n",
    "F003,m,12,2023-07-02,busy,0712345670,1\n",
    "F004,m,15,2023-07-03,,0712345671,1\n",
]
DECLARED = """
format: 1
minimum_k: {k}
tables:
  farmers:
    quasi_identifiers: {{sex: keep, village: drop, interviewed_on: {{date: month}}}}
    drop: [income]
    free_text: [remarks]
    protected: [harassed]
    register: [arm, village]
"""


@pytest.fixture
def place(tmp_path, monkeypatch):
    coop = make_coop(tmp_path, monkeypatch)
    path = coop.write(HEAD + "".join(LINES))
    accept(path, programme="coop", wave="2023", by="A", workspace=coop.workspace.root)
    return coop


def declare(place, text: str = DECLARED, **values) -> None:
    (place.folder / "release.yaml").write_text(text.format(**{"k": 1} | values), encoding="utf-8")


def release(place, tmp_path, name="out.csv"):
    return run(place, "release", "coop", "-w", "2023", "--out", str(tmp_path / name))


def test_a_release_holds_no_identity_and_says_how_well_people_are_hidden(place, tmp_path):
    declare(place)
    done = release(place, tmp_path)
    assert done.exit_code == 0, done.output
    frame = pl.read_csv(tmp_path / "out.csv")
    assert sorted(frame.columns) == [
        "arm",
        "farmer_id",
        "harassed",
        "hours",
        "interviewed_on",
        "remarks",
        "sex",
    ]
    assert sorted(frame["interviewed_on"]) == ["2023-06", "2023-06", "2023-07", "2023-07"]
    assert frame["farmer_id"].is_sorted()
    everything = "".join(path.read_text(encoding="utf-8") for path in tmp_path.glob("out*"))
    assert not [text for text in ("F001", "0712345678", "2023-06-01") if text in everything]
    assert "'=SUM(1)" in everything
    record = json.loads((tmp_path / "out.privacy.json").read_text(encoding="utf-8"))
    # f-June 2, m-July 2: both below 5; of the answers, f have {0, 2}, m only {1}
    assert (record["smallest_group"], record["rows_in_groups_below_5"]) == (2, 4)
    assert record["diversity"] == [{"column": "harassed", "fewest_answers": 1, "rows_with_one_answer": 2}]
    assert record["left_out"] == {"village": "dropped as declared"}
    codebook = (tmp_path / "out.codebook.md").read_text(encoding="utf-8")
    assert "| `interviewed_on` | Day of the interview |  |  | date month | 0 |" in codebook
    assert "f = Female" in codebook


def test_the_same_wave_is_released_twice_the_same(place, tmp_path):
    declare(place)
    release(place, tmp_path, "a.csv")
    release(place, tmp_path, "b.csv")
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_groups_that_are_too_small_keep_the_file_here(place, tmp_path):
    declare(place, k=3)
    done = release(place, tmp_path)
    assert done.exit_code == 3
    assert "R-SMALL" in done.output
    assert "4 rows stand in groups of fewer than 3" in done.output
    assert not (tmp_path / "out.csv").exists()


MISSPELT = "{{sexx: keep, sex: keep, interviewed_on: drop}}"


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (None, ["R-NONE"]),
        ("format: 1\ntables: {{plots: {{}}}}", ["R-NONE"]),
        ("format: 1\ntables: {{farmers: {{}}}}", ["R-QUASI", "R-QUASI"]),
        (f"format: 1\ntables: {{{{farmers: {{{{quasi_identifiers: {MISSPELT}}}}}}}}}", ["R-NAME"]),
        ("format: 1\ntables: {{farmers: {{quasi_identifiers: {{sex: {{width: 0}}}}}}}}", ["D-SCHEMA"]),
    ],
)
def test_what_is_not_declared_does_not_leave(place, tmp_path, text, codes):
    if text is not None:
        declare(place, text)
    done = release(place, tmp_path)
    assert done.exit_code == 3
    assert [line.split()[0] for line in done.output.splitlines() if line[:2] in ("R-", "D-")][
        : len(codes)
    ] == codes
    assert not (tmp_path / "out.csv").exists()


def test_text_that_names_people_does_not_leave_though_somebody_cleared_it(place, tmp_path):
    profile = place.folder / "import_profile.yaml"
    profile.write_text(
        "format: 1\nanswers: [{ask: P-PII, answer: not_personal, by: A, at: 2024-01-01}]", encoding="utf-8"
    )
    text = HEAD + "".join(LINES).replace("calm", "call 0712345678")
    accept(
        place.write(text), programme="coop", wave="2023", by="A", workspace=place.workspace.root,
        revision=True, reason="x",
    )  # fmt: skip
    declare(place)
    done = release(place, tmp_path)
    assert "R-TEXT" in done.output
    assert "0712345678" not in done.output


def test_a_release_in_which_people_could_be_found_is_warned_of_unless_a_smallest_group_is_set(
    place, tmp_path
):
    declare(place, DECLARED.replace("minimum_k: {k}\n", ""))
    done = release(place, tmp_path)
    assert done.exit_code == 1
    assert "the smallest group has 2 rows, and 4 rows stand in groups below 5" in done.output
    assert "minimum_k" in done.output
    declare(place, k=2)
    done = release(place, tmp_path, "again.csv")
    assert (done.exit_code, "WARNING" in done.output) == (0, False)
