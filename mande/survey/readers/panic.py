"""A library written in Rust that stops short on a damaged file: an error like any other, not a crash."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator


@contextlib.contextmanager
def no_panic() -> Iterator[None]:
    """Turn the panic of a Rust library into a `ValueError`.

    Each library has a panic class of its own, none of them an `Exception` or open to import: it is told
    by its name.
    """
    try:
        yield
    except BaseException as error:
        if error.__class__.__name__ != "PanicException":
            raise
        raise ValueError(str(error)) from None
