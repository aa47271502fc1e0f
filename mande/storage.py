"""Writing so that a crash or a second writer does no harm: atomic files, locks, stores of revisions.

A revision is a set of files that appears whole or not at all and never changes. In a folder it is a
sub-folder that a rename puts in place; in an object store its objects are written first and the one that
names them last, which succeeds only where there is none yet.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import importlib
import json
import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from mande.errors import Code, MandeError, Place, Problem, Text

W_LOCKED = Code(
    "W-LOCKED",
    Text(
        "another run is writing to this place",
        "un autre processus écrit à cet endroit",
        "otro proceso está escribiendo en este lugar",
    ),
    Text("one writer at a time", "un seul à la fois", "uno a la vez"),
    Text(
        "Wait until the other run ends, then try again. A run that has died holds no lock.",
        "Attendez la fin de l'autre, puis réessayez. Un processus mort ne bloque rien.",
        "Espere a que termine el otro y vuelva a intentarlo. Un proceso muerto no bloquea nada.",
    ),
)
W_NOLOCK = Code(
    "W-NOLOCK",
    Text(
        "this folder lies on a file system without locks",
        "ce dossier est sur un système de fichiers sans verrous",
        "esta carpeta está en un sistema de archivos sin bloqueos",
    ),
    Text("a folder on a local disk", "un dossier sur un disque local", "una carpeta en un disco local"),
    Text(
        "Keep the workspace on a local disk, or its waves in an object store (store.yaml).",
        "Gardez l'espace de travail sur un disque local, ou ses vagues dans un stockage d'objets "
        "(store.yaml).",
        "Tenga el espacio en un disco local, o sus rondas en un almacén de objetos (store.yaml).",
    ),
)
W_REMOTE = Code(
    "W-REMOTE",
    Text(
        "the object store cannot be used",
        "le stockage d'objets est inutilisable",
        "no se puede usar el almacén de objetos",
    ),
    Text(
        "the extra `remote`, and the package that fsspec names for this address",
        "l'option `remote`, et le paquet que fsspec indique pour cette adresse",
        "el extra `remote`, y el paquete que fsspec indica para esta dirección",
    ),
    Text(
        "Install `mande[remote]` and, for example, s3fs, gcsfs or adlfs; or correct store.yaml.",
        "Installez `mande[remote]` et, par exemple, s3fs, gcsfs ou adlfs ; ou corrigez store.yaml.",
        "Instale `mande[remote]` y, por ejemplo, s3fs, gcsfs o adlfs; o corrija store.yaml.",
    ),
)
W_STORE = Code(
    "W-STORE",
    Text(
        "accepted waves would not be safe in this kind of store",
        "les vagues acceptées ne seraient pas en sûreté dans ce type de stockage",
        "las rondas aceptadas no estarían seguras en este tipo de almacén",
    ),
    Text(
        "one that writes an object whole, and creates it only where there is none: {known}",
        "un stockage qui écrit un objet en entier, et seulement là où il n'y en a pas : {known}",
        "uno que escribe un objeto entero, y solo donde no hay ninguno: {known}",
    ),
    Text(
        "Name such a store in store.yaml, or delete the file: the waves then lie in the workspace.",
        "Indiquez un tel stockage dans store.yaml, ou supprimez ce fichier : les vagues restent alors ici.",
        "Indique un almacén así en store.yaml, o borre el archivo: las rondas quedan entonces aquí.",
    ),
)
W_UNSEALED = Code(
    "W-UNSEALED",
    Text(
        "identities do not leave this computer unencrypted",
        "les identités ne quittent pas cet ordinateur sans chiffrement",
        "las identidades no salen de este equipo sin cifrar",
    ),
    Text("a key", "une clé", "una clave"),
    Text(
        "Make a key (`mande key new FILE`) and name it in MANDE_KEY_FILE.",
        "Créez une clé (`mande key new FICHIER`) et indiquez-la dans MANDE_KEY_FILE.",
        "Cree una clave (`mande key new ARCHIVO`) e indíquela en MANDE_KEY_FILE.",
    ),
)

PRIVATE_MODE, PRIVATE_FOLDER_MODE = 0o600, 0o700
SAFE_STORES = ("file", "s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "memory")
"""Kinds of stores whose objects appear whole, and of which `create` lets one of two writers through.

