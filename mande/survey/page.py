"""A verdict as one HTML page: opens without a network, needs no script, prints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import jinja2

from mande.errors import Language, Problem, Severity, Text
from mande.survey.causes import Cause, causes, grouped
from mande.survey.present import HEADLINES
from mande.survey.steps import KINDS, steps
from mande.survey.together import WaveVerdict
from mande.survey.verdict import Verdict

_TEMPLATES = Path(__file__).parent / "template"
SHOWN = 50
"""Cells listed for one cause; the annotated workbook marks them all."""

_WORDS: Mapping[str, Text] = {
    "wave": Text("wave", "vague", "ronda"),
    "todo": Text("What to do", "Que faire", "Qué hacer"),
    "tables": Text("Tables", "Tables", "Tablas"),
    "table": Text("Table", "Table", "Tabla"),
    "file": Text("File", "Fichier", "Archivo"),
    "rows": Text("Rows", "Lignes", "Filas"),
    "row": Text("Row", "Ligne", "Fila"),
    "cell": Text("Cell", "Cellule", "Celda"),
    "respondent": Text("Respondent", "Répondant", "Encuestado"),
    "found": Text("Found", "Trouvé", "Hallado"),
    "verdict": Text("Result", "Résultat", "Resultado"),
    "show": Text("Show", "Afficher", "Mostrar"),
    "all": Text("Everything", "Tout", "Todo"),
    "columns": Text("Column by column", "Colonne par colonne", "Columna por columna"),
    "column": Text("Column", "Colonne", "Columna"),
    "expected": Text("Expected", "Attendu", "Esperado"),
    "fix": Text("How to fix", "Comment corriger", "Cómo corregir"),
    "answers": Text("Answers", "Réponses", "Respuestas"),
    "whole": Text("The upload as a whole", "L'envoi dans son ensemble", "El envío en su conjunto"),
    "none": Text("Nothing to report.", "Rien à signaler.", "Nada que señalar."),
    "where": Text("Where", "Où", "Dónde"),
    "list": Text("Cells concerned", "Cellules concernées", "Celdas afectadas"),
    "skip": Text("Go to the problems", "Aller aux problèmes", "Ir a los problemas"),
    "private": Text(
        "Answers to personal and protected questions are not shown here, nor is what looks like a phone "
        "number, an e-mail address or an identity number. Other answers are shown as written in the file.",
        "Les réponses personnelles et protégées ne sont pas montrées ici, ni ce qui ressemble à un "
        "téléphone, un courriel ou un numéro d'identité. Les autres le sont telles qu'écrites.",
        "Las respuestas personales y protegidas no se muestran aquí, ni lo que parece un teléfono, un "
        "correo o un número de identidad. Las demás se muestran como están escritas.",
    ),
}
_MORE = Text(
    "and {n} more; the marked workbook shows them all",
    "et {n} autres ; le classeur annoté les montre toutes",
    "y {n} más; el libro anotado las muestra todas",
)


@dataclass(frozen=True, slots=True)
class _Section:
    """One table of the page, or the upload as a whole (without a verdict)."""

    id: str
    title: str
    verdict: Verdict | None
    causes: list[Cause]

    @property
    def kinds(self) -> list[tuple[str, int]]:
        """Each kind of problem that occurs, worst first, and how often."""
        counts = Counter(cause.severity for cause in self.causes for _ in cause.problems)
        return [(severity.value, counts[severity]) for severity in Severity if counts[severity]]

    @property
    def columns(self) -> list[tuple[str, str, list[tuple[str, int]], str]]:
        """Columns with problems: title, where its first cause stands, counts by severity, question."""
        found: dict[str, Counter[str]] = {}
        first: dict[str, tuple[str, str]] = {}
        for number, cause in enumerate(self.causes, start=1):
            if len(cause.columns) > 1:
                continue  # it names them itself
            counts = Counter(problem.place.column for problem in cause.problems if problem.place.column)
            for problem in cause.problems:
                if column := problem.place.column:
                    first.setdefault(column, (f"{self.id}-{number}", problem.place.question))
            for column, n in counts.items():
                found.setdefault(column, Counter())[cause.severity.value] += n
        order = [severity.value for severity in Severity]
        return [
            (
                column,
                first[column][0],
                sorted(counts.items(), key=lambda e: order.index(e[0])),
                first[column][1],
            )
            for column, counts in found.items()
        ]


def verdict_page(verdict: Verdict | WaveVerdict, *, language: Language = "en") -> str:
    """Return the page of a verdict: what to do in order, then every cause with its cells.

    No value of a personal or protected question is on it.
    """
    whole = verdict if isinstance(verdict, WaveVerdict) else None
    verdicts = verdict.verdicts if isinstance(verdict, WaveVerdict) else (verdict,)
    sections = [
        _Section(f"t{number}", _title(entry), entry, causes(entry, language))
        for number, entry in enumerate(verdicts, start=1)
    ]
    if whole is not None and whole.problems:
        title = _WORDS["whole"].in_(language)
        sections.insert(0, _Section("t0", title, None, grouped(whole.problems, language)))
    found = [cause for section in sections for cause in section.causes]
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("verdict.html.j2").render(
        language=language,
        programme=verdict.programme,
        wave=verdict.wave,
        status=verdict.status,
        headline=HEADLINES[verdict.status].in_(language),
        files=", ".join(verdict.files),
        steps=steps(found, verdict, language),
        sections=sections,
        severities=_counts(found, language),
        words={key: text.in_(language) for key, text in _WORDS.items()},
        kinds={severity.value: text.in_(language) for severity, text in KINDS.items()},
        style=(_TEMPLATES / "verdict.css").read_text(encoding="utf-8"),
        shown=SHOWN,
        more=lambda n: _MORE.in_(language).format(n=n),
        cell=_cell,
        answers=lambda cause: cause.answers(verdict),
        headlines={status: text.in_(language) for status, text in HEADLINES.items()},
    )


def _title(verdict: Verdict) -> str:
    return f"{verdict.table_name}: {verdict.file}"


def _cell(section: _Section, problem: Problem) -> str:
    return "" if section.verdict is None else section.verdict.cell(problem)


def _counts(found: list[Cause], language: Language) -> list[tuple[str, str, int]]:
    """Return each kind of problem that occurs: its class, its name, and how many cells or rows."""
    counts = Counter(cause.severity for cause in found for _ in cause.problems)
    return [(s.value, KINDS[s].in_(language), counts[s]) for s in Severity if counts[s]]
