"""Checks of fieldwork: each finds what was planted, and nothing where nothing was."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace

import polars as pl
import pytest

from mande.survey.checks.digit_preference import chi_square, counted, myers_index
from mande.survey.checks.enumerators import enumerator_table
from mande.survey.checks.missingness import at_least
from mande.survey.interview import times
from mande.survey.validate import WaveUpload, examine, read_part

QUESTIONS = """
format: 1
table: farmers
questions:
  age: {label: {en: Age}, type: integer, unit: years, range: [10, 110]}
  village: {label: {en: Village}, type: text, role: place}
  crop:
    label: {en: Main crop}
    type: choice
    choices: {tea: {en: Tea, fr: Thé}, maize: {en: Maize}, other: {en: Other}}
  crop_other: {label: {en: Which other crop}, type: text, other_of: crop}
  tools:
    label: {en: Tools}
    type: multiple
    exclusive: [none]
    choices: {hoe: {en: Hoe}, plough: {en: Plough}, none: {en: None}}
"""
SCALE = "[{low: {en: Low}, mid: {en: Middle}, high: {en: High}}]"
for _number in range(1, 7):
    QUESTIONS += (
        f"  s{_number}: {{label: {{en: Statement {_number}}}, type: choice, choices: {SCALE[1:-1]}}}\n"
    )


@pytest.fixture(scope="module")
def farm(place_with):
    place = place_with({"indicators/_questions/more.yaml": QUESTIONS})
    programme = place.programme.model_copy(update={"area": (-2.0, 36.0, 0.5, 38.0)})
    return replace(place, programme=programme)


def csv(columns: dict[str, list[object]]) -> str:
    lines = [",".join(columns)]
    lines += [
        ",".join("" if cell is None else str(cell) for cell in row)
        for row in zip(*columns.values(), strict=True)
    ]
    return "\n".join(lines) + "\n"


def survey(n: int, seed: int = 1, **columns: list[object]) -> dict[str, list[object]]:
    """Rows of respondents who have nothing to do with one another."""
    draw = random.Random(seed)
    base: dict[str, list[object]] = {
        "farmer_id": [f"F{number:03d}" for number in range(n)],
        "sex": [draw.choice("fm") for _ in range(n)],
        "hours": [draw.randint(5, 68) for _ in range(n)],
        "income": [round(draw.lognormvariate(7, 0.8)) for _ in range(n)],
        "age": [draw.randint(18, 79) for _ in range(n)],
        "member": [draw.choice(["yes", "no"]) for _ in range(n)],
        "crop": [draw.choice(["tea", "maize"]) for _ in range(n)],
    }
    base |= {f"s{k}": [draw.choice(["low", "mid", "high"]) for _ in range(n)] for k in range(1, 7)}
    return base | columns


def clock(minute: float) -> str:
    return (dt.datetime(2023, 6, 1, 8, tzinfo=dt.UTC) + dt.timedelta(minutes=minute)).strftime(
        "%Y-%m-%dT%H:%M:%S.000+03:00"
    )


def found(verdict, code):
    return [p for p in verdict.problems if p.code.id == code]


def test_an_honest_survey_has_no_findings_of_fieldwork(farm):
    n = 200
    starts = [90 * (number // 5) for number in range(n)]
    columns = survey(
        n,
        enumerator_id=[f"E{number % 5}" for number in range(n)],
        start=[clock(minute) for minute in starts],
        end=[clock(minute + 40 + number % 23) for number, minute in enumerate(starts)],
        _gps_latitude=[-1 + number / 1000 for number in range(n)],
        _gps_longitude=[37 + number / 1000 for number in range(n)],
        consent=["yes"] * n,
        form_version=["3"] * n,
    )
    verdict = farm.check(csv(columns))
    kinds = {p.code.id for p in verdict.problems if p.severity in ("error", "warning")}
    assert kinds <= {"I-UNKNOWN", "V-OUTLIER"}
    assert len(found(verdict, "V-OUTLIER")) <= 2  # two in a thousand of a normal distribution lie that far


# -- consent, times, versions ---------------------------------------------------------------------


def test_answers_without_consent_are_an_error(farm):
    verdict = farm.check(csv(survey(3, consent=["yes", "no", ""])))
    (refused,) = found(verdict, "X-CONSENT")
    assert (refused.severity, refused.place.row, refused.place.column) == ("error", 3, "consent")
    assert refused.found() == "consent = no, answers: 12"
    (open_,) = found(verdict, "X-CONSENT-EMPTY")
    assert (open_.severity, open_.place.row) == ("warning", 4)


def test_a_refusal_without_answers_is_in_order(farm):
    assert not found(farm.check("farmer_id,sex,hours,consent\nF001,,,no\n"), "X-CONSENT")


def test_short_negative_and_overlapping_interviews(farm):
    n = 20
    starts = [100.0 * number for number in range(n)]
    lengths = [60.0] * n
    lengths[3], lengths[5] = 12, -4
    starts[9] = starts[8] + 20
    columns = survey(
        n,
        enumerator_id=["E1"] * n,
        start=[clock(minute) for minute in starts],
        end=[clock(minute + length) for minute, length in zip(starts, lengths, strict=True)],
    )
    verdict = farm.check(csv(columns))
    (short,) = found(verdict, "X-DURATION")
    assert (short.place.respondent, short.found(), short.severity) == ("F003", "12.0 minutes", "warning")
    assert "at least 20.0 minutes" in short.expected()
    (negative,) = found(verdict, "X-DURATION-NEGATIVE")
    assert negative.place.respondent == "F005"
    (overlap,) = found(verdict, "X-OVERLAP")
    assert (overlap.place.respondent, overlap.found()) == ("F009", "overlaps row 10 by 40 minutes")


def test_two_enumerators_may_work_at_the_same_time(farm):
    columns = survey(4, enumerator_id=["A", "B", "C", "D"], start=[clock(0)] * 4, end=[clock(60)] * 4)
    assert not found(farm.check(csv(columns)), "X-OVERLAP")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-03-01T09:30:15.123+03:00", "06:30:15"),
        ("2024-03-01T00:30:00-05:30", "06:00:00"),
        ("2024-03-01 09:30", "09:30:00"),
        ("2024-03-01T09:30:00Z", "09:30:00"),
        ("2024-03-01T09:30:00+0300", "06:30:00"),
        ("", None),
        ("soon", None),
    ],
)
def test_times_with_and_without_zones(text, expected):
    (moment,) = times(pl.Series([text])).to_list()
    assert (moment and moment.strftime("%H:%M:%S")) == expected


def test_mixed_and_outdated_form_versions(farm):
    columns = survey(
        6,
        form_version=["1", "1", "2", "2", "1", "2"],
        start=[clock(1440 * day) for day in (0, 1, 2, 3, 4, 5)],
    )
    verdict = farm.check(csv(columns))
    (mixed,) = found(verdict, "X-FORM")
    assert (mixed.summary(), mixed.severity) == (
        "the file holds answers to 2 versions of the form",
        "warning",
    )
    (old,) = found(verdict, "X-FORM-OLD")
    assert (old.place.respondent, old.found()) == ("F004", "1")


# -- places ---------------------------------------------------------------------------------------


def test_places_outside_impossible_or_the_same_are_told_without_the_place(farm):
    north = [-1.0, 1.2, 95.0, 0.0, *[-1.25001] * 4]
    east = [37.0, 37.0, 37.0, 0.0, *[37.11111] * 4]
    verdict = farm.check(csv(survey(8, gps=[f"{a} {b} 1200 5" for a, b in zip(north, east, strict=True)])))
    assert [p.place.row for p in found(verdict, "G-OUTSIDE")] == [3]
    assert [p.place.row for p in found(verdict, "G-IMPOSSIBLE")] == [4, 5]
    (same,) = found(verdict, "G-SAME")
    assert (same.found(), same.summary()) == ("rows 6-9", "4 interviews were held at exactly the same place")
    assert "37.1" not in verdict.text()
    assert "37.1" not in verdict.as_json()


def test_without_an_area_no_place_is_outside(shared_coop):
    assert not found(shared_coop.check("farmer_id,sex,gps\nF001,f,60 100 0 0\n"), "G-OUTSIDE")


# -- answers --------------------------------------------------------------------------------------


def test_an_outlier_must_be_far_in_levels_and_in_logs(farm):
    columns = survey(100)
    columns["income"][7] = 900_000
    columns["hours"] = [40] * 100
    columns["hours"][3] = 41  # where all are alike, there is no scale to be far on
    (outlier,) = found(farm.check(csv(columns)), "V-OUTLIER")
    assert (outlier.place.respondent, outlier.place.column) == ("F007", "income")
    assert "times the median" in outlier.found()


def test_outliers_are_judged_within_their_place(farm):
    village = ["poor"] * 40 + ["rich"] * 40
    draw = random.Random(3)
    income = [draw.randint(900, 1100) for _ in range(40)] + [draw.randint(90_000, 110_000) for _ in range(40)]
    income[5] = 100_000
    verdict = farm.check(csv(survey(80, village=village, income=income)))
    (outlier,) = [p for p in found(verdict, "V-OUTLIER") if p.place.column == "income"]
    assert outlier.place.respondent == "F005"
    assert "of poor" in outlier.expected()


def test_a_constant_scale_is_straight_lining_unless_everyone_answers_so(farm):
    columns = survey(40, s1=["low"] * 40, s2=["high"] * 40)
    for k in range(1, 7):
        columns[f"s{k}"][4] = "mid"
    (straight,) = found(farm.check(csv(columns)), "X-STRAIGHT")
    assert (straight.place.respondent, straight.found()) == ("F004", "mid everywhere, from s1 to s6")
    everyone = survey(40, **{f"s{k}": ["mid"] * 40 for k in range(1, 7)})
    assert not found(farm.check(csv(everyone)), "X-STRAIGHT")


def test_ages_that_end_in_0_and_5_are_heaped(farm):
    draw = random.Random(5)
    heaped = [5 * draw.randint(4, 15) if draw.random() < 0.7 else draw.randint(18, 79) for _ in range(300)]
    verdict = farm.check(csv(survey(300, age=heaped)))
    (digits,) = found(verdict, "V-DIGITS")
    assert (digits.place.column, digits.place.row) == ("age", None)
    share = round(100 * sum(age % 5 == 0 for age in heaped) / 300)
    assert f"{share} % end in 0 or 5" in digits.found()
    assert not found(farm.check(csv(survey(300))), "V-DIGITS")


def test_myers_index_and_chi_square_by_hand():
    """Ages 10 to 29, once each, and 20 once more: digit 0 has 3 (2 from 20 on), the others 2 (1)."""
    ages = pl.Series([*range(10, 30), 20])
    blended = [(d + 1) * (3 if d == 0 else 2) + (9 - d) * (2 if d == 0 else 1) for d in range(10)]
    assert blended[:3] == [21, 12, 13]
    expected = sum(abs(100 * part / sum(blended) - 10) for part in blended) / 2
    counts = counted(ages)
    assert myers_index(counts) == pytest.approx(expected)
    assert chi_square(counts) == pytest.approx(((3 - 2.1) ** 2 + 9 * (2 - 2.1) ** 2) / 2.1)


def test_other_specify(farm):
    rows = [("other", "Cocoa"), ("other", ""), ("tea", "Cocoa"), ("other", "thé"), ("tea", ""), ("", "x")]
    verdict = farm.check(csv(survey(6, crop=[r[0] for r in rows], crop_other=[r[1] for r in rows])))
    codes = {p.place.row: p.code.id for p in verdict.problems if p.code.id.startswith("V-OTHER")}
    assert codes == {3: "V-OTHER", 4: "V-OTHER-UNCHOSEN", 5: "V-OTHER-CHOICE"}


def test_a_question_hardly_anyone_answers_is_noted_where_it_applies(farm):
    columns = survey(40, hours=[30] * 10 + [""] * 30)
    (sparse,) = found(farm.check(csv(columns)), "V-SPARSE")
    assert (sparse.severity, sparse.place.column) == ("note", "hours")
    assert sparse.found() == "no answer in 30 of 40 rows (75 %)"


def who_leaves_out(farm, n_left, n_own=20, n=120):
    """One enumerator of six leaves one question of many without an answer."""
    columns = survey(n)
    columns["enumerator"] = [f"E{row % 6}" for row in range(n)]
    own = [row for row in range(n) if row % 6 == 3][:n_own]
    columns["age"] = [None if row in own[:n_left] else 30 + row % 20 for row in range(n)]
    return [p for p in farm.check(csv(columns)).problems if p.code.id.startswith("V-SPARSE")]


def test_one_question_that_one_enumerator_leaves_out_is_told_of(farm):
    (problem,) = who_leaves_out(farm, 20)
    assert (problem.code.id, problem.place.column, problem.severity) == (
        "V-SPARSE-QUESTION",
        "age",
        "warning",
    )
    assert problem.found() == "E3: no answer in 20 of 20 interviews"
    assert problem.expected() == "no answer in about 0 %, as with the others"


@pytest.mark.parametrize("n_left", [1, 2, 3])
def test_a_few_answers_that_one_enumerator_lacks_are_chance(farm, n_left):
    assert who_leaves_out(farm, n_left) == []


@pytest.mark.parametrize(
    ("x", "n", "marked", "everyone"), [(3, 5, 4, 20), (0, 5, 4, 20), (5, 5, 5, 20), (12, 30, 40, 500)]
)
def test_the_chance_of_so_many_missing_answers_is_fisher_s(x, n, marked, everyone):
    from scipy.stats import fisher_exact

    rest = everyone - n - marked + x
    wanted = fisher_exact([[x, n - x], [marked - x, rest]], alternative="greater").pvalue
    assert at_least(x, n, marked, everyone) == pytest.approx(wanted, rel=1e-9)


def test_the_chance_by_hand():
    # Of 4 interviews 2 lack the answer; both are among the 2 of one enumerator: one draw of C(4, 2) = 6.
    assert at_least(2, 2, 2, 4) == pytest.approx(1 / 6)
    assert at_least(1, 2, 2, 4) == pytest.approx(5 / 6)


def test_an_enumerator_and_a_day_with_many_missing_answers(farm):
    n = 60
    who = [f"E{number % 3}" for number in range(n)]
    day = [f"2023-06-{1 + number % 3:02d}" for number in range(n)]
    columns = survey(n, enumerator_id=who, interview_date=day)
    for name in ("hours", "income", "age", "s1", "s2", "s3", "s4"):
        columns[name] = [
            "" if w == "E2" and random.Random(i).random() < 0.8 else x
            for i, (w, x) in enumerate(zip(who, columns[name], strict=True))
        ]
    verdict = farm.check(csv(columns))
    (enumerator,) = found(verdict, "V-SPARSE-ENUMERATOR")
    assert enumerator.values["found"] == "E2"
    (date,) = found(verdict, "V-SPARSE-DAY")
    assert date.values["found"] == "2023-06-03"


def test_rows_that_agree_in_almost_everything_are_probable_duplicates(farm):
    columns = survey(60)
    for name, cells in columns.items():
        if name not in ("farmer_id", "income"):
            cells[50] = cells[10]
    (likely,) = found(farm.check(csv(columns)), "I-DUP-LIKELY")
    assert (likely.place.respondent, likely.severity) == ("F050", "warning")
    assert likely.found() == "F050: 11 of 12 answers as in row 12; different: income"


def test_any_three_differing_answers_cannot_hide_a_duplicate(farm):
    """Thirty answers and more; whichever three differ, one part of four is wholly equal."""
    draw = random.Random(11)
    wide = {f"x{k}": [draw.randint(0, 10**6) for _ in range(30)] for k in range(40)}
    questions = "format: 1\ntable: farmers\nquestions:\n" + "".join(
        f"  x{k}: {{label: {{en: X{k}}}, type: integer}}\n" for k in range(40)
    )
    place = farm
    (place.workspace.root / "indicators/_questions/wide.yaml").write_text(questions, encoding="utf-8")
    from mande.catalogue import load_catalogue

    place = replace(place, catalogue=load_catalogue([place.workspace.root / "indicators"]))
    (place.workspace.root / "indicators/_questions/wide.yaml").unlink()
    for trial in range(10):
        copy = {name: list(cells) for name, cells in wide.items()}
        changed = draw.sample(sorted(copy), 3)
        for name, cells in copy.items():
            cells[20] = cells[4] + (name in changed)
        ids = {"farmer_id": [f"F{n:03d}" for n in range(30)], "sex": ["f"] * 30}
        (likely,) = found(place.check(csv(ids | copy)), "I-DUP-LIKELY")
        assert "37 of 40" in likely.found(), trial


def test_a_jump_since_the_last_wave_is_one_that_others_did_not_make(farm):
    n = 40
    before = survey(n, seed=1)
    draw = random.Random(2)
    now = survey(n, income=[round(x * draw.uniform(8, 12)) for x in before["income"]])  # everyone: inflation
    now["income"][9] = round(before["income"][9] / 3)
    frame = pl.DataFrame({"farmer_id": before["farmer_id"], "income": [float(x) for x in before["income"]]})
    path = farm.write(csv(now), "farmers.csv")
    verdict = farm.check_wave(path, wave="2024", previous=lambda table: ("2023", frame))
    assert not found(verdict.verdicts[0], "I-JUMP")  # a third of what it was is no jump
    now["income"][9] = round(before["income"][9] / 40)
    path = farm.write(csv(now), "farmers.csv")
    (jump,) = found(
        farm.check_wave(path, wave="2024", previous=lambda table: ("2023", frame)).verdicts[0], "I-JUMP"
    )
    assert (jump.place.respondent, jump.place.column, jump.severity) == ("F009", "income", "warning")
    assert "wave 2023" in jump.expected()
    assert not found(farm.check(path, wave="2024"), "I-JUMP")


# -- enumerators ----------------------------------------------------------------------------------


def with_one_bad_enumerator() -> dict[str, list[object]]:
    n, bad = 60, range(0, 60, 6)
    columns = survey(
        n,
        enumerator_id=[f"E{number % 6}" for number in range(n)],
        start=[clock(100.0 * (number // 6)) for number in range(n)],
        end=[clock(100.0 * (number // 6) + (9 if number in bad else 50)) for number in range(n)],
        gps=[f"-1.{number:04d} 37.1 0 5" if number not in bad else "-1.5 37.2 0 5" for number in range(n)],
    )
    for number in bad:
        for name in ("hours", "income", "age", "s1", "s2", "s3", "s4"):
            columns[name][number] = -97 if name not in ("s1", "s2", "s3", "s4") else "-97"
    return columns


def test_an_enumerator_unlike_the_others_is_told_with_the_signs(farm):
    verdict = farm.check(csv(with_one_bad_enumerator()))
    (problem,) = found(verdict, "X-ENUM")
    assert (problem.severity, problem.place.column) == ("warning", "enumerator_id")
    told = problem.found()
    assert told.startswith("E0, 10 interviews: median 9 minutes (others 50)")
    assert "don't know or refused (others 0 %)" in told
    assert "100 % at one place" in told


def test_the_table_of_enumerators_by_hand(farm):
    path = farm.write(csv(with_one_bad_enumerator()))
    upload = WaveUpload(farm.programme, "2023", farm.catalogue, farm.folder)
    raw = read_part(path, upload, "farmers")
    checked = examine(raw, upload, "farmers", register=None).checked
    title, frame = enumerator_table(checked.table, checked.context)
    assert title == "enumerator_id"
    first = frame.row(0, named=True)
    assert (first["interviews"], first["minutes"], first["minutes_others"]) == (10, 9.0, 50.0)
    assert first["unknown"] == pytest.approx(7 / 12)
    assert (first["one_place"], frame.row(1, named=True)["one_place"]) == (1.0, 0.1)


def test_columns_about_the_interview_are_no_strangers(farm):
    verdict = farm.check(
        csv(survey(3, start=[clock(0)] * 3, end=[clock(60)] * 3, enumerator_id=["A", "B", "C"]))
    )
    assert not found(verdict, "H-EXTRA")
