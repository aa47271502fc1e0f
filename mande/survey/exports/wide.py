"""Repeated groups that stand in the row above: `plot[1]/size`, `plot.2..size`, `size_1`, `price_1_2`.

Each number that has an answer becomes a row, linked to the id of the row above. A repeat within a repeat
carries both numbers; its columns go with the outer repeat, which then holds them as its own row does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType

import polars as pl

from mande.errors import Place
from mande.survey.exports.reshape import Column, with_columns
from mande.survey.grid import SPACES, RawTable, normal_title
from mande.survey.naming import index_of, tails

Numbers = tuple[int, ...]
"""Which entry of a repeat, the outermost repeat first."""
Titles = Mapping[str, Mapping[int, int]]
"""The columns of a repeat: by name, then by number, the column's index."""


@dataclass(frozen=True)
class Spread:
    """Where the cells of a repeat stand that was exported in the row above.

    `titles` gives, for each column and entry of the repeat, the title in the file; `rows` the row, the id
    and the entry of each row of the table.
    """

    titles: Mapping[str, Mapping[Numbers, str]]
    rows: Sequence[tuple[int, str, Numbers]]

    @cached_property
    def _entries(self) -> Mapping[tuple[int | None, str], Numbers]:
        return {(row, name): numbers for row, name, numbers in reversed(self.rows)}

    def place(self, place: Place) -> Place:
        """Return a place with the title its cell has in the file; a row's own id ends with its number."""
        own = self.titles.get(normal_title(place.column), {})
        numbers = self._entries.get((place.row, place.respondent))
        if numbers is None:  # its id was decided about
            last = place.respondent.rpartition("-")[2]
            fitting = [n for row, _, n in self.rows if row == place.row and str(n[-1]) == last]
            numbers = fitting[0] if len(fitting) == 1 else None
        title = None if numbers is None else own.get(numbers)
        return place if title is None else replace(place, column=title)


def wide_titles(raw: RawTable, repeat: str, names: Collection[str] = ()) -> dict[str, dict[int, int]]:
    """Return the columns of a repeat in the row above: by name, then by number, the column's index.

    Parameters
    ----------
    raw
        The table above.
    repeat
        Name of the repeat.
    names
        Questions of the repeat. They are needed where the export numbers titles alone (`size_1`).

    Examples
    --------
    Titles understood for the repeat `plot`: `plot[2]/size`, `a/plot[2]/b/size`, `plot.2..size`,
    `plot.2.size`, `plot_2_size`, and `size_2` where `size` is among the names.
    """
    group = re.escape(normal_title(repeat))
    inside = re.compile(rf"(?:^|[/.:-]){group}(?:\[(\d+)\]|[._](\d+))[/._:-]+(.+)$")
    numbered = re.compile(r"(.+)_(\d+)$")
    known = {normal_title(name) for name in names}
    found: dict[str, dict[int, int]] = {}
    for index, title in enumerate(raw.columns):
        plain = normal_title(title)
        if match := inside.search(plain):
            # A repeat within the repeat keeps its own name and number.
            is_deeper = re.search(r"\[\d+\]", match[3]) is not None
            number, name = (
                int(match[1] or match[2]),
                match[3] if is_deeper else re.split(r"[/:]", match[3])[-1],
            )
        elif (match := numbered.search(plain)) and match[1] in known:
            number, name = int(match[2]), match[1]
        else:
            continue
        found.setdefault(name, {})[number] = index
    return found


@dataclass(frozen=True, slots=True)
class Roster:
    """A roster whose columns may stand in the rows of a table above.

    Attributes
    ----------
    names : titles that columns of it may carry before their numbers, as they are compared, and for each
        what it names: two titles of one question say the same.
    keys : those of its key; they tell the roster by themselves.
    depth : how many numbers its titles end with.
    first : the outermost roster on the way to it; itself at depth 1.
    is_said : whether the programme's mapping says that it is a repeat of the form.
    """

    names: Mapping[str, str]
    keys: frozenset[str]
    depth: int
    first: str
    is_said: bool = False


@dataclass(frozen=True, slots=True)
class Unplaced:
    """Columns that may belong to several rosters, or hardly to the one they look like."""

    rosters: tuple[str, ...]
    indices: tuple[int, ...]
    base: str


_Base = tuple[str, Numbers]
_Fits = dict[str, _Base]
Settle = Callable[[Unplaced], str | None]


