"""Who is who across waves: known people, ids that are nearly known, and people who are not the same.

An id is never linked by itself to another: what is close is proposed, what contradicts is set aside, and a
person decides in the correction log.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np
import polars as pl
from rapidfuzz import process
from rapidfuzz.distance import OSA

from mande.survey.store import AcceptedWave, confirmed_in
from mande.survey.table import ConformedTable

PEOPLE = pl.Schema(
    {"id": pl.String, "place": pl.String, "sex": pl.String, "born": pl.Int64, "seen": pl.String}
)
"""What is known of each respondent: `place` is the register's cluster, or the household of a member;
`born` the year of birth; `seen` the wave it was learnt in."""
SEX, AGE, BORN = "sex", "age", ("birth_year", "year_of_birth")
"""Questions by which a person is recognised, by the ids they have in the library."""
TOLERANCE = 2
"""Years by which two reported years of birth may differ."""
SLIPS = 1
"""Letters or digits by which two ids may differ and still be taken for a slip."""
CANDIDATES = 3
"""With more known ids as close, none is proposed: in a dense series everything is close."""
LOOKED_UP = 1_000
"""Unknown ids that are compared; with more, the whole column is another kind of id."""
_CHUNK = 200


def people_of(
    frame: pl.DataFrame, *, key: str, date: dt.date, seen: str = "", place: str | None = None
) -> pl.DataFrame:
    """Return what one table of a wave tells of its people, one row for each id.

    Parameters
    ----------
    frame
        Answers, with the key.
    key
        Column of the id.
    date
        Day that ages are counted at.
    seen
        The wave.
    place
        Column of the household or place, where the table has one.
    """
    columns = set(frame.columns)
    born = next((pl.col(name).cast(pl.Int64) for name in BORN if name in columns), None)
    if born is None and AGE in columns:
        born = pl.lit(date.year) - pl.col(AGE).cast(pl.Int64)
    nothing = pl.lit(None, dtype=pl.String)
    chosen = frame.select(
        pl.col(key).cast(pl.String).alias("id"),
        (pl.col(place).cast(pl.String) if place in columns else nothing).alias("place"),
        (pl.col(SEX).cast(pl.String) if SEX in columns else nothing).alias("sex"),
        (pl.lit(None, dtype=pl.Int64) if born is None else born).alias("born"),
        pl.lit(seen).alias("seen"),
    )
    return chosen.filter(pl.col("id").is_not_null()).unique("id", keep="first", maintain_order=True)


def merged(parts: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Return one row for each id: of each fact, what was told first."""
    frames = [pl.DataFrame(schema=PEOPLE), *(part for part in parts if part.height)]
    if len(frames) == 2:
        return frames[1].select(*PEOPLE)  # one row for each id already
    facts = [pl.col(name).drop_nulls().first() for name in ("place", "sex", "born")]
    seen = pl.col("seen").filter(pl.col("seen") != "").first().fill_null("")
    return pl.concat(frames).group_by("id", maintain_order=True).agg(*facts, seen).select(*PEOPLE)


def people_before(
    waves: Mapping[str, AcceptedWave], table: str, dates: Mapping[str, dt.date], *, link: str | None = None
) -> pl.DataFrame:
    """Return what accepted waves tell of the people of a table.

    Parameters
    ----------
    waves
        Accepted waves, in their order.
    table
        The table; waves without it tell nothing.
    dates
        Reference date of each wave.
    link
        Column of the household, in a table of members.
    """
    return merged(
        people_of(
            wave.tables[table],
            key=wave.manifest["tables"][table]["key"],
            date=dates[name],
            seen=name,
            place=link,
        )
        for name, wave in waves.items()
        if table in wave.tables
    )


