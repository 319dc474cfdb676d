"""Commands to a PBX: ring a customer back, see to that call, set a value that the dialplan reads.

In: a `Command` and a connection to the PBX. Out: an `Answer` in plain words. The same code at the
edge and in the centre's process. Whoever runs it sees to it that an id is done at most once.

`call_back` rings the handler's own phone, then the customer (`ringing.dialling`). The command's id
becomes the channel's Uniqueid, so that the call is known by it in all that is told of it afterwards.

Source: Asterisk's Originate, Status, Hangup, DBPut; what they really do is told in docs/asterisk.md.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import TypeAdapter

from pbx_adapter.ami_connection import AmiConnection
from pbx_adapter.ami_faults import ActionRefused, NotPermitted, Unanswered
from pbx_adapter.frames import Frame
from pbx_adapter.ringing.dialling import originate
from pbx_adapter.site import TELEPHONE_TECHNOLOGIES, Site
from ringback.errors import BadInput, RingbackError
from ringback.records import as_line, check_moment, read_as

_ID = re.compile(r"[A-Za-z0-9._-]{1,100}")
_NUMBER = re.compile(r"\+?[0-9*#]{2,20}")
_ENDPOINT = re.compile(r"[A-Za-z0-9]+/[A-Za-z0-9_.@-]{1,60}")
_CONTEXT = re.compile(r"[A-Za-z0-9_.-]{1,60}")
_KEY = re.compile(r"[a-z][a-z0-9_]{0,38}")
VALUES = "ringback-value"
"""The family in AstDB of what the dialplan is told; the outbox has another."""
LONGEST_LIFE = timedelta(days=7)
"""How long a command is remembered, so that it is done once; none may expire later than that."""
_LONGEST_VALUE = 200
IS_RINGING, IS_UP = "The handler's phone rings.", "The handler has picked up."
IS_TALKING, IS_GONE = "They are connected.", "There is no such call."
"""The answers to `look`."""
_FREEPBX = Site()


class CommandKind(StrEnum):
    """What a PBX can be told to do."""

    CALL_BACK = "call_back"
    LOOK = "look"
    HANG_UP = "hang_up"
    SET_VALUE = "set_value"


@dataclass(frozen=True, slots=True)
class Command:
    """Something for a PBX to do once.

    Attributes:
        id: Given twice it is done once; also the Uniqueid of a call that comes of it.
        kind: What.
        expires_at: Not to be begun from then on; aware, at most `LONGEST_LIFE` away.
        fields: `call_back`: `phone` (`PJSIP/101`), `number` in E.164 or as the PBX dials it, and if
            wanted `shown` (the company's number, for the customer), `context` (the site's) and
            `caller_id` (what the phone shows; the number).
            `look`, `hang_up`: `channel`, the Uniqueid; done when it was looked for, and when there
            is no such call any more.
            `set_value`: `key` and `value`; the dialplan reads `DB(ringback-value/KEY)`.
    """

    id: str
    kind: CommandKind
    expires_at: datetime
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a command.

    Attributes:
        id: Of the command.
        done: Whether Asterisk took it; false: it was not done, and why is in the text, or (unless
            `known`) it is not known whether it was.
        text: For people.
        known: Whether it is certain.
    """

    id: str
    done: bool
    text: str
    known: bool = True


_command, _answer = TypeAdapter(Command), TypeAdapter(Answer)


def written_command(command: Command) -> str:
    """One line of JSON."""
    return as_line(asdict(command))


def read_command(text: str | bytes) -> Command:
    """The command that was written; BadInput when it is none."""
    command = read_as(text, _command)
    check_moment("expires_at", command.expires_at)
    _checked("id", command.id, _ID)
    return command


def written_answer(answer: Answer) -> str:
    """One line of JSON."""
    return as_line(asdict(answer))


def read_answer(text: str | bytes) -> Answer:
    """The answer that was written; BadInput when it is none."""
    return read_as(text, _answer)


