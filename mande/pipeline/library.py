"""The indicator library for people and machines: list it, show an entry, check every definition."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mande.catalogue import Catalogue, load_catalogue, read_catalogue, translation_problems
from mande.consequences import Consequences
from mande.errors import Language, MandeError, Place, Problem, Severity, did_you_mean, raise_errors
from mande.measure import check_examples, check_formulas
from mande.measure.fingerprint import changed_meanings, fingerprint, recorded
from mande.measure.needs import needed_answers
from mande.pipeline.problems import P_FILTER, P_INDICATOR
from mande.publish.reference import indicator_page
from mande.schema import Indicator
from mande.survey.rules import check_rules
from mande.units import unit_in
from mande.wording import count
from mande.workspace import find_workspace, library_root, write_atomic

RECORD = "fingerprints.json"


def roots(workspace: Path) -> list[Path]:
    """Return the folders of definitions seen from a folder: the library's, and a workspace's own."""
    try:
        own = [find_workspace(workspace).indicators]
    except MandeError:  # outside a workspace there is the library alone
        own = []
    return list(dict.fromkeys([library_root() / "indicators", *own]))


def find_indicator(catalogue: Catalogue, name: str) -> Indicator:
    """Return an indicator by id or by its catalogue code, in any case.

    Raises
    ------
    MandeError
        P-INDICATOR, with the ids that are close.
    """
    coded = [entry for entry in catalogue.indicators.values() if entry.catalogue_code]
    coded.sort(key=lambda entry: entry.set != "additional")  # the catalogue's own stand last and win
    by_code = {entry.catalogue_code.lower(): entry for entry in coded}
    found = catalogue.indicators.get(name.lower()) or by_code.get(name.lower())
    if found is None:
        hint = did_you_mean(name, [*catalogue.indicators, *by_code])
        raise MandeError([Problem(P_INDICATOR, Place(), {"found": name, "hint": hint})])
    return found


def list_indicators(
    workspace: Path = Path(),
    *,
    domain: str | None = None,
    entity: str | None = None,
    language: Language = "en",
) -> list[dict[str, Any]]:
    """Return a record for each indicator: code, id, version, set, domain, label, entity, unit, direction.

    Raises
    ------
    MandeError
        P-FILTER when no indicator is of such a domain or entity: a misspelt word is no empty library.
    """
    catalogue = load_catalogue(roots(workspace))
    entries = catalogue.indicators.values()
    problems = [
        *_no_such("--domain", domain, {entry.domain for entry in entries}),
        *_no_such("--entity", entity, {entry.entity for entry in entries}),
    ]
    raise_errors(problems)
    chosen = [
        indicator
        for indicator in entries
        if domain in (None, indicator.domain) and entity in (None, indicator.entity)
    ]
    chosen.sort(key=lambda entry: (entry.domain, not entry.catalogue_code, entry.catalogue_code, entry.id))
    return [
        {
            "code": indicator.catalogue_code,
            "id": indicator.id,
            "version": indicator.version,
            "set": indicator.set,
            "domain": indicator.domain,
            "label": indicator.label.in_(language),
            "entity": indicator.entity,
            "unit": unit_in(indicator.unit, language),
            "direction": indicator.direction,
        }
        for indicator in chosen
    ]


def _no_such(option: str, word: str | None, known: Iterable[str]) -> Iterator[Problem]:
    names = sorted(known)
    if word is not None and word not in names:
        values = {"found": word, "known": ", ".join(names), "hint": did_you_mean(word, names)}
        yield Problem(P_FILTER, Place(question=option), values)


def listed_text(records: Sequence[Mapping[str, Any]]) -> str:
    """Return the list as text, by domain."""
    lines: list[str] = []
    for domain in dict.fromkeys(str(record["domain"]) for record in records):
        lines += ["", domain.replace("_", " ").capitalize()]
        for record in (entry for entry in records if entry["domain"] == domain):
            code, name, label, unit = (str(record[key]) for key in ("code", "id", "label", "unit"))
            lines.append(f"  {code:<7} {name:<38} {label} ({unit})")
    total = count(len(records), "indicator")
    return "\n".join([*lines[1:], "", f"{total}. `mande indicators show ID` explains one."])


def show_indicator(
    name: str, workspace: Path = Path(), *, language: Language = "en"
) -> tuple[str, dict[str, Any]]:
    """Return an indicator's page of the reference, and its definition as a record for machines.

    Raises
    ------
    MandeError
        P-INDICATOR when there is none of that name.
    """
    catalogue = load_catalogue(roots(workspace))
    indicator = find_indicator(catalogue, name)
    needs = needed_answers([indicator], catalogue)
    record = indicator.model_dump(mode="json", exclude_defaults=True)
    record |= {
        "questions_needed": {table: list(names) for table, names in needs.items()},
        "fingerprint": fingerprint(indicator, catalogue),
        "file": catalogue.files["indicator", indicator.id],
    }
    return indicator_page(indicator, catalogue, needs, language=language), record


@dataclass(frozen=True, slots=True)
class LibraryCheck:
    """What a check of all definitions found. `added` are fingerprints put on record."""

    indicators: int
    examples: int
    problems: tuple[Problem, ...]
    added: int = 0

    @property
    def errors(self) -> int:
        """Number of problems that stop."""
        return sum(problem.severity is Severity.ERROR for problem in self.problems)

    def text(self, language: Language = "en") -> str:
        """Return the problems, and a line that says what was checked."""
        blocks = [problem.text(language) for problem in self.problems]
        warnings = len(self.problems) - self.errors
        found = f"{count(self.errors, 'error')}, {count(warnings, 'warning')}"
        checked = f"{count(self.indicators, 'indicator')} with {count(self.examples, 'example')}"
        added = f" {count(self.added, 'fingerprint')} put on record." if self.added else ""
        return "\n\n".join([*blocks, f"{checked}: {found}.{added}"])


def check_library(workspace: Path = Path(), *, record: bool = False) -> LibraryCheck:
    """Check every definition seen from a folder: schema, names, formulas, units, examples, versions.

    With `record`, the fingerprints of versions that are not on record yet are written, if nothing else
    is wrong; one that is on record is never changed.
    """
    folders = roots(workspace)
    catalogue, problems = read_catalogue(folders)
    indicators = list(catalogue.indicators.values())
    consequences = Consequences(problems, catalogue)
    problems += consequences.left_out(_formula_problems(catalogue, problems))
    problems += consequences.left_out(check_rules(catalogue))
    by_file: dict[str, list[Problem]] = {}
    for problem in problems:
        by_file.setdefault(problem.place.file, []).append(problem)
    for entry in indicators:
        # An example tells nothing of a formula that cannot be worked out.
        if consequences.can_be_worked_out(entry, by_file.get(catalogue.files["indicator", entry.id], ())):
            found = consequences.left_out(check_examples(entry, catalogue))
            problems += [problem for problem in found if problem not in problems]  # of statistics, again
    problems += translation_problems(catalogue)
    added = 0
    if not any(problem.severity is Severity.ERROR for problem in problems):
        known = {folder: _known(folder) for folder in folders}
        if record:
            added = sum(_record(catalogue, folder, known[folder]) for folder in folders)
            known = {folder: _known(folder) for folder in folders}
        problems += [p for folder in folders for p in _changed(catalogue, folder, known[folder])]
    examples = sum(len(entry.examples) for entry in indicators)
    return LibraryCheck(len(indicators), examples, tuple(problems), added)


def _formula_problems(catalogue: Catalogue, known: Sequence[Problem]) -> list[Problem]:
    """Return what is wrong with formulas, beyond what is known of the names in the same file."""
    told = {(problem.place.file, problem.found()) for problem in known}
    found = check_formulas(catalogue)
    return [problem for problem in found if (problem.place.file, problem.found()) not in told]


def _known(folder: Path) -> dict[str, dict[str, str]]:
    path = folder / RECORD
    if not path.is_file():
        return {}
    found: dict[str, dict[str, str]] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _mine(catalogue: Catalogue, folder: Path) -> Iterator[str]:
    """Yield the indicators that a folder defines."""
    root = folder.resolve()
    for name in catalogue.indicators:
        if root in Path(catalogue.files["indicator", name]).parents:
            yield name


def _changed(catalogue: Catalogue, folder: Path, known: Mapping[str, Mapping[str, str]]) -> Iterable[Problem]:
    return changed_meanings(catalogue, known, _mine(catalogue, folder))


def _record(catalogue: Catalogue, folder: Path, known: Mapping[str, Mapping[str, str]]) -> int:
    whole = recorded(catalogue, known, _mine(catalogue, folder))
    before, after = (sum(len(versions) for versions in found.values()) for found in (known, whole))
    if after > before:
        write_atomic(folder / RECORD, json.dumps(whole, indent=1, sort_keys=True) + "\n")
    return after - before
