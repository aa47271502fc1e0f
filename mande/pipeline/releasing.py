"""A file for other researchers: no direct identifiers, and how well people are hidden in it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from mande.catalogue import parse, read_yaml
from mande.errors import Code, Language, MandeError, Place, Problem, Text, did_you_mean, raise_errors
from mande.pipeline.registers import has_register, programme_register
from mande.pipeline.runs import Definitions, load_definitions
from mande.publish.markdown import table as markdown_table
from mande.schema import Question
from mande.storage import FolderStore
from mande.survey.anonymity import FEW, Anonymity, anonymity
from mande.survey.checks.wrong_wave import INTERVIEW
from mande.survey.coarsen import (
    FILE,
    ReleaseFile,
    TableRelease,
    coarsened,
    described,
    pseudonym_secret,
    pseudonyms,
)
from mande.survey.grid import Values
from mande.survey.identity import AGE, BORN, SEX
from mande.survey.mapping import with_key
from mande.survey.personal import KINDS, kind_of
from mande.survey.register import ARM
from mande.survey.store import load_wave
from mande.survey.table import ROW
from mande.units import per_in
from mande.workspace import find_workspace, write_atomic

R_NONE = Code(
    "R-NONE",
    Text(
        "nobody has declared what may be released",
        "personne n'a déclaré ce qui peut être diffusé",
        "nadie ha declarado qué se puede publicar",
    ),
    Text(
        "release.yaml of the programme, with the table {expected}",
        "release.yaml du programme, avec la table {expected}",
        "release.yaml del programa, con la tabla {expected}",
    ),
    Text(
        "Declare for each table its quasi_identifiers (sex: keep, village: drop), as docs/privacy.md shows.",
        "Déclarez pour chaque table ses quasi_identifiers (sex: keep, village: drop) ; voir docs/privacy.md.",
        "Declare para cada tabla sus quasi_identifiers (sex: keep, village: drop); véase docs/privacy.md.",
    ),
)
R_NAME = Code(
    "R-NAME",
    Text(
        "release.yaml names a column that is not there",
        "release.yaml nomme une colonne absente",
        "release.yaml nombra una columna que no existe",
    ),
    Text("{expected}{hint}"),
    Text("Correct the name.", "Corrigez le nom.", "Corrija el nombre."),
)
R_QUASI = Code(
    "R-QUASI",
    Text(
        "a column by which people can be found is not declared",
        "une colonne permettant de retrouver des personnes n'est pas déclarée",
        "no está declarada una columna con la que se puede encontrar a personas",
    ),
    Text(
        "an entry under quasi_identifiers: keep, drop or how it is made coarser",
        "une entrée sous quasi_identifiers : keep, drop ou la façon de la regrouper",
        "una entrada en quasi_identifiers: keep, drop o cómo se agrupa",
    ),
    Text("Declare it in release.yaml.", "Déclarez-la dans release.yaml.", "Declárela en release.yaml."),
)
R_TEXT = Code(
    "R-TEXT",
    Text(
        "a column to be released seems to identify people ({kind})",
        "une colonne à diffuser semble identifier des personnes ({kind})",
        "una columna por publicar parece identificar a personas ({kind})",
    ),
    Text("no personal data", "aucune donnée personnelle", "sin datos personales"),
    Text(
        "Take it out of release.yaml, or declare its question `personal: true`.",
        "Retirez-la de release.yaml, ou déclarez la question `personal: true`.",
        "Quítela de release.yaml, o declare la pregunta `personal: true`.",
    ),
)
R_SMALL = Code(
    "R-SMALL",
    Text(
        "people could be found: {found} rows stand in groups of fewer than {expected}",
        "des personnes pourraient être retrouvées : {found} lignes dans des groupes de moins de {expected}",
        "se podría encontrar a personas: {found} filas están en grupos de menos de {expected}",
    ),
    Text(
        "groups of {expected} rows or more (minimum_k)",
        "des groupes d'au moins {expected} lignes (minimum_k)",
        "grupos de {expected} filas o más (minimum_k)",
    ),
    Text(
        "Make these coarser in release.yaml, or drop one: {columns}.",
        "Regroupez davantage dans release.yaml, ou retirez : {columns}.",
        "Agrupe más en release.yaml, o quite: {columns}.",
    ),
    Text("the smallest group has {k}", "le plus petit groupe en a {k}", "el grupo más pequeño tiene {k}"),
)
_FOUND_BY = frozenset({SEX, AGE, *BORN, *INTERVIEW})


_UNGUARDED = Text(
    "WARNING  People could be found in this file: the smallest group has {k} rows, and {n} rows stand in "
    "groups below {few}. Look at it before you hand it on; `minimum_k: {few}` in {file} refuses such a file.",
    "ATTENTION  Des personnes pourraient être retrouvées dans ce fichier : le plus petit groupe a {k} "
    "lignes, {n} lignes sont dans des groupes de moins de {few}. `minimum_k: {few}` dans {file} refuse un "
    "tel fichier.",
    "ATENCIÓN  Se podría encontrar a personas en este archivo: el grupo más pequeño tiene {k} filas, y {n} "
    "filas están en grupos de menos de {few}. `minimum_k: {few}` en {file} rechaza un archivo así.",
)
_NO_QUASI = Text("no quasi-identifier", "aucun quasi-identifiant", "ningún cuasi-identificador")
_WROTE = Text(
    "Released {n} rows to {data}; codebook: {codebook}.",
    "{n} lignes diffusées dans {data} ; dictionnaire : {codebook}.",
    "Se publicaron {n} filas en {data}; diccionario: {codebook}.",
)
_SMALLEST = Text(
    "Smallest group by {names}: {k}; rows in groups below {few}: {n} of {rows}.",
    "Plus petit groupe par {names} : {k} ; lignes dans des groupes de moins de {few} : {n} sur {rows}.",
    "Grupo más pequeño por {names}: {k}; filas en grupos de menos de {few}: {n} de {rows}.",
)
_BELOW = Text(
    "  {names}: {n} rows below {few}", "  {names} : {n} lignes sous {few}", "  {names}: {n} filas bajo {few}"
)
_DIVERSE = Text(
    "{column}: fewest different answers in a group {l}; rows in groups with one answer only: {n}",
    "{column} : le moins de réponses différentes dans un groupe {l} ; lignes à réponse unique : {n}",
    "{column}: menos respuestas distintas en un grupo {l}; filas en grupos de una sola respuesta: {n}",
)
_STAYED = Text("Stayed here: {name} ({why})", "Resté ici : {name} ({why})", "Quedó aquí: {name} ({why})")


@dataclass(frozen=True, slots=True)
class Released:
    """A release that was written: data, codebook and figures, and what stayed behind with its reason."""

    data: Path
    codebook: Path
    figures: Path
    anonymity: Anonymity
    left_out: Mapping[str, str]
    is_unguarded: bool = False

    def warning(self, language: Language = "en") -> str:
        """Return what must be said before the file goes out, where nobody set how small a group may be."""
        found = self.anonymity
        if not self.is_unguarded or not found.rows or found.k >= FEW:
            return ""
        return _UNGUARDED.in_(language).format(k=found.k, n=found.rows_below, few=FEW, file=FILE)

    def text(self, language: Language = "en") -> str:
        """Return what was done, to read."""
        found = self.anonymity

        def told(text: Text, **values: object) -> str:
            return text.in_(language).format(**values)

        names = ", ".join(found.quasi_identifiers) or _NO_QUASI.in_(language)
        lines = [
            told(_WROTE, n=found.rows, data=self.data, codebook=self.codebook.name),
            told(_SMALLEST, names=names, k=found.k, few=FEW, n=found.rows_below, rows=found.rows),
        ]
        worst = sorted((c for c in found.combinations if c.rows_below), key=lambda c: len(c.columns))
        lines += [told(_BELOW, names=" x ".join(c.columns), n=c.rows_below, few=FEW) for c in worst[:10]]
        lines += [
            told(_DIVERSE, column=d.column, l="-" if d.l is None else d.l, n=d.rows_below)
            for d in found.diversity
        ]
        lines += [told(_STAYED, name=name, why=why) for name, why in self.left_out.items()]
        return "\n".join(lines)


def release(
    programme: str,
    wave: str,
    out: Path,
    *,
    table: str | None = None,
    language: Language = "en",
    workspace: Path | str = ".",
) -> Released:
    """Write a table of an accepted wave for other researchers, with its codebook and privacy figures.

    Parameters
    ----------
    programme, wave, table
        What to release; by default the programme's own table.
    out
        The CSV file; `.codebook.md` and `.privacy.json` are written beside it.
    language
        Language of the codebook.
    workspace
        A folder inside the workspace.

    Raises
    ------
    MandeError
        R-NONE without a declaration; R-NAME, R-QUASI, R-TEXT at once; R-SMALL when a group is smaller than
        `minimum_k`; A-NONE.
    """
    place = find_workspace(Path(workspace))
    definitions = load_definitions(place, programme)
    name = table or definitions.programme.entity
    declared, minimum = _declared(definitions, name)
    accepted = load_wave(place, programme, wave)
    schema = definitions.catalogue.tables[name]
    questions = with_key(definitions.catalogue.questions.get(name, {}), schema)
    frame = _with_register(
        definitions, accepted.tables[name], declared, schema.key, is_own=name == definitions.programme.entity
    )
    kept, left_out = _chosen(frame, questions, declared, ids={schema.key, schema.link})
    raise_errors(_problems(frame, questions, declared, kept))
    secret = pseudonym_secret(FolderStore(definitions.folder).root / "private")
    done = _released(
        frame,
        kept,
        declared,
        secret,
        ids=(schema.key, schema.link),
        cluster=definitions.programme.design.cluster,
    )
    quasi = [c for c, how in declared.quasi_identifiers.items() if c in done.columns and how != "drop"]
    figures = anonymity(done, quasi, protected=[c for c in declared.protected if c in done.columns])
    if minimum is not None and figures.k < minimum and figures.rows:
        raise MandeError([_too_small(done, quasi, figures, minimum)])
    title = f"{definitions.programme.title.in_(language)}, wave {wave}, revision {accepted.revision}: {name}"
    codebook = _codebook(title, done, questions, declared, figures, left_out, language)
    written = _write(out, done, codebook, figures, left_out)
    return replace(written, is_unguarded=minimum is None)


def _declared(definitions: Definitions, table: str) -> tuple[TableRelease, int | None]:
    path = definitions.folder / FILE
    content = parse(ReleaseFile, read_yaml(path), file=FILE) if path.is_file() else None
    if content is None or table not in content.tables:
        raise MandeError([Problem(R_NONE, Place(file=FILE), {"found": "-", "expected": table})])
    return content.tables[table], content.minimum_k if "minimum_k" in content.model_fields_set else None


def _with_register(
    definitions: Definitions, answers: pl.DataFrame, declared: TableRelease, key: str, *, is_own: bool
) -> pl.DataFrame:
    """Return the answers with the register's columns that are released, where the table is the own one."""
    frame = answers.drop(ROW)
    place = definitions.workspace
    if not is_own or not has_register(place, definitions):
        return frame
    register = programme_register(place, definitions).frame
    wanted = [*declared.register_columns, *declared.quasi_identifiers]
    names = [c for c in dict.fromkeys(wanted) if c in register.columns and c not in frame.columns]
    return frame.join(register.select(key, *names), on=key, how="left", maintain_order="left")


