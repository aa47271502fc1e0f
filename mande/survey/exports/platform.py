"""What a data collection server writes beside the answers, and how platforms are found.

A platform is one file in `platforms/` with a `PLATFORM`. It is recognised by the columns that only its
exports have; nothing else needs to be edited.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Iterable
from dataclasses import dataclass

from mande.survey.exports import platforms
from mande.survey.grid import normal_title


@dataclass(frozen=True, slots=True)
class Platform:
    """The habits of one server's exports. Titles are compared without case and without groups in front.

    Attributes
    ----------
    name : as its users call it.
    signs : sets of titles; an export that has all of one set is the platform's.
    key : columns that identify a submission, the one that stays when it is edited first.
    parent_key : column of a repeat's rows that holds the key of the row above.
    own_key : column of the row above that `parent_key` repeats.
    version : column of the form's version. form : column of the form's id.
    status : column of the review of a submission; `rejected` are its values for one that was refused.
    path : column that numbers a row by the rows it stands in (`4.0.2`): all but its last part is the key of
        the row above, where repeats stand in repeats.
    unasked : cell texts of a question that was not shown, in lower case.
    metadata : further columns that are no answers.
    prefixes : beginnings of titles that are no answers.
    """

    name: str
    signs: tuple[frozenset[str], ...]
    key: tuple[str, ...]
    parent_key: str
    own_key: str
    version: str = ""
    form: str = ""
    status: str = ""
    rejected: frozenset[str] = frozenset()
    path: str = ""
    unasked: frozenset[str] = frozenset()
    metadata: frozenset[str] = frozenset()
    prefixes: tuple[str, ...] = ()

    def is_own(self, title: str) -> bool:
        """Return whether a column is the server's and no answer."""
        plain = normal_title(title)
        own = {*self.key, self.parent_key, self.own_key, self.version, self.form, self.status}
        own |= self.metadata
        return plain in own or plain.startswith(self.prefixes)


@functools.cache
def all_platforms() -> tuple[Platform, ...]:
    """Return every platform of the folder, by file name."""
    names = sorted(entry.name for entry in pkgutil.iter_modules(platforms.__path__))
    return tuple(importlib.import_module(f"{platforms.__name__}.{name}").PLATFORM for name in names)


def platform_of(titles: Iterable[str]) -> Platform | None:
    """Return the platform whose signs the columns of an export carry; the one with most signs, or None."""
    known = {normal_title(title) for title in titles}
    fitting = [
        (len(signs), platform) for platform in all_platforms() for signs in platform.signs if signs <= known
    ]
    return max(fitting, key=lambda entry: entry[0])[1] if fitting else None
