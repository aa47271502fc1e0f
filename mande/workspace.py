"""The only module that knows where files lie; it writes atomically and locks.

A workspace is a folder with `indicators/ notebooks/ baselines/ reports/`. Its own definitions and
notebooks win over the library's, which travel with the package.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mande.errors import Code, MandeError, Place, Problem, Text, did_you_mean

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
W_LOCKED = Code(
    "W-LOCKED",
    Text("another run is writing to this place"),
    Text("one writer at a time"),
    Text("Wait until the other run ends. If none is running, delete the lock file."),
)

PRIVATE_MODE = 0o600


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


def write_atomic(path: Path, data: bytes | str, *, private: bool = False) -> None:
    """Write a file so that readers see the old content or the new, never half of it.

    `private` files are readable by their owner alone.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    content = data.encode() if isinstance(data, str) else data
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, PRIVATE_MODE if private else 0o644)
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)
        raise


def publish_folder(target: Path, files: Mapping[str, bytes]) -> None:
    """Create `target` with `files` in one step: it either exists whole or not at all.

    Raises
    ------
    FileExistsError
        When `target` exists: what was accepted is never overwritten.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        raise FileExistsError(target)
    staging = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}."))
    try:
        for name, data in files.items():
            write_atomic(staging / name, data)
        os.chmod(staging, 0o755)
        os.rename(staging, target)
    except BaseException:
        for name in files:
            (staging / name).unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            staging.rmdir()
        raise


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold `path` as a lock file for the length of a `with` block.

    Raises
    ------
    MandeError
        W-LOCKED when another process holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
    except FileExistsError:
        raise MandeError([Problem(W_LOCKED, Place(file=str(path)), {"found": path.name})]) from None
    try:
        os.write(handle, str(os.getpid()).encode())
        os.close(handle)
        yield
    finally:
        path.unlink(missing_ok=True)


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

    def wave_dir(self, programme: str, wave: str) -> Path:
        """Return the folder that holds a wave's accepted revisions."""
        return self.programme_dir(programme) / "waves" / wave

    def revisions(self, programme: str, wave: str) -> list[Path]:
        """Return the accepted revisions of a wave, oldest first."""
        return sorted(self.wave_dir(programme, wave).glob("r[0-9][0-9][0-9]"))

    def manifest(self, programme: str, wave: str) -> dict[str, Any] | None:
        """Return the manifest of the newest accepted revision of a wave, or None before acceptance."""
        revisions = self.revisions(programme, wave)
        if not revisions:
            return None
        content: dict[str, Any] = json.loads((revisions[-1] / "manifest.json").read_text(encoding="utf-8"))
        return content

    def private_dir(self, programme: str, wave: str) -> Path:
        """Return where identities of a wave are written; nothing in the package reads from it."""
        return self.programme_dir(programme) / "private" / wave

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
