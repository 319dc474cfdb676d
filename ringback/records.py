"""The records that cross a wire, in versioned JSON: finished calls and wishes to be rung. Pure.

In: values or text. Out: text or values. The same records that one process hands over in memory, for
the bus between `ringback edge` and the centre and for the edge's spool.

Every record has `v` (1). A reader passes over fields that it does not know, so that a newer edge can
talk to an older centre; a record of another version is refused.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from ringback.callbacks import CallbackRequest
from ringback.calls import Call
from ringback.errors import BadInput

VERSION = 1
Value = TypeVar("Value")
_call = TypeAdapter(Call)
_callback = TypeAdapter(CallbackRequest)
_YEAR_2000, _YEAR_2100 = 946_684_800, 4_102_444_800  # as epoch seconds
_LONGEST_TEXT = 1000
LARGEST = 64 * 1024
"""Bytes of a record; a larger one is not even parsed, as that would hold up everybody else."""


def written(value: Call | CallbackRequest, record_id: str = "") -> str:
    """One line of JSON; times of a call are epoch seconds, those of a wish ISO 8601 with offset.

    Args:
        value: What to write.
        record_id: Given, it is written as `id`; who reads the record answers with it.
    """
    return as_line({"id": record_id, **asdict(value)} if record_id else asdict(value))


def as_line(fields: Mapping[str, Any]) -> str:
    """Any record's fields as one line of JSON, with the version."""
    fields = {"v": VERSION, **fields}
    return json.dumps(fields, ensure_ascii=False, default=_iso, separators=(",", ":"))


def read_call(text: str | bytes) -> Call:
    """The call that was written.

    Raises:
        BadInput: It is no such record; the text names what is wrong.
    """
    call = read_as(text, _call)
    _check_texts(call)
    if not _YEAR_2000 <= call.start <= call.end < _YEAR_2100:
        raise BadInput("The record's start and end are no moments in that order.", "start")
    for name, length_s in (("wait_s", call.wait_s), ("talk_s", call.talk_s)):
        if not 0 <= length_s < _YEAR_2100:
            raise BadInput(f"The record's {name} is no length of time.", name)
    return call


def read_callback(text: str | bytes) -> CallbackRequest:
    """The wish that was written; BadInput as `read_call`, and as `check_moment`."""
    request = read_as(text, _callback)
    _check_texts(request)
    for name in ("from_at", "to_at", "asked_at", "arrived_at"):
        moment: datetime | None = getattr(request, name)
        if moment is not None:
            check_moment(name, moment)
    return request


def check_moment(name: str, moment: datetime) -> None:
    """BadInput for a moment without an offset, or that no database and no calendar takes."""
    if moment.tzinfo is None:
        raise BadInput(f"The record's {name} has no offset from UTC.", name)
    if not _YEAR_2000 <= moment.timestamp() < _YEAR_2100:
        raise BadInput(f"The record's {name} is not between the years 2000 and 2100.", name)


def read_as(text: str | bytes, kind: TypeAdapter[Value]) -> Value:
    """A record of any kind; BadInput as `read_call`."""
    if len(text) > LARGEST:
        raise BadInput(f"The record is larger than {LARGEST // 1024} KB.")
    try:
        fields: Any = json.loads(text)
    except (ValueError, RecursionError) as fault:
        raise BadInput(f"The record is not JSON: {fault}.") from fault
    if not isinstance(fields, dict) or fields.get("v") != VERSION:
        raise BadInput(f"The record is not of version {VERSION}.", "v")
    for name, value in fields.items():
        if not _can_be_passed_on({name: value}):
            raise BadInput(f"The record's {name!a} is too deep or no plain text.")
    try:
        return kind.validate_python(fields)
    except ValidationError as fault:
        first = fault.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise BadInput(f"The record's {field} is wrong: {first['msg']}.", field) from fault


def record_id(text: str | bytes) -> str:
    """The `id` of a record, however wrong the rest of it is; empty when there is none."""
    try:
        fields: Any = json.loads(text) if len(text) <= LARGEST else None
    except (ValueError, RecursionError):
        return ""
    found = fields.get("id") if isinstance(fields, dict) else None
    if not isinstance(found, str) or len(found) > _LONGEST_TEXT or not _storable(found):
        return ""
    return found


def _check_texts(record: Call | CallbackRequest) -> None:
    """No text that a database can't take."""
    for name, value in asdict(record).items():
        for text in value if isinstance(value, tuple | list) else (value,):
            if isinstance(text, str) and (len(text) > _LONGEST_TEXT or not _storable(text)):
                raise BadInput(f"The record's {name} is too long or no plain text.", name)


def _can_be_passed_on(value: object) -> bool:
    """Whether it can be written again: JSON can hold half a sign, which UTF-8 can't."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except (UnicodeEncodeError, RecursionError):
        return False
    return True


def _storable(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= sign <= "\udfff" for sign in text)


def _iso(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is not part of a record")
