"""Which run do these inputs make, and is its report on the shelf already?"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import mande
from mande.catalogue import Catalogue, load_catalogue, load_programme
from mande.errors import MandeError, Place, Problem, Text, did_you_mean, raise_errors
from mande.pipeline.constants import constant_problems
from mande.pipeline.parameters import load_own_parameters
from mande.pipeline.problems import P_OUTCOME
from mande.schema import Indicator, Parameter, Programme
from mande.schema.indicator import UseIndicator, UseParameter
from mande.survey.programme_tables import with_programme_tables
from mande.workspace import Workspace, library_root, sha256_file, sha256_json

REPORT_FILES = ("report.html", "report.pdf", "evaluation.ipynb", "results.json")
_SOURCE_SUFFIXES = {".py", ".j2", ".css", ".typ"}


@dataclass(frozen=True, slots=True)
class Definitions:
    """What a programme is evaluated by: its own record, the catalogue, and the parameters it brings."""

    programme: Programme
    catalogue: Catalogue
    folder: Path
    parameters: Mapping[str, Parameter] = field(default_factory=dict)

    @property
    def workspace(self) -> Workspace:
        """The workspace that the programme's folder lies in: below its `baselines/`."""
        return Workspace(self.folder.parent.parent)

    def hashes(self) -> dict[str, str]:
        """Return the hash of each definition that a result depends on.

        Content is hashed, not files: comments, order of keys and line ends do not matter.
        """
        found = {f"programme {self.programme.id}": _digest(self.programme)}
        indicators = self.indicators()
        for indicator in indicators:
            found[f"indicator {indicator.id} v{indicator.version}"] = _digest(indicator)
        for parameter in self._parameters(indicators):
            found[f"parameter {parameter.id} v{parameter.version}"] = _digest(parameter)
        questions = self.catalogue.questions.get(self.programme.entity, {})
        found[f"questions of {self.programme.entity}"] = sha256_json(
            {name: question.model_dump(mode="json") for name, question in questions.items()}
        )
        register = self.folder / self.programme.register_file
        lines = register.read_text(encoding="utf-8-sig").splitlines() if register.is_file() else [""]
        found["register"] = sha256_json([lines[0], *sorted(lines[1:])])
        return found

    def is_local(self, indicator: Indicator) -> bool:
        """Return whether the workspace defines an indicator, and not the library."""
        file = Path(self.catalogue.files["indicator", indicator.id])
        return (library_root() / "indicators").resolve() not in file.resolve().parents

    def indicators(self) -> list[Indicator]:
        """Return the outcomes' indicators and those they use, in the order they are met."""
        found: dict[str, Indicator] = {}
        ahead = [outcome.indicator for outcome in self.programme.outcomes]
        while ahead:
            name = ahead.pop(0)
            if name not in found:
                found[name] = self.catalogue.indicators[name]
                uses = found[name].uses.values()
                ahead += [use.indicator for use in uses if isinstance(use, UseIndicator)]
        return list(found.values())

    def _parameters(self, indicators: Sequence[Indicator]) -> list[Parameter]:
        """Return the parameters that indicators use, and the indices that uplift them."""
        known = {**self.catalogue.parameters, **self.parameters}
        uses = [use for indicator in indicators for use in indicator.uses.values()]
        found = [known[use.parameter] for use in uses if isinstance(use, UseParameter)]
        found += [known[parameter.uplift.index] for parameter in found if parameter.uplift is not None]
        return list({parameter.id: parameter for parameter in found}.values())


def _digest(definition: Any) -> str:
    return sha256_json(definition.model_dump(mode="json"))


def load_definitions(workspace: Workspace, programme: str) -> Definitions:
    """Return a programme with the library's definitions and the workspace's own.

    Raises
    ------
    MandeError
        W-PROGRAMME, or every problem of the definitions at once; then every problem of what the
        programme adds to them: P-CONSTANT, and the codes of `load_own_parameters`.
    """
    folder = workspace.programme_dir(programme)
    record = load_programme(folder)
    catalogue = load_catalogue([library_root() / "indicators", workspace.indicators])
    catalogue = with_programme_tables(catalogue, record)
    problems = [*constant_problems(record, catalogue, folder / "programme.yaml")]
    try:
        own = load_own_parameters(folder, catalogue.parameters)
    except MandeError as error:
        raise MandeError([*problems, *error.problems]) from error
    raise_errors(problems)
    return Definitions(record, catalogue, folder, own)