def _chosen(
    frame: pl.DataFrame, questions: Mapping[str, Question], declared: TableRelease, *, ids: set[str | None]
) -> tuple[list[str], dict[str, str]]:
    """Return the columns to release, and why others stay."""
    kept, left_out = [], {}
    for name in frame.columns:
        question = questions.get(name)
        why = ""
        if name in declared.drop or declared.quasi_identifiers.get(name) == "drop":
            why = "dropped as declared"
        elif question is not None and name not in ids:
            is_cleared = name in declared.free_text or name in declared.quasi_identifiers
            if question.personal:
                why = "identifies people"
            elif question.type == "text" and not is_cleared:
                why = "free text that nobody has cleared"
            elif question.sensitivity == "protected" and name not in declared.protected:
                why = "protected"
        if why:
            left_out[name] = why
        else:
            kept.append(name)
    return kept, left_out


def _problems(
    frame: pl.DataFrame, questions: Mapping[str, Question], declared: TableRelease, kept: list[str]
) -> Iterator[Problem]:
    place = Place(file=FILE)
    named = [*declared.quasi_identifiers, *declared.drop, *declared.free_text, *declared.protected]
    for name in dict.fromkeys([*named, *(c for c in declared.register_columns if c != ARM)]):
        if name not in frame.columns and name not in questions:
            expected = "a question of the table or a column of the register"
            hint = did_you_mean(name, frame.columns)
            yield Problem(R_NAME, place, {"found": name, "expected": expected, "hint": hint})
    for name in kept:
        question = questions.get(name)
        is_date = question is not None and question.type == "date"
        if (name in _FOUND_BY or is_date) and name not in declared.quasi_identifiers:
            yield Problem(R_QUASI, place, {"found": name})
        if name in declared.free_text and (kind := kind_of(name, frame[name].fill_null(""))):
            yield Problem(R_TEXT, place, {"found": name, "kind": KINDS[kind]})