fsspec's own `create` looks first and writes then: what only inherits it (SFTP, SMB, caches) is refused.
"""
SEALED = b"mande sealed 1\n"
"""How an encrypted file begins (see `mande.survey.vault`)."""
_REVISION = re.compile(r"r(\d{3,})")
_NO_LOCKS = {errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS}


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
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Make a rename in `folder` survive a power cut, where the system lets folders be synced."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def publish_folder(target: Path, files: Mapping[str, bytes], *, private: bool = False) -> None:
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
            write_atomic(staging / name, data, private=private)
        os.chmod(staging, PRIVATE_FOLDER_MODE if private else 0o755)
        os.rename(staging, target)
    except BaseException as error:
        for name in files:
            (staging / name).unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            staging.rmdir()
        if isinstance(error, OSError) and error.errno in (errno.ENOTEMPTY, errno.EEXIST):
            raise FileExistsError(target) from error
        raise
    _sync_folder(target.parent)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold `path` as a lock file for the length of a `with` block.

    The system holds the lock for the process and frees it when the process ends, however it ends.

    Raises
    ------
    MandeError
        W-LOCKED when another process holds it; W-NOLOCK where the file system knows no locks.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = _held(path)
    try:
        yield
    finally:
        if os.name != "nt":
            path.unlink(missing_ok=True)  # still held: who opened it before will see that it is gone
        os.close(handle)
        if os.name == "nt":
            with contextlib.suppress(OSError):  # held by the next one already
                path.unlink(missing_ok=True)


def _held(path: Path) -> int:
    """Return an open file that holds the lock and is still the one at `path`."""
    while True:
        handle = os.open(path, os.O_CREAT | os.O_RDWR, 0o644)
        try:
            _take(handle)
            if os.name == "nt" or _is_at(handle, path):
                return handle
        except OSError as error:
            os.close(handle)
            code = W_NOLOCK if error.errno in _NO_LOCKS else W_LOCKED
            raise MandeError([Problem(code, Place(file=str(path)), {"found": path.name})]) from None
        os.close(handle)


def _take(handle: int) -> None:
    """Lock an open file or raise OSError. Which module does it depends on the system."""
    if os.name == "nt":
        windows: Any = importlib.import_module("msvcrt")
        windows.locking(handle, windows.LK_NBLCK, 1)
    else:
        posix: Any = importlib.import_module("fcntl")
        posix.flock(handle, posix.LOCK_EX | posix.LOCK_NB)


def _is_at(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), os.stat(path))
    except FileNotFoundError:
        return False


class RevisionStore(Protocol):
    """Where the accepted waves of one programme are kept, and the identities beside them."""

    def waves(self) -> list[str]:
        """Return the waves that have an accepted revision, sorted."""

    def revisions(self, wave: str) -> list[int]:
        """Return the numbers of a wave's accepted revisions, oldest first."""

    def read(self, wave: str, revision: int, name: str, *, private: bool = False) -> bytes:
        """Return one file of a revision; FileNotFoundError where there is none."""

    def names(self, wave: str, revision: int, *, private: bool = False) -> list[str]:
        """Return the files of a revision, or of the identities beside it."""

    def publish(
        self, wave: str, revision: int, files: Mapping[str, bytes], private: Mapping[str, bytes]
    ) -> None:
        """Add a revision in one step; FileExistsError where it exists."""

    def lock(self, wave: str) -> AbstractContextManager[None]:
        """Keep other writers of this wave out for the length of a `with` block."""

    def where(self, wave: str, revision: int) -> str:
        """Return where a revision lies, for people."""