def named_indicators(definitions: Definitions) -> list[Indicator]:
    """Return the indicators of outcomes and those that are monitored beside them, each once, in order.

    Names that are no indicators are left to `unknown_outcomes`.
    """
    programme, known = definitions.programme, definitions.catalogue.indicators
    names = (*(outcome.indicator for outcome in programme.outcomes), *programme.monitored)
    return [known[name] for name in dict.fromkeys(names) if name in known]


def unknown_outcomes(definitions: Definitions) -> list[Problem]:
    """Return a problem for each outcome that is no indicator of the programme's units.

    Monitored indicators may be of any table; those that are none are told as well.
    """
    programme = definitions.programme
    entity, file = programme.entity, str(definitions.folder / "programme.yaml")
    known = sorted(name for name, i in definitions.catalogue.indicators.items() if i.entity == entity)
    problems = []
    for outcome in programme.outcomes:
        if outcome.indicator not in known:
            hint = did_you_mean(outcome.indicator, known)
            expected = Text(
                f"an indicator of {entity}{hint}",
                f"un indicateur de {entity}{hint}",
                f"un indicador de {entity}{hint}",
            )
            values: dict[str, str | Text] = {"found": outcome.indicator, "expected": expected}
            problems.append(Problem(P_OUTCOME, Place(file=file, question="outcomes"), values))
    every = definitions.catalogue.indicators
    for name in programme.monitored:
        if name not in every:
            hint = did_you_mean(name, every)
            expected = Text(f"an indicator{hint}", f"un indicateur{hint}", f"un indicador{hint}")
            told: dict[str, str | Text] = {"found": name, "expected": expected}
            problems.append(Problem(P_OUTCOME, Place(file=file, question="monitored"), told))
    return problems


def wave_hashes(workspace: Workspace, programme: Programme) -> dict[str, str] | None:
    """Return the content hash of every wave's tables, or None while a wave has not been accepted."""
    found = {}
    for wave in programme.waves:
        manifest = workspace.manifest(programme.id, wave.id)
        if manifest is None:
            return None
        found[wave.id] = str(manifest["data_sha256"])
    return found


def notebook_hash(notebook: Path) -> str:
    """Return the hash of a notebook's cells: their kind and text, without outputs or metadata."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return sha256_json([[cell["cell_type"], "".join(cell["source"])] for cell in cells])


def run_id(definitions: Mapping[str, str], data: Mapping[str, str], notebook: str) -> str:
    """Return the name of the run: a hash of data, definitions, notebook and version."""
    inputs = {
        "definitions": dict(definitions),
        "data": dict(data),
        "notebook": notebook,
        "mande": mande.__version__,
    }
    return sha256_json(inputs)[:12]


def code_fingerprint() -> str:
    """Return a hash of the package's own files, so that a changed checkout renders again."""
    root = Path(mande.__file__).parent
    files = sorted(path for path in root.rglob("*") if path.suffix in _SOURCE_SUFFIXES and path.is_file())
    return sha256_json([[path.relative_to(root).as_posix(), sha256_file(path)] for path in files])


@dataclass(frozen=True, slots=True)
class Shelf:
    """A rendered run as it lies in `reports/`. `answer` is its one-sentence answer."""

    run: str
    answer: str
    fingerprint: str
    files: Mapping[str, str]

    def write(self, folder: Path) -> None:
        """Write the record beside the report."""
        (folder / "run.json").write_text(
            json.dumps(asdict(self), indent=1, sort_keys=True) + "\n", encoding="utf-8"
        )


def on_shelf(folder: Path) -> Shelf | None:
    """Return the record of a finished report whose files are whole and made by this code, else None."""
    record = folder / "run.json"
    if not record.is_file():
        return None
    shelf = Shelf(**json.loads(record.read_text(encoding="utf-8")))
    whole = all(
        (folder / name).is_file() and sha256_file(folder / name) == digest
        for name, digest in shelf.files.items()
    )
    return shelf if whole and shelf.fingerprint == code_fingerprint() else None