def _released(
    frame: pl.DataFrame,
    kept: list[str],
    declared: TableRelease,
    secret: bytes,
    *,
    ids: tuple[str, str | None],
    cluster: str,
) -> pl.DataFrame:
    """Return the columns as they leave: ids as pseudonyms, the rest as coarse as declared."""
    columns = []
    for name in kept:
        values = frame[name]
        if name in ids or (name == cluster and name not in declared.quasi_identifiers):
            columns.append(pseudonyms(values, secret, kind=name).alias(name))
        else:
            columns.append(coarsened(values, declared.quasi_identifiers.get(name, "keep")).alias(name))
    # In the order of pseudonyms, which says nothing of the order of interviews.
    return pl.DataFrame(columns).sort(ids[0])


def _too_small(frame: pl.DataFrame, quasi: list[str], figures: Anonymity, minimum: int) -> Problem:
    sizes = frame.select(pl.len().over(quasi) if quasi else pl.lit(frame.height)).to_series()
    values: Values = {
        "found": int((sizes < minimum).sum()),
        "expected": minimum,
        "k": figures.k,
        "columns": ", ".join(quasi),
    }
    return Problem(R_SMALL, Place(file=FILE), values)


def _codebook(
    title: str,
    frame: pl.DataFrame,
    questions: Mapping[str, Question],
    declared: TableRelease,
    figures: Anonymity,
    left_out: Mapping[str, str],
    language: Language,
) -> str:
    rows = []
    for name in frame.columns:
        question = questions.get(name)
        label = question.label.in_(language) if question else "from the programme's register"
        unit = per_in(question.unit, question.per, language) if question else ""
        choices = (
            "; ".join(f"{c} = {t.in_(language)}" for c, t in question.choices.items()) if question else ""
        )
        how = described(declared.quasi_identifiers.get(name))
        rows.append((f"`{name}`", label, unit, choices, how, str(frame[name].null_count())))
    together = [(" x ".join(c.columns) or "-", str(c.k), str(c.rows_below)) for c in figures.combinations]
    diverse = [(d.column, "-" if d.l is None else str(d.l), str(d.rows_below)) for d in figures.diversity]
    intro = (
        "Ids are pseudonyms: the same in every release of the programme. Texts that a spreadsheet would "
        "take for a formula begin with an apostrophe."
    )
    hidden = (
        f"Rows: {figures.rows}. Smallest group over all quasi-identifiers: {figures.k}. "
        f"Rows in groups below {FEW}: {figures.rows_below}."
    )
    lines = [f"# Codebook: {title}", "", intro, ""]
    lines += [
        *markdown_table(("column", "question", "unit", "choices", "released", "missing"), rows),
        "",
        "## How well people are hidden",
        "",
        hidden,
        "",
        *markdown_table(("quasi-identifiers", "smallest group", f"rows below {FEW}"), together),
        "",
    ]
    if diverse:
        heads = ("protected answer", "fewest different answers", "rows with one answer only")
        lines += [*markdown_table(heads, diverse), ""]
    stayed = [(f"`{name}`", why) for name, why in left_out.items()]
    lines += ["## What stayed here", "", *markdown_table(("question", "why"), stayed), ""] if stayed else []
    return "\n".join(lines)


def _write(
    out: Path, frame: pl.DataFrame, codebook: str, figures: Anonymity, left_out: Mapping[str, str]
) -> Released:
    texts = [name for name, dtype in frame.schema.items() if dtype == pl.String]
    is_formula = [pl.col(name).str.contains(r"^([=@\t\r]|[+-][^\d.])") for name in texts]
    safe = [
        pl.when(mask).then(pl.lit("'") + pl.col(name)).otherwise(pl.col(name)).alias(name)
        for name, mask in zip(texts, is_formula, strict=True)
    ]
    write_atomic(out, frame.with_columns(safe).write_csv())
    beside = {"codebook": out.with_suffix(".codebook.md"), "figures": out.with_suffix(".privacy.json")}
    write_atomic(beside["codebook"], codebook)
    record = figures.as_record() | {"left_out": dict(left_out)}
    write_atomic(beside["figures"], json.dumps(record, indent=1, ensure_ascii=False) + "\n")
    return Released(out, beside["codebook"], beside["figures"], figures, left_out)
