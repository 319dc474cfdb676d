"""One SIP address on UDP: transactions out and in, retransmitted until they are settled.

In: requests of its legs; datagrams. Out: datagrams; requests handed to the leg they belong to.
Between `sip_codec` and the people of `sip`. Follows RFC 3261 17 with its timers T1 and T2.
"""

import asyncio
import contextlib
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any, ClassVar, Protocol, Self, TypeVar

from tests.asterisk.office import HOST
from tests.asterisk.sip_codec import Message, digest, parsed, reply_to, token

T1_S, T2_S = 0.5, 4.0
TRANSACTION_S = 32.0
_REMEMBERED = 2000  # transactions whose last word is kept, for the peer's retransmissions
_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class Dialog(Protocol):
    """What an agent knows of a leg: a taker of the requests within its Call-ID."""

    def take(self, request: Message) -> None:
        """Acts on a request, replies included."""

    async def close(self) -> None:
        """Ends it in whatever state it is, and its sound."""


class Exchange:
    """A request under way: sent again until something comes back, then a queue of replies."""

    def __init__(self, agent: "Agent", request: Message) -> None:
        self.request = request
        self.heard = asyncio.Event()
        self._replies: asyncio.Queue[Message] = asyncio.Queue()
        agent.spawn(agent.send_until(request, self.heard), f"send-{request.method}")

    def put(self, reply: Message) -> None:
        self.heard.set()
        self._replies.put_nowait(reply)

    async def next(self, within_s: float = TRANSACTION_S) -> Message:
        """The next reply.

        Raises:
            TimeoutError: None came.
        """
        async with asyncio.timeout(within_s):
            return await self._replies.get()

    async def final(self, within_s: float = TRANSACTION_S) -> Message:
        """The reply that settles it.

        Raises:
            TimeoutError: None came.
        """
        async with asyncio.timeout(within_s):
            while (reply := await self._replies.get()).status < 200:
                pass
        return reply


class Agent(asyncio.DatagramProtocol):
    """A socket with its transactions and legs; an async context manager.

    Attributes:
        visited: The SIP ports of all servers that had to do with one; who looks, clears it.
        server: Asterisk's address.
        user, secret: Who we are; the secret answers challenges.
        legs: Calls that are not over, by Call-ID.
    """

    visited: ClassVar[set[int]] = set()

    def __init__(self, sip_port: int, user: str, secret: str = "", port: int = 0) -> None:
        self.server = (HOST, sip_port)
        self.user, self.secret, self.port = user, secret, port
        self.legs: dict[str, Dialog] = {}
        self._asked: dict[tuple[str, str], Exchange] = {}
        self._replied: dict[tuple[str, str], Message] = {}
        self._acks: dict[str, Message] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._faults: list[BaseException] = []
        self._transport: asyncio.DatagramTransport | None = None

    async def __aenter__(self) -> Self:
        self.visited.add(self.server[1])
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: self, local_addr=(HOST, self.port)
        )
        self._transport = transport
        self.port = transport.get_extra_info("sockname")[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        for leg in list(self.legs.values()):
            await leg.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._transport is not None:
            self._transport.close()
            await asyncio.sleep(0)  # sockets are closed in the loop's next turn
        if self._faults:
            raise self._faults[0]

    @property
    def contact(self) -> str:
        return f"sip:{self.user}@{HOST}:{self.port}"

    def via(self, branch: str = "") -> tuple[str, str]:
        """The Via of a request of ours; a new transaction unless a branch is given."""
        return "Via", f"SIP/2.0/UDP {HOST}:{self.port};rport;branch={branch or 'z9hG4bK' + token()}"

    def spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Runs it beside; what it raises is raised when the agent is left."""
        task = asyncio.create_task(work, name=f"{self.user}-{name}")
        self._tasks.add(task)
        task.add_done_callback(self._settle)

    def _settle(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (fault := task.exception()):
            self._faults.append(fault)

    def send(self, message: Message) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(message.encoded(), self.server)

    async def send_until(self, message: Message, settled: asyncio.Event) -> None:
        """Sends it, and again in growing intervals, until it is settled or the time is up."""
        interval_s = T1_S
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(TRANSACTION_S):
                while not settled.is_set():
                    self.send(message)
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(settled.wait(), interval_s)
                    interval_s = min(2 * interval_s, T2_S)

    def ask(self, request: Message) -> Exchange:
        """Sends a request as a new transaction."""
        exchange = Exchange(self, request)
        _remember(self._asked, (request.branch, request.method), exchange)
        return exchange

    def acknowledge(self, invite: Message, ack: Message) -> None:
        """Sends the ACK, and again whenever the INVITE's final reply comes again."""
        _remember(self._acks, invite.branch, ack)
        self.send(ack)

    def reply(self, request: Message, reply: Message) -> None:
        """Sends a reply, and again whenever the request comes again."""
        _remember(self._replied, (request.branch, request.method), reply)
        self.send(reply)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        message = parsed(data)
        if message is None:
            return
        key = (message.branch, message.method)
        if message.status:
            self._take_reply(message, key)
        elif key in self._replied:
            self.send(self._replied[key])
        else:
            self._take_request(message)

    def _take_reply(self, reply: Message, key: tuple[str, str]) -> None:
        if reply.status >= 200 and reply.method == "INVITE" and reply.branch in self._acks:
            self.send(self._acks[reply.branch])
        elif key in self._asked:
            self._asked[key].put(reply)

    def _take_request(self, request: Message) -> None:
        leg = self.legs.get(request.header("Call-ID"))
        if leg is not None:
            leg.take(request)
        elif request.method == "INVITE":
            self.take_invite(request)
        elif request.method in ("OPTIONS", "NOTIFY"):
            self.reply(request, reply_to(request, "200 OK", token(), self.contact))
        elif request.method != "ACK":
            self.reply(request, reply_to(request, "481 Call/Transaction Does Not Exist", token()))

    def take_invite(self, invite: Message) -> None:
        """A new call came; who can't be called says so."""
        self.reply(invite, reply_to(invite, "404 Not Found", token()))


def _remember(memory: dict[_Key, _Value], key: _Key, value: _Value) -> None:
    memory[key] = value
    if len(memory) > _REMEMBERED:
        del memory[next(iter(memory))]


def authorized(agent: Agent, invite: Message, challenge: Message, cseq: int) -> Message:
    """The request again, as a new transaction that answers the challenge."""
    asked, answer = (
        ("WWW-Authenticate", "Authorization")
        if challenge.status == 401
        else ("Proxy-Authenticate", "Proxy-Authorization")
    )
    method = invite.method
    fresh = {"Via": agent.via()[1], "CSeq": f"{cseq} {method}"}
    headers = tuple((name, fresh.get(name, value)) for name, value in invite.headers)
    credentials = digest(challenge.header(asked), agent.user, agent.secret, method, invite.uri)
    return replace(invite, headers=(*headers, (answer, credentials)))
