"""The records that cross a wire, in versioned JSON: finished calls and wishes to be rung. Pure.

In: values or text. Out: text or values. The same records that one process hands over in memory, for
the bus between `ringback edge` and the centre and for the edge's spool.

Every record has `v` (1). A reader passes over fields that it does not know, so that a newer edge can
talk to an older centre; a record of another version is refused.
"""

import json
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


def written(value: Call | CallbackRequest) -> str:
    """One line of JSON; times of a call are epoch seconds, those of a wish ISO 8601 with offset."""
    fields = {"v": VERSION, **asdict(value)}
    return json.dumps(fields, ensure_ascii=False, default=_iso, separators=(",", ":"))


def read_call(text: str | bytes) -> Call:
    """The call that was written.

    Raises:
        BadInput: It is no such record; the text names what is wrong.
    """
    return _read(text, _call)


def read_callback(text: str | bytes) -> CallbackRequest:
    """The wish that was written; BadInput as `read_call`, also for a moment without an offset."""
    request = _read(text, _callback)
    for name in ("from_at", "to_at", "asked_at"):
        moment: datetime | None = getattr(request, name)
        if moment is not None and moment.tzinfo is None:
            raise BadInput(f"The record's {name} has no offset from UTC.", name)
    return request


def _read(text: str | bytes, kind: TypeAdapter[Value]) -> Value:
    try:
        fields: Any = json.loads(text)
    except ValueError as fault:
        raise BadInput(f"The record is not JSON: {fault}.") from fault
    if not isinstance(fields, dict) or fields.get("v") != VERSION:
        raise BadInput(f"The record is not of version {VERSION}.", "v")
    try:
        return kind.validate_python(fields)
    except ValidationError as fault:
        first = fault.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise BadInput(f"The record's {field} is wrong: {first['msg']}.", field) from fault


def _iso(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is not part of a record")
