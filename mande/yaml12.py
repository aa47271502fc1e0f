"""Read YAML as version 1.2 means it, at the speed of libyaml.

PyYAML follows YAML 1.1, where `no` is False, `010` is 8 and `1:30` is 90, and takes the last of two
equal keys. Survey definitions are full of such words, so scalars follow the core schema of YAML 1.2
(https://yaml.org/spec/1.2.2/, 10.3) and a key given twice is an error. Dates stay dates,
and `<<` still merges.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Hashable, Sequence
from typing import Any

import yaml

_TAG = "tag:yaml.org,2002:"
_STR = f"{_TAG}str"
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

    def construct_document(self, node: yaml.Node) -> Any:
        return self._built(node, {})

    def _built(self, node: yaml.Node, known: dict[int, Any]) -> Any:
        """Return what a node means: texts, lists and mappings at once, all else in PyYAML's own way.

        `known` holds lists and mappings by node, so that an anchor and its aliases stay one object.
        """
        if _is_text(node):
            return node.value
        if id(node) in known:
            return known[id(node)]
        if node.tag == f"{_TAG}seq" and isinstance(node, yaml.SequenceNode):
            items = known[id(node)] = []
            items.extend(self._built(child, known) for child in node.value)
            return items
        if node.tag == f"{_TAG}map" and isinstance(node, yaml.MappingNode) and _is_plain(node):
            entries = known[id(node)] = {}
            for key, value in node.value:
                if key.value in entries:
                    return self.construct_object(node, deep=True)  # says which key stands twice
                entries[key.value] = self._built(value, known)
            return entries
        return known.setdefault(id(node), self.construct_object(node, deep=True))

    def resolve(self, kind: type[yaml.Node], value: str | None, implicit: Any) -> str:
        if kind is not yaml.ScalarNode:
            return f"{_TAG}map" if kind is yaml.MappingNode else f"{_TAG}seq"
        if implicit[0]:
            for tag, pattern in self.yaml_implicit_resolvers.get(str(value)[:1], ()):
                if pattern.match(value):
                    return str(tag)
        return _STR


def _is_text(node: yaml.Node) -> bool:
    return node.tag == _STR and isinstance(node, yaml.ScalarNode)


def _is_plain(node: yaml.MappingNode) -> bool:
    """Return whether all keys are texts."""
    return all(_is_text(key) for key, _ in node.value)


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


class _Dumper(yaml.CSafeDumper):  # type: ignore[misc]  # no types
    """PyYAML's safe dumper, quoting what either version of YAML would take for something else than text."""

    yaml_implicit_resolvers: dict[str, Any] = {  # noqa: RUF012 - PyYAML's own way of configuring
        first: [
            *yaml.CSafeDumper.yaml_implicit_resolvers.get(first, []),
            *_Loader.yaml_implicit_resolvers.get(first, []),
        ]
        for first in {**yaml.CSafeDumper.yaml_implicit_resolvers, **_Loader.yaml_implicit_resolvers}
    }


def dump(content: Any) -> str:
    """Return plain values as a YAML document that `load` reads back as they were.

    Examples
    --------
    >>> dump({"answer": "no", "factor": "1e3"})
    "answer: 'no'\\nfactor: '1e3'\\n"
    """
    text: str = yaml.dump(content, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110)
    return text


def line_of(text: str, path: Sequence[str | int]) -> int | None:
    """Return the line (from 1) at which an entry of a YAML document stands, or None for an unknown entry.

    `path` leads from the top to the entry: keys of mappings and positions in lists. A key that holds dots
    may come in several pieces. After the first piece, those that match nothing are passed over, so that
    the last entry found counts.

    Examples
    --------
    >>> line_of("id: a\\nparts:\\n  sales.value: 1\\n  cost: 2", ("parts", "sales", "value"))
    3
    """
    node, line, pieces = _composed(text), None, list(path)
    while pieces and node is not None:
        step = _step(node, pieces)
        if step is not None:
            mark, node, used = step
            line = int(mark.start_mark.line) + 1
            del pieces[:used]
        elif line is None:
            return None
        else:
            del pieces[0]
    return line


@functools.lru_cache(maxsize=4)
def _composed(text: str) -> yaml.Node | None:
    try:
        return yaml.compose(text, Loader=_Loader)
    except YamlError:
        return None


def _step(node: yaml.Node, pieces: Sequence[str | int]) -> tuple[yaml.Node, yaml.Node, int] | None:
    """Return the node that marks an entry, the entry's own node, and how many pieces of the path it took."""
    if isinstance(node, yaml.SequenceNode):
        position = pieces[0]
        known = isinstance(position, int) and position < len(node.value)
        return (node.value[position], node.value[position], 1) if known else None
    if not isinstance(node, yaml.MappingNode):
        return None
    entries = {str(key.value): (key, value) for key, value in reversed(node.value)}
    for used in range(len(pieces), 0, -1):
        name = ".".join(str(piece) for piece in pieces[:used])
        if name in entries:
            return (*entries[name], used)
    return None
