"""What can be wrong with the line to an MQTT broker, as errors whose text says how to mend it.

In: where the broker is, and what the network or the broker said. Out: errors, by what happens next
(`ringback.errors`). Used by `bus`.

Source: MQTT 5, 2.4 (reason codes); what Mosquitto 2.0 says was read off it.
"""

import socket
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ringback.errors import Refused, TryAgain

MqttVersion = Literal["auto", "5", "3.1.1"]
UNSUPPORTED_VERSION = 0x84
_NOT_AUTHORIZED = 0x87


@dataclass(frozen=True, slots=True)
class Broker:
    """An MQTT broker, and who we are there.

    Attributes:
        host: Name or IP address; with TLS the name in its certificate.
        port: 8883 with TLS, as a rule.
        username: At the edge, the site's name.
        password: Kept out of `repr`.
        tls: Off only on a machine of one's own.
        ca_file: The certificate to trust (PEM); None: those that the system trusts.
        cert_file: Our own certificate, where the broker asks for one.
        key_file: Its key.
        version: `auto` speaks MQTT 5, and 3.1.1 to a broker that does not know 5.
    """

    host: str
    port: int
    username: str
    password: str = field(repr=False)
    tls: bool = True
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    version: MqttVersion = "auto"

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class LineDown(TryAgain):
    """There is no connection to the broker, or it ended: what was published may not have arrived."""


class BrokerRefused(Refused):
    """The broker answers and does not let us in, or not do this; `code` is its reason code."""


def unreachable(broker: Broker, fault: OSError) -> LineDown:
    """Why no connection came about, in a sentence that helps."""
    match fault:
        case ConnectionRefusedError():
            text = f"Nobody answers at {broker}: is Mosquitto running, and listening there?"
        case socket.gaierror():
            text = f"There is no host called {broker.host}: check the address of the broker."
        case ssl.SSLCertVerificationError():
            text = (
                f"The certificate of {broker} is not trusted ({fault.verify_message}): give the "
                "file of the CA that signed it, and address the broker by the name in it."
            )
        case ssl.SSLError() | ConnectionResetError() if broker.tls:
            text = f"{broker} does not speak TLS with us: check its listener and the certificates."
        case TimeoutError():
            text = f"{broker} does not answer at all: check host, port and the firewalls between."
        case _:
            text = f"{broker} can't be reached ({fault.strerror or type(fault).__name__})."
    return LineDown(text)


def silent(broker: Broker) -> LineDown:
    """Connected, and no answer came."""
    return LineDown(
        f"{broker} accepts connections but does not answer: does it hang, is it the broker's port, "
        f"and is TLS {'really on' if broker.tls else 'off'} there?"
    )


def ended_because(broker: Broker, code: int) -> LineDown | BrokerRefused:
    """Why the broker ended a connection, or let none come about, by its reason code."""
    match code:
        case 0x86 | 0x87 | 0x8A:
            text = (
                f"The broker at {broker} refused user {broker.username!r}: check name and "
                "password against Mosquitto's password_file."
            )
        case 0x8E:
            text = (
                f"Another program has connected to {broker} as {broker.username!r} and took the "
                "line over: let only one run."
            )
        case 0x84:
            text = f"The broker at {broker} does not speak MQTT {broker.version}: choose another."
        case 0x8D:  # our own keep-alive
            return silent(broker)
        case _:  # Mosquitto says no more than this also to one whose place another takes
            return LineDown(
                f"The broker at {broker} ended the connection. If it does so again and again, "
                f"another program uses the name {broker.username!r}: let only one run."
            )
    return BrokerRefused(text, f"0x{code:02x}")


def not_allowed(broker: Broker, what: str, topic: str) -> BrokerRefused:
    """The broker let us in, and refuses a topic."""
    return BrokerRefused(
        f"The broker at {broker} does not let user {broker.username!r} {what} {topic}: "
        "check Mosquitto's acl_file.",
        f"0x{_NOT_AUTHORIZED:02x}",
    )
