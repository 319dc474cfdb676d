"""Examines a PBX: may we see its calls, do we, and what will stay unseen?

In: the address of a PBX and its site. Out: findings, one after the other as they come, so that
whoever waits sees where it stands. `ringback.cli.doctoring` prints them.

Each check asks first (the edge, `interview`) and judges afterwards (pure): `server`, `phones`, `lines`,
`listening`, `privileges`, `places`, `snippet`, `blind_spots`. Nothing of the PBX is changed; a test call is
made only where it is allowed.
"""

from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass

from pbx_adapter.ami_connection import AmiConnection, Limits
from pbx_adapter.ami_faults import PbxAddress
from pbx_adapter.doctor import lines as line_check
from pbx_adapter.doctor import listening, phones, places, privileges, server, snippet
from pbx_adapter.doctor.blind_spots import blind_spots
from pbx_adapter.doctor.findings import Finding, Kind, fault, ok
from pbx_adapter.doctor.interview import Interview, interviewed
from pbx_adapter.frames import FrameTooLong
from pbx_adapter.site import Site
from ringback.clock import Clock, system_clock
from ringback.errors import BadInput, RingbackError

__all__ = ["Finding", "Kind", "Wishes", "examine"]

_BOOTED_S = 2.0


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the installer wants done beside looking.

    Attributes:
        listen_s: Wait so long for real calls.
        test_call: Make a call that rings nobody.
        phone: Ring this phone: `101`, or `PJSIP/101`.
        answer_timeout_s: A PBX that needs longer for one answer is a fault.
    """

    listen_s: float = 3.0
    test_call: bool = False
    phone: str = ""
    answer_timeout_s: float = 10.0


async def examine(
    pbx: PbxAddress,
    site: Site,
    wishes: Wishes | None = None,
    *,
    limits: Limits | None = None,
    clock: Clock = system_clock,
) -> AsyncGenerator[Finding, None]:
    """All that can be found out about a PBX; a PBX that is away is one fault, never an error.

    Raises:
        BadInput: The CA file, or a name that was given, can't be used.
    """
    connection = AmiConnection(pbx, limits or Limits(connect_timeout_s=5.0), clock)
    wishes = wishes or Wishes()
    check = "login"
    try:
        await connection.connect()
        yield ok(check, f"User {pbx.username!r} logs in at {pbx}{' over TLS' * pbx.tls}.")
        check = "answers"
        async with interviewed(connection, wishes.answer_timeout_s) as interview:
            async for found in _checks(interview, site, wishes, clock):
                for finding in found:
                    yield finding
    except FrameTooLong as garbage:
        yield fault(check, str(garbage))
    except BadInput:
        raise
    except RingbackError as away:
        yield fault(check, str(away))
    finally:
        await connection.close()


async def _checks(
    interview: Interview, site: Site, wishes: Wishes, clock: Clock
) -> AsyncIterator[list[Finding]]:
    await interview.ears.until(lambda: interview.ears.booted is not None, _BOOTED_S)
    described = await server.describe(interview, clock)
    yield server.judged(described)

    known = await phones.endpoints(interview)
    queues = await phones.queues(interview)
    heard = await listening.listen(interview, _to_call(wishes, known or []), wishes.listen_s)
    call = heard.call
    member_rang = call is not None and call.rang and phones.is_member(call.channel, queues)
    yield privileges.judged(interview.allowed, heard, member_rang)
    yield listening.judged(heard)

    ends = phones.judged_phones(known, site) + phones.judged_queues(queues, site)
    yield ends
    lines = await line_check.lines(interview, known or [], site)
    led = line_check.judged_lines(lines, site) if known is not None else []
    yield led
    if site.model_fields_set:  # there is a site file
        contexts = await line_check.site_contexts(interview, site)
        yield line_check.judged_site(site, known, contexts, ends + led)
        yield places.judged(site.back_fill, described.utc_offset, clock())

    kept = await snippet.outbox(interview, lines)
    yield snippet.judged(kept, clock()) + server.judged_records(described)
    dialplan = privileges.read_class("dialplan", heard, member_rang)
    yield blind_spots(dialplan, kept, heard.may_call)


def _to_call(wishes: Wishes, known: list[phones.Endpoint]) -> str | None:
    if wishes.phone:
        return phones.channel_of(wishes.phone, known)
    return listening.NOWHERE if wishes.test_call else None
