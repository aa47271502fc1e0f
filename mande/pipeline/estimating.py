"""One method on a file of one's own, and the list of methods: `mande estimate` and `mande methods`."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl

from mande.errors import Code, MandeError, Place, Problem, Severity, Text, did_you_mean
from mande.impact import conventions, estimate
from mande.impact.guide import Guide, inference_guides, method_guides
from mande.results import Estimate
from mande.results.evaluation import finite
from mande.survey.grid import RawTable
from mande.survey.read import read_upload

P_METHOD = Code(
    "P-METHOD",
    Text(
        "there is no such method or standard error",
        "il n'y a pas de méthode ou d'erreur type de ce nom",
        "no hay tal método o error estándar",
    ),
    Text("one of {known}{hint}", "l'un de {known}{hint}", "uno de {known}{hint}"),
    Text(
        "`mande methods` lists them all.",
        "`mande methods` les montre tous.",
        "`mande methods` los muestra todos.",
    ),
)
P_OPTION = Code(
    "P-OPTION",
    Text(
        "an option is not written as name=value",
        "une option n'est pas écrite nom=valeur",
        "una opción no está escrita nombre=valor",
    ),
    Text(
        "name=value, several values joined by commas",
        "nom=valeur, plusieurs valeurs jointes par des virgules",
        "nombre=valor, varios valores unidos por comas",
    ),
    Text(
        "Write for example --option periods=2019,2021",
        "Écrivez par exemple --option periods=2019,2021",
        "Escriba por ejemplo --option periods=2019,2021",
    ),
)

_MISSING = ("NA", "NaN", "nan", "null", "NULL", ".")
"""Words for a missing value in a column of numbers; in a column of text they are words."""
# A number, but none with leading zeros, which is an id: 007 and 7 are two households.
_NUMBER = r"^[+-]?(0|[1-9][0-9]*)?(\.[0-9]+)?([eE][+-]?[0-9]+)?$"
_DIGIT = r"[0-9]"


@dataclass(frozen=True, slots=True)
class FileEstimate:
    """An estimate on a file, with what was told while the file was read; `beside` as other software prints
    it."""

    estimate: Estimate
    told: tuple[Problem, ...]
    beside: pd.DataFrame | None = None

    def as_record(self, level: float, *, all_terms: bool = False) -> dict[str, Any]:
        """Return what JSON can hold: a record per term, the sample, the summary; open ends are absent."""
        table = self.estimate.tidy(level, terms="all" if all_terms else "effect")
        rows = [finite(row) for row in table.to_dict(orient="records")]
        sample = asdict(self.estimate.sample)
        record = {"estimates": rows, "sample": sample, "summary": self.estimate.summary(level)}
        if self.beside is not None:
            record["other_software"] = [finite(row) for row in self.beside.to_dict(orient="records")]
        return record


def estimate_file(
    path: Path,
    *,
    method: str,
    outcome: str,
    options: Mapping[str, Any],
    sheet: str | None = None,
    other_software: bool = False,
    **arguments: Any,
) -> FileEstimate:
    """Read a table (CSV, Excel, ODS, Stata, SPSS, Parquet) and estimate one effect on it.

    Parameters
    ----------
    path
        The file. Columns whose filled cells are all numbers become numbers, unless one has leading zeros;
        coded answers of Stata and SPSS stay codes, and their kinds of missing are missing.
    method, outcome
        As in `mande.estimate`.
    options
        Options of the method.
    sheet
        Sheet of a workbook, where several could be meant.
    other_software
        Whether to work out what other software would print for the same model.
    arguments
        The other arguments of `mande.estimate`.

    Raises
    ------
    MandeError
        What keeps the file from being read without doubt; what keeps the effect from being estimated.
    """
    raw = read_upload(path, sheet=sheet)
    stopping = [p for p in raw.problems if p.severity in (Severity.ERROR, Severity.QUESTION)]
    if stopping:
        raise MandeError(stopping)
    frame = typed_frame(raw)
    call = {"method": method, "outcome": outcome, **arguments, **options}
    beside = conventions.other_software(frame, **call) if other_software else None
    return FileEstimate(estimate(frame, **call), raw.problems, beside)


def typed_frame(raw: RawTable) -> pd.DataFrame:
    """Return the cells of a table as numbers where a whole column is numbers, else as text."""
    columns = {}
    for position, title in enumerate(raw.columns):
        cells = raw.cells[f"c{position}"]
        gone = [*raw.missing.get(title, {})]
        if gone:
            cells = cells.set(cells.is_in(gone), "")
        columns[title] = _typed(cells)
    return pd.DataFrame(columns)


def _typed(cells: pl.Series) -> pd.Series:
    trimmed = cells.str.strip_chars()
    values = trimmed.set(trimmed.is_in(_MISSING), "")
    filled = values.filter(values != "")
    if len(filled) and bool((filled.str.contains(_NUMBER) & filled.str.contains(_DIGIT)).all()):
        numbers = values.replace("", None).cast(pl.Float64)
        return pd.Series(numbers.to_numpy())
    texts = [value if value != "" else None for value in trimmed.to_list()]
    return pd.Series(texts, dtype="str")


def read_options(written: Iterable[str]) -> dict[str, Any]:
    """Return options written as `name=value`; numbers and true or false are read as such.

    Examples
    --------
    >>> read_options(["periods=1978,1981", "trend=true", "assigned_by=village"])
    {'periods': (1978, 1981), 'trend': True, 'assigned_by': 'village'}
    """
    options: dict[str, Any] = {}
    for entry in written:
        name, sign, value = entry.partition("=")
        if not sign or not name.strip():
            raise MandeError([Problem(P_OPTION, Place(question="--option"), {"found": entry})])
        parts = tuple(_value(part.strip()) for part in value.split(","))
        options[name.strip()] = parts if len(parts) > 1 else parts[0]
    return options


def _value(text: str) -> Any:
    if text[:1] == "0" and text[1:2].isdigit():
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def method_records(name: str | None = None) -> dict[str, list[dict[str, Any]]]:
    """Return methods and kinds of standard error as records, or the one of that name.

    Raises
    ------
    MandeError
        P-METHOD.
    """
    groups = {"methods": method_guides(), "inference": inference_guides()}
    if name is None:
        return {group: [asdict(guide) for guide in guides] for group, guides in groups.items()}
    known = [guide.name for guides in groups.values() for guide in guides]
    if name not in known:
        values = {"found": name, "known": ", ".join(known), "hint": did_you_mean(name, known)}
        raise MandeError([Problem(P_METHOD, Place(), values)])
    return {
        group: [asdict(guide) for guide in guides if guide.name == name] for group, guides in groups.items()
    }


def methods_text(name: str | None = None) -> str:
    """Return the list of methods for a terminal; one of them with its equation and source.

    Raises
    ------
    MandeError
        P-METHOD.
    """
    if name is not None:
        records = method_records(name)
        return "\n\n".join(_page(record) for group in records.values() for record in group)
    lines = ["Methods (mande estimate FILE --method ...)", ""]
    lines += _listed(method_guides())
    lines += ["Standard errors (--inference ...; auto chooses and says why)", ""]
    lines += _listed(inference_guides())
    lines.append("mande methods NAME shows the equation, options and what it was checked against.")
    return "\n".join(lines)


def _listed(guides: Sequence[Guide]) -> list[str]:
    lines = []
    for guide in guides:
        lines.append(f"{guide.name}: {guide.title}")
        for word, text in (("use", guide.use), ("assumes", guide.assumption), ("equation", guide.equation),
                           ("source", guide.source)):  # fmt: skip
            lines += _wrapped(word, text)
        lines.append("")
    return lines


def _page(record: Mapping[str, Any]) -> str:
    lines = [f"{record['name']}: {record['title']}"]
    for word in ("use", "assumption", "equation", "source", "reference", "requires", "options", "inferences"):
        value = record[word]
        lines += _wrapped(word, value if isinstance(value, str) else ", ".join(value))
    return "\n".join(lines)


def _wrapped(word: str, text: str) -> list[str]:
    if not text:
        return []
    head = f"  {word:<11}"
    return textwrap.wrap(text, 96, initial_indent=head, subsequent_indent=" " * len(head),
                         break_long_words=False, break_on_hyphens=False)  # fmt: skip
