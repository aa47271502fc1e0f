"""Names and wording of what a questionnaire of `mande form` writes: the form uses them, uploads know them."""

from __future__ import annotations

from collections.abc import Mapping

from mande.schema.common import Label

OPENING: Mapping[str, Label] = {
    "enumerator": Label(en="Enumerator code", fr="Code de l'enquêteur", es="Código del encuestador"),
    "wave": Label(en="Survey wave", fr="Vague d'enquête", es="Ronda de la encuesta"),
    "consent": Label(
        en="Does the respondent agree to be interviewed, knowing that they may stop at any time?",
        fr="La personne accepte-t-elle l'entretien, sachant qu'elle peut l'arrêter à tout moment ?",
        es="¿La persona acepta la entrevista, sabiendo que puede terminarla cuando quiera?",
    ),
}
"""What stands before the first question, and answers none of the library's."""

OPENING_FIELDS: Mapping[str, str] = {"enumerator": "enumerator_id", "wave": "wave", "consent": "consent"}
"""Their names in the form."""


def form_field(table: str, question: str) -> str:
    """Return the name of a question's field where another table of the form has a question of that id.

    Examples
    --------
    >>> form_field("plots", "area")
    'plots_area'
    """
    return f"{table}_{question}"
