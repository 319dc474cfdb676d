"""What 46elks says, read. Pure.

In: statuses, bodies and history entries as 46elks writes them. Out: outcomes, and the entry that is
a text of ours. Called by `elks`, which does the HTTP; its docstring names the source.
"""

import json
import re
import unicodedata
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

from ringback.messages import (
    Accepted,
    AccountFault,
    MessageState,
    NotAccepted,
    Outbound,
    Outcome,
    Rejected,
    Unknown,
)
from ringback.phone import masked
from sms_gateway.provider import Found, NotFound

Sms = Mapping[str, object]
"""One text as 46elks describes it in JSON."""

STATES = {
    "created": MessageState.ACCEPTED,
    "sent": MessageState.ACCEPTED,
    "delivered": MessageState.DELIVERED,
    "failed": MessageState.FAILED,
}

_RETRY_BUSY_S = 30.0
_RETRY_MAX_S = 3600.0

_WRONG_TEXT = {
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
}
_CANT_TELL = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT}  # 46elks documents neither

_CLOCK_SKEW = timedelta(minutes=1)
_WINDOW = timedelta(minutes=10)


def outcome(status: int, body: str, retry_after: str) -> Outcome:
    """What the answer to a send means.

    Args:
        status: Of HTTP.
        body: The answer's text: JSON when the text was taken, else a sentence.
        retry_after: The header of that name, "" when there is none; only seconds are understood.
    """
    if 200 <= status < 300:
        return _taken(status, body)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return NotAccepted("46elks asks us to slow down (429).", _retry_after_s(retry_after))
    if status in _WRONG_TEXT:
        return Rejected(str(status), f"46elks refused the text: {_sentence(body)}")
    if status >= 500 or status in _CANT_TELL:
        return Unknown(f"46elks answered {status}; it may have taken the text.")
    return AccountFault(_account_reason(status, _sentence(body)))


def window(since: datetime) -> tuple[datetime, datetime]:
    """Between which times 46elks may have created a text whose send began at `since`."""
    return since - _CLOCK_SKEW, since + _WINDOW


def search(
    listed: Collection[Sms], outbound: Outbound, since: datetime, known: Collection[str]
) -> Found | NotFound | None:
    """The oldest entry of the history that can be the text; None when it can't be told."""
    first, last = window(since)
    fitting = [
        sms
        for sms in listed
        if _same_ends(sms, outbound)
        and sms.get("id") not in known
        and first <= (time_of(sms.get("created")) or since) <= last
    ]
    same = [sms for sms in fitting if _words(sms.get("message")) == _words(outbound.text)]
    if same:
        return _found(min(same, key=lambda sms: str(sms.get("created"))))
    # An entry without its words (sent with dontlog by another program) may be the one.
    return NotFound() if all("message" in sms for sms in fitting) else None


def object_in(body: str) -> Sms | None:
    """The JSON object in a body, or None when there is none."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None


def time_of(value: object) -> datetime | None:
    """A time as 46elks writes it: UTC, mostly without saying so. None when it is no time."""
    try:
        moment = datetime.fromisoformat(str(value))
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def written(moment: datetime) -> str:
    """A time as 46elks wants it."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")


def _taken(status: int, body: str) -> Outcome:
    sms = object_in(body)
    provider_id = sms.get("id") if sms else None
    if sms is None or not isinstance(provider_id, str) or not provider_id:
        return Unknown(f"46elks answered {status} with something unreadable.")
    if sms.get("status") == "failed":
        return Rejected("failed", "46elks took the text but could not send it.")
    return Accepted(provider_id, _whole(sms.get("parts")), _whole(sms.get("cost")))


def _account_reason(status: int, sentence: str) -> str:
    if status == HTTPStatus.UNAUTHORIZED:
        return "46elks does not accept the API username and password; enter them again."
    if status in (HTTPStatus.FORBIDDEN, HTTPStatus.PAYMENT_REQUIRED):
        return (
            f"46elks refuses the account: {sentence} "
            "Check its credits, and that the sending number belongs to it."
        )
    return f"46elks answered {status}; check the API's base URL."


def _sentence(body: str) -> str:
    """The provider's own words, short, with numbers masked: staff read them and logs keep them."""
    text = " ".join(body.split())[:200].rstrip(".")
    return re.sub(r"\+?\d{7,}", lambda number: masked(number[0]), text or "no reason given") + "."


def _retry_after_s(asked: str) -> float:
    if not re.fullmatch(r"[0-9]{1,9}", asked):
        return _RETRY_BUSY_S
    return min(max(float(asked), 1.0), _RETRY_MAX_S)


def _found(sms: Sms) -> Found:
    return Found(
        provider_id=str(sms.get("id")),
        state=STATES.get(str(sms.get("status")), MessageState.ACCEPTED),
        parts=_whole(sms.get("parts")),
        cost_e4=_whole(sms.get("cost")),
    )


def _same_ends(sms: Sms, outbound: Outbound) -> bool:
    return (
        str(sms.get("direction", "")).startswith("outgoing")
        and sms.get("from") == outbound.sender
        and sms.get("to") == outbound.recipient
    )


def _words(text: object) -> str | None:
    """A text in the form that survives a provider's storage: composed, LF, no outer blanks."""
    if not isinstance(text, str):
        return None
    return unicodedata.normalize("NFC", text).replace("\r\n", "\n").strip()


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and value >= 0 else None
