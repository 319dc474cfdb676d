"""What Twilio says, read. Pure.

In: statuses, bodies, error codes and history entries as Twilio writes them. Out: outcomes, and entries
in our form. Called by `twilio`, which does the HTTP; its docstring names the source. Codes:
twilio.com/docs/api/errors.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from ringback.messages import (
    Accepted,
    AccountFault,
    MessageState,
    NotAccepted,
    Outcome,
    Rejected,
    Unknown,
)
from sms_gateway.provider import Found
from sms_gateway.providers.answers import LARGEST, object_in, retry_after_s, sentence
from sms_gateway.providers.history import Entry

STATES = {
    **dict.fromkeys(("accepted", "scheduled", "queued", "sending", "sent"), MessageState.ACCEPTED),
    **dict.fromkeys(("delivered", "read"), MessageState.DELIVERED),
    **dict.fromkeys(
        ("undelivered", "failed", "canceled", "partially_delivered"), MessageState.FAILED
    ),
}

_OPTED_OUT = "21610"
_BUSY = {"14107", "20429", "21611", "30001"}  # too fast, or too much waits; not taken
_ACCOUNT = {
    "10001": "the account is not active; see Twilio's console",
    "20003": "the account SID and auth token are not accepted, or there is no credit; see Twilio's console",
    "20005": "the account is not active; see Twilio's console",
    "30002": "the account is suspended; see Twilio's console",
    "30039": "the account has reached its daily bound; ask Twilio to raise it",
    "63038": "the account has reached its daily bound; ask Twilio to raise it",
}
_OF_SENDER = {"21212", "21606", "21659"}
_REASONS = {
    "21211": "there is no such number",
    "21212": "our number can't be texted from",
    "21408": "texts to that country are not allowed in Twilio's console",
    "21602": "the text is empty",
    "21604": "the recipient is missing",
    "21606": "our number does not belong to the Twilio account, or can't text",
    "21608": "a trial account texts verified numbers only",
    "21610": "the recipient has told Twilio STOP",
    "21612": "no way from our number to this one",
    "21614": "it is no mobile number",
    "21617": "the text is longer than 1600 characters",
    "21659": "our number does not belong to the Twilio account",
    "30003": "the phone was off or out of reach",
    "30004": "the recipient has blocked texts",
    "30005": "there is no such number",
    "30006": "it is a landline or can't be reached",
    "30007": "the operator filtered the text",
    "30008": "the operator does not say why",
}
_CANT_TELL = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT}


def outcome(status: int, body: str, retry_after: str) -> Outcome:
    """What the answer to a send means.

    Args:
        status: Of HTTP.
        body: JSON: the text, or a code with a message.
        retry_after: The header of that name, "" when there is none.
    """
    if 200 <= status < 300:
        return _taken(status, body)
    if status >= 500 or status in _CANT_TELL:
        return Unknown(f"Twilio answered {status}; it may have taken the text.")
    code, words = _error(status, body)
    if status == HTTPStatus.TOO_MANY_REQUESTS or code in _BUSY:
        reason = f"Twilio asks us to slow down ({code})."
        return NotAccepted(reason, retry_after_s(retry_after), busy=True)
    if status != HTTPStatus.BAD_REQUEST or code in _ACCOUNT:
        return AccountFault(_account_reason(status, code, words))
    reason = _REASONS.get(code, words.rstrip("."))
    if code in _OF_SENDER:
        return AccountFault(
            f"Twilio does not take texts from this number ({code}): {reason}. "
            "Check that the number belongs to the account and can text.",
            of_sender=True,
        )
    return Rejected(code, f"Twilio refused the text: {reason}.", opted_out=opted_out(code))


def account_trouble(status: int, body: str) -> str | None:
    """What is wrong by the answer to a question for the account; None when all is well."""
    if status != HTTPStatus.OK:
        return _account_reason(status, *_error(status, body))
    account = object_in(body) or {}
    state = account.get("status")
    if not isinstance(state, str):
        return "What answers is not Twilio; check base_url."
    if state != "active":
        return f"The Twilio account is {state[:40]}; see Twilio's console."
    return None


def raw_code(status: str, error: str) -> str:
    """The code of a receipt for the record, with the reason in words where we know it."""
    if not re.fullmatch(r"[0-9]{1,6}", error):
        return status
    return f"{error} ({_REASONS[error]})" if error in _REASONS else error


def opted_out(error: str) -> bool:
    """Whether this code says that the recipient has told Twilio STOP."""
    return error == _OPTED_OUT


def entries(listed: Iterable[Mapping[str, object]]) -> Iterator[Entry]:
    """The texts that went out, in our form."""
    for sms in listed:
        words = sms.get("body")
        if str(sms.get("direction", "")).startswith("outbound"):
            yield Entry(
                sender=sms.get("from"),
                recipient=sms.get("to"),
                words=words if isinstance(words, str) and words else None,  # or redacted
                created=time_of(sms.get("date_created")),
                found=Found(
                    provider_id=str(sms.get("sid")),
                    state=STATES.get(str(sms.get("status")), MessageState.ACCEPTED),
                    parts=_parts(sms),
                    cost_e4=_cost_e4(sms),
                ),
            )


def time_of(value: object) -> datetime | None:
    """A time as Twilio writes it (RFC 2822); None when it is no time."""
    try:
        moment = parsedate_to_datetime(str(value))
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _taken(status: int, body: str) -> Outcome:
    sms = object_in(body)
    sid = sms.get("sid") if sms else None
    if sms is None or not isinstance(sid, str) or not sid:
        return Unknown(f"Twilio answered {status} with something unreadable.")
    return Accepted(sid, _parts(sms), _cost_e4(sms))


def _error(status: int, body: str) -> tuple[str, str]:
    """Twilio's own code, or HTTP's, and its words."""
    error = object_in(body) or {}
    code = error.get("code")
    return str(code) if isinstance(code, int) else str(status), sentence(
        str(error.get("message", ""))
    )


def _account_reason(status: int, code: str, words: str) -> str:
    if code in _ACCOUNT:
        return f"Twilio refuses us ({code}): {_ACCOUNT[code]}."
    if status == HTTPStatus.UNAUTHORIZED:
        return f"Twilio refuses us ({status}): {_ACCOUNT['20003']}."
    if status in (HTTPStatus.FORBIDDEN, HTTPStatus.PAYMENT_REQUIRED):
        return f"Twilio refuses the account ({code}): {words}"
    return f"Twilio answered {status}; check account_sid and base_url."


def _parts(sms: Mapping[str, object]) -> int | None:
    """The number of parts, which Twilio may tell as 0 before it knows."""
    told = str(sms.get("num_segments"))
    return int(told) if re.fullmatch(r"[1-9][0-9]{0,2}", told) else None


def _cost_e4(sms: Mapping[str, object]) -> int | None:
    """The price, which is told later and as a negative number.

    Only in kronor: budgets are in kronor, so another currency is left to our own table of prices.
    """
    if sms.get("price_unit") != "SEK" or sms.get("price") is None:
        return None
    try:
        cost_e4 = abs(Decimal(str(sms["price"])) * 10_000)
        return int(cost_e4) if cost_e4 <= LARGEST else None
    except (ArithmeticError, ValueError):  # no number, or none that can be reckoned with
        return None
