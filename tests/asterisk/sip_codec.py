"""SIP as values: messages to and from bytes, digest answers, session descriptions. Pure.

In: datagrams. Out: `Message`s, and back. Below `sip_agent`. Follows RFC 3261, RFC 2617 (digest with
qop=auth, as Asterisk asks for it) and RFC 4566; only what a phone beside Asterisk meets.
"""

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import md5

_COMPACT = {
    "v": "via",
    "f": "from",
    "t": "to",
    "i": "call-id",
    "m": "contact",
    "l": "content-length",
}
_ECHOED = ("Via", "From", "To", "Call-ID", "CSeq")  # what a reply takes over from its request


@dataclass(frozen=True, slots=True)
class Message:
    """A request or a reply: its first line, its headers in order, its body."""

    first_line: str
    headers: tuple[tuple[str, str], ...]
    body: str = ""

    @property
    def status(self) -> int:
        """The reply's code; 0 for a request."""
        return int(self.first_line.split(" ")[1]) if self.first_line.startswith("SIP/2.0 ") else 0

    @property
    def method(self) -> str:
        """What is asked, or what is replied to."""
        return self.header("CSeq").split(" ")[-1]

    @property
    def uri(self) -> str:
        """Whom a request is for."""
        return self.first_line.split(" ")[1]

    @property
    def branch(self) -> str:
        """The transaction's name, from the topmost Via."""
        found = re.search(r"branch=([^;,\s]+)", self.header("Via"))
        return found[1] if found else ""

    def header(self, name: str) -> str:
        """The first header of the name, or the empty string."""
        return next(self.all(name), "")

    def all(self, name: str) -> Iterator[str]:
        """Every header of the name, in order."""
        wanted = name.lower()
        return (
            value for key, value in self.headers if _COMPACT.get(key.lower(), key.lower()) == wanted
        )

    def encoded(self) -> bytes:
        body = self.body.encode()
        lines = [self.first_line, *(f"{name}: {value}" for name, value in self.headers)]
        return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


def parsed(datagram: bytes) -> Message | None:
    """The message in a datagram, or None when there is none (a keep-alive)."""
    head, _, body = datagram.decode("utf-8", "replace").partition("\r\n\r\n")
    first_line, *lines = re.sub(r"\r\n[ \t]+", " ", head).split("\r\n")
    if "SIP/2.0" not in first_line:
        return None
    pairs = (line.partition(":") for line in lines)
    headers = tuple((name.strip(), value.strip()) for name, _, value in pairs)
    return Message(first_line, tuple(h for h in headers if h[0].lower() != "content-length"), body)


def reply_to(
    request: Message, status: str, to_tag: str = "", contact: str = "", sdp: str = ""
) -> Message:
    """The reply; `status` is `180 Ringing`. The tag is added to To unless one is there."""
    headers = [(name, value) for name in _ECHOED for value in request.all(name)]
    if to_tag:
        headers = [
            (name, f"{value};tag={to_tag}" if name == "To" and not tag_of(value) else value)
            for name, value in headers
        ]
    if contact:
        headers.append(("Contact", f"<{contact}>"))
    if sdp:
        headers.append(("Content-Type", "application/sdp"))
    return Message(f"SIP/2.0 {status}", tuple(headers), sdp)


def token() -> str:
    """A fresh tag, Call-ID or end of a branch."""
    return secrets.token_hex(8)


def tag_of(address: str) -> str:
    """The tag of a From or To."""
    found = re.search(r";\s*tag=([^;>\s]+)", address)
    return found[1] if found else ""


def uri_of(address: str) -> str:
    """`sip:…` of a From, To or Contact."""
    found = re.search(r"<([^>]+)>", address)
    return found[1] if found else address.split(";")[0].strip()


def user_of(address: str) -> str:
    """The user of a URI or address: a number, mostly."""
    found = re.search(r"sips?:([^@;>]+)@", address)
    return found[1] if found else ""


def digest(challenge: str, user: str, secret: str, method: str, uri: str) -> str:
    """The Authorization that answers a WWW-Authenticate or Proxy-Authenticate."""
    asked = dict(re.findall(r'(\w+)="?([^",]+)"?', challenge))
    cnonce, count = token(), "00000001"
    who = _md5(f"{user}:{asked['realm']}:{secret}")
    what = _md5(f"{method}:{uri}")
    answer = _md5(f"{who}:{asked['nonce']}:{count}:{cnonce}:auth:{what}")
    fields = {
        "username": user,
        "realm": asked["realm"],
        "nonce": asked["nonce"],
        "uri": uri,
        "response": answer,
    }
    if "opaque" in asked:
        fields["opaque"] = asked["opaque"]
    quoted = ", ".join(f'{name}="{value}"' for name, value in {**fields, "cnonce": cnonce}.items())
    return f"Digest {quoted}, algorithm=MD5, qop=auth, nc={count}"


def sdp_for(host: str, port: int) -> str:
    """An offer or answer of G.711 A-law and telephone events at the address."""
    lines = (
        "v=0",
        f"o=- 1 1 IN IP4 {host}",
        "s=-",
        f"c=IN IP4 {host}",
        "t=0 0",
        f"m=audio {port} RTP/AVP 8 101",
        "a=rtpmap:8 PCMA/8000",
        "a=rtpmap:101 telephone-event/8000",
        "a=fmtp:101 0-16",
        "a=ptime:20",
        "a=sendrecv",
    )
    return "\r\n".join((*lines, ""))


def media_address(sdp: str) -> tuple[str, int] | None:
    """Where the other side wants the audio, or None when it said nothing."""
    host = re.search(r"^c=IN IP4 (\S+)", sdp, re.MULTILINE)
    port = re.search(r"^m=audio (\d+)", sdp, re.MULTILINE)
    return (host[1], int(port[1])) if host and port else None


def _md5(text: str) -> str:
    return md5(text.encode(), usedforsecurity=False).hexdigest()
