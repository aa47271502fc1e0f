"""The sample against the register uploaded with it: who should be in the file, and who should not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mande.errors import Code, Place, Problem, Severity, Text
from mande.survey.check import Checked
from mande.survey.checks.unknown_ids import I_UNKNOWN
from mande.survey.grid import Values
from mande.survey.programme_tables import REGISTER, UPTAKE
from mande.survey.register import STATUS
from mande.survey.table import cell_problems

S_STATUS = Code(
    "S-STATUS",
    Text(
        "the register says '{status}', but the unit was interviewed",
        "le registre dit « {status} », mais l'unité a été enquêtée",
        "el registro dice «{status}», pero la unidad fue entrevistada",
    ),
    Text("status 'interviewed'", "statut « interviewed »", "estado «interviewed»"),
    Text(
        "Correct the status in the register, or look whether another unit's id was used.",
        "Corrigez le statut au registre, ou voyez si l'identifiant est celui d'une autre unité.",
        "Corrija el estado en el registro, o vea si se usó el id de otra unidad.",
    ),
)
S_ABSENT = Code(
    "S-ABSENT",
    Text(
        "the register says that the unit was interviewed, but it is not in the file",
        "le registre dit que l'unité a été enquêtée, mais elle n'est pas dans le fichier",
        "el registro dice que la unidad fue entrevistada, pero no está en el archivo",
    ),
    Text("a row in {file}", "une ligne dans {file}", "una fila en {file}"),
    Text(
        "Look for the interview on the devices and export again, or correct the status.",
        "Cherchez l'entretien sur les appareils et exportez de nouveau, ou corrigez le statut.",
        "Busque la entrevista en los dispositivos y exporte de nuevo, o corrija el estado.",
    ),
)
S_TRACK = Code(
    "S-TRACK",
    Text(
        "the sample of this wave: who was interviewed and who was not",
        "l'échantillon de cette vague : qui a été enquêté, qui ne l'a pas été",
        "la muestra de esta ronda: quién fue entrevistado y quién no",
    ),
    Text(""),
    Text(""),
    Text(
        "{seen} of {count} registered units in the file; {found}",
        "{seen} unités enregistrées sur {count} dans le fichier ; {found}",
        "{seen} de {count} unidades registradas en el archivo; {found}",
    ),
)
_GONE = ("refused", "not found", "moved", "dead", "replaced")


def check_wave(tables: Mapping[str, Checked]) -> Iterator[tuple[str, Problem]]:
    """Yield what register, uptake and the programme's own table say differently of the same units."""
    register = tables.get(REGISTER)
    if register is None:
        return
    key = register.schema.key
    if key not in register.table.titles:
        return
    own = tables.get(register.context.programme.entity)
    if own is not None and key in own.table.titles:
        for problem in _statuses(register, own, key):
            yield REGISTER, problem
    uptake = tables.get(UPTAKE)
    if uptake is not None and key in uptake.table.titles:
        units = uptake.table.frame[key]
        known = register.table.frame[key].drop_nulls()
        unknown = units.is_not_null() & ~units.is_in(known.implode())
        for problem in cell_problems(
            uptake.table, key, unknown, I_UNKNOWN, {"hint": ""}, severity=Severity.WARNING
        ):
            yield UPTAKE, problem


def _statuses(register: Checked, own: Checked, key: str) -> Iterator[Problem]:
    table, status = register.table, f"{STATUS}{register.context.wave}"
    seen = table.frame[key].is_in(own.table.frame[key].drop_nulls().implode()).fill_null(value=False)
    if status not in table.titles:
        return
    said = table.frame[status]
    for gone in _GONE:
        yield from cell_problems(
            table, status, (said == gone) & seen, S_STATUS, {"status": gone}, severity=Severity.WARNING
        )
    absent = (said == "interviewed") & ~seen
    values: Values = {"file": own.table.file}
    yield from cell_problems(table, status, absent, S_ABSENT, values, severity=Severity.WARNING)
    counts = said.fill_null("-").value_counts(sort=True, name="n")
    told = ", ".join(
        f"{name} {count}" for name, count in counts.sort("n", status, descending=True).iter_rows()
    )
    place = Place(table.file, table.sheet, column=table.titles[status])
    summary: Values = {"seen": int(seen.sum()), "count": len(seen), "found": told}
    yield Problem(S_TRACK, place, summary, Severity.NOTE)
