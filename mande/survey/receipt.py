"""The receipt of an acceptance: what was stored, when and by whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mande.errors import Language, Text

_LINES: Mapping[str, Text] = {
    "accepted": Text(
        "Accepted: {files} as wave {wave}, revision {revision}; rows: {rows}.",
        "Accepté : {files}, vague {wave}, révision {revision} ; lignes : {rows}.",
        "Aceptado: {files}, ronda {wave}, revisión {revision}; filas: {rows}.",
    ),
    "already accepted": Text(
        "Already accepted on {day} by {by} as wave {wave}, revision {revision}; nothing was written.",
        "Déjà accepté le {day} par {by}, vague {wave}, révision {revision} ; rien n'a été écrit.",
        "Ya aceptado el {day} por {by}, ronda {wave}, revisión {revision}; no se escribió nada.",
    ),
}
_WARNINGS = Text(
    "Accepted with warnings: {list}.", "Accepté avec avertissements : {list}.", "Aceptado con avisos: {list}."
)
_PRIVATE = Text(
    "Identities were set apart in private/ (questions: {n}); no report can read them.",
    "Les identités sont à part dans private/ (questions : {n}) ; aucun rapport ne peut les lire.",
    "Las identidades quedan aparte en private/ (preguntas: {n}); ningún informe puede leerlas.",
)
_ENCRYPTED = Text(
    "They are encrypted with the key {key}. Whoever loses it loses them: nothing else opens them.",
    "Elles sont chiffrées avec la clé {key}. Sans elle, elles sont perdues : rien d'autre ne les ouvre.",
    "Están cifradas con la clave {key}. Sin ella se pierden: nada más las abre.",
)
_PLAIN = Text(
    "They are not encrypted: only the rights of their folder keep them. `mande key new FILE` makes a key.",
    "Elles ne sont pas chiffrées : seuls les droits du dossier les protègent. "
    "`mande key new FICHIER` crée une clé.",
    "No están cifradas: solo las protegen los permisos de su carpeta. "
    "`mande key new ARCHIVO` crea una clave.",
)
_CORRECTED = Text(
    "Decisions of the correction log applied: {n}; the manifest lists them.",
    "Décisions du journal de corrections appliquées : {n} ; le manifeste les donne.",
    "Decisiones del registro de correcciones aplicadas: {n}; el manifiesto las enumera.",
)
_NOT_STORED = Text(
    "Its answers are the accepted ones; personal answers of this file were not stored again. "
    "To replace them, accept it as a revision.",
    "Ses réponses sont celles déjà acceptées ; les données personnelles n'ont pas été "
    "enregistrées de nouveau. "
    "Pour les remplacer, acceptez une révision.",
    "Sus respuestas son las aceptadas; los datos personales no se guardaron de nuevo. "
    "Para reemplazarlos, acepte una revisión.",
)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What an acceptance did.

    `status` is `accepted`, or `already accepted` when the same content is stored already; then
    `revision`, `accepted_at` and `accepted_by` are those of the stored one, and nothing was written.
    """

    status: Literal["accepted", "already accepted"]
    programme: str
    wave: str
    revision: int
    accepted_at: str
    accepted_by: str
    rows: Mapping[str, int]
    files: tuple[str, ...]
    folder: Path
    warnings: Mapping[str, int]
    personal: tuple[str, ...] = ()
    is_same_file: bool = True
    corrections: int = 0
    key: str = ""

    def text(self, language: Language = "en") -> str:
        """Return the receipt to read."""
        values = {
            "rows": sum(self.rows.values()),
            "files": ", ".join(dict.fromkeys(self.files)),
            "wave": self.wave,
            "revision": self.revision,
            "day": self.accepted_at[:10],
            "by": self.accepted_by,
        }
        lines = [_LINES[self.status].in_(language).format(**values)]
        if self.status == "already accepted":
            if self.personal and not self.is_same_file:
                lines.append(_NOT_STORED.in_(language))
            return "\n".join(lines)
        if self.warnings:
            listed = ", ".join(f"{count} x {code}" for code, count in self.warnings.items())
            lines.append(_WARNINGS.in_(language).format(list=listed))
        if self.corrections:
            lines.append(_CORRECTED.in_(language).format(n=self.corrections))
        if self.personal:
            lines.append(_PRIVATE.in_(language).format(n=len(self.personal)))
            lines.append((_ENCRYPTED if self.key else _PLAIN).in_(language).format(key=self.key))
        return "\n".join(lines)
