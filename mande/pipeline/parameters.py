"""A programme's own parameters: `baselines/<programme>/parameters/`."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from mande.catalogue import parse, read_yaml, uplift_problems
from mande.errors import Code, MandeError, Place, Problem, Text, did_you_mean, raise_errors
from mande.schema import Parameter
from mande.schema.problems import D_NAME, D_PLACE
from mande.survey.grid import RawTable, normal_title
from mande.survey.read import read_upload

P_PARAMETER = Code(
    "P-PARAMETER",
    Text(
        "the programme's own parameter does not fit the one of the library",
        "le paramètre propre au programme ne correspond pas à celui de la bibliothèque",
        "el parámetro propio del programa no encaja con el de la biblioteca",
    ),
    Text("{expected}"),
    Text(
        "Indicators count on unit and keys: convert the values, or define an indicator of your own.",
        "Les indicateurs dépendent de l'unité et des clés : convertissez les valeurs, ou définissez votre "
        "propre indicateur.",
        "Los indicadores dependen de la unidad y las claves: convierta los valores, o defina un indicador "
        "propio.",
    ),
)
P_SERIES = Code(
    "P-SERIES",
    Text(
        "the table of a parameter's values cannot be used",
        "le tableau des valeurs d'un paramètre est inutilisable",
        "la tabla de valores de un parámetro no sirve",
    ),
    Text("{expected}"),
    Text(
        "Correct the cell or the column; docs/parameters.md shows a table.",
        "Corrigez la cellule ou la colonne ; docs/parameters.md montre un tableau.",
        "Corrija la celda o la columna; docs/parameters.md muestra una tabla.",
    ),
)

_NEEDED, _OPTIONAL = ("start", "value", "source"), ("until", "provisional")
_MARKS = {"": False, "no": False, "false": False, "yes": True, "true": True}


def load_own_parameters(folder: Path, known: Mapping[str, Parameter]) -> dict[str, Parameter]:
    """Return the parameters a programme brings itself, by id; they stand before the library's.

    Parameters
    ----------
    folder
        The programme's folder. Each `parameters/<id>.yaml` is a whole parameter; where `<id>.csv` lies
        beside it, its values are the rows of that table (columns: the keys, `start`, `value`, `source`
        and, where wanted, `until` and `provisional`).
    known
        The catalogue's parameters. One of the same id must have the same unit and keys.

    Raises
    ------
    MandeError
        All problems of all files at once: D-YAML, D-SCHEMA, D-NAME, D-PLACE, P-PARAMETER, P-SERIES.
    """
    own: dict[str, Parameter] = {}
    problems: list[Problem] = []
    paths = sorted((folder / "parameters").glob("*.yaml"))
    for path in paths:
        try:
            own[path.stem] = _load(path, known)
        except MandeError as error:
            problems += error.problems
    for table in sorted((folder / "parameters").glob("*.csv")):
        if table.with_suffix(".yaml") not in paths:
            values = {"found": table.name, "expected": f"{table.stem}.yaml beside it, with id, unit and keys"}
            problems.append(Problem(P_SERIES, Place(file=str(table)), values))
    for name, parameter in own.items():
        file = str(folder / "parameters" / f"{name}.yaml")
        problems += uplift_problems(parameter, {**known, **own}, file)
    raise_errors(problems)
    return own


def _load(path: Path, known: Mapping[str, Parameter]) -> Parameter:
    content = read_yaml(path)
    parameter = parse(Parameter, content, file=str(path))
    problems = [*_fit_problems(parameter, path, known)]
    table = path.with_suffix(".csv")
    if not table.is_file():
        raise_errors(problems)
        return parameter
    if parameter.values:
        values = {"found": f"values here and in {table.name}", "expected": "the values in one of them"}
        problems.append(Problem(D_PLACE, Place(file=str(path), question="values"), values))
    try:
        rows = _read_series(table, parameter)
        found = parse(Parameter, {**content, "values": rows}, file=str(table))
    except MandeError as error:
        raise MandeError([*problems, *error.problems]) from error
    raise_errors(problems)
    return found


def _fit_problems(parameter: Parameter, path: Path, known: Mapping[str, Parameter]) -> Iterator[Problem]:
    if parameter.id != path.stem:
        values = {"found": f"id: {parameter.id}", "expected": f"id: {path.stem}, like the file"}
        yield Problem(D_PLACE, Place(file=str(path), question="id"), values)
        return
    if parameter.id not in known:
        expected = f"a parameter that an indicator can name{did_you_mean(parameter.id, known)}"
        yield Problem(
            D_NAME, Place(file=str(path), question="id"), {"found": parameter.id, "expected": expected}
        )
        return
    other = known[parameter.id]
    ours, theirs = (
        {"unit": entry.unit, "by": f"[{', '.join(sorted(entry.by))}]"} for entry in (parameter, other)
    )
    for entry, found in ours.items():
        if found != theirs[entry]:
            values = {"found": f"{entry}: {found}", "expected": f"{entry}: {theirs[entry]}"}
            yield Problem(P_PARAMETER, Place(file=str(path), question=entry), values)


# -- a table of values ----------------------------------------------------------------------------


def _read_series(path: Path, parameter: Parameter) -> list[dict[str, Any]]:
    """Return the rows of a table as the values of a definition."""
    needed = [*parameter.by, *_NEEDED]
    raw = read_upload(path, expected=needed)
    titles = [normal_title(title) for title in raw.columns]
    problems = [*raw.problems]
    for title in (name for name in needed if name not in titles):
        values = {
            "found": ", ".join(raw.columns),
            "expected": f"a column {title}{did_you_mean(title, titles)}",
        }
        problems.append(Problem(P_SERIES, raw.place(row=raw.header_row), values))
    known = [*needed, *_OPTIONAL]
    for title in (name for name in titles if name not in known):
        expected = f"the columns {', '.join(known)}{did_you_mean(title, known)}"
        place = raw.place(row=raw.header_row, column=title)
        problems.append(Problem(P_SERIES, place, {"found": title, "expected": expected}))
    raise_errors(problems)
    texts = raw.cells.select(
        pl.col(f"c{place}").str.strip_chars().alias(title) for place, title in enumerate(titles)
    )
    rows = [
        _Row(raw, number, cells).value(parameter.by, problems)
        for number, cells in zip(raw.rows.to_list(), texts.iter_rows(named=True), strict=True)
    ]
    raise_errors(problems)
    return rows


class _Row:
    """One row of a table of values."""

    def __init__(self, raw: RawTable, number: int, cells: Mapping[str, str]) -> None:
        self.raw, self.number, self.cells = raw, number, cells

    def value(self, by: tuple[str, ...], problems: list[Problem]) -> dict[str, Any]:
        """Return the row as a value of a definition; what cannot be read joins `problems`."""
        cells = self.cells
        empty = [name for name in (*by, "source") if not cells[name]]
        problems += [self._problem(name, "a text") for name in empty]
        mark = _MARKS.get(cells.get("provisional", "").casefold())
        if mark is None:
            problems.append(self._problem("provisional", "yes, no or nothing"))
        number = _number(cells["value"])
        if number is None:
            problems.append(self._problem("value", "a number with a decimal point"))
        days = {}
        for name in ("start", "until"):
            days[name] = _day(cells.get(name, ""))
            if days[name] is None and (name == "start" or cells.get(name)):
                problems.append(self._problem(name, "a date such as 2024-01-31"))
        key = {name: cells[name] for name in by}
        return {**days, "value": number, "source": cells["source"], "key": key, "provisional": mark}

    def _problem(self, column: str, expected: str) -> Problem:
        place = self.raw.place(row=self.number, column=column)
        return Problem(P_SERIES, place, {"found": self.cells[column] or "''", "expected": expected})


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None
