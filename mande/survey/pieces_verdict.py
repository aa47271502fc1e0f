"""The verdict on a file that was checked in pieces: what was found, and what was not looked at."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mande import __version__
from mande.errors import Language, Severity, Text
from mande.survey.present import HEADLINES, TITLES
from mande.survey.verdict import EXIT_CODES, Status

_HEAD = Text(
    "Checked in pieces. Rows read: {rows}; errors: {error}; questions: {question}; warnings: {warning}; "
    "notes: {note}.",
    "Contrôlé par morceaux. Lignes lues : {rows} ; erreurs : {error} ; questions : {question} ; "
    "avertissements : {warning} ; notes : {note}.",
    "Revisado por partes. Filas leídas: {rows}; errores: {error}; preguntas: {question}; avisos: {warning}; "
    "notas: {note}.",
)
_NOT_RUN = Text(
    "Not looked at in pieces, as it compares rows with one another: {names}.",
    "Non examiné par morceaux, car cela compare des lignes entre elles : {names}.",
    "No examinado por partes, pues compara filas entre sí: {names}.",
)
_WHERE = Text(
    "column {column}, cells: {n}", "colonne {column}, cellules : {n}", "columna {column}, celdas: {n}"
)
_ROWS = Text("row {row}: {value}", "ligne {row} : {value}", "fila {row}: {value}")
_EXPECTED = Text("expected", "attendu", "esperado")
_FIX = Text("how to fix", "comment corriger", "cómo corregir")


@dataclass(frozen=True, slots=True)
class Cause:
    """Cells of one column with one thing wrong, or a problem of the file as a whole; `first` are examples."""

    severity: Severity
    code: str
    message: str
    column: str
    expected: str
    fix: str
    count: int
    first: tuple[tuple[int | None, str], ...]
    answers: tuple[str, ...] = ()

    def record(self) -> dict[str, Any]:
        """Return the cause as plain values."""
        return {
            "severity": self.severity.value, "code": self.code, "message": self.message,
            "column": self.column, "count": self.count, "expected": self.expected, "fix": self.fix,
            "first": [{"row": row, "value": value} for row, value in self.first],
            "answers": list(self.answers),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class PiecesVerdict:
    """What a file that was checked in pieces is worth. `severities` count every problem, by severity."""

    programme: str
    wave: str
    table: str
    file: str
    sha256: str
    rows: int
    language: Language
    severities: Mapping[str, int]
    codes: Mapping[str, int]
    causes: tuple[Cause, ...]
    not_run: tuple[str, ...]

    @property
    def status(self) -> Status:
        """`errors` and `questions` when it cannot be accepted (yet), `warnings` when it should be read."""
        if self.severities.get("error"):
            return "errors"
        if self.severities.get("question"):
            return "questions"
        return "warnings" if self.severities.get("warning") else "ok"

    @property
    def exit_code(self) -> int:
        """Exit code of the command: 0 fine, 1 warnings, 3 errors or open questions."""
        return EXIT_CODES[self.status]

    def record(self) -> dict[str, Any]:
        """Return the verdict as plain values."""
        return {
            "format": 1, "mande": __version__, "programme": self.programme, "wave": self.wave,
            "table": self.table, "file": self.file, "sha256": self.sha256, "verdict": self.status,
            "exit_code": self.exit_code, "language": self.language, "in_pieces": True, "rows": self.rows,
            "counts": {**self.severities, **dict(sorted(self.codes.items()))},
            "causes": [cause.record() for cause in self.causes], "not_run": list(self.not_run),
        }  # fmt: skip

    def as_json(self) -> str:
        """Return the record as JSON text."""
        return json.dumps(self.record(), ensure_ascii=False, indent=2)

    def text(self) -> str:
        """Return the verdict to read, worst first."""
        lines = [f"{self.file}: {HEADLINES[self.status].in_(self.language)}"]
        counts = {kind.value: self.severities.get(kind.value, 0) for kind in Severity}
        lines.append(_HEAD.in_(self.language).format(rows=self.rows, **counts))
        for severity, title in TITLES.items():
            own = [cause for cause in self.causes if cause.severity is severity]
            lines += ["", title.in_(self.language)] if own else []
            for cause in own:
                lines += self._cause(cause)
        if self.not_run:
            lines += ["", _NOT_RUN.in_(self.language).format(names=", ".join(self.not_run))]
        return "\n".join(lines)

    def _cause(self, cause: Cause) -> Iterator[str]:
        yield f"  {cause.code}  {cause.message}"
        if cause.column:
            yield f"    {_WHERE.in_(self.language).format(column=cause.column, n=cause.count)}"
        for row, value in cause.first:
            yield f"      {value if row is None else _ROWS.in_(self.language).format(row=row, value=value)}"
        for word, text in ((_EXPECTED, cause.expected), (_FIX, cause.fix)):
            if text:
                yield f"    {word.in_(self.language)}: {text}"
        yield from (f"      {answer}" for answer in cause.answers)
