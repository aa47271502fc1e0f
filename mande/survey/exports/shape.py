"""An export as the tables it holds: without what the server adds, each row linked to the row above."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from mande.errors import Problem
from mande.schema.question import Table
from mande.survey.exports.platform import Platform
from mande.survey.exports.repeats import linked, without_columns, without_rejected
from mande.survey.exports.tidy import tidy
from mande.survey.exports.wide import Spread, Titles, from_wide
from mande.survey.grid import RawTable, normal_title
from mande.survey.naming import last_part


@dataclass(frozen=True, slots=True)
class Shape:
    """A table as it is checked, and how it came about.

    Attributes
    ----------
    raw : the table, without rejected submissions and without the columns of its repeats.
    platform : the server it was exported from; None for a file of no known server.
    problems : what was left out, and what belongs to no row above.
    spread : where the cells stand in the file, for a repeat that was exported in the row above.
    whole : the table as it was read.
    counted : names of repeats; exports count the entries of each in a column.
    """

    raw: RawTable
    platform: Platform | None = None
    problems: tuple[Problem, ...] = ()
    spread: Spread | None = None
    whole: RawTable | None = None
    counted: frozenset[str] = frozenset()

    def is_own(self, title: str) -> bool:
        """Return whether a column is the server's, or belongs to a repeat that is a table of its own."""
        gone = self.whole is not None and title in self.whole.columns and title not in self.raw.columns
        count = re.fullmatch(r"(.+)_count(?:_\d+)*", last_part(title))
        gone = gone or (count is not None and count[1] in self.counted)
        return gone or (self.platform is not None and self.platform.is_own(title))


def shaped(raw: RawTable) -> Shape:
    """Return a table by itself: tidied, its rows not yet linked."""
    kept, platform, problems = tidy(raw)
    return Shape(kept, platform, tuple(problems), whole=raw)


def below(
    child: Shape,
    parent: Shape,
    *,
    parent_key: str,
    schema: Table,
    table: str = "",
    mapped: Mapping[str, str] = MappingProxyType({}),
) -> Shape:
    """Return a repeat's own sheet with the ids of the rows above, where the export names them by its keys.

    Parameters
    ----------
    child, parent
        The two tables.
    parent_key
        Title of the id in the table above.
    schema
        Definition of the child's table: which ids its rows get.
    table, mapped
        The child's name, and the titles that the programme has mapped for it.
    """
    child = _of_the_same_server(child, parent)
    platform = child.platform or parent.platform
    if platform is None or parent.whole is None or schema.link is None:
        return child
    rows = without_rejected(child.raw, parent.whole, parent.raw, platform)
    found, problems = linked(
        rows,
        parent.raw,
        platform,
        parent_key=parent_key,
        key=schema.key,
        link=schema.link,
        table=table,
        mapped=mapped,
    )
    return replace(child, raw=found, platform=platform, problems=(*child.problems, *problems))


def _of_the_same_server(child: Shape, parent: Shape) -> Shape:
    """Return the child as an export of the server that the table above comes from.

    The files of repeats carry fewer signs: `KEY` and `PARENT_KEY` are those of several servers.
    """
    above = parent.platform
    if above is None or child.platform is None or child.platform == above or child.whole is None:
        return child
    if not {above.parent_key, above.own_key} & {normal_title(title) for title in child.raw.columns}:
        return child
    kept, _, problems = tidy(child.whole, above)
    return replace(child, raw=kept, platform=above, problems=tuple(problems))


def split_off(
    parent: Shape,
    titles: Titles,
    *,
    parent_key: str,
    schema: Table,
    blank: Collection[str] = (),
    table: str = "",
    mapped: Mapping[str, str] = MappingProxyType({}),
) -> Shape:
    """Return a repeat that stands in the rows of the table above as a table.

    Parameters
    ----------
    parent
        The table above.
    titles
        Its columns that belong to the repeat.
    parent_key
        Title of the id in the table above.
    schema
        Definition of the repeat's table.
    blank
        Texts (in lower case) that mean 'no answer', beside the empty cell.
    table, mapped
        The repeat's name, and the titles that the programme has mapped for it.
    """
    rows, spread = from_wide(
        parent.raw,
        titles,
        parent_key=parent_key,
        key=schema.key,
        link=schema.link or "",
        blank=blank,
        table=table,
        mapped=mapped,
        above=parent.spread,
    )
    return Shape(rows, parent.platform, (), spread)


def without_repeats(parent: Shape, repeats: Collection[Titles]) -> Shape:
    """Return the table above without the columns of repeats that were split off."""
    gone = {index for titles in repeats for own in titles.values() for index in own.values()}
    return replace(parent, raw=without_columns(parent.raw, gone)) if gone else parent