def folder_name(revision: int) -> str:
    """Return a revision as its folder is named: `r001`."""
    return f"r{revision:03d}"


@dataclass(frozen=True, slots=True)
class FolderStore:
    """A programme's revisions in its own folder: `waves/<wave>/r001/` and `private/<wave>/r001/`."""

    root: Path

    def _folder(self, wave: str, revision: int, *, private: bool = False) -> Path:
        return self.root / ("private" if private else "waves") / wave / folder_name(revision)

    def waves(self) -> list[str]:
        """Return the waves that have an accepted revision, sorted."""
        folders = (self.root / "waves").glob("*")
        return sorted(path.name for path in folders if self.revisions(path.name))

    def revisions(self, wave: str) -> list[int]:
        """Return the numbers of a wave's accepted revisions, oldest first."""
        found = (_REVISION.fullmatch(path.name) for path in (self.root / "waves" / wave).glob("r*"))
        return sorted(int(match[1]) for match in found if match)

    def read(self, wave: str, revision: int, name: str, *, private: bool = False) -> bytes:
        """Return one file of a revision; FileNotFoundError where there is none."""
        return (self._folder(wave, revision, private=private) / name).read_bytes()

    def names(self, wave: str, revision: int, *, private: bool = False) -> list[str]:
        """Return the files of a revision, or of the identities beside it."""
        return sorted(path.name for path in self._folder(wave, revision, private=private).glob("*"))

    def publish(
        self, wave: str, revision: int, files: Mapping[str, bytes], private: Mapping[str, bytes]
    ) -> None:
        """Add a revision: identities first, so that an accepted wave never lacks them.

        Called with the lock held. What a run that died left behind is swept away first.
        """
        target = self._folder(wave, revision)
        if target.exists():
            raise FileExistsError(target)
        aside = self._folder(wave, revision, private=True)
        _sweep(target.parent)
        _sweep(aside.parent)
        shutil.rmtree(aside, ignore_errors=True)
        if private:
            publish_folder(aside, private, private=True)
            for level in (aside.parent.parent, aside.parent):
                os.chmod(level, PRIVATE_FOLDER_MODE)
        publish_folder(target, files)

    def lock(self, wave: str) -> AbstractContextManager[None]:
        """Keep other writers of this wave out for the length of a `with` block."""
        return locked(self.root / "waves" / f".{wave}.lock")

    def where(self, wave: str, revision: int) -> str:
        """Return where a revision lies, for people."""
        return str(self._folder(wave, revision))


