"""SIP datagrams in, messages out, and back. Pure.

Tolerant on the way in (compact names, any case, folded lines, repeated headers, names in latin-1),
because pyVoIP's own parser loses or refuses all of these; exact on the way out: what a reply takes
over from its request leaves as the same bytes. Follows RFC 3261.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

_LONGEST, _LONGEST_VALUE = 16_384, 2048  # bytes; longer ones are made to keep us busy
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")

ALLOWED = "INVITE, ACK, BYE, CANCEL, OPTIONS, INFO"

_COMPACT = {
    "a": "accept-contact",
    "b": "referred-by",
    "c": "content-type",
    "e": "content-encoding",
    "f": "from",
    "i": "call-id",
    "k": "supported",
    "l": "content-length",
    "m": "contact",
    "o": "event",
    "r": "refer-to",
    "s": "subject",
    "t": "to",
    "u": "allow-events",
    "v": "via",
    "x": "session-expires",
}
_ECHOED = ("Via", "From", "To", "Call-ID", "CSeq", "Record-Route")
# Commas part values, except within quotes and within angle brackets.
_VALUE = re.compile(r'(?:"(?:\\.|[^"\\])*"|<[^>]*>|[^,"<]|["<])+')


@dataclass(frozen=True)
class Message:
    """A request or a reply.

    Attributes:
        first_line: `INVITE sip:… SIP/2.0` or `SIP/2.0 200 OK`.
        headers: Long names in lower case, with their values, in order. Bytes that are not UTF-8
            stand as surrogates; `headers.readable` turns them into latin-1.
        body: The rest.
    """

    first_line: str
    headers: tuple[tuple[str, str], ...]
    body: str = ""

    @property
    def status(self) -> int:
        """The reply's code; 0 for a request."""
        return int(self.first_line.split()[1]) if self.first_line.startswith("SIP/2.0 ") else 0

    @property
    def method(self) -> str:
        """What is asked; of a reply, what was asked."""
        return self.first("cseq").split()[-1] if self.status else self.first_line.split()[0]

    @property
    def uri(self) -> str:
        """Whom a request is for."""
        return self.first_line.split()[1]

    @property
    def call_id(self) -> str:
        """The call that the message belongs to."""
        return self.first("call-id")

    @cached_property
    def cseq(self) -> int:
        """The number of the request within its dialog."""
        return int(self.first("cseq").split()[0])

    @property
    def branch(self) -> str:
        """The transaction's name, from the topmost Via."""
        found = re.search(r";\s*branch\s*=\s*([^;,\s]+)", self.first("via"))
        return found[1] if found else ""

    def first(self, name: str) -> str:
        """The first header of the name, as it came, or the empty string."""
        return next((value for key, value in self.headers if key == name), "")

    def every(self, name: str) -> Iterator[str]:
        """Each value of the name, in order: repeated headers and lists with commas alike."""
        for key, value in self.headers:
            if key == name:
                yield from (part.strip() for part in _VALUE.findall(value) if part.strip())

    def encoded(self) -> bytes:
        """As a datagram; the length of the body is added."""
        body = self.body.encode("utf-8", "surrogateescape")
        lines = [self.first_line, *(f"{name}: {value}" for name, value in self.headers)]
        head = "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""])
        return head.encode("utf-8", "surrogateescape") + body


def parsed(datagram: bytes) -> Message | None:
    """The message, or None when there is none: a keep-alive, noise, or a header missing.

    Headers that are too long are left out. Control characters become spaces, for what we send takes
    headers over, and a bare line feed may begin another one for whoever reads it.
    """
    if len(datagram) > _LONGEST:
        return None
    head, _, body = datagram.decode("utf-8", "surrogateescape").partition("\r\n\r\n")
    first_line, *lines = re.sub(r"\r\n[ \t]+", " ", head.lstrip("\r\n")).split("\r\n")
    headers = tuple(
        (_long(name), _CONTROL.sub(" ", value).strip())
        for name, colon, value in (line.partition(":") for line in lines)
        if colon and len(value) <= _LONGEST_VALUE
    )
    message = Message(first_line, tuple(h for h in headers if h[0] != "content-length"), body)
    return message if _is_whole(message) else None


def reply_to(
    request: Message,
    status: str,
    tag: str = "",
    headers: tuple[tuple[str, str], ...] = (),
    body: str = "",
) -> Message:
    """The reply; `status` is `180 Ringing`. The tag is added to To unless one is there."""
    echoed = [(name, value) for name in _ECHOED for value in _as_they_came(request, name.lower())]
    if tag and not tag_of(request.first("to")):
        echoed = [(n, f"{v};tag={tag}" if n == "To" else v) for n, v in echoed]
    return Message(f"SIP/2.0 {status}", (*echoed, ("Allow", ALLOWED), *headers), body)


def bye_for(invite: Message, tag: str, via: str, contact: str) -> Message:
    """The BYE with which the called side ends the call of this INVITE.

    Args:
        invite: As it came.
        tag: Ours, as the answer to the INVITE carried it.
        via: A Via of our own, with a fresh branch.
        contact: Our address.
    """
    route = tuple(("Route", value) for value in _as_they_came(invite, "record-route"))
    return Message(
        f"BYE {uri_of(invite.first('contact')) or invite.uri} SIP/2.0",
        (
            ("Via", via),
            ("Max-Forwards", "70"),
            *route,
            ("From", f"{invite.first('to')};tag={tag}"),
            ("To", invite.first("from")),
            ("Call-ID", invite.call_id),
            ("CSeq", "1 BYE"),
            ("Contact", f"<{contact}>"),
        ),
    )


def tag_of(address: str) -> str:
    """The tag of a From or To."""
    found = re.search(r";\s*tag\s*=\s*([^;>\s]+)", address.rpartition(">")[2] or address)
    return found[1] if found else ""


def uri_of(address: str) -> str:
    """`sip:…` of a From, To or Contact; empty when it would tear a first line apart."""
    found = re.search(r"<([^>]+)>", address)
    uri = found[1] if found else address.split(";")[0].strip()
    return "" if re.search(r"\s", uri) else uri


def _long(name: str) -> str:
    lower = name.strip().lower()
    return _COMPACT.get(lower, lower)


def _as_they_came(message: Message, name: str) -> Iterator[str]:
    return (value for key, value in message.headers if key == name)


def _is_whole(message: Message) -> bool:
    words = message.first_line.split()
    if len(words) < 3 or _CONTROL.search(message.first_line):
        return False
    if "SIP/2.0" not in (words[0], words[-1]):
        return False
    if words[0] == "SIP/2.0" and not (words[1].isdecimal() and len(words[1]) == 3):
        return False
    number, *method = message.first("cseq").split() or [""]
    counted = number.isascii() and number.isdecimal() and len(number) <= 10 and len(method) == 1
    return counted and all(message.first(name) for name in ("via", "from", "to", "call-id"))
