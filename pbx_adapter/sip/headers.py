"""Who called, for whom, and why the call came to us: read from the headers of an INVITE. Pure.

In: the message. Out: plain values for the call record. Trusts the headers, because only the PBX
that we are registered at is heard at all.

The caller is what the network asserts (P-Asserted-Identity, else Remote-Party-ID), else what From
says. A hidden number (From anonymous, Privacy, privacy=full) is not passed on, even where the PBX
was told it. Of several diversions the *oldest* names the number that was dialled, the *latest* says
why the call came on to us. Sources: RFC 3323, 3325, 5806, 7044, 4458.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from pbx_adapter.sip.messages import Message
from ringback.calls import Reason

ANONYMOUS = "anonymous"

# No two repetitions side by side that take the same: these meet whatever a caller made up.
_ADDRESS = re.compile(r'(?:"((?:\\.|[^"\\])*)"\s*|([^<"]*))<([^>]*)>(.*)', re.DOTALL)
_SIGNAL = re.compile(r"^[ \t]*Signal[ \t]*=[ \t]*([0-9A-D*#])[ \t]*\r?$", re.I | re.M)
_LONGEST = 64
_SEPARATORS = re.compile(r"[-.() ]")
_NUMBER = re.compile(r"\+?[0-9*#]{2,32}")
_HIDING = {"id", "user", "header"}  # RFC 3323; "none", "session", "history" hide no number

_DIVERSION_REASONS = {  # RFC 5806; unknown ones say nothing
    "user-busy": Reason.BUSY,
    "do-not-disturb": Reason.BUSY,
    "deflection": Reason.BUSY,  # declined on the phone
    "no-answer": Reason.NO_ANSWER,
    "follow-me": Reason.NO_ANSWER,
    "unavailable": Reason.UNAVAILABLE,
    "out-of-service": Reason.UNAVAILABLE,
    "away": Reason.UNAVAILABLE,
    "unconditional": Reason.UNAVAILABLE,  # no phone was rung at all
    "time-of-day": Reason.AFTER_HOURS,
}
_CAUSES = {  # RFC 4458
    "486": Reason.BUSY,
    "600": Reason.BUSY,
    "480": Reason.BUSY,  # deflected at once
    "487": Reason.BUSY,  # deflected while ringing
    "603": Reason.BUSY,
    "408": Reason.NO_ANSWER,
    "404": Reason.UNAVAILABLE,
    "503": Reason.UNAVAILABLE,
    "302": Reason.UNAVAILABLE,
}


@dataclass(frozen=True, slots=True)
class Address:
    """A name and address as From, Diversion and their like hold it.

    Attributes:
        name: The display name, or empty.
        user: The number or name in the URI, separators removed; or empty.
        uri: As it came.
        params: What follows the address, names in lower case.
    """

    name: str
    user: str
    uri: str
    params: dict[str, str]

    @property
    def is_number(self) -> bool:
        """Whether the user can be dialled."""
        return _NUMBER.fullmatch(self.user) is not None


@dataclass(frozen=True, slots=True)
class Caller:
    """Who called: the number as delivered (`anonymous` when hidden), and the name shown."""

    number: str
    name: str
    withheld: bool


def caller_of(invite: Message) -> Caller:
    """Who called."""
    shown = address(invite.first("from"))
    remote = [address(value) for value in invite.every("remote-party-id")]
    if _is_hidden(invite, shown, remote):
        return Caller(ANONYMOUS, "", withheld=True)
    asserted = [address(value) for value in invite.every("p-asserted-identity")]
    known = next((each for each in (*asserted, *remote) if each.is_number), shown)
    return Caller(known.user, shown.name or known.name, withheld=False)


def dialled_of(invite: Message, own: str) -> str | None:
    """The number that the caller dialled, as delivered; None when nothing tells it.

    Args:
        invite: The INVITE.
        own: Our extension, which nobody dials.
    """
    oldest_first = reversed([*_diversions(invite)])
    told = (*oldest_first, *_history(invite), address(invite.first("to")))
    return next((each.user for each in told if each.is_number and each.user != own), None)


def reason_of(invite: Message) -> Reason:
    """Why nobody answered: the latest diversion that says it, else `no_answer`."""
    for diversion in _diversions(invite):
        if reason := _DIVERSION_REASONS.get(diversion.params.get("reason", "").lower()):
            return reason
    for entry in reversed([*_history(invite)]):
        found = re.search(r"cause\s*=\s*(\d{3})", unquote(entry.uri), re.IGNORECASE)
        if found and found[1] in _CAUSES:
            return _CAUSES[found[1]]
    return Reason.NO_ANSWER


def digit_of(request: Message) -> str:
    """The key that an INFO tells, as `Signal=1` or bare; the empty string when it tells none."""
    kind = request.first("content-type").partition(";")[0].strip().lower()
    if kind == "application/dtmf-relay":
        found = _SIGNAL.search(request.body)
    elif kind == "application/dtmf":
        found = re.fullmatch(r"\s*([0-9A-D*#])\s*", request.body, re.I)
    else:
        return ""
    return found[1].upper() if found else ""


def address(value: str) -> Address:
    """The parts of `"Name" <sip:user@host;x=y>;z`, of a bare URI, and of `tel:`."""
    found = _ADDRESS.fullmatch(value.strip())
    if found:
        quoted, bare, uri, rest = found.groups()
        name = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else bare
    else:
        uri, _, rest = value.strip().partition(";")  # without brackets, parameters are the header's
        name = ""
    params = {
        key.strip().lower(): text.strip().strip('"')
        for key, _, text in (part.partition("=") for part in rest.split(";"))
        if key.strip()
    }
    return Address(readable(name).strip(), _user(uri), uri, params)


def readable(text: str) -> str:
    """The text, where bytes that were not UTF-8 are read as latin-1; no control characters."""
    if any("\udc80" <= letter <= "\udcff" for letter in text):
        text = text.encode("utf-8", "surrogateescape").decode("latin-1")
    return "".join(letter for letter in text if letter.isprintable())[:_LONGEST]


def _user(uri: str) -> str:
    scheme, _, rest = uri.partition(":")
    if scheme.strip().lower() not in ("sip", "sips", "tel"):
        return ""
    if scheme.strip().lower() != "tel":
        user, at, _ = rest.rpartition("@")
        rest = user.partition(":")[0] if at else ""  # what follows a colon is a password
    subscriber, *params = rest.partition("?")[0].split(";")
    user = unquote(subscriber, errors="replace").strip()
    number = _SEPARATORS.sub("", user)
    if _NUMBER.fullmatch(number) is None:
        return readable(user)
    context = next((p.partition("=")[2] for p in params if p.startswith("phone-context=")), "")
    prefix = unquote(context)  # RFC 3966: "+46" makes the number a whole one, a domain does not
    return (
        f"{prefix}{number}"
        if re.fullmatch(r"\+\d{1,4}", prefix) and number[0] not in "+0"
        else number
    )


def _is_hidden(invite: Message, shown: Address, remote: list[Address]) -> bool:
    wishes = {
        part.strip().lower() for value in invite.every("privacy") for part in value.split(";")
    }
    if wishes & _HIDING or shown.user.lower() in (ANONYMOUS, "restricted", "unavailable"):
        return True
    if shown.uri.lower().partition("@")[2].startswith("anonymous.invalid"):
        return True
    return any(each.params.get("privacy", "off").lower() in ("full", "uri") for each in remote)


def _diversions(invite: Message) -> Iterator[Address]:
    """The latest first."""
    return (address(value) for value in invite.every("diversion"))


def _history(invite: Message) -> Iterator[Address]:
    """The oldest first; entries without an index keep their place."""
    entries = [address(value) for value in invite.every("history-info")]
    return iter(sorted(entries, key=_index))


def _index(entry: Address) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"[0-9]{1,6}", entry.params.get("index", "")))