def find_wide(
    raw: RawTable, free: Collection[int], rosters: Mapping[str, Roster], settle: Settle
) -> tuple[dict[str, dict[str, dict[int, int]]], list[Unplaced]]:
    """Return the columns of rosters that are told by their questions and the numbers behind them.

    A roster is there if its key is, or two questions that no other roster has, or if the mapping says so.

    Parameters
    ----------
    raw
        The table above.
    free
        Its columns that answer none of its own questions.
    rosters
        What may stand in its rows.
    settle
        Gives for columns that cannot be placed the roster that somebody said they belong to; an unknown
        name leaves them where they are, None leaves the question open.

    Returns
    -------
    By outermost roster its columns (see `Titles`; those of rosters within keep their further numbers in
    the name); and the columns that cannot be placed.
    """
    candidates = {i: fits for i in sorted(free) if (fits := dict(_fitting(raw.columns[i], rosters)))}
    candidates = {i: _without_doubles(fits, candidates, rosters) for i, fits in candidates.items()}
    present = _present(candidates, rosters)
    likely = {i: tuple(name for name in fits if name in present) for i, fits in candidates.items()}
    sure = {i: names[0] for i, names in likely.items() if len(names) == 1}
    placed = list(sure.items())
    open_: dict[tuple[str, ...], list[int]] = {}
    for index, names in likely.items():
        if index in sure:
            continue
        beside = _beside(index, likely, sure, candidates, rosters)
        if beside is not None:
            placed.append((index, beside))
        else:
            open_.setdefault(names or tuple(candidates[index]), []).append(index)
    unplaced = []
    for names, indices in open_.items():
        entry = Unplaced(names, tuple(indices), candidates[indices[0]][names[0]][0])
        given = settle(entry)
        if given is None:
            unplaced.append(entry)
        elif given in rosters:
            placed += [(index, given) for index in indices if given in candidates[index]]
    found: dict[str, dict[str, dict[int, int]]] = {}
    for index, name in sorted(placed):
        base, numbers = candidates[index][name]
        deeper = "".join(f"_{number}" for number in numbers[1:])
        found.setdefault(rosters[name].first, {}).setdefault(base + deeper, {})[numbers[0]] = index
    return found, unplaced


def _beside(
    index: int,
    likely: Mapping[int, tuple[str, ...]],
    sure: Mapping[int, str],
    candidates: Mapping[int, _Fits],
    rosters: Mapping[str, Roster],
) -> str | None:
    """Return the roster whose columns a doubtful one stands among, or None where that is not clear.

    A roster's columns stand together. Those after a roster's belong to it up to the key of the next.
    """
    left, right = index - 1, index + 1
    while left in likely and left not in sure:
        left -= 1
    while right in likely and right not in sure:
        right += 1
    name = sure.get(left)
    if name is None or name not in likely[index]:
        return None
    after = sure.get(right)
    begins_anew = after is not None and candidates[right][after][0] in rosters[after].keys
    return name if after in (None, name) or begins_anew else None


def _without_doubles(fits: _Fits, candidates: Mapping[int, _Fits], rosters: Mapping[str, Roster]) -> _Fits:
    """Return the rosters a column may be of without those that have another column for its question.

    Where two rosters ask a question by one id, our own form puts the name of the second before it.
    """
    if len(fits) < 2:
        return fits
    kept = {}
    for name, (base, numbers) in fits.items():
        names = rosters[name].names
        alone = (other[name][0] for other in candidates.values() if len(other) == 1 and name in other)
        if not any(names[text] == names[base] for text in alone):
            kept[name] = (base, numbers)
    return kept or fits


def _present(candidates: Mapping[int, _Fits], rosters: Mapping[str, Roster]) -> set[str]:
    """Return the rosters of which the key is there, or two questions that no other one has."""
    bases: dict[str, set[str]] = {name: set() for name in rosters}
    alone: dict[str, set[str]] = {name: set() for name in rosters}
    for fits in candidates.values():
        for name, (base, _) in fits.items():
            bases[name].add(base)
            if len(fits) == 1:
                alone[name].add(base)
    return {
        name
        for name, entry in rosters.items()
        if len(alone[name]) > 1 or bases[name] & entry.keys or (entry.is_said and bases[name])
    }


def _fitting(title: str, rosters: Mapping[str, Roster]) -> Iterator[tuple[str, _Base]]:
    """Yield the rosters that a title may be of, with its base and numbers."""
    plain = normal_title(title)
    for text in (plain, *tails(plain)):
        for depth in sorted({entry.depth for entry in rosters.values()}):
            match = re.fullmatch(rf"(.+?)((?:_\d+){{{depth}}})", text)
            if match is None:
                continue
            numbers = tuple(map(int, match[2][1:].split("_")))
            for name, entry in rosters.items():
                if entry.depth == depth and match[1] in entry.names:
                    yield name, (match[1], numbers)


