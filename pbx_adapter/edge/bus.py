"""MQTT, fenced: one line to a broker, kept up. The only file that imports aiomqtt and paho.

In: a broker, topics to read, bytes to publish. Out: what was published there, each to be acknowledged
when it is safe; the state of the line as one sentence. Used by the edge and by the centre.

What aiomqtt leaves open is done here: it acknowledges before anybody has read (paho's manual
acknowledgement), it has no reconnect of its own, it hides why a connection failed and whether a
publication was refused, and it waits for a broker that hangs. Nothing is kept for the next
connection: what was not acknowledged is sent again by its owner (`spool`), or by the broker.

Source: MQTT 5 and 3.1.1; aiomqtt 2.5 and paho 2.1 as installed; Mosquitto 2.0.
"""

import asyncio
import logging
import socket
import ssl
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import NoReturn

import structlog
from aiomqtt import Client, MqttCodeError, MqttError, ProtocolVersion, Will
from paho.mqtt.client import MQTT_CLEAN_START_FIRST_ONLY
from paho.mqtt.client import Client as Paho
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from pbx_adapter.edge.bus_faults import (
    UNSUPPORTED_VERSION,
    Broker,
    LineDown,
    ended_because,
    not_allowed,
    silent,
    unreachable,
)
from pbx_adapter.link import Backoff, Pace
from ringback.errors import BadInput, Refused, RingbackError

PACE = Pace(unreachable=Backoff(1, 60), refused=Backoff(10, 120))
_SESSION_S = 7 * 24 * 3600  # how long the broker keeps for us what came while we were away
_IN_FLIGHT = 20  # publications without an answer; Mosquitto's own limit as it comes
_STABLE_S = 30.0
_NOBODY = 0x10

log = structlog.get_logger(__name__)
_silent = logging.getLogger(f"{__name__}.paho")
_silent.disabled = True  # all that matters is told by us, in sentences


@dataclass(frozen=True, slots=True, eq=False)
class Received:
    """One publication that came; `Bus.acknowledge` it when what it says is safe."""

    topic: str
    body: bytes
    mid: int
    client: Client | None  # None: there is nobody to acknowledge it to


@dataclass(frozen=True, slots=True)
class LastWill:
    """What the broker publishes, retained, when we go without a word."""

    topic: str
    body: str


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a line waits.

    Attributes:
        connect_s: For the socket, and for TLS.
        answer_s: For each answer of the broker.
        keepalive_s: A broker that says nothing for up to twice as long is gone.
    """

    connect_s: float = 5.0
    answer_s: float = 10.0
    keepalive_s: int = 15


OnReceived = Callable[[Received], None]
"""Takes one publication; quick. What it raises is logged, and the next one follows."""


class Bus:
    """A line that `run` keeps up until it is cancelled.

    Attributes:
        text: How the line is, for people: what is wrong and how to mend it.

    Args:
        broker: Where to.
        client_id: One per installation; a second one takes the line over.
        topics: What to read.
        on_received: Gets what comes.
        on_up: Called after each connection; quick, and must not raise.
        on_down: The same, after each that ended or did not come about.
        will: Left with the broker.
        pace: How long to wait between tries.
        limits: How long to wait for the broker.
    """

    def __init__(
        self,
        broker: Broker,
        client_id: str,
        topics: Sequence[str],
        on_received: OnReceived,
        on_up: Callable[[], None] | None = None,
        on_down: Callable[[], None] | None = None,
        will: LastWill | None = None,
        pace: Pace = PACE,
        limits: Limits | None = None,
    ) -> None:
        self.text = f"Connecting to the broker at {broker}."
        self._broker = broker
        self._client_id = client_id
        self._topics = topics
        self._on_received = on_received
        self._on_up = on_up
        self._on_down = on_down
        self._will = will
        self._pace = pace
        self._limits = limits or Limits()
        self._version = ProtocolVersion.V311 if broker.version == "3.1.1" else ProtocolVersion.V5
        self._client: Client | None = None  # while the line is up
        self._unanswered: dict[int, asyncio.Future[int]] = {}
        self._fault: RingbackError | None = None  # why we end the connection ourselves
        self._last_told = ""

    @property
    def is_up(self) -> bool:
        """Whether publications can be sent now."""
        return self._client is not None

    async def run(self) -> NoReturn:
        """Keep the line up; cancelling takes leave of the broker, which then publishes no will."""
        failures, now = 0, asyncio.get_running_loop().time
        while True:
            began = now()
            fault = await self.live()
            if self._falls_back(fault):
                continue
            self._tell(str(fault), fine=False)
            if self._on_down is not None:
                self._on_down()
            failures = 1 if now() - began >= _STABLE_S else failures + 1
            no = isinstance(fault, Refused | BadInput)
            backoff = self._pace.refused if no else self._pace.unreachable
            await self._pace.sleep(backoff.delay_s(failures, self._pace.chance()))

    async def live(self) -> RingbackError:
        """One connection from its beginning to its end; returns why it ended."""
        self._fault = None
        abandoned = threading.Event()
        try:
            client = self._new_client()
            client._client._create_socket = _door(self._broker, self._limits, abandoned)  # type: ignore[method-assign]
        except (OSError, ssl.SSLError) as fault:
            return BadInput(f"The certificates for {self._broker} can't be used: {fault}.")
        try:
            async with client:
                await self._serve(client)
        except RingbackError as fault:
            return self._fault or fault
        except MqttError as fault:
            return self._fault or self._why(fault)
        finally:
            abandoned.set()
            self._go_down(client)
        return LineDown(f"The connection to {self._broker} ended.")

    async def publish(self, topic: str, body: str, *, retain: bool = False) -> bool:
        """Publish and wait for the broker's word that it has taken it (QoS 1).

        Returns:
            False when the broker says that nobody has subscribed, so that it kept nothing. MQTT
            3.1.1 has no word for that either.

        Raises:
            LineDown: There is no line, or it ended first; it may or may not have been taken.
            BrokerRefused: The broker does not let us write there. MQTT 3.1.1 has no word for that.
        """
        client = self._client
        if client is None:
            raise LineDown(f"There is no line to the broker. {self.text}")
        sent = client._client.publish(topic, body, qos=1, retain=retain)
        if sent.rc != 0:
            raise LineDown(f"The connection to {self._broker} is ending.")
        answered: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._unanswered[sent.mid] = answered
        try:
            async with asyncio.timeout(self._limits.answer_s):
                code = await answered
        except TimeoutError as late:
            hung = silent(self._broker)
            self._cut(client, hung)
            raise hung from late
        finally:
            self._unanswered.pop(sent.mid, None)
        if code >= 0x80:
            raise not_allowed(self._broker, "write", topic)
        return code != _NOBODY

    def tell(self, topic: str, body: str) -> bool:
        """Publish what is told again soon: nobody answers for it or keeps it for later (QoS 0).

        Returns:
            False without a line.
        """
        client = self._client
        return client is not None and client._client.publish(topic, body, qos=0).rc == 0

    def acknowledge(self, received: Received) -> None:
        """Tell the broker that it need not send this again.

        On another connection than it came by there is nothing to tell: it has been sent again.
        The order may differ from that of arrival; Mosquitto does not mind.
        """
        client = self._client
        if client is not None and received.client is client:
            client._client.ack(received.mid, 1)

    def _new_client(self) -> Client:
        broker, is_5 = self._broker, self._version is ProtocolVersion.V5
        connecting = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        if is_5:
            connecting.SessionExpiryInterval = _SESSION_S
        will = self._will
        client = Client(
            broker.host,
            broker.port,
            username=broker.username or None,
            password=broker.password or None,
            logger=_silent,
            identifier=self._client_id,
            protocol=self._version,
            will=Will(will.topic, will.body, qos=1, retain=True) if will else None,
            clean_session=None if is_5 else False,
            clean_start=False if is_5 else MQTT_CLEAN_START_FIRST_ONLY,
            properties=connecting if is_5 else None,
            timeout=self._limits.answer_s,
            keepalive=self._limits.keepalive_s,
            max_inflight_messages=_IN_FLIGHT,
        )
        client._client.manual_ack_set(True)
        client._client.on_publish = self._on_answer
        return client

    async def _serve(self, client: Client) -> None:
        for topic in self._topics:
            codes = await client.subscribe(topic, qos=1)
            if any(
                (code.value if isinstance(code, ReasonCode) else code) >= 0x80 for code in codes
            ):
                raise not_allowed(self._broker, "read", topic)
        self._client = client
        self._tell(f"Connected to the broker at {self._broker}.", fine=True)
        if self._on_up is not None:
            self._on_up()
        async for message in client.messages:
            body = message.payload if isinstance(message.payload, bytes) else b""
            to = client if message.qos else None  # QoS 0: an acknowledgement would end the line
            try:
                self._on_received(Received(message.topic.value, body, message.mid, to))
            except Exception:
                log.exception("mqtt_publication_not_taken", topic=message.topic.value)

    def _on_answer(
        self, _: Paho, __: object, mid: int, reason: ReasonCode, ___: Properties | None
    ) -> None:
        answered = self._unanswered.get(mid)
        if answered is not None and not answered.done():
            answered.set_result(reason.value)

    def _cut(self, client: Client, fault: RingbackError) -> None:
        """End it without taking leave, so that the will is published."""
        if self._fault is None:
            self._fault = fault
            line = client._client.socket()
            if isinstance(line, socket.socket):
                with suppress(OSError):
                    line.shutdown(socket.SHUT_RDWR)

    def _go_down(self, client: Client) -> None:
        self._client = None
        client._client._sock_close()  # aiomqtt leaves it open where no answer came to CONNECT
        for answered in self._unanswered.values():
            if not answered.done():
                answered.set_exception(LineDown(f"The connection to {self._broker} ended."))

    def _falls_back(self, fault: RingbackError) -> bool:
        old = isinstance(fault, Refused) and fault.code == f"0x{UNSUPPORTED_VERSION:02x}"
        if not old or self._broker.version != "auto" or self._version is ProtocolVersion.V311:
            return False
        log.info("mqtt_falls_back", broker=str(self._broker), version="3.1.1")
        self._version = ProtocolVersion.V311
        return True

    def _why(self, fault: MqttError) -> RingbackError:
        cause = fault.__context__  # aiomqtt keeps only its words
        if str(fault) == "Operation timed out":
            return silent(self._broker)
        if isinstance(cause, OSError) and not isinstance(fault, MqttCodeError):
            return unreachable(self._broker, cause)
        ended = fault.__cause__ if isinstance(fault.__cause__, MqttCodeError) else fault
        if isinstance(ended, MqttCodeError) and isinstance(ended.rc, ReasonCode):
            return ended_because(self._broker, ended.rc.value)
        return LineDown(f"The broker at {self._broker} does not answer: is it Mosquitto's port?")

    def _tell(self, text: str, *, fine: bool) -> None:
        self.text = text
        if text != self._last_told:
            self._last_told = text
            (log.info if fine else log.warning)("mqtt_line", broker=str(self._broker), text=text)


def _door(
    broker: Broker, limits: Limits, abandoned: threading.Event
) -> Callable[[], socket.socket]:
    """What opens the socket, in a thread of aiomqtt's; paho's own leaves it open when TLS fails.

    Raises:
        OSError: A file for TLS can't be read.
    """
    tls = _trusting(broker) if broker.tls else None

    def opened() -> socket.socket:
        line = socket.create_connection((broker.host, broker.port), timeout=limits.connect_s)
        if tls is not None:
            line = tls.wrap_socket(line, server_hostname=broker.host)
        if abandoned.is_set():  # we were cancelled meanwhile
            line.close()
            raise ConnectionAbortedError
        return line

    return opened


def _trusting(broker: Broker) -> ssl.SSLContext:
    """TLS that checks the broker's certificate; OSError when a file can't be read."""
    context = ssl.create_default_context(cafile=broker.ca_file)
    if broker.cert_file:
        context.load_cert_chain(broker.cert_file, broker.key_file)
    return context
