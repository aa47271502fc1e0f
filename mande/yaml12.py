"""Read YAML as version 1.2 means it, at the speed of libyaml.

PyYAML follows YAML 1.1, where `no` is False, `010` is 8 and `1:30` is 90, and takes the last of two
equal keys. Survey definitions are full of such words, so scalars follow the core schema of YAML 1.2
(https://yaml.org/spec/1.2.2/, 10.3) and a key given twice is an error. Dates stay dates,
and `<<` still merges.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from typing import Any

import yaml

_TAG = "tag:yaml.org,2002:"
_BOOL = re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$")
_INT = re.compile(r"^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$")
_FLOAT = re.compile(
    r"^(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
    r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$"
)
_KEPT = {f"{_TAG}{name}" for name in ("null", "timestamp", "merge")}


class _Loader(yaml.CSafeLoader):  # type: ignore[misc]  # no types
    """PyYAML's safe loader with the scalars of YAML 1.2 and without repeated keys."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML's own way of configuring

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: dict[Any, Any] = {}
        for key_node, _ in node.value:
            if key_node.tag == f"{_TAG}merge":
                continue  # `<<: *other` is no key of its own; keys given here win over it
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, Hashable) and key in seen:
                raise yaml.constructor.ConstructorError(
                    "one value for each key", seen[key], f"the key {key!r} stands twice", key_node.start_mark
                )
            if isinstance(key, Hashable):
                seen[key] = key_node.start_mark
        found: dict[Hashable, Any] = super().construct_mapping(node, deep=deep)
        return found


def _whole_number(loader: _Loader, node: yaml.ScalarNode) -> int:
    text = str(loader.construct_scalar(node))
    return int(text, 0) if text[:2] in ("0o", "0x") else int(text)


for _first, _entries in yaml.CSafeLoader.yaml_implicit_resolvers.items():
    _Loader.yaml_implicit_resolvers[_first] = [entry for entry in _entries if entry[0] in _KEPT]
# `int` stands before `float`: the first pattern that fits decides.
_Loader.add_implicit_resolver(f"{_TAG}bool", _BOOL, list("tTfF"))
_Loader.add_implicit_resolver(f"{_TAG}int", _INT, list("-+0123456789"))
_Loader.add_implicit_resolver(f"{_TAG}float", _FLOAT, list("-+.0123456789"))
_Loader.add_constructor(f"{_TAG}int", _whole_number)

YamlError = yaml.MarkedYAMLError
"""What `load` raises; carries `problem`, `context` and `problem_mark` (zero-based line)."""


def load(text: str) -> Any:
    """Return the content of one YAML document.

    Raises
    ------
    YamlError
        With the line where reading stopped.

    Examples
    --------
    >>> load("answer: no\\ncode: 010\\nshare: 1e-3\\nday: 2024-03-01")
    {'answer': 'no', 'code': 10, 'share': 0.001, 'day': datetime.date(2024, 3, 1)}
    """
    return yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader
