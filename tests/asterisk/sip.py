"""The people of a test call: phones of the office, callers outside, and the world behind the trunk.

In: what the test wants them to do. Out: real SIP and RTP with Asterisk, and each `Leg.truth`: what
they saw. Example:

    async with Phone(asterisk, "101", answer_after(0.2)), Caller(asterisk) as caller:
        leg = await caller.call("0846500401", "0701740605")
        await leg.answered()
        await leg.hang_up()
"""

import asyncio
from collections.abc import Awaitable, Callable

from tests.asterisk.office import HOST, PHONE_SECRET
from tests.asterisk.server import Asterisk
from tests.asterisk.sip_agent import Agent, authorized
from tests.asterisk.sip_codec import Message, token
from tests.asterisk.sip_leg import PATIENCE_S, Leg

Conduct = Callable[[Leg], Awaitable[None]]
"""What a person does with a call that rings."""

_UNREGISTER_S = 5.0
_EXPIRES_S = 3600


def answer_after(ring_s: float, talk_s: float | None = None) -> Conduct:
    """Lets it ring, answers, and hangs up after talking (None: leaves that to the other)."""

    async def conduct(leg: Leg) -> None:
        if await leg.ends_within(ring_s):
            return
        await leg.answer()
        if talk_s is not None and not await leg.ends_within(talk_s):
            await leg.hang_up()

    return conduct


def decline_after(ring_s: float, status: str = "603 Decline") -> Conduct:
    """Lets it ring and refuses."""

    async def conduct(leg: Leg) -> None:
        if not await leg.ends_within(ring_s):
            await leg.decline(status)

    return conduct


def busy() -> Conduct:
    """Is engaged."""
    return decline_after(0.0, "486 Busy Here")


class Callee(Agent):
    """Someone who can be called: takes every call, lets it ring and does what the conduct says.

    Attributes:
        conduct: What is done with the next calls; None lets them ring.
        received: Every leg so far, in order.
    """

    def __init__(
        self, sip_port: int, user: str, conduct: Conduct | None, secret: str = "", port: int = 0
    ) -> None:
        super().__init__(sip_port, user, secret, port)
        self.conduct = conduct
        self.received: list[Leg] = []
        self._ringing: asyncio.Queue[Leg] = asyncio.Queue()

    def take_invite(self, invite: Message) -> None:
        leg = Leg.received(self, invite)
        self.received.append(leg)
        self.spawn(self._live(leg), "call")

    async def rung(self, within_s: float = PATIENCE_S) -> Leg:
        """The next call that rings here.

        Raises:
            TimeoutError: None came.
        """
        try:
            async with asyncio.timeout(within_s):
                return await self._ringing.get()
        except TimeoutError:
            raise TimeoutError(f"{self.user} did not ring within {within_s:g} s.") from None

    async def _live(self, leg: Leg) -> None:
        await leg.ring()
        self._ringing.put_nowait(leg)
        if self.conduct is not None:
            await self.conduct(leg)


class Phone(Callee):
    """A phone of the office (101 to 104), registered while the `async with` lasts."""

    def __init__(self, asterisk: Asterisk, extension: str, conduct: Conduct | None = None) -> None:
        super().__init__(asterisk.sip_port, extension, conduct, PHONE_SECRET)
        self._registration = f"{token()}@{HOST}"
        self._cseq = 0

    async def __aenter__(self) -> "Phone":
        await super().__aenter__()
        try:
            await self.register()
        except BaseException:
            await super().__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        try:
            async with asyncio.timeout(_UNREGISTER_S):
                await self.register(expires_s=0)
        except TimeoutError:
            pass  # the server has been stopped
        finally:
            await super().__aexit__()

    async def register(self, expires_s: int = _EXPIRES_S) -> None:
        """Tells Asterisk where we are; 0 seconds that we are nowhere.

        Raises:
            TimeoutError: Asterisk did not answer.
            RuntimeError: It refused.
        """
        request = self._register(expires_s)
        reply = await self.ask(request).final(PATIENCE_S)
        if reply.status == 401:
            self._cseq += 1
            reply = await self.ask(authorized(self, request, reply, self._cseq)).final(PATIENCE_S)
        if reply.status != 200:
            raise RuntimeError(f"Asterisk refused to register {self.user}: {reply.first_line}")

    async def call(self, number: str) -> Leg:
        """Dials: another phone, a queue, or a number outside."""
        return await Leg.placed(self, number, f"<sip:{self.user}@{HOST}>")

    def _register(self, expires_s: int) -> Message:
        self._cseq += 1
        address = f"<sip:{self.user}@{HOST}>"
        headers = (
            self.via(),
            ("Max-Forwards", "70"),
            ("From", f"{address};tag={token()}"),
            ("To", address),
            ("Call-ID", self._registration),
            ("CSeq", f"{self._cseq} REGISTER"),
            ("Contact", f"<{self.contact}>"),
            ("Expires", str(expires_s)),
        )
        return Message(f"REGISTER sip:{HOST}:{self.server[1]} SIP/2.0", headers)


class Outside(Callee):
    """Everyone whom the office can call through its trunk; `Leg.callee` is the number."""

    def __init__(self, asterisk: Asterisk, conduct: Conduct | None = None) -> None:
        super().__init__(asterisk.sip_port, "outside", conduct, port=asterisk.outside_port)


class Caller(Agent):
    """Callers outside; each call comes in by the trunk."""

    def __init__(self, asterisk: Asterisk) -> None:
        super().__init__(asterisk.sip_port, "trunk-caller")

    async def call(
        self,
        did: str,
        number: str = "0701740605",
        name: str = "",
        headers: tuple[tuple[str, str], ...] = (),
    ) -> Leg:
        """Calls one of the office's numbers and shows the own."""
        return await Leg.placed(self, did, f'"{name or number}" <sip:{number}@{HOST}>', headers)

    async def call_withheld(self, did: str, asserted: str = "") -> Leg:
        """Calls without showing the number; `asserted` is what the operator knows all the same."""
        headers: tuple[tuple[str, str], ...] = (("Privacy", "id"),)
        if asserted:
            headers += (("P-Asserted-Identity", f"<sip:{asserted}@{HOST}>"),)
        return await Leg.placed(self, did, '"Anonymous" <sip:anonymous@anonymous.invalid>', headers)
