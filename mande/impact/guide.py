"""What every method and every kind of standard error assumes, computes and is for.

Each file says it once, in its docstring: paragraphs that begin with `Assumption:`, `Equation:`, `Use:`,
`Source:` and `Reference implementation:`. Here they are read, so that a new file is listed without an entry
anywhere else.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass

from mande.impact.contract import Estimator, Inference
from mande.impact.registry import estimators, inferences

PARTS = ("Assumption", "Equation", "Use", "Source", "Reference implementation")
_HEAD = re.compile(rf"^({'|'.join(PARTS)}):\s*", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Guide:
    """One method or kind of standard error, as its file describes it; a part not written is empty.

    `requires`, `inferences` and `options` are those of a method; of a kind of standard error only `options`.
    """

    name: str
    title: str
    assumption: str
    equation: str
    use: str
    source: str
    reference: str
    options: tuple[str, ...]
    requires: tuple[str, ...] = ()
    inferences: tuple[str, ...] = ()


def method_guides() -> tuple[Guide, ...]:
    """Return every method, in alphabetical order."""
    return tuple(_of_method(estimator) for estimator in estimators().values())


def inference_guides() -> tuple[Guide, ...]:
    """Return every kind of standard error, in alphabetical order."""
    return tuple(_of_inference(kind) for kind in inferences().values())


def _of_method(estimator: Estimator) -> Guide:
    parts = _parts(estimator.plan)
    return Guide(
        name=estimator.name,
        title=estimator.title,
        assumption=estimator.assumption,
        equation=parts.get("Equation", ""),
        use=parts.get("Use", ""),
        source=parts.get("Source", ""),
        reference=parts.get("Reference implementation", ""),
        options=tuple(estimator.options),
        requires=estimator.requires,
        inferences=estimator.inferences,
    )


def _of_inference(kind: Inference) -> Guide:
    parts = _parts(kind.linear or kind.influence or kind.again)
    return Guide(
        name=kind.name,
        title=kind.title,
        assumption=parts.get("Assumption", ""),
        equation=parts.get("Equation", ""),
        use=parts.get("Use", ""),
        source=parts.get("Source", ""),
        reference=parts.get("Reference implementation", ""),
        options=tuple(kind.options),
    )


def _parts(function: Callable[..., object] | None) -> dict[str, str]:
    """Return the named paragraphs of the docstring of the module that defines a function."""
    module = sys.modules.get(getattr(function, "__module__", ""))
    return parts_of((module.__doc__ if module else None) or "")


def parts_of(docstring: str) -> dict[str, str]:
    """Return the named paragraphs of a docstring, each on one line.

    Examples
    --------
    >>> parts_of("Means.\\n\\nAssumption: draws\\nare alike.\\nSource: a book.")
    {'Assumption': 'draws are alike.', 'Source': 'a book.'}
    """
    pieces = _HEAD.split(docstring)
    return {name: " ".join(text.split()) for name, text in zip(pieces[1::2], pieces[2::2], strict=True)}
