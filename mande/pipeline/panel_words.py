"""What `mande panel`, `mande waves` and `mande diff` say, in French and Spanish."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from mande.errors import Language, Text
from mande.phrases import Phrasebook
from mande.results import Cell, Table

COLUMNS: Mapping[str, Text] = {
    text.en: text
    for text in (
        Text("arm", "groupe", "grupo"),
        Text("wave", "vague", "ronda"),
        Text("registered", "inscrites", "registradas"),
        Text("interviewed", "enquêtées", "entrevistadas"),
        Text("lost", "perdues", "perdidas"),
        Text("new", "nouvelles", "nuevas"),
        Text("in_all_waves", "dans_toutes", "en_todas"),
        Text("pattern", "profil", "patrón"),
        Text("units", "unités", "unidades"),
        Text("due", "prévues", "previstas"),
        Text("refused", "refus", "rechazos"),
        Text("not_found", "introuvables", "no_encontradas"),
        Text("moved", "parties", "mudadas"),
        Text("dead", "décédées", "fallecidas"),
        Text("replaced", "remplacées", "reemplazadas"),
        Text("no_status", "sans_statut", "sin_estado"),
        Text("share_interviewed", "part_enquêtée", "prop_entrevistada"),
        Text("n_baseline", "n_départ", "n_base"),
        Text("share_lost", "part_perdue", "prop_perdida"),
        Text("not_contacted", "sans_contact", "sin_contacto"),
        Text("replaces", "remplace", "reemplaza_a"),
        Text("first_wave", "première_vague", "primera_ronda"),
        Text("took_part", "ont_participé", "participaron"),
        Text("share_took_part", "part_participant", "prop_participante"),
        Text("stratum", "strate", "estrato"),
    )
}
PHRASES: tuple[Text, ...] = (
    Text("all", "ensemble", "todos"),
    Text("arm", "groupe", "grupo"),
    Text("stratum", "strate", "estrato"),
    Text(
        "Units registered and interviewed, by arm and wave",
        "Unités inscrites et enquêtées, par groupe et vague",
        "Unidades registradas y entrevistadas, por grupo y ronda",
    ),
    Text(
        "Lost: interviewed in the first wave ({first}) and not in this one. "
        "New: interviewed in this wave and not in the first.",
        "Perdues : enquêtées à la première vague ({first}) et pas à celle-ci. "
        "Nouvelles : enquêtées à cette vague et pas à la première.",
        "Perdidas: entrevistadas en la primera ronda ({first}) y no en esta. "
        "Nuevas: entrevistadas en esta ronda y no en la primera.",
    ),
    Text(
        "Registered: due in this wave. Lost: due, interviewed in an earlier wave and not in "
        "this one. New: interviewed for the first time.",
        "Inscrites : prévues à cette vague. Perdues : prévues, enquêtées avant et pas à celle-ci. "
        "Nouvelles : enquêtées pour la première fois.",
        "Registradas: previstas en esta ronda. Perdidas: previstas, entrevistadas antes y no en esta. "
        "Nuevas: entrevistadas por primera vez.",
    ),
    Text(
        "Each wave asks other units: nobody is lost or new.",
        "Chaque vague enquête d'autres unités : aucune n'est perdue ni nouvelle.",
        "Cada ronda entrevista otras unidades: ninguna se pierde ni es nueva.",
    ),
    Text("No wave.", "Aucune vague.", "Ninguna ronda."),
    Text(
        "Waves in which units were interviewed",
        "Vagues où les unités ont été enquêtées",
        "Rondas en que se entrevistó a las unidades",
    ),
    Text(
        "Waves: {waves}. X: interviewed; .: due and not interviewed; -: not due.",
        "Vagues : {waves}. X : enquêtée ; . : prévue et non enquêtée ; - : non prévue.",
        "Rondas: {waves}. X: entrevistada; .: prevista y no entrevistada; -: no prevista.",
    ),
    Text(
        "What became of the units, by arm and wave",
        "Ce que sont devenues les unités, par groupe et vague",
        "Qué fue de las unidades, por grupo y ronda",
    ),
    Text(
        "Refused, dead and replaced: somebody was met or is known about. Not found, moved and no status: "
        "nobody was.",
        "Refus, décédées et remplacées : quelqu'un a été vu, ou l'on sait. Introuvables, parties et sans "
        "statut : personne.",
        "Rechazos, fallecidas y reemplazadas: se vio a alguien o se sabe. No encontradas, mudadas y sin "
        "estado: a nadie.",
    ),
    Text(
        "Lost between {baseline} and {wave}, by {by}",
        "Perdues entre {baseline} et {wave}, par {by}",
        "Perdidas entre {baseline} y {wave}, por {by}",
    ),
    Text(
        "Units that stand in for others",
        "Unités qui en remplacent d'autres",
        "Unidades que reemplazan a otras",
    ),
    Text(
        "Took part in an activity by the end of the wave, by arm",
        "Ont participé à une activité avant la fin de la vague, par groupe",
        "Participaron en una actividad antes del fin de la ronda, por grupo",
    ),
    Text("Who was lost?", "Qui a été perdu ?", "¿Quiénes se perdieron?"),
    Text(
        "Those lost by {wave} differed at baseline in: {names}.",
        "Les unités perdues à la vague {wave} différaient au départ par : {names}.",
        "Las unidades perdidas en la ronda {wave} diferían en la línea de base en: {names}.",
    ),
    Text(
        "Those lost by {wave} were at baseline much like those who stayed.",
        "Les unités perdues à la vague {wave} ressemblaient au départ à celles qui sont restées.",
        "Las unidades perdidas en la ronda {wave} se parecían en la línea de base a las que quedaron.",
    ),
)


@cache
def _book() -> Phrasebook:
    return Phrasebook(PHRASES)


def said(phrase: str, language: Language) -> str:
    """Return a caption, note or sentence in a language."""
    return _book().said(phrase, language)


def worded(table: Table, language: Language) -> Table:
    """Return a table with its caption, notes and headings in a language, for people to read."""

    def cell(value: Cell) -> Cell:
        return said(value, language) if value == "all" else value

    return replace(
        table,
        caption=said(table.caption, language),
        columns=tuple(COLUMNS[c].in_(language) if c in COLUMNS else c for c in table.columns),
        rows=tuple(tuple(cell(value) for value in row) for row in table.rows),
        notes=tuple(said(note, language) for note in table.notes),
    )
