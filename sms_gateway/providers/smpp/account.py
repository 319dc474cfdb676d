"""How to reach an SMSC, and how it speaks. Pure.

In: what the operator's account sheet says. Out: one frozen value, checked. Read by all of
`sms_gateway.providers.smpp`; made from the accounts file.

Source: SMPP 3.4 sections 4.1 and 5.2; what is a choice here is what SMSCs are known to differ in.
"""

from dataclasses import dataclass, field
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ringback.errors import BadInput
from sms_gateway.providers.hosts import is_host
from sms_gateway.providers.smpp.alphabets import Alphabet
from sms_gateway.providers.smpp.statuses import Status

Long = Literal["udh8", "udh16", "sar", "payload"]
MessageIds = Literal["auto", "same", "hex-answer-decimal-receipt", "decimal-answer-hex-receipt"]
Later = Literal["ESME_RX_T_APPN", "ESME_RSYSERR", "ESME_RMSGQFUL", "ESME_RTHROTTLED"]

_ID_LENGTH, _PASSWORD_LENGTH, _TYPE_LENGTH = 15, 64, 12


@dataclass(frozen=True, slots=True, kw_only=True)
class SmppAccount:
    """One account at an SMSC.

    Attributes:
        name: Of the account, as in the accounts file.
        host: Name or address of the SMSC.
        port: Of the SMSC; 2775 is SMPP's, 3550 the usual one with TLS.
        system_id: Our name there, at most 15 characters.
        password: Eight characters by the standard; more are sent as they are.
        system_type: Mostly empty.
        service_type: Mostly empty.
        tls: Whether the line is encrypted, with the SMSC's certificate checked. Without it, and
            without a tunnel, the password and all texts can be read on the way.
        ca_file: With `tls`, the file of certificates to trust, where the SMSC's is not signed by
            one that this machine trusts anyway.
        window: How many texts may be unanswered at once; ten unless the operator says otherwise.
        alphabet: What data_coding 0 means there: `gsm7` or `latin1`.
        long: How a long text is cut: `udh8` (a header with an 8-bit reference), `udh16`, `sar`
            (optional parameters) or `payload` (whole; the SMSC cuts it).
        message_ids: How the ids of receipts are written beside those of answers; `auto` learns it.
        zone: Time zone of the times in receipts, such as Europe/Stockholm; empty when the operator
            does not say, then the time when we heard is taken.
        later: The status that makes this SMSC deliver again what we could not store.
        account_statuses: The vendor's own statuses for an account that can't send (no credit).

    Raises:
        BadInput: A value can't work.
    """

    name: str
    host: str
    port: int = 2775
    system_id: str
    password: str = field(repr=False)
    system_type: str = ""
    service_type: str = ""
    tls: bool = False
    ca_file: str = ""
    window: int = 10
    alphabet: Alphabet = "gsm7"
    long: Long = "udh8"
    message_ids: MessageIds = "auto"
    zone: str = ""
    later: Later = "ESME_RX_T_APPN"
    account_statuses: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if not self.host:
            raise BadInput("host is missing; write the SMSC's name or address.", "host")
        if not is_host(self.host):
            raise BadInput(f"host {self.host!r} is no name and no address.", "host")
        if not 0 < self.port < 65536:
            raise BadInput(f"port {self.port} is none; SMPP's own is 2775.", "port")
        if not 1 <= self.window <= 1000:
            raise BadInput("window must be 1 to 1000; ask the operator, else leave 10.", "window")
        _check_word(self.system_id, "system_id", 1, _ID_LENGTH)
        _check_word(self.password, "password", 0, _PASSWORD_LENGTH)
        _check_word(self.system_type, "system_type", 0, _TYPE_LENGTH)
        _check_word(self.service_type, "service_type", 0, 5)
        try:
            ZoneInfo(self.zone or "UTC")
        except (ZoneInfoNotFoundError, ValueError, OSError):  # no such file, a folder, too long
            raise BadInput(
                f"{self.zone!r} is no time zone; write one like Europe/Stockholm.", "zone"
            ) from None

    @property
    def later_status(self) -> int:
        """The number of `later`."""
        return Status[self.later].value


def _check_word(word: str, where: str, least: int, most: int) -> None:
    if not (least <= len(word) <= most and word.isascii() and word.isprintable()):
        size = f"{least} to {most}" if least else f"at most {most}"
        raise BadInput(f"{where} must have {size} plain ASCII characters.", where)


@dataclass(frozen=True, slots=True)
class Timing:
    """How long everything may take, in seconds; tests bring their own.

    Attributes:
        connect_s: For the connection with TLS, and again for the bind.
        answer_s: How long the SMSC may take to answer a text; a short one makes unknown texts.
        send_s: For a text with all its parts.
        enquire_s: Between two enquire_link; two unanswered end the line.
        part_s: How long a part of a caller's long text is kept unanswered until the others come.
        join_s: How long a long text may lack parts before it is handed over without them.
        deliver_s: How long a text or receipt is kept unanswered until it is stored.
        stop_s: For each step of an orderly end.
        first_s: The wait after the first failure to connect; doubled after each further one.
        most_s: The longest wait after failures to connect.
        refused_s: The same after the SMSC refused us for a reason that a person must mend; the
            longest is ten times as much.
    """

    connect_s: float = 10.0
    answer_s: float = 20.0
    send_s: float = 28.0
    enquire_s: float = 30.0
    part_s: float = 2.0
    join_s: float = 600.0
    deliver_s: float = 25.0
    stop_s: float = 3.0
    first_s: float = 1.0
    most_s: float = 60.0
    refused_s: float = 60.0

    @property
    def least_answer_s(self) -> float:
        """What must be left for an answer when a part is written; less would make unknown texts."""
        return self.answer_s / 4