def untimely(command: Command, now: datetime) -> Answer | None:
    """The answer to a command that came too late, or would outlive the memory of it."""
    if command.expires_at > now + LONGEST_LIFE:
        text = f"A command may not expire later than in {LONGEST_LIFE.days} days; it was not done."
        return Answer(command.id, False, text)
    if now < command.expires_at:
        return None
    late_s = (now - command.expires_at).total_seconds()
    return Answer(command.id, False, f"The command came {late_s:.0f} s too late; it was not done.")


async def execute(
    command: Command, connection: AmiConnection | None, site: Site = _FREEPBX
) -> Answer:
    """Do it now; whatever goes wrong is told in the answer."""
    if connection is None or connection.ended is not None:
        return Answer(command.id, False, "There is no connection to the PBX; nothing was done.")
    try:
        text = await _DOES[command.kind](command, connection, site)
    except RingbackError as fault:
        unsure = isinstance(fault, Unanswered)
        return Answer(command.id, False, str(fault), known=not unsure)
    return Answer(command.id, True, text)


async def _call_back(command: Command, connection: AmiConnection, site: Site) -> str:
    given = command.fields
    phone = _checked("phone", given.get("phone", ""), _ENDPOINT)
    if phone.partition("/")[0] not in TELEPHONE_TECHNOLOGIES:
        raise BadInput(f"{phone!r} is no phone of its own; write one like PJSIP/101.", "phone")
    number = _checked("number", given.get("number", ""), _NUMBER)
    shown = _checked("shown", given["shown"], _NUMBER) if given.get("shown") else ""
    context = _checked("context", given.get("context", site.dial_context), _CONTEXT)
    display = _checked("caller_id", given.get("caller_id", number), _NUMBER)
    display = "" if display == number else display
    fields = originate(command.id, phone, number, shown, site, context=context, display=display)
    await connection.action("Originate", fields)
    return f"{phone} rings; then {context} dials the number."


async def _look(command: Command, connection: AmiConnection, _: Site) -> str:
    shown = await _about_channel("Status", command, connection)
    if not shown:
        return IS_GONE
    if any(frame.get("BridgeID") for frame in shown):
        return IS_TALKING
    return IS_UP if any(frame.get("ChannelStateDesc") == "Up" for frame in shown) else IS_RINGING


async def _hang_up(command: Command, connection: AmiConnection, _: Site) -> str:
    hung_up = await _about_channel("Hangup", command, connection)
    return "The call is being ended." if hung_up else IS_GONE


async def _about_channel(
    action: str, command: Command, connection: AmiConnection
) -> Sequence[Frame]:
    """What Asterisk says; nothing when there is no such channel. It finds it by its Uniqueid, too."""
    channel = _checked("channel", command.fields.get("channel", ""), _ID)
    try:
        return await connection.action(action, {"Channel": channel})
    except NotPermitted:
        raise
    except ActionRefused:
        return ()


async def _set_value(command: Command, connection: AmiConnection, _: Site) -> str:
    key = _checked("key", command.fields.get("key", ""), _KEY)
    value = command.fields.get("value", "")
    if len(value) > _LONGEST_VALUE:
        raise BadInput(f"The value is longer than {_LONGEST_VALUE} signs.", "value")
    await connection.action("DBPut", {"Family": VALUES, "Key": key, "Val": value})
    return f"DB({VALUES}/{key}) is set."


_DOES: Mapping[CommandKind, Callable[[Command, AmiConnection, Site], Awaitable[str]]] = {
    CommandKind.CALL_BACK: _call_back,
    CommandKind.LOOK: _look,
    CommandKind.HANG_UP: _hang_up,
    CommandKind.SET_VALUE: _set_value,
}


def _checked(name: str, value: str, pattern: re.Pattern[str]) -> str:
    if not pattern.fullmatch(value):
        raise BadInput(f"The command's {name} can't be {value[:80]!r}.", name)
    return value
