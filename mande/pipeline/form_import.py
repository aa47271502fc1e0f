"""Read a questionnaire that exists, draft its mapping to the library, and keep it as a wave's form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mande.errors import Language, Problem, Text, raise_errors
from mande.measure.needs import needed_answers
from mande.pipeline.runs import Definitions, load_definitions, named_indicators, unknown_outcomes
from mande.survey.forms.draft import Missing, draft_text, missing_questions
from mande.survey.forms.form import SurveyForm
from mande.survey.forms.snapshot import FOLDER, form_text
from mande.survey.forms.suggest import Suggestion, perhaps_rosters, suggest
from mande.survey.forms.xlsform import read_form
from mande.survey.read import open_sheets
from mande.survey.validate import check_names
from mande.wording import count
from mande.workspace import find_workspace, write_atomic

DRAFT = "mapping.draft.yaml"


@dataclass(frozen=True, slots=True)
class ImportedForm:
    """What came of a questionnaire.

    Attributes
    ----------
    form : its questions. problems : where it departs from the rules.
    rosters : the library's table of each repeat; '' is the main part.
    suggestions : what each question may be. missing : what the programme's indicators need besides.
    perhaps : tables that repeats without one speak of.
    draft : where the mapping was drafted. kept : where the form is kept as a wave's, if it is.
    """

    form: SurveyForm
    problems: tuple[Problem, ...]
    rosters: Mapping[str, str]
    suggestions: tuple[Suggestion, ...]
    missing: tuple[Missing, ...]
    draft: Path
    kept: Path | None
    perhaps: Mapping[str, str] = field(default_factory=dict)

    @property
    def sure(self) -> tuple[Suggestion, ...]:
        """The suggestions that the draft takes up."""
        return tuple(entry for entry in self.suggestions if entry.is_sure)

    def as_record(self, language: Language = "en") -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "format": 1,
            "file": self.form.file,
            "form_id": self.form.form_id,
            "version": self.form.version,
            "repeats": {name: self.rosters.get(name) for name in self.form.repeats},
            "questions": [
                {
                    "name": entry.asked.name,
                    "repeat": entry.asked.repeat,
                    "type": entry.asked.type,
                    "text": entry.asked.text,
                    "sure": entry.is_sure,
                    "candidates": [
                        {"table": c.table, "question": c.question, "score": c.score} for c in entry.candidates
                    ],
                }
                for entry in self.suggestions
            ],
            "missing": [
                {
                    "table": entry.table,
                    "question": entry.question,
                    "label": entry.label,
                    "indicators": list(entry.indicators),
                    "perhaps": list(entry.perhaps),
                }
                for entry in self.missing
            ],
            "problems": [problem.as_record(language) for problem in self.problems],
        }

    def text(self, language: Language = "en") -> str:
        """Return what a person wants to know first: what was read, matched, left over and is missing."""
        likely = sum(bool(entry.candidates) and not entry.is_sure for entry in self.suggestions)
        values = {
            "file": self.form.file,
            "questions": len(self.form.questions),
            "repeats": len(self.form.repeats),
            "sure": len(self.sure),
            "likely": likely,
            "rest": len(self.suggestions) - len(self.sure) - likely,
            "draft": self.draft,
        }
        lines = [_READ.in_(language).format(**values)]
        lines += [_KEPT.in_(language).format(path=self.kept)] if self.kept else []
        unknown = [
            name
            + (
                f" ({_PERHAPS.in_(language).format(names=self.perhaps[name])})"
                if name in self.perhaps
                else ""
            )
            for name in self.form.repeats
            if name not in self.rosters
        ]
        if unknown:
            lines.append(_REPEATS.in_(language).format(names=", ".join(unknown)))
        if self.missing:
            lines += ["", _MISSING.in_(language).format(n=len(self.missing))]
            lines += [_missing_line(entry, language) for entry in self.missing]
        if self.problems:
            lines += ["", _DEPARTS.in_(language).format(n=len(self.problems))]
            lines += [f"  {_departure(problem, language)}" for problem in self.problems[:_SHOWN]]
            more = len(self.problems) - _SHOWN
            lines += [f"  ... {count(more, 'more', 'more')}"] if more > 0 else []
        return "\n".join(lines)


_SHOWN = 15
_READ = Text(
    "{file}: {questions} questions, {repeats} repeated groups.\n"
    "Matched to the library: {sure} surely, {likely} perhaps, {rest} not (the draft lists them).\n"
    "Draft of the mapping: {draft}\n"
    "Check its lines and save it as mapping.yaml.",
    "{file} : {questions} questions, {repeats} groupes répétés.\n"
    "Associées à la bibliothèque : {sure} sûrement, {likely} peut-être, {rest} non (nommées au brouillon).\n"
    "Brouillon des correspondances : {draft}\n"
    "Vérifiez ses lignes et enregistrez-le sous mapping.yaml.",
    "{file}: {questions} preguntas, {repeats} grupos repetidos.\n"
    "Asociadas a la biblioteca: {sure} con seguridad, {likely} quizás, {rest} no (el borrador las nombra).\n"
    "Borrador de las correspondencias: {draft}\n"
    "Revise sus líneas y guárdelo como mapping.yaml.",
)
_KEPT = Text(
    "Kept as the form of the wave: {path}",
    "Gardé comme formulaire de la vague : {path}",
    "Guardado como formulario de la ronda: {path}",
)
_REPEATS = Text(
    "Repeated groups without a table of the library: {names}",
    "Groupes répétés sans table de la bibliothèque : {names}",
    "Grupos repetidos sin tabla de la biblioteca: {names}",
)
_MISSING = Text(
    "The programme's indicators also need ({n}):",
    "Les indicateurs du programme demandent aussi ({n}) :",
    "Los indicadores del programa también necesitan ({n}):",
)
_FOR = Text("for {names}", "pour {names}", "para {names}")
_EVERY = Text("for every upload", "pour tout envoi de données", "para todo envío de datos")
_PERHAPS = Text("perhaps {names}", "peut-être {names}", "quizás {names}")
_DEPARTS = Text(
    "The form departs from the XLSForm rules ({n}):",
    "Le formulaire s'écarte des règles XLSForm ({n}) :",
    "El formulario se aparta de las reglas XLSForm ({n}):",
)


def _missing_line(entry: Missing, language: Language) -> str:
    used = _FOR.in_(language).format(names=", ".join(entry.indicators)) if entry.indicators else ""
    used = used or _EVERY.in_(language)
    perhaps = _PERHAPS.in_(language).format(names=", ".join(entry.perhaps)) if entry.perhaps else ""
    told = "; ".join(filter(None, (used, perhaps)))
    return f"  {entry.table}.{entry.question}: {entry.label} ({told})"


def _departure(problem: Problem, language: Language) -> str:
    return f"{problem.place.text(language)}: {problem.found(language)} ({problem.expected(language)})"


def import_form(
    file: Path | str,
    *,
    programme: str,
    wave: str | None = None,
    out: Path | None = None,
    workspace: Path | str = ".",
) -> ImportedForm:
    """Read an XLSForm and draft which of its questions is which of the library's.

    Parameters
    ----------
    file
        The form, as it was uploaded to the server that collects the data.
    programme
        Id of the programme whose indicators say what is needed.
    wave
        Wave that was asked with this form: the form is kept, and later ones are compared with it.
    out
        Where to write the draft; by default `mapping.draft.yaml` in the programme's folder. An existing
        `mapping.yaml` is never touched.
    workspace
        A folder inside the workspace.

    Raises
    ------
    MandeError
        Q-NOTFORM, P-WAVE, P-OUTCOME, what keeps a workbook from being read, or definitions that are not
        right.
    """
    path = Path(file)
    place = find_workspace(Path(workspace))
    definitions = load_definitions(place, programme)
    raise_errors(unknown_outcomes(definitions))
    if wave is not None:
        check_names(definitions.programme, wave, definitions.programme.entity, definitions.catalogue)
    form, problems = read_form(open_sheets(path), file=path.name)
    catalogue = definitions.catalogue
    rosters, suggestions = suggest(
        form, catalogue.questions, entity=definitions.programme.entity, tables=catalogue.tables
    )
    draft = out or definitions.folder / DRAFT
    write_atomic(draft, draft_text(suggestions, rosters, catalogue.questions))
    kept = None if wave is None else definitions.folder / FOLDER / f"{wave}.yaml"
    if kept is not None:
        write_atomic(kept, form_text(form))
    entity = definitions.programme.entity
    # Without the key no upload can be read, whatever the indicators need.
    needed: dict[str, dict[str, list[str]]] = {entity: {catalogue.tables[entity].key: []}}
    for table, names in _needed(definitions).items():
        needed.setdefault(table, {}).update(names)
    missing = missing_questions(suggestions, needed, catalogue.questions)
    perhaps = perhaps_rosters(form, rosters, catalogue.tables, entity)
    return ImportedForm(
        form, tuple(problems), rosters, tuple(suggestions), tuple(missing), draft, kept, perhaps
    )


def _needed(definitions: Definitions) -> dict[str, dict[str, list[str]]]:
    """Return, by table and question, the programme's indicators that need it."""
    catalogue = definitions.catalogue
    found: dict[str, dict[str, list[str]]] = {}
    for indicator in named_indicators(definitions):
        for table, names in needed_answers([indicator], catalogue).items():
            for name in names:
                if name not in definitions.programme.constants:
                    users = found.setdefault(table, {}).setdefault(name, [])
                    users += [indicator.id] if indicator.id not in users else []
    return found
