"""Passwords: what is accepted, how it is kept, how it is checked.

In: what a person typed. Out: an argon2id hash to store, or whether it matches. Source: ASVS 5.0
6.2 (12 to 128 characters, no rules of composition, pasting allowed) and RFC 9106. Hashing takes
tens of milliseconds of processor time by design: call it in a thread, not in the event loop.
"""

import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ringback.errors import BadInput

LEAST = 12
MOST = 128

_HASHER = PasswordHasher()  # argon2-cffi follows RFC 9106's second profile: 64 MiB, 3 passes


def hash_password(password: str) -> str:
    """The hash to store.

    Raises:
        BadInput: It is too short or too long; `field` is `password`.
    """
    typed = _composed(password)
    if len(typed) < LEAST:
        raise BadInput(f"The password is too short. Use at least {LEAST} characters.", "password")
    if len(typed) > MOST:
        raise BadInput(f"The password is too long. Use at most {MOST} characters.", "password")
    return _HASHER.hash(typed)


def verify_password(stored: str | None, password: str) -> bool:
    """Whether the password belongs to the hash.

    None (an unknown account) takes as long as a wrong password, so that the time tells nothing.
    """
    if len(password) > MOST * 4:
        return False
    try:
        matches = _HASHER.verify(stored or _no_ones(), _composed(password))
    except (VerificationError, InvalidHashError):
        return False
    return matches and stored is not None


def needs_rehash(stored: str) -> bool:
    """Whether the hash is of older, weaker settings; hash anew after the next good sign-in."""
    return _HASHER.check_needs_rehash(stored)


@cache
def _no_ones() -> str:
    return _HASHER.hash("nobody has this password")


def _composed(password: str) -> str:
    """One form of å, ä and ö: keyboards differ in whether they send one character or two."""
    return unicodedata.normalize("NFC", password)
