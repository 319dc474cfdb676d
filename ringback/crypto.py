"""Encryption per company: sealed fields, blind indexes, wrapped keys.

A master key wraps, per company, a data key and an index key (AES-256-GCM, the company's id as
associated data). Fields are AES-256-GCM under the data key with `table.column` of the company as
associated data, so a value moved to another company or column does not open. A blind index is an
HMAC-SHA-256 under the index key: equal values are found, nothing else is told. Erasing a company
is erasing its wrapped keys.
"""

import contextlib
import hmac
import os
import secrets
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ringback.errors import BadInput, RingbackError

_NONCE_BYTES = 12
_INDEX_BYTES = 16
_FORMAT = b"\x01"


class SealBroken(RingbackError):
    """A stored value does not open: another company's, altered, or the wrong master key."""


def _seal(key: bytes, plain: bytes, bound_to: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return _FORMAT + nonce + AESGCM(key).encrypt(nonce, plain, bound_to)


def _open(key: bytes, sealed: bytes, bound_to: bytes) -> bytes:
    form, nonce, body = sealed[:1], sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
    try:
        if form != _FORMAT:
            raise InvalidTag
        return AESGCM(key).decrypt(nonce, body, bound_to)
    except (InvalidTag, ValueError) as broken:
        raise SealBroken(
            "A stored value can't be decrypted. Is RINGBACK_MASTER_KEY the one it was written with?"
        ) from broken


@dataclass(frozen=True, slots=True)
class CompanyKeys:
    """The open keys of one company; held in memory only."""

    company_id: UUID
    data_key: bytes = field(repr=False)
    index_key: bytes = field(repr=False)

    def seal(self, column: str, text: str) -> bytes:
        """Encrypt a field; `column` is `table.column`."""
        return _seal(self.data_key, text.encode(), self._bound_to(column))

    def open(self, column: str, sealed: bytes) -> str:
        """Decrypt a field; SealBroken when it was sealed for anything else."""
        return _open(self.data_key, sealed, self._bound_to(column)).decode()

    def index(self, kind: str, text: str) -> bytes:
        """The blind index of a value, 16 bytes; `kind` keeps numbers and e-mails apart."""
        return hmac.digest(self.index_key, f"{kind}:{text}".encode(), sha256)[:_INDEX_BYTES]

    def _bound_to(self, column: str) -> bytes:
        return f"{self.company_id}:{column}".encode()


class MasterKey:
    """Wraps the companies' keys, and indexes what must be found before the company is known."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._index_key = hmac.digest(key, b"index over all companies", sha256)

    def new_company(self, company_id: UUID) -> tuple[CompanyKeys, bytes]:
        """Fresh keys for a company, open and wrapped."""
        keys = CompanyKeys(company_id, secrets.token_bytes(32), secrets.token_bytes(32))
        return keys, _seal(self._key, keys.data_key + keys.index_key, company_id.bytes)

    def unwrap(self, company_id: UUID, wrapped: bytes) -> CompanyKeys:
        """The open keys; SealBroken under another company's id or another master key."""
        opened = _open(self._key, wrapped, company_id.bytes)
        return CompanyKeys(company_id, opened[:32], opened[32:])

    def index(self, kind: str, text: str) -> bytes:
        """A blind index over all companies (the e-mail that someone signs in with)."""
        return hmac.digest(self._index_key, f"{kind}:{text}".encode(), sha256)[:_INDEX_BYTES]


def master_key(given: str | None, folder: Path) -> MasterKey:
    """The installation's master key: the given hexadecimal digits, else a file in the folder.

    The file is made on the first start, readable by its owner alone.
    """
    if given:
        return MasterKey(bytes.fromhex(given))
    path = folder / "master.key"
    if not path.exists():
        _make(path)
    try:
        key = bytes.fromhex(path.read_text("ascii"))
    except ValueError:
        key = b""
    if len(key) != 32:
        raise BadInput(
            f"{path} holds no master key (64 hexadecimal digits). Put the right one back from your "
            "backup; without it the stored numbers and texts can't be read."
        )
    return MasterKey(key)


def _make(path: Path) -> None:
    """A fresh key, on the disk before anything is sealed with it.

    It gets its name when it is whole: a crash leaves no half key, and of two processes that start at
    once the first one's key holds.
    """
    with NamedTemporaryFile("w", dir=path.parent, prefix=path.name) as draft:  # mode 0600
        draft.write(secrets.token_hex(32))
        draft.flush()
        os.fsync(draft.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft.name, path)
    folder = os.open(path.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)
