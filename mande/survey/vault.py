"""Identities at rest: encrypted with a key that is kept elsewhere, and opened by nobody without it.

A key is 32 random bytes, written as one line of text. It is named by the variable MANDE_KEY_FILE (a file
outside the workspace) or given in MANDE_KEY. AES-256-GCM comes from the package `cryptography`, which is
needed only where a key is used. **Whoever loses the key loses the identities: nothing can open them.**
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import importlib
import io
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import polars as pl

from mande.errors import Code, MandeError, Place, Problem, Text
from mande.storage import SEALED, RevisionStore, write_atomic

K_FORM = Code(
    "K-FORM",
    Text("this is not a key", "ce n'est pas une clé", "esto no es una clave"),
    Text(
        "the one line that `mande key new` wrote",
        "la ligne écrite par `mande key new`",
        "la línea que escribió `mande key new`",
    ),
    Text(
        "Name the right file in MANDE_KEY_FILE.",
        "Indiquez le bon fichier dans MANDE_KEY_FILE.",
        "Indique el archivo correcto en MANDE_KEY_FILE.",
    ),
)
K_NONE = Code(
    "K-NONE",
    Text(
        "identities are encrypted and no key is given",
        "les identités sont chiffrées et aucune clé n'est donnée",
        "las identidades están cifradas y no se dio ninguna clave",
    ),
    Text("the key {key}", "la clé {key}", "la clave {key}"),
    Text(
        "Name the key's file in MANDE_KEY_FILE. If the key is lost, the identities are lost too.",
        "Indiquez le fichier de la clé dans MANDE_KEY_FILE. Clé perdue, identités perdues.",
        "Indique el archivo de la clave en MANDE_KEY_FILE. Sin la clave, las identidades se pierden.",
    ),
)
K_WRONG = Code(
    "K-WRONG",
    Text(
        "this key does not open the identities",
        "cette clé n'ouvre pas les identités",
        "esta clave no abre las identidades",
    ),
    Text("the key {key}", "la clé {key}", "la clave {key}"),
    Text(
        "Use the key that was given when the wave was accepted; or restore the file from a backup.",
        "Utilisez la clé donnée à l'acceptation de la vague ; ou restaurez le fichier.",
        "Use la clave que se dio al aceptar la ronda; o restaure el archivo.",
    ),
)
K_INSTALL = Code(
    "K-INSTALL",
    Text(
        "a key is given and the package that encrypts is not installed",
        "une clé est donnée, mais le paquet de chiffrement n'est pas installé",
        "se dio una clave, pero el paquete de cifrado no está instalado",
    ),
    Text("the package `cryptography`", "le paquet `cryptography`", "el paquete `cryptography`"),
    Text("Install `mande[encryption]`.", "Installez `mande[encryption]`.", "Instale `mande[encryption]`."),
)
K_PLACE = Code(
    "K-PLACE",
    Text(
        "a key does not belong beside what it locks",
        "une clé ne se garde pas à côté de ce qu'elle protège",
        "una clave no se guarda junto a lo que protege",
    ),
    Text(
        "a new file outside the workspace",
        "un nouveau fichier hors de l'espace de travail",
        "un archivo nuevo fuera del espacio de trabajo",
    ),
    Text("Choose another file.", "Choisissez un autre fichier.", "Elija otro archivo."),
)
K_ABSENT = Code(
    "K-ABSENT",
    Text(
        "no identities were stored with this wave",
        "aucune identité n'est stockée avec cette vague",
        "no se guardaron identidades con esta ronda",
    ),
    Text(
        "a personal question in the accepted file",
        "une question personnelle dans le fichier accepté",
        "una pregunta personal en el archivo aceptado",
    ),
    Text("Leave the contact details out.", "Laissez les coordonnées.", "Deje fuera los datos de contacto."),
)
FILE_VARIABLE, VARIABLE = "MANDE_KEY_FILE", "MANDE_KEY"
SUFFIX = ".sealed"
_PREFIX = "mande-key-1-"
_BYTES, _NONCE = 32, 12


@dataclass(frozen=True, slots=True)
class Key:
    """A key; its secret is never shown. `name` tells keys apart without giving anything away."""

    secret: bytes = field(repr=False)

    @property
    def name(self) -> str:
        """First letters of the key's hash."""
        return hashlib.sha256(b"name of key\n" + self.secret).hexdigest()[:8]

    def text(self) -> str:
        """Return the key as the one line of its file."""
        return _PREFIX + base64.urlsafe_b64encode(self.secret).decode()