def _sweep(folder: Path) -> None:
    """Remove folders that were never put in place."""
    for path in folder.glob(".r*"):
        shutil.rmtree(path, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class ObjectStore:
    """A programme's revisions in an object store that fsspec reaches.

    `objects/<sha256>` hold content and are the same whoever writes them; `identities/<random>` hold
    identities, always encrypted; `waves/<wave>/r001.json` names a revision's objects and is created last,
    by the one writer who finds none there. What a run that died left behind is never referred to.
    """

    files: Any
    root: str

    def _index(self, wave: str, revision: int) -> dict[str, dict[str, str]]:
        content: dict[str, dict[str, str]] = json.loads(
            self.files.cat_file(f"{self.root}/waves/{wave}/{folder_name(revision)}.json")
        )
        return content

    def waves(self) -> list[str]:
        """Return the waves that have an accepted revision, sorted."""
        return sorted({path.split("/")[-2] for path in self._listed("waves/*/r*.json")})

    def _listed(self, pattern: str) -> list[str]:
        self.files.invalidate_cache()
        found: list[str] = self.files.glob(f"{self.root}/{pattern}")
        return found

    def revisions(self, wave: str) -> list[int]:
        """Return the numbers of a wave's accepted revisions, oldest first."""
        names = (
            path.rsplit("/", 1)[-1].removesuffix(".json") for path in self._listed(f"waves/{wave}/r*.json")
        )
        return sorted(int(match[1]) for match in map(_REVISION.fullmatch, names) if match)

    def read(self, wave: str, revision: int, name: str, *, private: bool = False) -> bytes:
        """Return one file of a revision; FileNotFoundError where there is none."""
        entries = self._index(wave, revision)["private" if private else "files"]
        if name not in entries:
            raise FileNotFoundError(name)
        content: bytes = self.files.cat_file(f"{self.root}/{entries[name]}")
        return content

    def names(self, wave: str, revision: int, *, private: bool = False) -> list[str]:
        """Return the files of a revision, or of the identities beside it."""
        return sorted(self._index(wave, revision)["private" if private else "files"])

    def publish(
        self, wave: str, revision: int, files: Mapping[str, bytes], private: Mapping[str, bytes]
    ) -> None:
        """Add a revision: its objects first, then the index that names them, where there is none."""
        if not all(data.startswith(SEALED) for data in private.values()):
            raise MandeError([Problem(W_UNSEALED, Place(file=self.root), {"found": ", ".join(private)})])
        index: dict[str, dict[str, str]] = {"files": {}, "private": {}}
        for name, data in files.items():
            index["files"][name] = f"objects/{hashlib.sha256(data).hexdigest()}"
            self._put(index["files"][name], data)
        for name, data in private.items():
            # Not named by content: that would let anyone try out guesses.
            index["private"][name] = f"identities/{secrets.token_hex(16)}"
            self._put(index["private"][name], data)
        self._create(f"waves/{wave}/{folder_name(revision)}.json", json.dumps(index, indent=1).encode())

    def _put(self, name: str, data: bytes) -> None:
        """Write an object, in one step."""
        if self.is_local:
            write_atomic(Path(self.root, name), data)
        else:
            self.files.pipe_file(f"{self.root}/{name}", data)

    def _create(self, name: str, data: bytes) -> None:
        """Write an object where there is none, in one step; FileExistsError where there is one.

        In a folder, a link to a finished file does what fsspec's local files cannot.
        """
        if not self.is_local:
            self.files.pipe_file(f"{self.root}/{name}", data, mode="create")
            return
        target = Path(self.root, name)
        written = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
        write_atomic(written, data)
        try:
            os.link(written, target)
        finally:
            written.unlink()
        _sync_folder(target.parent)

    @property
    def is_local(self) -> bool:
        """Whether the store is a folder of this computer (`file://`)."""
        return "file" in _kinds(self.files)

    def lock(self, wave: str) -> AbstractContextManager[None]:
        """Hold nothing: of two writers of a revision, `publish` lets one through."""
        return contextlib.nullcontext()

    def where(self, wave: str, revision: int) -> str:
        """Return where a revision lies, for people."""
        return f"{self.root}/waves/{wave}/{folder_name(revision)}"


def object_store(address: str, programme: str) -> ObjectStore:
    """Return the store of a programme at an address that fsspec understands (`s3://bucket/folder`).

    Raises
    ------
    MandeError
        W-REMOTE where fsspec, or what it needs for this kind of address, is not installed; W-STORE for a
        kind of store that cannot promise what acceptance needs.
    """
    try:
        fsspec: Any = importlib.import_module("fsspec.core")
        files, root = fsspec.url_to_fs(address.rstrip("/"))
    except (ImportError, ValueError) as error:
        problem = Problem(W_REMOTE, Place(file="store.yaml"), {"found": f"{address}: {error}"})
        raise MandeError([problem]) from error
    if not set(_kinds(files)) & set(SAFE_STORES):
        values = {"found": address, "known": ", ".join(f"{kind}://" for kind in SAFE_STORES[:-1])}
        raise MandeError([Problem(W_STORE, Place(file="store.yaml"), values)])
    return ObjectStore(files, f"{root.rstrip('/')}/{programme}")


def _kinds(files: Any) -> tuple[str, ...]:
    """Return the names that a file system of fsspec goes by."""
    found = files.protocol
    return (found,) if isinstance(found, str) else tuple(found)
