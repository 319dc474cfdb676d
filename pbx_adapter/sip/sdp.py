"""Session descriptions: what sound the caller's side offers, and our answer. Pure.

In: the SDP of an INVITE. Out: where to send G.711, or None when there is nothing that we speak (the
call is then refused with 488). Follows RFC 4566 and the offer and answer of RFC 3264.
"""

import re
from dataclasses import dataclass

PCMU, PCMA = 0, 8
_PLAIN = ("RTP/AVP", "RTP/AVPF")  # AVPF only adds feedback; SAVP is encrypted, which pyVoIP can't


@dataclass(frozen=True, slots=True)
class Offer:
    """The sound that is wanted.

    Attributes:
        host, port: Where it is to be sent; held calls may give 0.0.0.0.
        codec: PCMU or PCMA, whichever was named first.
        digits: The payload type of RFC 4733 events, or None.
        lines: Every `m=` line of the offer; the answer must have as many.
        chosen: Which of them is this one.
        others: Codecs that suit as well; of an offer of ours alone, where the ACK chooses.
    """

    host: str
    port: int
    codec: int
    digits: int | None
    lines: tuple[str, ...]
    chosen: int
    others: tuple[int, ...] = ()

    @property
    def codecs(self) -> tuple[int, ...]:
        """All that suit, the best first."""
        return (self.codec, *self.others)

    @property
    def is_held(self) -> bool:
        """The old way to put a call on hold."""
        return self.host == "0.0.0.0"  # noqa: S104, nothing is bound

    def canonical(self) -> str:
        """The offer reduced to what pyVoIP reads without stumbling."""
        kinds = f"{self.codec}" if self.digits is None else f"{self.codec} {self.digits}"
        lines = [
            *_head(self.host),
            f"m=audio {self.port} RTP/AVP {kinds}",
            f"a=rtpmap:{self.codec} {_NAMES[self.codec]}/8000",
        ]
        if self.digits is not None:
            lines.append(f"a=rtpmap:{self.digits} telephone-event/8000")
        return "\r\n".join((*lines, ""))


_NAMES = {PCMU: "PCMU", PCMA: "PCMA"}


UNKNOWN_YET = Offer("0.0.0.0", 9, PCMA, 101, ("m=audio 9 RTP/AVP",), 0, (PCMU,))  # noqa: S104
"""For an INVITE without an offer: we make one in our answer, and the ACK tells where sound goes."""


def audio_offer(body: str, codecs: tuple[int, ...] = (PCMA, PCMU)) -> Offer | None:
    """The first sound offered in these codecs, in the clear, over IPv4; None: there is none."""
    head, *media = re.split(r"^(?=m=)", body.replace("\r\n", "\n"), flags=re.MULTILINE)
    lines = tuple(part.partition("\n")[0].strip() for part in media)
    if any(len(line.split()) < 3 for line in lines):  # our answer could not name such a line
        return None
    everywhere = _host(head)
    for index, part in enumerate(media):
        line = re.match(r"m=audio (\d{1,5})(?:/\d+)? (\S+) ([\d ]+)", part)
        host = _host(part) or everywhere
        if not line or line[2] not in _PLAIN or int(line[1]) == 0 or not host:
            continue
        codec = next(
            (each for kind in line[3].split() for each in codecs if kind == str(each)), None
        )
        if codec is not None and int(line[1]) < 2**16:
            return Offer(host, int(line[1]), codec, _digits(part, line[3]), lines, index)
    return None


def answer(offer: Offer, host: str, port: int) -> str:
    """Our answer: the chosen sound at our address, every other line refused with port 0."""
    lines = [*_head(host)]
    for index, line in enumerate(offer.lines):
        if index == offer.chosen:
            lines += _accepted(offer, line.split()[2], port)
        else:
            kind, _, *rest = line.split()
            lines.append(" ".join((kind, "0", *rest)))
    return "\r\n".join((*lines, ""))


def _accepted(offer: Offer, protocol: str, port: int) -> list[str]:
    kinds = [*offer.codecs] if offer.digits is None else [*offer.codecs, offer.digits]
    lines = [
        f"m=audio {port} {protocol} {' '.join(map(str, kinds))}",
        *(f"a=rtpmap:{codec} {_NAMES[codec]}/8000" for codec in offer.codecs),
    ]
    if offer.digits is not None:
        lines += [
            f"a=rtpmap:{offer.digits} telephone-event/8000",
            f"a=fmtp:{offer.digits} 0-15",
        ]
    return [*lines, "a=ptime:20", "a=sendrecv"]


def _head(host: str) -> tuple[str, ...]:
    return ("v=0", f"o=- 1 1 IN IP4 {host}", "s=-", f"c=IN IP4 {host}", "t=0 0")


def _host(part: str) -> str:
    found = re.search(r"^c=IN IP4 (\d+\.\d+\.\d+\.\d+)", part, re.MULTILINE)
    return found[1] if found else ""


def _digits(part: str, kinds: str) -> int | None:
    named = re.findall(
        r"^a=rtpmap:([0-9]{1,3}) telephone-event/8000", part, re.MULTILINE | re.IGNORECASE
    )
    return next((int(kind) for kind in named if kind in kinds.split()), None)
