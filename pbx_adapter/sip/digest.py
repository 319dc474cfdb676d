"""The answer to a challenge of the PBX. Pure, but for a random word.

In: a 401 or 407. Out: the header that proves the secret. pyVoIP's own answers only 401, without
qop, and for another URI than it asks. Follows RFC 7616 and its forerunner RFC 2617.
"""

import hashlib
import re
import secrets
from collections.abc import Callable

from pbx_adapter.sip.messages import Message

_PART = re.compile(r'(\w+)\s*=\s*(?:"((?:\\.|[^"\\])*)"|([^,\s]+))')
_HASHES: dict[str, Callable[[bytes], str]] = {
    "md5": lambda text: hashlib.md5(text, usedforsecurity=False).hexdigest(),
    "sha-256": lambda text: hashlib.sha256(text).hexdigest(),
}


def authorization(
    challenge: Message, user: str, secret: str, method: str, uri: str, cnonce: str = ""
) -> tuple[str, str] | None:
    """The header's name and value; None when the PBX asks for something we do not know."""
    proxy = challenge.status == 407
    asked_by = "proxy-authenticate" if proxy else "www-authenticate"
    for value in (text for name, text in challenge.headers if name == asked_by):
        if answer := _answer(value, user, secret, method, uri, cnonce or secrets.token_hex(8)):
            return ("Proxy-Authorization" if proxy else "Authorization", answer)
    return None


def is_stale(challenge: Message) -> bool:
    """Whether the secret was right and only the nonce too old."""
    return any(
        re.search(r'stale\s*=\s*"?true', value, re.IGNORECASE)
        for name, value in challenge.headers
        if name.endswith("-authenticate")
    )


def _answer(value: str, user: str, secret: str, method: str, uri: str, cnonce: str) -> str | None:
    asked = {name.lower(): quoted or plain for name, quoted, plain in _PART.findall(value)}
    algorithm = asked.get("algorithm", "MD5")
    qops = [each.strip() for each in asked.get("qop", "").split(",") if each.strip()]
    digest = _HASHES.get(algorithm.lower())
    if digest is None or (qops and "auth" not in qops) or "nonce" not in asked:
        return None
    realm, nonce, count = asked.get("realm", ""), asked["nonce"], "00000001"
    who = digest(_bytes(f"{user}:{realm}:{secret}"))
    what = digest(_bytes(f"{method}:{uri}"))
    middle = f"{nonce}:{count}:{cnonce}:auth" if qops else nonce
    parts = [
        f'username="{user}"',
        f'realm="{realm}"',
        f'nonce="{nonce}"',
        f'uri="{uri}"',
        f'response="{digest(_bytes(f"{who}:{middle}:{what}"))}"',
        f"algorithm={algorithm}",
    ]
    if "opaque" in asked:
        parts.append(f'opaque="{asked["opaque"]}"')
    if qops:
        parts += [f'cnonce="{cnonce}"', "qop=auth", f"nc={count}"]
    return f"Digest {', '.join(parts)}"


def _bytes(text: str) -> bytes:
    """As it came: a realm in latin-1 counts with the bytes that the PBX hashed."""
    return text.encode("utf-8", "surrogateescape")
