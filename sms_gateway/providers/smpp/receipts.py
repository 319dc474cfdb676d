"""Delivery receipts in all the ways that SMSCs write them. Pure.

In: a deliver_sm. Out: whether it is a receipt, and of which text it says what. Stands before
`settle`.

Source: SMPP 3.4 sections 5.2.12 (esm_class), 5.2.28 and 5.3.2.12, .35 (message_state,
receipted_message_id), and appendix B, whose text (`id:… stat:… err:…`) is only "a typical example":
so each field is sought by itself, what is missing is missing, and the words of the texted message
that many SMSCs add at the end are cut away first. The optional parameters go before the text.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from ringback.messages import MessageState
from sms_gateway.providers.smpp.account import MessageIds
from sms_gateway.providers.smpp.pdu import Esm, ShortMessage, Tag

_NUMBERED = {
    1: "ENROUTE",
    2: "DELIVRD",
    3: "EXPIRED",
    4: "DELETED",
    5: "UNDELIV",
    6: "ACCEPTD",
    7: "UNKNOWN",
    8: "REJECTD",
}
_STATES = {
    "ENROUTE": MessageState.ACCEPTED,
    "ACCEPTD": MessageState.ACCEPTED,
    "DELIVRD": MessageState.DELIVERED,
    "EXPIRED": MessageState.FAILED,
    "DELETED": MessageState.FAILED,
    "UNDELIV": MessageState.FAILED,
    "REJECTD": MessageState.FAILED,
}  # UNKNOWN says nothing: the text stays what it is
_LONGER = {"DELIVER": "DELIVRD", "ACCEPTE": "ACCEPTD", "REJECTE": "REJECTD"}

_ID_LENGTH = 65  # of message_id
_TEXT = re.compile(r"\btext:", re.IGNORECASE)
_ID = re.compile(r"\bid:\s*([^\s:]+)(?=\s|$)", re.IGNORECASE)
_STAT = re.compile(r"\bstat:\s*([A-Za-z]+)\b(?!:)", re.IGNORECASE)
_ERR = re.compile(r"\berr:\s*([^\s:]+)(?=\s|$)", re.IGNORECASE)
_DONE = re.compile(r"\bdone[ _]?date:\s*(\d{10,14})(?!\d)", re.IGNORECASE)
_HEX = re.compile(r"[0-9A-Fa-f]{1,32}")
_LETTERED = re.compile(r"(?=.*[A-Fa-f])(?=.*[0-9])[0-9A-Fa-f]{1,32}")


@dataclass(frozen=True, slots=True)
class Report:
    """What a receipt says.

    Attributes:
        message_id: As written; None when there is none.
        state: None for one that changes nothing.
        code: The SMSC's own words, such as `UNDELIV err:027`.
        at: When it happened, if told in a form and zone that we know.
    """

    message_id: str | None
    state: MessageState | None
    code: str
    at: datetime | None


def is_receipt(message: ShortMessage) -> bool:
    """Whether the deliver_sm is about a text of ours.

    Its words alone don't make it one: anybody can text them.
    """
    by_tlv = message.tlv(Tag.RECEIPTED_MESSAGE_ID) and message.tlv(Tag.MESSAGE_STATE)
    return _kind(message) in (Esm.RECEIPT, Esm.INTERMEDIATE) or bool(by_tlv)


def is_acknowledgement(message: ShortMessage) -> bool:
    """Whether the deliver_sm only says that the other end has a text: no words of a caller's."""
    return _kind(message) in (Esm.DELIVERY_ACK, Esm.MANUAL_ACK, Esm.ABORT)


