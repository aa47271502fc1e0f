"""What a check found, and the small tables that results carry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Cell = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Table:
    """A small table that can be shown, stored and checked: columns, rows, caption and notes.

    `cell_size` names the column that counts how many respondents stand behind a row; rows below the
    disclosure threshold lose their statistics before anything is shown.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()
    cell_size: str | None = None

    def records(self) -> list[dict[str, Cell]]:
        """Return the rows as mappings from column to cell."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


Status = Literal["good", "caution", "limit", "information"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found, as a plain sentence with its table.

    `status`: `good` (the check speaks for the result), `caution` (against it), `limit` (the design
    cannot show it), `information`.
    """

    id: str
    title: str
    status: Status
    sentence: str
    table: Table | None = None
    outcome: str = ""
    advice: str = ""
    values: Mapping[str, Cell] = field(default_factory=dict)
