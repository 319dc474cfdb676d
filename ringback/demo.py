"""`ringback demo`: the main job on the embedded default, with nothing outside the process.

In: a folder of its own. Out: the product as it runs for a company, around a sample hair salon:
recorded calls played through a socket that speaks AMI, texts to simulated phones, a few callers who
answer, and one phone on which the visitor is the caller. The same code runs as for real calls.
"""

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from secrets import token_hex, token_urlsafe
from uuid import UUID, uuid4

import structlog

from pbx_adapter.frames import Frame
from pbx_adapter.placed_calls import PlacedCalls
from pbx_adapter.player import AmiPlayer
from pbx_adapter.traces import Trace, read_trace
from portal_api.passwords import hash_password
from portal_api.visitors import DemoPhone, Portal
from ringback import sample
from ringback.bell import CHANGES
from ringback.bookings import free_slots
from ringback.business import Business
from ringback.demo_callbacks import furnish_callbacks
from ringback.messages import Inbound
from ringback.store.bookings import book, taken_between
from ringback.store.changes import Kind, note_change
from ringback.store.companies import add_company
from ringback.store.people import add_user
from ringback.store.phones import put_text, texts_on
from ringback.tables import PbxRow, SmsNumberRow
from ringback.wiring import Parts, run

VISITOR = "+46701740699"
OUR_NUMBER = "+46701740690"
EMAIL = "demo@salong.example"
_TRUNK = "PJSIP/trunk"  # of the sample PBX
_PHONE = "PJSIP/101"  # of the real Asterisk that the demo may run around
_RECORDED_CALLER = b"701740605"  # as in +46701740605 and 0701740605
_ANSWERS = {
    "+46701740611": (
        "Hej! Har ni en tid för herrklippning på fredag eftermiddag?",
        "Den första tack",
    ),
    "+46701740612": ("Vad kostar en damklippning? Och var parkerar man?",),
    "+46701740614": ("Hi, can I book a men's haircut tomorrow?",),
    "+46701740615": ("Kan någon ringa mig efter kl 15?",),
}
_REPLY_TIMEOUT_S = 20.0
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class DemoPbx:
    """A PBX for the demo: where its AMI is, and how somebody rings the company on it.

    `ring(number)` returns when the call is over.
    """

    host: str
    port: int
    username: str
    secret: str
    site: str
    ring: Callable[[str], Awaitable[None]]


@asynccontextmanager
async def recorded_pbx() -> AsyncIterator[DemoPbx]:
    """A PBX made of recordings: each call plays the next one, with this caller's number.

    Those that it is asked to place itself are played, too: a handler's phone rings, then a customer's.
    """
    secret = token_urlsafe(16)

    async def tell(raw: bytes) -> None:
        await player.send(raw)

    placed = PlacedCalls(_TRUNK, tell)
    answers = {"DBPut": _kept, "DBDel": _kept, **placed.answers}
    player = AmiPlayer("ringback", secret, answers=answers)
    async with player, aclosing(placed):
        one_at_a_time, played = asyncio.Lock(), 0

        async def ring(number: str) -> None:
            nonlocal played
            await asyncio.wait_for(player.logged_in(), _REPLY_TIMEOUT_S)
            async with one_at_a_time:
                name = sample.CALLS[played % len(sample.CALLS)]
                if number == VISITOR:
                    name = "direct_noanswer_caller_cancel"
                else:
                    played += 1
                await player.play(_as_new(read_trace(sample.trace(name)), number), speed=1.5)

        yield DemoPbx("127.0.0.1", player.port, "ringback", secret, sample.site(), ring)


def _kept(action: Frame) -> list[Frame]:
    """The recorded PBX has no AstDB; what is offered to callers is told to it all the same."""
    return [{"Response": "Success", "Message": "Updated database successfully"}]


def _as_new(trace: Trace, number: str) -> Trace:
    """The recording as a new call of another caller."""
    seen = set(re.findall(rb"\b\d{10}\.\d+\b", b"".join(raw for _, raw in trace.frames)))
    fresh = uuid4().int % 10**9
    ids = {old: b"%d.%s" % (10**9 + fresh, old.split(b".")[1]) for old in seen}
    return trace.replaced({**ids, _RECORDED_CALLER: number.removeprefix("+46").encode()})


async def demo(
    parts: Parts, pbx: DemoPbx, listening: socket.socket, say: Callable[[str], None]
) -> None:
    """Make the sample company and run everything around it.

    Args:
        parts: From `open_parts`, on a folder without a company.
        pbx: Where the calls come from.
        listening: The portal's port.
        say: Prints a line for the visitor.
    """
    password = token_hex(6)
    company_id = await _furnish(parts, pbx, password)
    say(f"Ringback runs at {parts.settings.address}")
    say(f"Sign in as {EMAIL} with the password {password}")
    say("Calls come in by themselves. On the page Prova telefonen you are the caller.")
    say("Stop with Ctrl+C.")
    story = asyncio.create_task(_callers(parts, pbx, company_id), name="demo-callers")
    phone = _Phone(parts, pbx, company_id)
    hint = f"{EMAIL} / {password}"
    try:
        await run(
            parts,
            listening=listening,
            adjust=lambda portal: _with_phone(portal, phone, hint),
        )
    finally:
        story.cancel()


