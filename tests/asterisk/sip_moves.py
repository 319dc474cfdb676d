"""What a phone can do with a call that is up: hold it, transfer it, park it.

In: legs that were answered. Out: SIP within their dialogs. Beside `sip_leg`. Follows RFC 3515
(REFER) and RFC 3891 (Replaces).
"""

from urllib.parse import quote

from tests.asterisk.office import HOST
from tests.asterisk.sip_codec import sdp_for
from tests.asterisk.sip_leg import Leg

_TYPED = (("Content-Type", "application/sdp"),)


async def hold(leg: Leg) -> None:
    """Puts the other side on hold."""
    sdp = sdp_for(HOST, leg.sound.port).replace("a=sendrecv", "a=sendonly")
    await _accepted(leg, "INVITE", _TYPED, sdp)


async def resume(leg: Leg) -> None:
    """Takes the other side back from hold."""
    await _accepted(leg, "INVITE", _TYPED, sdp_for(HOST, leg.sound.port))


async def transfer(leg: Leg, number: str) -> None:
    """Transfers the other side to the number, blind; the own part of the call then ends."""
    await _refer(leg, f"<sip:{number}@{HOST}>")


async def connect(leg: Leg, other: Leg) -> None:
    """Connects the far ends of two of a phone's calls: the end of an attended transfer."""
    call_id, ours, theirs = other.dialog
    replaces = quote(f"{call_id};to-tag={theirs};from-tag={ours}", safe="")
    await _refer(leg, f"<sip:{other.callee}@{HOST}?Replaces={replaces}>")


async def _refer(leg: Leg, target: str) -> None:
    own = f"<sip:{leg.callee}@{HOST}>"
    await _accepted(leg, "REFER", (("Refer-To", target), ("Referred-By", own)), "")


async def _accepted(leg: Leg, method: str, headers: tuple[tuple[str, str], ...], sdp: str) -> None:
    reply = await leg.ask(method, headers, sdp)
    if reply.status >= 300:
        raise RuntimeError(f"Asterisk refused {method}: {reply.first_line}")
