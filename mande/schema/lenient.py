"""Read a definition that does not fit its schema: every fault at once, and what can be used of the rest.

pydantic stops where a field does not fit: a model with one bad field is not built, and whatever is wrong
beyond it stays unknown until the next run. Here each field is judged by pydantic by itself, what does not
fit is stood in for, and the definition is built all the same, so that its formulas, units and names are
checked in the same run. Used only for files that pydantic has refused.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from mande.errors import did_you_mean
from mande.schema.common import Definition

Model = TypeVar("Model", bound=Definition)
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """One entry that does not fit the schema.

    `path` leads to it from the top of the definition, `owner` to the definition it is an entry of. It is
    `usable` where nothing had to stand in: entries that contradict each other, a list that lacks some, a
    key that is too many and resembles no other.
    """

    path: Path
    owner: Path
    found: str
    expected: str
    usable: bool = False


def read_leniently(
    model: type[Model], content: Any, stand_ins: Mapping[str, Any] | None = None
) -> tuple[Model, list[Fault]]:
    """Return a definition built of what fits in `content`, and every fault of the rest.

    Parameters
    ----------
    model
        The kind of definition.
    content
        What the YAML file holds.
    stand_ins
        Values for top-level entries that do not fit or are not there (the id, by the file's name);
        elsewhere an empty value of the entry's kind stands in.

    Returns
    -------
    tuple
        The definition, for checks alone, and the faults in the order of the schema; none where all fits.

    Examples
    --------
    >>> from mande.schema.common import Label
    >>> label, faults = read_leniently(Label, {"en": "Yield", "de": "Ertrag", "fr": 3})
    >>> label.en, [(fault.path, fault.found) for fault in faults]
    ('Yield', [(('de',), 'de'), (('fr',), '3')])
    """
    try:
        return model.model_validate(content), []
    except ValidationError:
        reader = _Reader()
        built: Model = reader.definition(model, content, (), stand_ins or {})
        for instance, name, value in reader.hollow:
            instance.__dict__[name] = value
        return built, reader.faults


class _Reader:
    """Builds what it can. Fields that do not fit stay unset until all contradictions are judged.

    A contradiction that needs an unset field cannot be judged, and is not: the field's fault is told.
    """

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.hollow: list[tuple[Definition, str, Any]] = []
        self.owner: Path = ()

    def fault(self, path: Path, found: str, expected: str, *, usable: bool = False) -> None:
        fault = Fault(path, self.owner, found, expected, usable)
        if fault not in self.faults:
            self.faults.append(fault)

    def definition(
        self, model: type[Any], content: Any, path: Path, stand_ins: Mapping[str, Any] | None = None
    ) -> Any:
        above, self.owner = self.owner, path
        values, unset = self._fields(model, content, path, stand_ins or {})
        instance = model.model_construct(**values)
        for name, value in unset.items():
            del instance.__dict__[name]
            self.hollow.append((instance, name, value))
        try:
            for told in instance.contradictions():
                self.fault(path, repr(content), told, usable=True)
        except AttributeError:  # it needs a field that is not set
            pass
        self.owner = above
        return instance

    def _fields(
        self, model: type[Any], content: Any, path: Path, stand_ins: Mapping[str, Any]
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return every field's value, and of those the ones that only stand in for what does not fit."""
        given: Mapping[Any, Any] = content if isinstance(content, Mapping) else {}
        if given is not content:
            self.fault(path, repr(content), "a mapping of keys and values")
        fields = {field.alias or name: (name, field) for name, field in model.model_fields.items()}
        for key in (str(key) for key in given if key not in fields):
            near = did_you_mean(key, fields)
            self.fault((*path, key), key, f"a key of the schema{near}", usable=not near)
        values, unset = {}, {}
        for key, (name, field) in fields.items():
            before = len(self.faults)
            if key in given:
                values[name] = self.value(_annotated(field), given[key], (*path, key))
                fits = all(fault.owner != path for fault in self.faults[before:])
            else:
                fits = not field.is_required()
                values[name] = (
                    stand_in(field.annotation) if not fits else field.get_default(call_default_factory=True)
                )
                if not fits and given is content:
                    self.fault((*path, key), repr(content), "Field required")
            if not fits:
                unset[name] = values[name] = stand_ins.get(name, values[name])
        return values, unset

    def value(self, annotation: Any, content: Any, path: Path) -> Any:
        """Return what an entry holds, or a stand-in for what does not fit."""
        try:
            return _adapter(annotation).validate_python(content)
        except ValidationError as error:
            kind, details = _bare(annotation), error.errors()
        if get_origin(kind) in (Union, UnionType):
            return self._one_of(kind, content, path, details)
        if isinstance(kind, type) and issubclass(kind, Definition):
            return self.definition(kind, content, path)
        arguments = get_args(kind)
        if get_origin(kind) is dict and isinstance(content, Mapping):
            self._too_few(details, content, path)
            return self._mapping(arguments, content, path)
        if get_origin(kind) is tuple and arguments[1:] == (...,) and isinstance(content, list | tuple):
            self._too_few(details, content, path)
            return tuple(
                self.value(arguments[0], entry, (*path, place)) for place, entry in enumerate(content)
            )
        self._told(details, path)
        return stand_in(kind)

    def _mapping(self, arguments: tuple[Any, ...], content: Mapping[Any, Any], path: Path) -> dict[Any, Any]:
        kept = {}
        for key, entry in content.items():
            try:
                name = _adapter(arguments[0]).validate_python(key)
            except ValidationError as error:
                self._told(error.errors(), (*path, str(key)))
                name = str(key)
            kept[name] = self.value(arguments[1], entry, (*path, str(key)))
        return kept

    def _one_of(self, kind: Any, content: Any, path: Path, details: list[Any]) -> Any:
        """Read an entry as the one of several kinds that it comes closest to."""
        models = [arm for arm in get_args(kind) if isinstance(arm, type) and issubclass(arm, Definition)]
        if isinstance(content, Mapping) and models:
            alike = [len(set(content) & set(model.model_fields)) for model in models]
            return self.definition(models[alike.index(max(alike))], content, path)
        lists = [arm for arm in get_args(kind) if get_origin(_bare(arm)) is tuple]
        if isinstance(content, list | tuple) and lists:
            return self.value(lists[0], content, path)
        told = " or ".join(dict.fromkeys(_expected(detail) for detail in details if _plain(detail)))
        self.fault(path, repr(content), told or _expected(details[0]))
        return stand_in(kind)

    def _too_few(self, details: list[Any], content: Collection[Any], path: Path) -> None:
        """Tell that a list or mapping lacks entries; pydantic counts only those that fit."""
        short = [detail for detail in details if not detail["loc"] and _is_short(detail)]
        self._told([detail for detail in short if len(content) < detail["ctx"]["min_length"]], path)

    def _told(self, details: list[Any], path: Path) -> None:
        for detail in details:
            where = (*path, *(step for step in detail["loc"] if isinstance(step, int)))
            self.fault(where, repr(detail["input"]), _expected(detail), usable=_is_short(detail))


def _is_short(detail: Mapping[str, Any]) -> bool:
    return bool(detail["type"] == "too_short")


def _plain(detail: Mapping[str, Any]) -> bool:
    """Whether a message speaks of the entry itself, not of a definition or list it might have been."""
    return not detail["type"].endswith(("_type", "missing")) or detail["type"] in _SCALARS


_SCALARS = ("string_type", "int_type", "float_type", "bool_type", "date_type")


def _expected(detail: Mapping[str, Any]) -> str:
    if _is_short(detail):
        return f"at least {detail['ctx']['min_length']} entries"
    return str(detail["msg"].removeprefix("Value error, "))


def _annotated(field: FieldInfo) -> Any:
    found: Any = field.annotation
    for constraint in field.metadata:
        found = Annotated[found, constraint]
    return found


def _adapter(annotation: Any) -> TypeAdapter[Any]:
    """Return what reads an entry as it is read within its definition: texts lose the spaces around them."""
    kind = _bare(annotation)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return TypeAdapter(annotation)
    return TypeAdapter(annotation, config=_WITHIN)


_WITHIN = ConfigDict(str_strip_whitespace=True)


def _bare(annotation: Any) -> Any:
    return get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation


def stand_in(annotation: Any) -> Any:
    """Return an empty value of a kind, for an entry that holds none that fits."""
    kind = _bare(annotation)
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Literal:
        return arguments[0]
    if origin in (Union, UnionType):
        return None if type(None) in arguments else stand_in(arguments[0])
    if isinstance(kind, type) and issubclass(kind, Definition):
        return _Reader().definition(kind, {}, ())
    if origin in (dict, tuple):
        return origin()
    return {str: "", int: 1, float: 0.0, bool: False}.get(kind)
