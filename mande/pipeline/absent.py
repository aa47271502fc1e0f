"""What a wave will lack: questions and tables that the programme's outcomes need and no file brings."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from mande.errors import Code, Place, Problem, Severity, Text, Value
from mande.formula import names, parse
from mande.measure.needs import needed_answers
from mande.pipeline.runs import Definitions, named_indicators
from mande.survey.faults import as_problems
from mande.survey.grid import Values
from mande.survey.programme_tables import PROGRAMME_TABLES
from mande.survey.validate import Verdict
from mande.workspace import Workspace

H_OUTCOME = Code(
    "H-OUTCOME",
    Text(
        "an outcome of the programme cannot be measured from this file: {outcome}",
        "un résultat du programme ne peut pas être mesuré avec ce fichier : {outcome}",
        "un resultado del programa no puede medirse con este archivo: {outcome}",
    ),
    Text("the columns it needs", "les colonnes nécessaires", "las columnas que necesita"),
    Text(
        "If the question was asked, export its column too; if not, this wave has no value of the outcome.",
        "Si la question a été posée, exportez sa colonne ; sinon cette vague n'aura pas ce résultat.",
        "Si se preguntó, exporte su columna también; si no, esta ronda no tendrá ese resultado.",
    ),
    Text("no column for {found}", "pas de colonne pour {found}", "ninguna columna para {found}"),
)

L_FORMER = Code(
    "L-FORMER",
    Text(
        "tables that wave {wave} has are not among the files",
        "des tables de la vague {wave} ne sont pas parmi les fichiers",
        "faltan entre los archivos tablas que tiene la ronda {wave}",
    ),
    Text(
        "all tables of the wave, given at once",
        "toutes les tables de la vague",
        "todas las tablas de la ronda",
    ),
    Text(
        "Give their files too: a wave is accepted with all its tables, and one that was left out stays out.",
        "Donnez aussi leurs fichiers : une vague est acceptée avec toutes ses tables.",
        "Dé también sus archivos: una ronda se acepta con todas sus tablas.",
    ),
)
_TABLE = Text("table {name}", "table {name}", "tabla {name}")


def needed_by_programme(definitions: Definitions) -> dict[str, set[str]]:
    """Return by table the questions that the programme's indicators, characteristics and their uses need."""
    programme, catalogue = definitions.programme, definitions.catalogue
    named = {*(entry.id for entry in named_indicators(definitions)), *programme.characteristics}
    indicators = [catalogue.indicators[name] for name in sorted(named) if name in catalogue.indicators]
    needed = {table: set(names) for table, names in needed_answers(indicators, catalogue).items()}
    needed.setdefault(programme.entity, set()).update(programme.characteristics)
    return needed


def with_absent_tables(
    place: Workspace, definitions: Definitions, verdicts: Sequence[Verdict], wave: str
) -> tuple[Verdict, ...]:
    """Return the verdicts, the programme's own with what the wave will lack for want of other tables."""
    programme = definitions.programme
    given = {verdict.table_name for verdict in verdicts}
    own = next((verdict for verdict in verdicts if verdict.table_name == programme.entity), None)
    if own is None:
        return tuple(verdicts)
    found = [*_former_tables(place, definitions, given, wave), *_outcomes_of_tables(definitions, given)]
    told = [replace(problem, place=Place(file=own.file)) for problem in found]
    more = replace(own, problems=as_problems(own.problems).with_first(told)) if told else own
    return tuple(more if verdict is own else verdict for verdict in verdicts)


def _former_tables(
    place: Workspace, definitions: Definitions, given: Collection[str], wave: str
) -> Iterator[Problem]:
    """Yield L-FORMER where the wave itself, or the newest before it, has tables that are not given."""
    waves = [entry.id for entry in definitions.programme.waves]
    for other in reversed(waves[: waves.index(wave) + 1]):
        manifest = place.manifest(definitions.programme.id, other)
        if manifest is not None:
            lost = sorted(set(manifest["tables"]) - set(given) - PROGRAMME_TABLES)
            if lost:
                values: Values = {"wave": other, "found": ", ".join(lost)}
                yield Problem(L_FORMER, Place(), values, Severity.WARNING)
            return


def _outcomes_of_tables(definitions: Definitions, given: Collection[str]) -> Iterator[Problem]:
    """Yield H-OUTCOME for each outcome that needs a table which is not among the files."""
    catalogue = definitions.catalogue
    for outcome in definitions.programme.outcomes:
        indicator = catalogue.indicators.get(outcome.indicator)
        if indicator is None:
            continue
        lost = [name for name in needed_answers([indicator], catalogue, by_group=False) if name not in given]
        if lost:
            label, names = indicator.label, ", ".join(lost)
            named = (_TABLE.in_(code).format(name=names) for code in ("en", "fr", "es"))
            values: Values = {"found": Text(*named), "outcome": Text(label.en, label.fr, label.es)}
            yield Problem(H_OUTCOME, Place(), values, Severity.WARNING)


def lost_outcomes(definitions: Definitions, verdict: Verdict) -> Iterator[Problem]:
    """Yield a warning for each outcome that needs a question without a column in this file."""
    table = verdict.table
    if table is None:
        return
    absent = set(table.questions) - set(table.titles) - set(definitions.programme.constants)
    for outcome in definitions.programme.outcomes:
        indicator = definitions.catalogue.indicators.get(outcome.indicator)
        if indicator is None or indicator.entity != table.name:
            continue
        texts = [*indicator.formulas.values(), indicator.value]
        lost = sorted({column.name for text in texts for column in names(parse(text))} & absent)
        if lost:
            label = indicator.label
            values: dict[str, Value | Text] = {
                "found": ", ".join(lost),
                "outcome": Text(label.en, label.fr, label.es),
            }
            yield Problem(H_OUTCOME, Place(file=verdict.file), values, Severity.WARNING)
