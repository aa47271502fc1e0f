"""The only module that knows where files lie.

A workspace is a folder with `indicators/ notebooks/ baselines/ reports/`. Its own definitions and
notebooks win over the library's, which travel with the package.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import StringConstraints

from mande.catalogue import parse, read_yaml
from mande.errors import Code, MandeError, Place, Problem, Text, did_you_mean
from mande.schema.common import Definition
from mande.storage import (
    W_LOCKED,
    W_NOLOCK,
    W_REMOTE,
    W_STORE,
    W_UNSEALED,
    FolderStore,
    RevisionStore,
    locked,
    object_store,
    publish_folder,
    write_atomic,
)

__all__ = [
    "STORE_FILE",
    "W_LOCKED",
    "W_NOLOCK",
    "W_REMOTE",
    "W_STORE",
    "W_UNSEALED",
    "Workspace",
    "find_workspace",
    "library_root",
    "locked",
    "publish_folder",
    "sha256_file",
    "sha256_json",
    "write_atomic",
]

STORE_FILE = "store.yaml"

W_NONE = Code(
    "W-NONE",
    Text("no workspace here"),
    Text("a folder that holds baselines/, here or above"),
    Text("Change into your workspace, or make one with `mande init DIR`."),
)
W_PROGRAMME = Code(
    "W-PROGRAMME",
    Text("this workspace has no such programme"),
    Text("one of: {known}{hint}"),
    Text("Check the spelling, or add baselines/{found}/programme.yaml."),
)


def library_root() -> Path:
    """Return the folder with the library's `indicators/` and `notebooks/`.

    Installed from a wheel they lie below the package; in a checkout, beside it.
    """
    packaged = Path(__file__).parent / "_library"
    return packaged if packaged.is_dir() else Path(__file__).parent.parent


def sha256_file(path: Path) -> str:
    """Return the SHA-256 of a file's bytes as hexadecimal text."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def sha256_json(value: Any) -> str:
    """Return the SHA-256 of a value's canonical JSON: sorted keys, no spaces, UTF-8."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


class StoreFile(Definition):
    """`store.yaml` of a workspace: the address of the object store that keeps its accepted waves."""

    format: Literal[1]
    waves: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9+]*://.+")]


@dataclass(frozen=True, slots=True)
class Workspace:
    """Paths of one workspace. `root` need not be the library's checkout."""

    root: Path

    @property
    def indicators(self) -> Path:
        """Folder of the workspace's own definitions (may be absent)."""
        return self.root / "indicators"

    @property
    def baselines(self) -> Path:
        """Folder of the programmes."""
        return self.root / "baselines"

    @property
    def reports(self) -> Path:
        """Folder of rendered reports."""
        return self.root / "reports"

    def programme_ids(self) -> list[str]:
        """Return the ids of all programmes, sorted."""
        return sorted(path.parent.name for path in self.baselines.glob("*/programme.yaml"))

    def programme_dir(self, programme: str) -> Path:
        """Return a programme's folder.

        Raises
        ------
        MandeError
            W-PROGRAMME when there is no such programme.
        """
        known = self.programme_ids()
        if programme not in known:
            hint = did_you_mean(programme, known)
            values = {"found": programme, "known": ", ".join(known) or "none yet", "hint": hint}
            raise MandeError([Problem(W_PROGRAMME, Place(file=str(self.baselines)), values)])
        return self.baselines / programme

    def store(self, programme: str) -> RevisionStore:
        """Return where a programme's accepted waves are kept: its folder, or what `store.yaml` names.

        Raises
        ------
        MandeError
            W-PROGRAMME; D-YAML, D-SCHEMA or W-REMOTE for a `store.yaml` that cannot be used.
        """
        folder = self.programme_dir(programme)
        path = self.root / STORE_FILE
        if not path.is_file():
            return FolderStore(folder)
        return object_store(parse(StoreFile, read_yaml(path), file=path.name).waves, programme)

    def revisions(self, programme: str, wave: str) -> list[int]:
        """Return the numbers of a wave's accepted revisions, oldest first."""
        return self.store(programme).revisions(wave)

    def manifest(self, programme: str, wave: str) -> dict[str, Any] | None:
        """Return the manifest of the newest accepted revision of a wave, or None before acceptance."""
        store = self.store(programme)
        revisions = store.revisions(wave)
        if not revisions:
            return None
        content: dict[str, Any] = json.loads(store.read(wave, revisions[-1], "manifest.json"))
        return content

    def run_dir(self, programme: str, run: str) -> Path:
        """Return the folder of one rendered run."""
        return self.reports / programme / run

    def notebook(self, name: str) -> Path:
        """Return the workspace's copy of a notebook where there is one, else the library's."""
        own = self.root / "notebooks" / f"{name}.ipynb"
        return own if own.is_file() else library_root() / "notebooks" / f"{name}.ipynb"


def find_workspace(start: Path) -> Workspace:
    """Return the workspace that `start` lies in: the nearest folder upwards that holds `baselines/`.

    Raises
    ------
    MandeError
        W-NONE when there is none.
    """
    for folder in (start.resolve(), *start.resolve().parents):
        if (folder / "baselines").is_dir():
            return Workspace(folder)
    raise MandeError([Problem(W_NONE, Place(file=str(start)), {"found": "no baselines/ folder"})])
