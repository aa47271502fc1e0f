"""Readers of file formats, one file each: bytes -> sheets of text cells.

The kind of a file is told from its first bytes, never from its name. A reader's module, and with it the
library it needs, is loaded when its format is met for the first time.
"""

from __future__ import annotations

import importlib
from typing import Protocol, cast

from mande.survey.readers.contract import Body, Reading, Sheet
from mande.survey.readers.kind import kind_of

__all__ = ["Body", "Reading", "Sheet", "read_sheets"]


class _Reader(Protocol):
    """A module of this folder that reads one format."""

    def read(self, data: bytes, reading: Reading) -> list[Sheet]:
        """Return the sheets of a file, in their order."""


def read_sheets(data: bytes, reading: Reading) -> list[Sheet]:
    """Return the sheets of an upload, empty ones included.

    Raises
    ------
    MandeError
        For a kind of file that is not read, a damaged file, and whatever its reader refuses.
    """
    module = importlib.import_module(f"{__name__}.{kind_of(data, file=reading.file)}")
    return cast(_Reader, module).read(data, reading)