def new_key(path: Path, *, workspace: Path) -> Key:
    """Write a new key to a file that only its owner can read.

    Raises
    ------
    MandeError
        K-PLACE when the file exists already or lies inside the workspace.
    """
    if path.exists() or path.resolve().is_relative_to(workspace.resolve()):
        raise MandeError([Problem(K_PLACE, Place(file=path.name), {"found": path.name})])
    key = Key(secrets.token_bytes(_BYTES))
    write_atomic(path, key.text() + "\n", private=True)
    return key


def find_key(environment: Mapping[str, str]) -> Key | None:
    """Return the key that the environment names, or None where it names none.

    Raises
    ------
    MandeError
        K-FORM when what it names is no key.
    """
    file = environment.get(FILE_VARIABLE, "")
    text = environment.get(VARIABLE, "")
    if file:
        try:
            text = Path(file).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            raise MandeError([Problem(K_FORM, Place(file=FILE_VARIABLE), {"found": file})]) from None
    return _read(text.strip(), file or VARIABLE) if text.strip() or file else None


def _read(text: str, where: str) -> Key:
    try:
        secret = base64.b64decode(text.removeprefix(_PREFIX), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        secret = b""
    if not text.startswith(_PREFIX) or len(secret) != _BYTES:
        raise MandeError([Problem(K_FORM, Place(file=where), {"found": f"{len(text)} characters"})])
    return Key(secret)


def _aes() -> ModuleType:
    try:
        return importlib.import_module("cryptography.hazmat.primitives.ciphers.aead")
    except ImportError as error:
        raise MandeError([Problem(K_INSTALL, Place(), {"found": "cryptography"})]) from error


def seal(data: bytes, key: Key, *, label: str) -> bytes:
    """Return `data` encrypted; `label` (what it is) must be named again to open it.

    The result is the header, the key's name, a random nonce and the AES-256-GCM ciphertext.
    """
    nonce = os.urandom(_NONCE)
    box: Any = _aes().AESGCM(key.secret)
    head = SEALED + key.name.encode()
    return head + nonce + bytes(box.encrypt(nonce, data, head + label.encode()))


def unseal(data: bytes, key: Key | None, *, label: str) -> bytes:
    """Return what `seal` encrypted.

    Raises
    ------
    MandeError
        K-NONE without a key; K-WRONG with another one, another label or a changed content.
    """
    start = len(SEALED) + 8
    head, nonce, locked = data[:start], data[start : start + _NONCE], data[start + _NONCE :]
    named = head[len(SEALED) :].decode("ascii", "replace")
    if key is None:
        raise MandeError([Problem(K_NONE, Place(file=label), {"found": "no key", "key": named})])
    aead: Any = _aes()
    errors: Any = importlib.import_module("cryptography.exceptions")
    try:
        return bytes(aead.AESGCM(key.secret).decrypt(nonce, locked, head + label.encode()))
    except (errors.InvalidTag, ValueError):
        values = {"found": f"the key {key.name}", "key": named}
        raise MandeError([Problem(K_WRONG, Place(file=label), values)]) from None


def label_of(programme: str, wave: str, revision: int, table: str) -> str:
    """Return what the identities of one table of a revision are called when they are sealed."""
    return f"{programme}/{wave}/r{revision:03d}/{table}"


def read_identities(
    store: RevisionStore, programme: str, wave: str, revision: int, table: str, key: Key | None
) -> pl.DataFrame:
    """Return the personal answers of an accepted table: its key, the personal questions and `row`.

    Only what a person asked for by name calls this; estimating and reporting never do.

    Raises
    ------
    MandeError
        K-ABSENT where the wave has none; K-NONE or K-WRONG where they are sealed with another key.
    """
    names = store.names(wave, revision, private=True)
    plain, sealed = f"{table}.parquet", f"{table}.parquet{SUFFIX}"
    if sealed in names:
        content = store.read(wave, revision, sealed, private=True)
        data = unseal(content, key, label=label_of(programme, wave, revision, table))
    elif plain in names:
        data = store.read(wave, revision, plain, private=True)
    else:
        raise MandeError([Problem(K_ABSENT, Place(file=wave), {"found": table})])
    return pl.read_parquet(io.BytesIO(data))
