"""What a model may ask for: one tool each, with a strict JSON schema and the value that it makes. Pure.

In: the name and the JSON text of a tool call. Out: a value whose fields are of the right types, or
a `ModelFault`. That an id exists, a day is near and a time is free is judged later, by code.
"""

from collections.abc import Iterator
from datetime import date, time
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from dialogue.model.faults import Fault, ModelFault

_DAYS = 31
_SHORT, _LONG = 64, 700


def _day(value: object) -> object:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _clock(value: object) -> object:
    return time.fromisoformat(value) if isinstance(value, str) and len(value) == 5 else value


Id = Annotated[str, Field(max_length=_SHORT)]
Ids = Annotated[list[Id], Field(max_length=6)]
Day = Annotated[date, BeforeValidator(_day)]
Days = Annotated[list[Day], Field(max_length=_DAYS)]
Clock = Annotated[time, BeforeValidator(_clock)] | None
Topic = Literal[
    "hours", "address", "phone", "policy", "price", "duration", "question",
    "own_bookings", "people", "help", "wrong_number",
]  # fmt: skip
HandOverReason = Literal[
    "question", "wants_person", "complaint", "emergency", "late", "several_people", "no_free_time"
]


class _Call(BaseModel):
    """A tool call; its docstring is what the model reads."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class FindTimes(_Call):
    """Free times for a service.

    Days are ISO dates; empty: the next ten days. Times as HH:MM: `exact` for one clock time, `from_time` and `to_time` for the earliest and latest start. `person`
    only if the caller named one. `moving` is the booking (b1) that is to be moved, else null.
    """

    service: Id
    days: Days
    exact: Clock
    from_time: Clock
    to_time: Clock
    person: Id | None
    moving: Id | None


class LookUp(_Call):
    """Sentences of the company's own information, the caller's own bookings, and what we always say.

    That is `people` (who works here, for a name that nobody has), `help` (what the assistant can do), `wrong_number`. Services are ids; days are ISO dates for opening hours of certain days; `question` is what the caller asks, in few words, else null.
    """

    topics: Annotated[list[Topic], Field(max_length=11)]
    services: Ids
    days: Days
    question: Annotated[str, Field(max_length=300)] | None


class Offer(_Call):
    """Put one to four free times to the caller: one is proposed for a yes, several to choose from.

    `together`: the times are for several people who come at once. `moving` as in find_times.
    """

    times: Ids
    together: bool
    moving: Id | None


class Book(_Call):
    """Book times that the caller has agreed to, and said so in the last text."""

    times: Ids


class Move(_Call):
    """Move a booking of the caller's to a time that the caller has agreed to."""

    booking: Id
    time: Id


class AskCancel(_Call):
    """Ask the caller for a yes to cancelling these own bookings. Always before `cancel`."""

    bookings: Ids


class Cancel(_Call):
    """Cancel these bookings of the caller's, who has just said yes to exactly that."""

    bookings: Ids


class Ask(_Call):
    """Ask the caller something.

    Which service (give those to choose between, or none), which day, whether somebody shall ring,
    or which of the own bookings is meant.
    """

    about: Literal["service", "day", "call_back", "which_to_cancel", "which_to_move"]
    services: Ids


class CallBackAsked(_Call):
    """The caller wants to be rung: the day and the earliest and latest time, where said."""

    day: Day | None
    exact: Clock
    from_time: Clock
    to_time: Clock


class HandOver(_Call):
    """A person must take over."""

    reason: HandOverReason


class OptOut(_Call):
    """The caller wants no more texts at all."""


class Reply(_Call):
    """End the turn.

    `text` is your own words with places such as {f1} or {p1}; empty: only what the proposals say, or silence. `unanswered`: something was asked that no sentence answers.
    """

    text: Annotated[str, Field(max_length=_LONG)]
    unanswered: bool


Call = (
    FindTimes | LookUp | Offer | Book | Move | AskCancel | Cancel | Ask | CallBackAsked | HandOver
    | OptOut | Reply
)  # fmt: skip
TOOLS: dict[str, type[_Call]] = {
    "find_times": FindTimes,
    "look_up": LookUp,
    "offer": Offer,
    "book": Book,
    "move": Move,
    "ask_cancel": AskCancel,
    "cancel": Cancel,
    "ask": Ask,
    "call_back": CallBackAsked,
    "hand_over": HandOver,
    "opt_out": OptOut,
    "answer": Reply,
}


def read_call(name: str, arguments: str) -> Call:
    """The value of a tool call.

    Raises:
        ModelFault: There is no such tool, or the arguments are not what its schema says.
    """
    kind = TOOLS.get(name)
    if kind is None:
        raise ModelFault(Fault.UNKNOWN_TOOL)
    try:
        return kind.model_validate_json(arguments)  # type: ignore[return-value]
    except (ValidationError, ValueError, RecursionError) as wrong:
        raise ModelFault(Fault.BAD_JSON) from wrong


def schemas(strict: bool) -> list[dict[str, Any]]:
    """The tools as chat completions take them."""
    return [
        {
            "type": "function",
            "function": {
                "name": name,
                "description": " ".join((kind.__doc__ or "").split()),
                "parameters": _parameters(kind),
                **({"strict": True} if strict else {}),
            },
        }
        for name, kind in TOOLS.items()
    ]


def _parameters(kind: type[_Call]) -> dict[str, Any]:
    """A schema of the strict subset: every key is required, no other is allowed."""
    return {
        "type": "object",
        "properties": dict(_properties(kind)),
        "required": list(kind.model_fields),
        "additionalProperties": False,
    }


def _properties(kind: type[_Call]) -> Iterator[tuple[str, dict[str, Any]]]:
    schema = kind.model_json_schema()
    for name, told in schema.get("properties", {}).items():
        yield name, _bare(told)


def _bare(told: dict[str, Any]) -> dict[str, Any]:
    """Only what strict schemas know: types, lists, choices, null."""
    if "anyOf" in told:
        return {"anyOf": [_bare(one) for one in told["anyOf"]]}
    kept: dict[str, Any] = {key: told[key] for key in told if key in ("type", "enum")}
    if "const" in told:
        kept = {"type": "string", "enum": [told["const"]]}
    if "items" in told:
        kept["items"] = _bare(told["items"])
    if kept.get("enum"):
        kept["type"] = "string"
    return kept
