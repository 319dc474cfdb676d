"""One call as one of its ends lives it: ringing, answered, over; with sound while it is up.

In: what the person does (answer, decline, cancel, press, hang up); requests and replies from the
other side. Out: SIP through the `Agent`, and the truth about the call, written down as it happened.
"""

import asyncio
import contextlib
import time
from dataclasses import dataclass
from typing import Literal, Self

from tests.asterisk.office import HOST
from tests.asterisk.rtp import Sound
from tests.asterisk.sip_agent import TRANSACTION_S, Agent, Exchange, authorized
from tests.asterisk.sip_codec import (
    Message,
    media_address,
    reply_to,
    sdp_for,
    tag_of,
    token,
    uri_of,
    user_of,
)

PATIENCE_S = 20.0  # for a loaded machine; a moment is usual
_CLOSE_S = 5.0
_LOOK_S = 0.02


@dataclass(slots=True)
class Truth:
    """What this end saw; times in epoch seconds, None where it did not happen.

    Attributes:
        began_at: The INVITE was sent or came.
        rang_at: The phone rang, or the caller heard that it does (180).
        answered_at: The call was up, as far as SIP goes.
        ended_at: It was over.
        ended_by: Who ended it first, this end (`us`) or the other (`them`).
        status: The final SIP status of the INVITE; 0 while there is none.
    """

    began_at: float
    rang_at: float | None = None
    answered_at: float | None = None
    ended_at: float | None = None
    ended_by: Literal["us", "them"] | None = None
    status: int = 0


