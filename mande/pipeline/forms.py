"""Questionnaires for a programme: exactly the questions that its indicators need."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mande.errors import Language, Text, raise_errors
from mande.measure.needs import needed_answers
from mande.pipeline.runs import Definitions, load_definitions, named_indicators, unknown_outcomes
from mande.publish.formfile import workbook
from mande.publish.xlsform import Form, FormRequest, build_forms
from mande.workspace import find_workspace, write_atomic

_LENGTH = Text(
    "{n} questions, about {minutes} minutes",
    "{n} questions, environ {minutes} minutes",
    "{n} preguntas, unos {minutes} minutos",
)
_RULES = Text(
    "Rules that only the check of the upload judges: {names}",
    "Règles que seul le contrôle du fichier juge : {names}",
    "Reglas que solo juzga la revisión del archivo: {names}",
)
_DRAFTS = Text(
    "French and Spanish are drafts, to be reviewed: {names}",
    "Le français et l'espagnol sont des brouillons à relire : {names}",
    "El francés y el español son borradores por revisar: {names}",
)
_SENSITIVE = Text(
    "WARNING  Draft translations of sensitive questions; have them reviewed before use: {names}",
    "ATTENTION  Questions sensibles traduites en brouillon ; faites-les relire avant usage : {names}",
    "ATENCIÓN  Preguntas sensibles traducidas en borrador; hágalas revisar antes de usarlas: {names}",
)


@dataclass(frozen=True, slots=True)
class WrittenForm:
    """One questionnaire on disk."""

    path: Path
    form: Form

    def text(self, language: Language = "en") -> str:
        """Return what a programme wants to know of it: questions, minutes, translations to review."""
        form = self.form
        length = _LENGTH.in_(language).format(n=f"{form.questions:,}", minutes=f"{form.minutes:.0f}")
        lines = [f"{self.path}  {form.settings['form_title']}: {length}"]
        told = ((_RULES, form.rules_left), (_DRAFTS, form.drafts), (_SENSITIVE, form.sensitive))
        lines += [f"  {text.in_(language).format(names=', '.join(names))}" for text, names in told if names]
        return "\n".join(lines)


def write_forms(programme: str, out: Path, *, workspace: Path = Path()) -> list[WrittenForm]:
    """Write the questionnaires of a programme as XLSForms.

    The form of the programme's own unit goes to `out`; where other units are interviewed by themselves
    (workers beside firms), their forms stand beside it, with the table in the name.

    Raises
    ------
    MandeError
        When the programme's definitions are not right, or a filter cannot be said in a form.
    """
    definitions = load_definitions(find_workspace(workspace), programme)
    written: list[WrittenForm] = []
    for form in programme_forms(definitions):
        main = form.table == definitions.programme.entity or not written
        path = out if main else out.with_stem(f"{out.stem}_{form.table}")
        write_atomic(path, workbook(form))
        written.append(WrittenForm(path, form))
    return written


def programme_forms(definitions: Definitions) -> tuple[Form, ...]:
    """Return the questionnaires of a programme, that of its own unit first.

    Raises
    ------
    MandeError
        P-OUTCOME for outcomes and monitored indicators that are none.
    """
    programme, catalogue = definitions.programme, definitions.catalogue
    raise_errors(unknown_outcomes(definitions))
    needed = needed_answers(named_indicators(definitions), catalogue)
    needs = {table: list(names) for table, names in needed.items()}
    asked = catalogue.questions.get(programme.entity, {})
    own = needs.setdefault(programme.entity, [])
    own += [name for name in programme.characteristics if name in asked and name not in own]
    request = FormRequest(
        id=programme.id,
        title=programme.title,
        currency=programme.currency,
        waves=programme.waves,
        needs=needs,
        constants=frozenset(programme.constants),
    )
    forms = build_forms(request, catalogue)
    return tuple(sorted(forms, key=lambda form: form.table != programme.entity))
