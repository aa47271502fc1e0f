"""Which run do these inputs make, and is its report on the shelf already?"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import mande
from mande.catalogue import Catalogue, load_catalogue, load_programme
from mande.schema import Programme
from mande.workspace import Workspace, library_root, sha256_file, sha256_json

REPORT_FILES = ("report.html", "report.pdf", "evaluation.ipynb", "results.json")
_SOURCE_SUFFIXES = {".py", ".j2", ".css", ".typ"}


@dataclass(frozen=True, slots=True)
class Definitions:
    """What a programme is evaluated by: its own record and the catalogue."""

    programme: Programme
    catalogue: Catalogue
    folder: Path

    def hashes(self) -> dict[str, str]:
        """Return the hash of each definition that a result depends on.

        Content is hashed, not files: comments, order of keys and line ends do not matter.
        """
        found = {f"programme {self.programme.id}": _digest(self.programme)}
        for outcome in self.programme.outcomes:
            indicator = self.catalogue.indicators[outcome.indicator]
            found[f"indicator {indicator.id} v{indicator.version}"] = _digest(indicator)
        questions = self.catalogue.questions.get(self.programme.entity, {})
        found[f"questions of {self.programme.entity}"] = sha256_json(
            {name: question.model_dump(mode="json") for name, question in questions.items()}
        )
        register = self.folder / self.programme.register_file
        lines = register.read_text(encoding="utf-8-sig").splitlines() if register.is_file() else [""]
        found["register"] = sha256_json([lines[0], *sorted(lines[1:])])
        return found


def _digest(definition: Any) -> str:
    return sha256_json(definition.model_dump(mode="json"))


def load_definitions(workspace: Workspace, programme: str) -> Definitions:
    """Return a programme with the library's definitions and the workspace's own.

    Raises
    ------
    MandeError
        W-PROGRAMME, or every problem of the definitions at once.
    """
    folder = workspace.programme_dir(programme)
    record = load_programme(folder)
    return Definitions(record, load_catalogue([library_root() / "indicators", workspace.indicators]), folder)


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