class Leg:
    """A call of an agent. Made by `Leg.placed` or `Leg.received`.

    Attributes:
        caller: The number that calls, as this end was told.
        callee: The number that is called.
        truth: What happened so far.
        sound: Its RTP.
        invite: The INVITE, for those who look at its headers.
    """

    def __init__(self, agent: Agent, invite: Message, local: str, remote: str, target: str) -> None:
        self.caller, self.callee = user_of(invite.header("From")), user_of(invite.uri)
        self.truth = Truth(began_at=time.time())
        self.sound = Sound()
        self.invite = invite
        self._agent = agent
        self._local, self._remote, self._target = local, remote, target
        self._cseq = 1
        self._exchange: Exchange | None = None  # of the INVITE we sent
        self._rang, self._answered, self._ended = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._acked = asyncio.Event()
        agent.legs[invite.header("Call-ID")] = self

    @classmethod
    async def placed(
        cls, agent: Agent, callee: str, from_: str, headers: tuple[tuple[str, str], ...] = ()
    ) -> Self:
        """Calls the number; `from_` is the address in From, without a tag."""
        uri = f"sip:{callee}@{HOST}:{agent.server[1]}"
        local, remote = f"{from_};tag={token()}", f"<{uri}>"
        bare = Message(f"INVITE {uri} SIP/2.0", (("From", local), ("Call-ID", token())))
        leg = cls(agent, bare, local, remote, uri)
        await leg.sound.open(HOST)
        typed = (("Content-Type", "application/sdp"), *headers)
        leg.invite = leg._request("INVITE", typed, sdp_for(HOST, leg.sound.port))
        agent.spawn(leg._follow(), "invite")
        return leg

    @classmethod
    def received(cls, agent: Agent, invite: Message) -> Self:
        """A call that came in."""
        local = f"{invite.header('To')};tag={token()}"
        leg = cls(agent, invite, local, invite.header("From"), uri_of(invite.header("Contact")))
        agent.reply(invite, reply_to(invite, "100 Trying"))
        return leg

    async def ring(self) -> None:
        """Lets the phone ring, unless the caller has given up already."""
        await self.sound.open(HOST)
        if self._ended.is_set():
            self.sound.close()
            return
        self._agent.reply(self.invite, self._reply(self.invite, "180 Ringing"))
        self._mark_ringing()

    # What the person does

    async def answer(self) -> None:
        """Picks up; nothing happens when the call is over already."""
        if self._ended.is_set() or self._answered.is_set():
            return
        reply = self._reply(self.invite, "200 OK", sdp_for(HOST, self.sound.port))
        self._agent.reply(self.invite, reply)
        self._agent.spawn(self._agent.send_until(reply, self._acked), "answer")
        self._mark_answered(self.invite.body)

    async def decline(self, status: str = "603 Decline") -> None:
        """Refuses the call that rings; `486 Busy Here` is another way."""
        if self._ended.is_set() or self._answered.is_set():
            return
        self._refuse(status)
        self._mark_ended("us", int(status.split()[0]))

    async def cancel(self) -> None:
        """Gives up a call that nobody answered, and waits until it is over.

        A reply 200 that crossed the CANCEL is taken and hung up, as phones do.
        """
        if self._exchange is None or self._ended.is_set():
            return
        self.truth.ended_by = "us"
        async with asyncio.timeout(TRANSACTION_S):
            await self._exchange.heard.wait()  # RFC 3261 9.1: not before a provisional reply
        invite = self._exchange.request
        cancel = self._request(
            "CANCEL", cseq=self._cseq, branch=invite.branch, to=f"<{invite.uri}>"
        )
        await self._agent.ask(cancel).final()
        await self.ended(TRANSACTION_S)

    async def hang_up(self) -> None:
        """Ends an answered call."""
        if self._ended.is_set():
            return
        self._cseq += 1
        bye = self._agent.ask(self._request("BYE"))
        self._mark_ended("us", self.truth.status)
        await bye.final()

    async def forward(self, number: str) -> None:
        """Sends the call that rings on to another number (302)."""
        if self._ended.is_set() or self._answered.is_set():
            return
        contact = f"sip:{number}@{HOST}:{self._agent.server[1]}"
        self._refuse("302 Moved Temporarily", contact)
        self._mark_ended("us", 302)

    async def speak_early(self) -> None:
        """Lets the caller hear something before the answer, as operators do (183)."""
        reply = self._reply(self.invite, "183 Progress", sdp_for(HOST, self.sound.port))
        self._agent.reply(self.invite, reply)
        self._send_sound(self.invite.body)

    def press(self, digits: str) -> None:
        """Presses keys, sent as RFC 2833 events."""
        self.sound.press(digits)

    async def ask(
        self, method: str, headers: tuple[tuple[str, str], ...] = (), sdp: str = ""
    ) -> Message:
        """Sends a request within the call and returns the final reply.

        Raises:
            TimeoutError: None came.
        """
        self._cseq += 1
        request = self._request(method, headers, sdp)
        reply = await self._agent.ask(request).final()
        if method == "INVITE":
            ack = self._request("ACK", cseq=self._cseq)
            self._agent.acknowledge(request, ack)
        return reply

    @property
    def dialog(self) -> tuple[str, str, str]:
        """Call-ID, our tag and the other side's: what Replaces names it by."""
        return self.invite.header("Call-ID"), tag_of(self._local), tag_of(self._remote)

    # What the person waits for

    async def rings(self, within_s: float = PATIENCE_S) -> None:
        """Returns when it rings; TimeoutError when it does not."""
        await _happened(self._rang, within_s, f"The call to {self.callee} did not ring")

    async def answered(self, within_s: float = PATIENCE_S) -> None:
        """Returns when it is answered; TimeoutError when it is not."""
        await _happened(self._answered, within_s, f"The call to {self.callee} was not answered")

    async def gets_through(self, within_s: float = PATIENCE_S) -> None:
        """Returns when it rings, is answered or is over already; TimeoutError when nothing comes."""
        async with asyncio.timeout(within_s):
            while not any(one.is_set() for one in (self._rang, self._answered, self._ended)):
                await asyncio.sleep(_LOOK_S)

    async def ended(self, within_s: float = PATIENCE_S) -> None:
        """Returns when it is over; TimeoutError when it goes on."""
        await _happened(self._ended, within_s, f"The call to {self.callee} did not end")

    async def hears(self, packets: int = 3) -> None:
        """Returns when so much sound has come; TimeoutError when it does not."""
        async with asyncio.timeout(PATIENCE_S):
            while self.sound.received < packets:
                await asyncio.sleep(_LOOK_S)

    async def ends_within(self, within_s: float) -> bool:
        """Whether it was over before the time was up; so a person waits, talks or rings."""
        with contextlib.suppress(TimeoutError):
            await self.ended(within_s)
        return self._ended.is_set()

    async def close(self) -> None:
        """Ends it in whatever state it is."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_CLOSE_S):
                if self._answered.is_set():
                    await self.hang_up()
                elif self._exchange is not None:
                    await self.cancel()
                else:
                    await self.decline("480 Temporarily Unavailable")
        self._mark_ended("us", self.truth.status)

    # What the other side does

    def take(self, request: Message) -> None:
        """Acts on a request within the call."""
        match request.method:
            case "ACK":
                self._acked.set()
            case "CANCEL":
                self._agent.reply(request, self._reply(request, "200 OK"))
                if not (self._answered.is_set() or self._ended.is_set()):
                    self._refuse("487 Request Terminated")
                    self._mark_ended("them", 487)
            case "BYE":
                self._agent.reply(request, self._reply(request, "200 OK"))
                self._mark_ended("them", self.truth.status)
            case "INVITE" | "UPDATE":  # on hold, another address for the sound, another name
                sdp = sdp_for(HOST, self.sound.port)
                offered = request.method == "INVITE" or request.body
                self._agent.reply(request, self._reply(request, "200 OK", sdp if offered else ""))
            case _:
                self._agent.reply(request, self._reply(request, "200 OK"))

    async def _follow(self) -> None:
        """Sends our INVITE, answers a challenge once, and marks what comes of it."""
        final = await self._outcome()
        if final and final.status in (401, 407) and self._agent.secret:
            self._cseq += 1
            self.invite = authorized(self._agent, self.invite, final, self._cseq)
            final = await self._outcome()
        if final is None or final.status >= 300:
            self._mark_ended("them", final.status if final else 408)
        elif self.truth.ended_by == "us":  # our CANCEL came too late
            self._mark_answered(final.body)
            await self.hang_up()
        else:
            self._mark_answered(final.body)

    async def _outcome(self) -> Message | None:
        self._exchange = exchange = self._agent.ask(self.invite)
        reply = None
        with contextlib.suppress(TimeoutError):
            while reply is None or reply.status < 200:
                reply = await exchange.next(TRANSACTION_S if reply is None else 600.0)
                self._take_reply(reply)
            return reply
        return None

    def _take_reply(self, reply: Message) -> None:
        if tag_of(reply.header("To")):
            self._remote = reply.header("To")
        if 100 < reply.status < 200:
            if reply.status == 180:
                self._mark_ringing()
            self._send_sound(reply.body)
        elif 200 <= reply.status < 300:
            self._target = uri_of(reply.header("Contact"))
            self._agent.acknowledge(self.invite, self._request("ACK", cseq=self._cseq))
        elif reply.status >= 300:
            invite = self.invite
            ack = self._request("ACK", cseq=self._cseq, branch=invite.branch)
            self._agent.acknowledge(invite, ack)

    def _refuse(self, status: str, contact: str = "") -> None:
        local = tag_of(self._local)
        reply = reply_to(self.invite, status, local, contact or self._agent.contact)
        self._agent.reply(self.invite, reply)
        self._agent.spawn(self._agent.send_until(reply, self._acked), "refuse")

    def _reply(self, request: Message, status: str, sdp: str = "") -> Message:
        return reply_to(request, status, tag_of(self._local), self._agent.contact, sdp)

    def _request(
        self,
        method: str,
        headers: tuple[tuple[str, str], ...] = (),
        sdp: str = "",
        *,
        cseq: int = 0,
        branch: str = "",
        to: str = "",
    ) -> Message:
        return Message(
            f"{method} {self._target} SIP/2.0",
            (
                self._agent.via(branch),
                ("Max-Forwards", "70"),
                ("From", self._local),
                ("To", to or self._remote),
                ("Call-ID", self.invite.header("Call-ID")),
                ("CSeq", f"{cseq or self._cseq} {method}"),
                ("Contact", f"<{self._agent.contact}>"),
                *headers,
            ),
            sdp,
        )

    def _send_sound(self, sdp: str) -> None:
        if address := media_address(sdp):
            self.sound.send(address)

    def _mark_ringing(self) -> None:
        if not self._rang.is_set():
            self.truth.rang_at = time.time()
            self._rang.set()

    def _mark_answered(self, sdp: str) -> None:
        self.truth.answered_at, self.truth.status = time.time(), 200
        self._send_sound(sdp)
        self._answered.set()

    def _mark_ended(self, by: Literal["us", "them"], status: int) -> None:
        if self._ended.is_set():
            return
        self.truth.ended_at, self.truth.status = time.time(), status
        self.truth.ended_by = self.truth.ended_by or by
        self._agent.legs.pop(self.invite.header("Call-ID"), None)
        self._ended.set()
        self.sound.close()


async def _happened(event: asyncio.Event, within_s: float, complaint: str) -> None:
    try:
        async with asyncio.timeout(within_s):
            await event.wait()
    except TimeoutError:
        raise TimeoutError(f"{complaint} within {within_s:g} s.") from None