def from_wide(
    raw: RawTable,
    titles: Titles,
    *,
    parent_key: str,
    key: str,
    link: str,
    blank: Collection[str] = (),
    table: str = "",
    mapped: Mapping[str, str] = MappingProxyType({}),
    above: Spread | None = None,
) -> tuple[RawTable, Spread]:
    """Return the rows of a repeat that stands in the row above, one for each number that has an answer.

    Parameters
    ----------
    raw
        The table above.
    titles
        Its columns that belong to the repeat (see `wide_titles`).
    parent_key
        Title of its id.
    key, link
        Titles of the two ids that the rows get, where the repeat has no columns of them.
    blank
        Texts (in lower case) that mean 'no answer', beside the empty cell.
    table, mapped
        Name of the repeat's table, and the titles that the programme has mapped.
    above
        Where the table above stands itself in a row above.
    """
    cells = _with_errors(raw)
    index = raw.columns.index(parent_key)
    ids_above = pl.DataFrame({"above": cells[f"c{index}"].str.strip_chars(SPACES), "row": raw.rows})
    ids_above = ids_above.with_row_index("index")
    named = {f"n{place}": name for place, name in enumerate(titles)}
    parts = []
    for number in sorted({number for own in titles.values() for number in own}):
        frame = cells.select(
            (pl.col(f"c{titles[name][number]}") if number in titles[name] else pl.lit("")).alias(column)
            for column, name in named.items()
        )
        texts = pl.all().str.strip_chars(SPACES).str.to_lowercase()
        filled = frame.select(pl.any_horizontal(~texts.is_in(["", *blank]))).to_series()
        rows = pl.concat([ids_above.with_columns(pl.lit(number).alias("number")), frame], how="horizontal")
        parts.append(rows.filter(filled))
    found = pl.concat(parts).sort("index", "number", maintain_order=True)
    position = raw.positions[index]
    own = [
        Column(name, raw.positions[min(titles[name].values())], found[column])
        for column, name in named.items()
    ]
    bare = replace(raw, rows=found["row"], misfits=MappingProxyType({}), problems=(), bad_cells=())
    answers = with_columns(bare, own)
    made = []
    if index_of(answers, key, mapped, table) is None:
        numbered = pl.concat_str("above", pl.lit("-"), pl.col("number").cast(pl.String))
        made.append(Column(key, position, found.select(numbered).to_series()))
    if index_of(answers, link, mapped, table) is None:
        made.append(Column(link, position, found["above"]))
    whole = with_columns(bare, [*made, *own])
    spread = _spread(raw, titles, found, whole, index_of(whole, key, mapped, table) or 0, above)
    others = {raw.columns[place]: raw.positions[place] for own in titles.values() for place in own.values()}
    return replace(whole, elsewhere=MappingProxyType({**raw.elsewhere, **others})), spread


def _spread(
    raw: RawTable, titles: Titles, found: pl.DataFrame, whole: RawTable, key: int, above: Spread | None
) -> Spread:
    """Return where the rows stand: entries within those of the table above, where it is a repeat too."""
    before = [numbers for _, _, numbers in above.rows] if above is not None else [()] * raw.cells.height
    entries = [(*before[i], n) for i, n in found.select("index", "number").iter_rows()]
    ids = whole.cells[f"c{key}"].str.strip_chars(SPACES).to_list()
    shown: dict[str, dict[Numbers, str]] = {}
    for name, own in titles.items():
        shown[name] = {}
        for number, place in own.items():
            title = raw.columns[place]
            outer = {(): title} if above is None else above.titles.get(normal_title(title), {})
            shown[name] |= {(*numbers, number): text for numbers, text in outer.items()}
    rows = list(zip(whole.rows.to_list(), ids, entries, strict=True))
    return Spread(MappingProxyType(shown), rows)


def _with_errors(raw: RawTable) -> pl.DataFrame:
    """Return the cells with Excel's errors as text: several rows will share a row number."""
    if not raw.bad_cells:
        return raw.cells
    rows = {row: index for index, row in enumerate(raw.rows.to_list())}
    columns = {position: f"c{index}" for index, position in enumerate(raw.positions)}
    cells = raw.cells
    for bad in raw.bad_cells:
        if bad.row in rows and bad.position in columns:
            name = columns[bad.position]
            cells = cells.with_columns(cells[name].scatter(rows[bad.row], bad.text or "#ERROR"))
    return cells
