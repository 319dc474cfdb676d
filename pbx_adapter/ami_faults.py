"""What can be wrong with an AMI link, as errors whose text says how to mend it.

In: the address of a PBX and what the network or Asterisk said. Out: errors, by what happens next
(`ringback.errors`). Used by the connection (`ami`), read by its supervisor (`link`).

Source: Asterisk's `manager.c`; the words it answers with were read off Asterisk 22.
"""

import socket
import ssl
from dataclasses import dataclass, field
from pathlib import Path

from ringback.errors import Refused, TryAgain


@dataclass(frozen=True, slots=True)
class PbxAddress:
    """Where a PBX's manager port is, and who logs in.

    Attributes:
        host: Name or IP address.
        port: 5038 as Asterisk comes; 5039 is its custom for TLS.
        username: The section in manager.conf.
        secret: Kept out of `repr`; over a line without TLS it is not sent but proved (MD5).
        tls: Whether the port speaks TLS.
        ca_file: The certificate to trust (PEM), for a PBX whose own is signed by nobody known.
    """

    host: str
    port: int
    username: str
    secret: str = field(repr=False)
    tls: bool = False
    ca_file: Path | None = None

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class Unreachable(TryAgain):
    """No connection came about, or nobody answered on it."""


class NotAsterisk(Refused):
    """Something answers, but it is not Asterisk's manager."""


class LoginRefused(Refused):
    """Asterisk answers and does not let the user in; `code` is its message."""


class ConnectionLost(TryAgain):
    """A connection that was up has ended; what happened from then on is not known."""


class NotSent(TryAgain):
    """There is no connection, or Asterisk is just stopping: the action was not done, nor will be."""


class Unanswered(TryAgain):
    """The action was sent and not answered.

    Asterisk may or may not have carried it out: ask what became of it before doing it again.
    """


class ActionRefused(Refused):
    """Asterisk answered with an error; `code` is its message."""


class NotPermitted(ActionRefused):
    """The user lacks the class that the action needs."""


def unreachable(pbx: PbxAddress, fault: OSError) -> Unreachable:
    """Why no connection came about, in a sentence that helps."""
    match fault:
        case ConnectionRefusedError():
            text = f"Nobody answers at {pbx}: is Asterisk running, and manager.conf enabled=yes?"
        case socket.gaierror():
            text = f"There is no host called {pbx.host}: check the address of the PBX."
        case ssl.SSLCertVerificationError():
            text = (
                f"The certificate of {pbx} is not trusted ({fault.verify_message}): give its CA "
                "file, and address the PBX by the name in the certificate."
            )
        case ssl.SSLError() | ConnectionResetError() if pbx.tls:
            text = f"{pbx} does not speak TLS: check tlsenable and tlsbindaddr in manager.conf."
        case TimeoutError():
            text = f"{pbx} does not answer at all: check host, port and the firewalls between."
        case _:
            text = f"{pbx} can't be reached ({fault.strerror or type(fault).__name__})."
    return Unreachable(text)


def not_greeted(pbx: PbxAddress) -> Unreachable:
    """Connected, and then nothing was said."""
    return Unreachable(
        f"{pbx} accepts connections but does not greet: is it the manager's port, and is "
        f"TLS {'really on' if pbx.tls else 'off'} there?"
    )


def not_asterisk(pbx: PbxAddress, banner: bytes) -> NotAsterisk:
    """Greeted by something else; its first bytes are shown."""
    return NotAsterisk(
        f"What answers at {pbx} is not Asterisk's manager (it says {banner[:40]!r}): "
        "check port and bindaddr in manager.conf."
    )


def login_refused(pbx: PbxAddress, message: str) -> LoginRefused:
    """Asterisk's answer to Login, told apart."""
    match message:
        case "Permission denied":
            hint = "the user may not log in here"
        case "Login Already In Use":
            hint = "the user is logged in elsewhere; set allowmultiplelogin=yes in manager.conf"
        case "Authentication failed":
            # Asterisk answers the same when deny/permit shuts this machine out.
            hint = "check username and secret in manager.conf, and that permit= covers this machine"
        case _:
            hint = f"it says {message!r}"
    return LoginRefused(f"Asterisk at {pbx} refused user {pbx.username!r}: {hint}.", message)


def action_refused(pbx: PbxAddress, action: str, message: str) -> ActionRefused | NotSent:
    """Asterisk's error to an action; while it shuts down it does nothing, and may tomorrow."""
    message = message.rstrip(".")
    if message == "Asterisk is shutting down":
        return NotSent(f"Asterisk at {pbx} is shutting down: {action} was not done.")
    if message == "Permission denied":
        return NotPermitted(
            f"Asterisk at {pbx} does not let user {pbx.username!r} do {action}: "
            "add the class it needs to read= and write= in manager.conf.",
            message,
        )
    return ActionRefused(f"Asterisk at {pbx} refused {action}: {message}.", message)
