"""What 46elks says, read. Pure.

In: statuses, bodies and history entries as 46elks writes them. Out: outcomes, and the entry that is
a text of ours. Called by `elks`, which does the HTTP; its docstring names the source.
"""

import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
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
from sms_gateway.provider import Found, NotFound
from sms_gateway.providers import history
from sms_gateway.providers.answers import object_in, retry_after_s, sentence, whole

Sms = Mapping[str, object]
"""One text as 46elks describes it in JSON."""

STATES = {
    "created": MessageState.ACCEPTED,
    "sent": MessageState.ACCEPTED,
    "delivered": MessageState.DELIVERED,
    "failed": MessageState.FAILED,
}

_WRONG_TEXT = {
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
}
_ABOUT_SENDER: Mapping[int, re.Pattern[str]] = {
    HTTPStatus.BAD_REQUEST: re.compile(r"\b(from|sender)\b", re.IGNORECASE),
    HTTPStatus.FORBIDDEN: re.compile(r"\b(from|sender|number|caller ?id)\b", re.IGNORECASE),
}
"""Nothing documents the words. What names the sender is not about the text, nor about credit or
password: texts from another company's number at the same account must not be stopped by it. A 400 may
be about the recipient's number."""
_CANT_TELL = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT}  # 46elks documents neither


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
        return NotAccepted(
            "46elks asks us to slow down (429).", retry_after_s(retry_after), busy=True
        )
    if _is_about_sender(status, body):
        return AccountFault(
            f"46elks does not take texts from this number: {sentence(body)} "
            "Check that the number belongs to the account.",
            of_sender=True,
        )
    if status in _WRONG_TEXT:
        return Rejected(str(status), f"46elks refused the text: {sentence(body)}")
    if status >= 500 or status in _CANT_TELL:
        return Unknown(f"46elks answered {status}; it may have taken the text.")
    return AccountFault(_account_reason(status, sentence(body)))


def search(
    listed: Collection[Sms], outbound: Outbound, since: datetime, known: Collection[str]
) -> Found | NotFound | None:
    """The oldest entry of the history that can be the text; None when it can't be told."""
    return history.search(map(_entry, filter(_went_out, listed)), outbound, since, known)


def account_trouble(status: int, body: str) -> str | None:
    """What is wrong by the answer to `GET /me`; None when all is well."""
    if status != HTTPStatus.OK:
        return _account_reason(status, sentence(body))
    account = object_in(body)
    balance = account.get("balance") if account else None
    if not isinstance(balance, int):
        return "What answers is not 46elks; check the API's base URL."
    if balance <= 0:
        return "The 46elks account has no credits left; fill it up."
    return None


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
    return Accepted(provider_id, whole(sms.get("parts")), whole(sms.get("cost")))


def _is_about_sender(status: int, body: str) -> bool:
    words = _ABOUT_SENDER.get(status)
    return bool(words and words.search(body)) and "credit" not in body.lower()


def _account_reason(status: int, sentence: str) -> str:
    if status == HTTPStatus.UNAUTHORIZED:
        return "46elks does not accept the API username and password; enter them again."
    if status in (HTTPStatus.FORBIDDEN, HTTPStatus.PAYMENT_REQUIRED):
        return (
            f"46elks refuses the account: {sentence} "
            "Check its credits, and that the sending number belongs to it."
        )
    return f"46elks answered {status}; check the API's base URL."


def _found(sms: Sms) -> Found:
    return Found(
        provider_id=str(sms.get("id")),
        state=STATES.get(str(sms.get("status")), MessageState.ACCEPTED),
        parts=whole(sms.get("parts")),
        cost_e4=whole(sms.get("cost")),
    )


def _went_out(sms: Sms) -> bool:
    return str(sms.get("direction", "")).startswith("outgoing")


def _entry(sms: Sms) -> history.Entry:
    words = sms.get("message")
    return history.Entry(
        sender=sms.get("from"),
        recipient=sms.get("to"),
        words=words if isinstance(words, str) else None,
        created=time_of(sms.get("created")),
        found=_found(sms),
    )
