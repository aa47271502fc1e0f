"""What may be released of a table and how coarse: `baselines/<programme>/release.yaml`."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal

import polars as pl
from pydantic import Field

from mande.schema.common import Definition, Id
from mande.storage import write_atomic

FILE = "release.yaml"
PSEUDONYMS_FILE = "pseudonyms.key"
OTHER = "other"


class Coarsening(Definition):
    """How one quasi-identifier is made coarser; exactly one way, or `bottom` and `top` together.

    Attributes
    ----------
    width : numbers become bands of this width, from 0: 23 with width 10 is '20-29'.
    breaks : numbers become bands that begin at these limits: [18, 30] gives 'below 18', '18-29', '30+'.
    bottom, top : numbers beyond are set to these.
    groups : answers become the name of the group that lists them; those in none become 'other'.
    date : dates become their year, quarter or month.
    """

    width: Annotated[int, Field(ge=1)] | None = None
    breaks: Annotated[tuple[int, ...], Field(min_length=1)] | None = None
    bottom: float | None = None
    top: float | None = None
    groups: dict[str, tuple[str, ...]] | None = None
    date: Literal["year", "quarter", "month"] | None = None

    def contradictions(self) -> Iterator[str]:
        """Yield that not one way is given, or that its limits do not fit together."""
        clipped = self.bottom is not None or self.top is not None
        ways = [way is not None for way in (self.width, self.breaks, self.groups, self.date)]
        if sum([*ways, clipped]) != 1:
            yield "give one of `width`, `breaks`, `groups`, `date`, or `bottom` and `top`"
        if self.breaks is not None and list(self.breaks) != sorted(set(self.breaks)):
            yield "`breaks` rise from one to the next"
        listed = [answer for answers in (self.groups or {}).values() for answer in answers]
        if len(listed) != len(set(listed)):
            yield "an answer stands in one of the `groups` only"


class TableRelease(Definition):
    """What is released of one table.

    Attributes
    ----------
    quasi_identifiers : by what somebody who knows a person could find them: `keep`, `drop`, or how it is
        made coarser. Columns of the register (`village`) may stand here too.
    drop : further questions that stay here.
    free_text : text questions that were read and found to name nobody; other texts stay here.
    protected : protected questions that are released; others stay here.
    register : columns of the register that are released beside the answers.
    """

    quasi_identifiers: dict[Id, Literal["keep", "drop"] | Coarsening] = Field(default_factory=dict)
    drop: tuple[Id, ...] = ()
    free_text: tuple[Id, ...] = ()
    protected: tuple[Id, ...] = ()
    register_columns: tuple[Id, ...] = Field(alias="register", default=("arm",))


class ReleaseFile(Definition):
    """`release.yaml`: by table; no release has a group smaller than `minimum_k`, where that is given."""

    format: Literal[1]
    minimum_k: Annotated[int, Field(ge=1)] = 1
    tables: dict[Id, TableRelease]


def coarsened(values: pl.Series, how: Literal["keep", "drop"] | Coarsening) -> pl.Series:
    """Return a column as coarse as declared; missing values stay missing."""
    if isinstance(how, str):
        return values
    if how.date is not None:
        return _dates(values, how.date)
    if how.groups is not None:
        group_of = {answer: name for name, answers in how.groups.items() for answer in answers}
        texts = values.cast(pl.String)
        return (
            texts.replace_strict(group_of, default=OTHER, return_dtype=pl.String).zip_with(
                texts.is_not_null(), texts
            )
            if group_of
            else texts
        )
    if how.width is not None:
        # In whole numbers: dividing by a number as a fraction puts 49 / 49 a little below one.
        low = values.cast(pl.Float64).floor().cast(pl.Int64) // how.width * how.width
        return low.cast(pl.String) + "-" + (low + how.width - 1).cast(pl.String)
    if how.breaks is not None:
        return _bands(values, how.breaks)
    return values.clip(how.bottom, how.top)


def _dates(values: pl.Series, to: Literal["year", "quarter", "month"]) -> pl.Series:
    year = values.dt.year().cast(pl.String)
    if to == "year":
        return year
    if to == "quarter":
        return year + "-Q" + values.dt.quarter().cast(pl.String)
    return values.dt.strftime("%Y-%m")


def _bands(values: pl.Series, breaks: tuple[int, ...]) -> pl.Series:
    names = [f"below {breaks[0]}"]
    names += [f"{low}-{high - 1}" for low, high in pairwise(breaks)]
    names.append(f"{breaks[-1]}+")
    place = pl.repeat(0, len(values), eager=True, dtype=pl.Int64)
    for limit in breaks:
        place = place + (values >= limit).fill_null(value=False).cast(pl.Int64)
    bands = place.replace_strict(list(range(len(names))), names, return_dtype=pl.String)
    return bands.zip_with(
        values.is_not_null(), pl.Series([None], dtype=pl.String).new_from_index(0, len(values))
    )


def pseudonym_secret(private: Path) -> bytes:
    """Return the secret of a programme's pseudonyms; it is made at the first release and kept apart.

    The same id has the same pseudonym in every release, and nobody without the secret can go back.
    """
    path = private / PSEUDONYMS_FILE
    if not path.is_file():
        private.mkdir(parents=True, exist_ok=True)
        private.chmod(0o700)
        write_atomic(path, secrets.token_hex(32), private=True)
    return bytes.fromhex(path.read_text(encoding="utf-8").strip())


def pseudonyms(ids: pl.Series, secret: bytes, *, kind: str) -> pl.Series:
    """Return a pseudonym for each id; `kind` (its key question) parts ids of different tables.

    Examples
    --------
    >>> pseudonyms(pl.Series("id", ["F001", None, "F001"]), b"secret", kind="farmer_id").n_unique()
    2
    """
    known = {text: _pseudonym(text, secret, kind) for text in ids.drop_nulls().cast(pl.String).unique()}
    return ids.cast(pl.String).replace_strict(known, default=None, return_dtype=pl.String)


def _pseudonym(text: str, secret: bytes, kind: str) -> str:
    digest = hmac.new(secret, f"{kind}\x1f{text}".encode(), hashlib.sha256).hexdigest()
    return f"p{digest[:16]}"


def described(how: Literal["keep", "drop"] | Coarsening | None) -> str:
    """Return in words how coarse a column is released."""
    if how is None or isinstance(how, str):
        return "as asked"
    content: Mapping[str, object] = how.model_dump(exclude_none=True)
    if how.groups is not None:
        return f"grouped: {', '.join(how.groups)}"
    return "; ".join(f"{name} {value}" for name, value in content.items())