def read(message: ShortMessage, zone: ZoneInfo | None = None) -> Report:
    """What the receipt says; `zone` is that of its times, None when not known."""
    words = _words(message)
    told = message.tlv(Tag.RECEIPTED_MESSAGE_ID)
    message_id = told.partition(b"\0")[0].decode("latin-1") if told else ""
    number = message.tlv(Tag.MESSAGE_STATE)
    stat = _NUMBERED.get(number[0]) if number else None
    stat = stat or _found(_STAT, words).upper()[:7]
    stat = _LONGER.get(stat, stat)
    error = _found(_ERR, words) or _network_error(message)
    state = _STATES.get(stat)
    if _kind(message) == Esm.INTERMEDIATE and state is MessageState.FAILED:
        state = MessageState.ACCEPTED  # so far; the SMSC tries again
    return Report(
        message_id=_printable(message_id).strip() or _found(_ID, words) or None,
        state=state,
        code=f"{stat or '?'} err:{error}" if error else stat or "?",
        at=_moment(_found(_DONE, words), zone) if zone else None,
    )


class Ids:
    """Finds out which of our texts an id in a receipt means.

    SMSCs write the id of a text in hexadecimal in one place and in decimal in the other, mostly so
    in the answer and the receipt, and with or without zeros before it. With `auto` all readings are
    tried. Which comes first is learned: where answers have had hexadecimal letters and receipts
    never, receipts are decimal.
    """

    def __init__(self, written: MessageIds) -> None:
        self._written = written
        self._letters_in_answers = False
        self._letters_in_receipts = False

    def of_answer(self, message_id: str) -> str:
        """The id of an answer as it is stored."""
        self._letters_in_answers |= bool(_LETTERED.fullmatch(message_id.strip()))
        return normal(message_id)

    def of_receipt(self, message_id: str) -> tuple[str, ...]:
        """The ids, as stored, that an id of a receipt may mean; the likeliest first."""
        self._letters_in_receipts |= bool(_LETTERED.fullmatch(message_id.strip()))
        same = normal(message_id)
        from_decimal = f"{int(same):x}" if same.isascii() and same.isdecimal() else same
        from_hex = str(int(same, 16)) if _HEX.fullmatch(same) else same
        if self._written == "same":
            return (same,)
        if self._written == "hex-answer-decimal-receipt":
            return (from_decimal,)
        if self._written == "decimal-answer-hex-receipt":
            return (from_hex,)
        readings = [same, from_decimal, from_hex]
        if self._letters_in_answers and not self._letters_in_receipts:
            readings = [from_decimal, same, from_hex]
        return tuple(dict.fromkeys(readings))


def normal(message_id: str) -> str:
    """The id in the form that is stored and compared: zeros before a number mean nothing."""
    word = _printable(message_id).strip()[:_ID_LENGTH]
    return (word.lstrip("0").lower() or "0") if _HEX.fullmatch(word) else word


def _kind(message: ShortMessage) -> int:
    return message.esm_class & Esm.TYPE


def _printable(words: str) -> str:
    """The words as they can be stored and logged."""
    return "".join(sign if sign.isprintable() else " " for sign in words)


def _words(message: ShortMessage) -> str:
    raw = message.content
    if message.esm_class & Esm.UDHI and raw:
        raw = raw[raw[0] + 1 :]
    wide = "stat:".encode("utf-16-be") in raw
    words = raw.decode("utf-16-be" if wide else "latin-1", errors="replace")
    return _printable(_TEXT.split(words, maxsplit=1)[0])


def _found(field: re.Pattern[str], words: str) -> str:
    found = field.search(words)
    return found[1] if found else ""


def _network_error(message: ShortMessage) -> str:
    value = message.tlv(Tag.NETWORK_ERROR_CODE) or b""
    return str(int.from_bytes(value[1:3], "big")) if len(value) == 3 else ""


def _moment(digits: str, zone: ZoneInfo) -> datetime | None:
    """`YYMMDDhhmm`, with seconds or with the century or both."""
    forms = {10: ("%y%m%d%H%M",), 12: ("%y%m%d%H%M%S", "%Y%m%d%H%M"), 14: ("%Y%m%d%H%M%S",)}
    for form in forms.get(len(digits), ()):
        try:
            return datetime.strptime(digits, form).replace(tzinfo=zone).astimezone(UTC)
        except (ValueError, OverflowError):  # the first or last day that there is, in another zone
            continue
    return None
