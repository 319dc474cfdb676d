"""What Kannel says, read. Pure.

In: smsbox's answers, the status of a receipt, the body of a caller's text. Out: outcomes, states, text.
Called by `kannel`; its docstring names the source.
"""

import re
from email.message import Message
from http import HTTPStatus

from ringback.errors import BadInput
from ringback.messages import (
    Accepted,
    AccountFault,
    MessageState,
    NotAccepted,
    Outcome,
    Rejected,
    Unknown,
)
from sms_gateway.providers.answers import sentence

_RETRY_S = 10.0
_DELIVERED, _FAILED, _QUEUED, _TAKEN, _REFUSED = 1, 2, 4, 8, 16
_STATES = {
    _DELIVERED: MessageState.DELIVERED,
    _FAILED: MessageState.FAILED,
    _QUEUED: MessageState.ACCEPTED,
    _TAKEN: MessageState.ACCEPTED,
    _REFUSED: MessageState.FAILED,
}
_CHARSETS = ("iso-8859-1", "windows-1252", "utf-16be")
_WORDS = {_FAILED: "not delivered", _REFUSED: "refused by the SMSC"}


def outcome(status: int, body: str, token: str) -> Outcome:
    """What the answer to a send means; the token stands in for the id that Kannel does not give."""
    if status == HTTPStatus.ACCEPTED:  # 0: bearerbox has it; 3: it waits there for an SMSC
        return Accepted(token, parts=None, cost_e4=None)
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        return NotAccepted(f"Kannel can't take texts now: {sentence(body)}", _RETRY_S)
    if status in (HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE):
        return Rejected(str(status), f"Kannel refused the text: {sentence(body)}")
    if status >= 500 or 200 <= status < 300 or status == HTTPStatus.REQUEST_TIMEOUT:
        return Unknown(f"Kannel answered {status}; it may have taken the text.")
    return AccountFault(_account_reason(status, body))


def account_trouble(status: int, body: str) -> str | None:
    """What is wrong by the answer to a text without a recipient; None when only that is wrong."""
    if status == HTTPStatus.BAD_REQUEST and "receiver" in body:
        return None
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        return f"Kannel can't take texts now: {sentence(body)}"
    return _account_reason(status, body)


def state_of(status: str) -> MessageState | None:
    """The state that a receipt's status tells; None for one that tells nothing.

    Raises:
        BadInput: It is no number.
    """
    if not re.fullmatch(r"[0-9]{1,4}", status):
        raise BadInput(
            "The receipt's status is no number; its address must have status=%d.", "status"
        )
    return _STATES.get(int(status))


def raw_code(status: str, answer: str) -> str:
    """The code for the record: never the SMSC's whole answer, which may hold words of the text."""
    told = re.findall(r"\b(stat:[A-Za-z]+|err:[0-9A-Za-z]+|NACK/[0-9A-Za-zx]+)", answer[:300])
    return " ".join([_WORDS.get(int(status), status), *told])[:80]


def text_in(body: bytes, content_type: str) -> str:
    """A caller's text in the charset that Kannel names; what can't be read is shown as �."""
    header = Message()
    header["Content-Type"] = content_type
    charset = header.get_content_charset("iso-8859-1")  # what it calls 8-bit names none
    return body.decode(charset if charset in _CHARSETS else "utf-8", "replace")


def _account_reason(status: int, body: str) -> str:
    if status in (HTTPStatus.FORBIDDEN, HTTPStatus.UNAUTHORIZED):
        return (
            f"Kannel does not let us in: {sentence(body)} Compare username and password with its "
            "group sendsms-user, and see its user-allow-ip."
        )
    return f"Kannel answered {status}; check base_url, with the path /cgi-bin/sendsms."
