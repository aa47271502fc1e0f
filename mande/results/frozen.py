"""A mapping that does not change: what a frozen result carries by name."""

from __future__ import annotations

from typing import Any, NoReturn, TypeVar

Value = TypeVar("Value")


class FrozenDict(dict[str, Value]):
    """A dict that cannot be changed; it compares, copies, pickles and writes as JSON like any other."""

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError("a result does not change after it was handed out: copy the mapping, dict(...)")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> tuple[type[FrozenDict[Value]], tuple[dict[str, Value]]]:
        return (type(self), (dict(self),))