def changed_people(now: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Return the people whose sex or year of birth contradicts what is known of their id.

    Returns
    -------
    Columns `id`, `sex`, `sex (known)`, `born`, `born (known)`, `seen (known)`, sorted by id. A fact that
    one side lacks contradicts nothing.
    """
    pairs = now.join(known, on="id", how="inner", suffix=" (known)")
    other_sex = (pl.col("sex") != pl.col("sex (known)")).fill_null(value=False)
    other_age = ((pl.col("born") - pl.col("born (known)")).abs() > TOLERANCE).fill_null(value=False)
    columns = ["id", "sex", "sex (known)", "born", "born (known)", "seen (known)"]
    return pairs.filter(other_sex | other_age).select(columns).sort("id")


def doubtful_links(
    waves: Mapping[str, AcceptedWave], table: str, dates: Mapping[str, dt.date]
) -> pl.DataFrame:
    """Return the interviews whose id names somebody else than before, and nobody has confirmed it.

    Returns
    -------
    Columns `id` and `wave`. The panel sets these interviews aside.
    """
    known = pl.DataFrame(schema=PEOPLE)
    found = [pl.DataFrame(schema={"id": pl.String, "wave": pl.String})]
    for name, wave in waves.items():
        if table not in wave.tables:
            continue
        key = wave.manifest["tables"][table]["key"]
        now = people_of(wave.tables[table], key=key, date=dates[name], seen=name)
        confirmed = [unit for of, unit in confirmed_in(wave.manifest) if of == table]
        changed = changed_people(now, known).filter(~pl.col("id").is_in(confirmed))
        found.append(changed.select("id", pl.lit(name).alias("wave")))
        known = merged([known, now.join(changed, on="id", how="anti")])
    return pl.concat(found)


def near_ids(unknown: Sequence[str], free: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Return for each unknown id the known ids closest to it, where they are close enough for a slip.

    Parameters
    ----------
    unknown
        Ids that nobody knows.
    free
        Known ids that are not in the file: an id cannot be two respondents of one wave.

    Only ids with at most `CANDIDATES` candidates have an entry.

    Examples
    --------
    >>> near_ids(["KE00124", "XX9"], ["KE001024", "KE777000"])
    {'KE00124': ('KE001024',)}
    """
    known = sorted(free)
    bare = {1: [_plain(name) for name in known], 2: [_without_zeros(name) for name in known]}
    found: dict[str, tuple[str, ...]] = {}
    for start in range(0, min(len(unknown), LOOKED_UP) if known else 0, _CHUNK):
        chunk = list(unknown[start : min(start + _CHUNK, LOOKED_UP)])
        spelled = {1: [_plain(name) for name in chunk], 2: [_without_zeros(name) for name in chunk]}
        distances = np.minimum(*(_distances(spelled[form], bare[form]) for form in (1, 2)))
        for index, name in enumerate(chunk):
            least = int(distances[index].min())
            close = np.flatnonzero(distances[index] == least).tolist() if least <= SLIPS else []
            if 0 < len(close) <= CANDIDATES:
                found[name] = tuple(known[place] for place in close)
    return found


def _distances(left: list[str], right: list[str]) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    return process.cdist(left, right, scorer=OSA.distance, score_cutoff=SLIPS, dtype=np.uint8)


def _plain(text: str) -> str:
    """Return an id without what is easily confused: case, marks, O for 0, l for 1."""
    return re.sub(r"[^a-z0-9]", "", text.casefold()).replace("o", "0").replace("l", "1")


def _without_zeros(text: str) -> str:
    """Return an id without leading zeros as well: Excel takes them."""
    return re.sub(r"(?<![0-9])0+(?=[0-9])", "", _plain(text))


_NAME = re.compile(r"(^|_)(name|surname|nom|prenom|nombres?|apellidos?)(_|$)")


def initials(table: ConformedTable, index: int) -> str:
    """Return the masked initials of a row's respondent (`A. W.`), or an empty text where no name is asked.

    They are all that leaves a name: enough for who knows the person to recognise a mistake.
    """
    names = [name for name in table.personal if _NAME.search(name)]
    words = " ".join(table.texts[name][index] for name in names).split()
    return " ".join(f"{word[0].upper()}." for word in words[:3] if word[0].isalpha())