def _with_phone(portal: Portal, phone: "_Phone", hint: str) -> Portal:
    visitors = DemoPhone(VISITOR, OUR_NUMBER, phone.call, lambda: phone.ringing, phone.type_text)
    return replace(portal, phone=visitors, hint=hint)


async def _furnish(parts: Parts, pbx: DemoPbx, password: str) -> UUID:
    business, now = sample.salon(), parts.clock()
    company_id = await add_company(parts.db, business, now)
    hashed = await asyncio.to_thread(hash_password, password)
    async with parts.db.begin(company_id) as session:
        session.add(SmsNumberRow(id=uuid4(), provider="simulator", e164=OUR_NUMBER))
        switchboard = _row_of(pbx)
        session.add(switchboard)
        ellen = await add_user(
            session,
            parts.db.master,
            email=EMAIL,
            name="Ellen",
            role="admin",
            password_hash=hashed,
            language=parts.settings.language,
            now=now,
        )
        ellen.phone = _PHONE
        await session.flush()
        await furnish_callbacks(session, switchboard.id, ellen.id, now)
    await _fill_calendar(parts, company_id, business)
    return company_id


def _row_of(pbx: DemoPbx) -> PbxRow:
    return PbxRow(
        id=uuid4(),
        name="Växel",
        host=pbx.host,
        port=pbx.port,
        username=pbx.username,
        secret=pbx.secret,
        site=pbx.site,
    )


async def _fill_calendar(parts: Parts, company_id: UUID, business: Business) -> None:
    """Some appointments this week and the next, so that they look like weeks of a salon."""
    now = parts.clock()
    monday = now - timedelta(days=now.weekday(), hours=now.hour)
    wishes = [
        (service.id, resource, 7 * hour)
        for hour, service in enumerate(business.services)
        for resource in service.resources
    ]
    async with parts.db.begin(company_id) as session:
        for number, (service, resource, hours) in enumerate(wishes * 2):
            start = monday + timedelta(hours=hours + 17 * number)
            end = start + timedelta(days=4)
            taken = await taken_between(session, monday, end, now)
            for slot in free_slots(business, service, taken, monday, start, end, resource, limit=1):
                caller = f"+467017406{20 + number:02d}"
                await book(session, slot, caller, f"demo:{number}", business.timezone, now)


async def _callers(parts: Parts, pbx: DemoPbx, company_id: UUID) -> None:
    """People ring, nobody answers; some of them answer the text."""
    async with asyncio.TaskGroup() as callers:
        for number in range(11, 11 + len(sample.CALLS)):
            caller = f"+467017406{number}"
            await pbx.ring(caller)
            callers.create_task(_answer_texts(parts, company_id, caller))


async def _answer_texts(parts: Parts, company_id: UUID, caller: str) -> None:
    for heard, text in enumerate(_ANSWERS.get(caller, ())):
        if not await _has_texts(parts, company_id, caller, 2 * heard + 1):
            return
        await asyncio.sleep(2)  # people type
        await _type(parts, company_id, caller, text)


async def _has_texts(parts: Parts, company_id: UUID, caller: str, count: int) -> bool:
    async def arrive() -> None:
        while True:
            heard = parts.db.bell.heard(CHANGES)
            async with parts.db.read(company_id) as session:
                if len(await texts_on(session, caller)) >= count:
                    return
            await parts.db.bell.wait(heard, 1.0, CHANGES)

    try:
        await asyncio.wait_for(arrive(), _REPLY_TIMEOUT_S)
    except TimeoutError:
        return False
    return True


async def _type(parts: Parts, company_id: UUID, phone: str, text: str) -> None:
    """A text from a simulated phone, taken in as if a provider had delivered it."""
    now, token = parts.clock(), token_urlsafe(24)
    async with parts.db.begin(company_id) as session:
        await put_text(session, token, phone, text, now, typed=True)
    await parts.inbox.receive(Inbound("simulator", token, phone, OUR_NUMBER, text, now))


class _Phone:
    """The visitor's phone."""

    def __init__(self, parts: Parts, pbx: DemoPbx, company_id: UUID) -> None:
        self.ringing = False
        self._parts = parts
        self._pbx = pbx
        self._company_id = company_id
        self._call: asyncio.Task[None] | None = None

    async def call(self) -> None:
        """Ring the company; a second click while it rings does nothing."""
        if not self.ringing:
            self.ringing = True
            self._call = asyncio.create_task(self._ring(), name="demo-visitor-rings")
            await self._changed()

    async def type_text(self, text: str) -> None:
        """Send a text to the company."""
        await _type(self._parts, self._company_id, VISITOR, text)

    async def _ring(self) -> None:
        try:
            await self._pbx.ring(VISITOR)
        finally:
            self.ringing = False
            await self._changed()

    async def _changed(self) -> None:
        async with self._parts.db.begin(self._company_id) as session:
            await note_change(session, Kind.PHONE, self._company_id, self._parts.clock())
