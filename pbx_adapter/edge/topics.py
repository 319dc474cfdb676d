"""What edge and centre say to each other over the bus: topics, states, acknowledgements. Pure.

In: values or bytes. Out: bytes or values. Calls and wishes to be rung are written by
`ringback.records`, commands and answers by `commands`, what is told of queues by `queues.snapshot`; all
bear the same version.

| topic                     | from   | what                                                       |
|---------------------------|--------|------------------------------------------------------------|
| ringback/v1/SITE/call     | edge   | a finished call                                            |
| ringback/v1/SITE/callback | edge   | a wish to be rung                                          |
| ringback/v1/SITE/progress | edge   | where the call of a try to ring somebody back is           |
| ringback/v1/SITE/state    | edge   | the link to the PBX, retained; the broker's last will      |
| ringback/v1/SITE/mark     | edge   | how far a source of the back-fill has been read            |
| ringback/v1/SITE/ack      | centre | ids of records that are committed, or refused and why      |
| ringback/v1/SITE/command  | centre | something for the PBX to do                                |
| ringback/v1/SITE/answer   | edge   | what became of it                                          |
| ringback/v1/SITE/watch    | centre | which queues it wants to know of; not kept for later       |
| ringback/v1/SITE/queues   | edge   | who waits there and who is free, the same                  |
"""

import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Annotated

from pydantic import Field, TypeAdapter

from pbx_adapter.link import LinkKind, LinkState
from ringback.attempts import Progress
from ringback.errors import BadInput
from ringback.records import as_line, check_moment, read_as

ROOT = "ringback/v1"
CALL, CALLBACK, PROGRESS, STATE, MARK = "call", "callback", "progress", "state", "mark"
ACK, COMMAND, ANSWER = "ack", "command", "answer"
WATCH, QUEUES = "watch", "queues"
GONE = (
    "The edge is out of reach: its line, its power or its program is gone. Calls wait there and "
    "come when it is back."
)
_SITE = re.compile(r"[a-z0-9][a-z0-9-]{2,62}")


@dataclass(frozen=True, slots=True)
class Refusal:
    """A record that the centre does not take.

    Attributes:
        id: Of the record.
        fault: Why, for people.
        final: It will never be taken as it is; otherwise it is to be sent again later.
    """

    id: str
    fault: str
    final: bool


@dataclass(frozen=True, slots=True)
class Ack:
    """What became of records: `ids` are committed, the others are not."""

    ids: tuple[str, ...] = ()
    refused: tuple[Refusal, ...] = ()


@dataclass(frozen=True, slots=True)
class _State:
    """A link's state on the wire; a last will does not know since when it is true."""

    kind: LinkKind
    text: str
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Mark:
    """A source and how far it has been read."""

    source: Annotated[str, Field(pattern=r"^[a-z_]{1,24}$")]
    mark: Annotated[str, Field(max_length=1000)]


_ack, _state, _mark = TypeAdapter(Ack), TypeAdapter(_State), TypeAdapter(_Mark)
_progress = TypeAdapter(Progress)


def check_site(name: str) -> str:
    """A name that can be part of a topic and of the broker's ACL; BadInput for others."""
    if not _SITE.fullmatch(name):
        raise BadInput(
            f"{name!r} can't name a site: write 3 to 63 small letters, digits and hyphens, "
            "like salon-mainstreet.",
            "site",
        )
    return name


def topic(site: str, kind: str) -> str:
    """`ringback/v1/SITE/KIND`."""
    return f"{ROOT}/{site}/{kind}"


def site_and_kind(topic_name: str) -> tuple[str, str]:
    """The last two parts of a topic."""
    head, _, kind = topic_name.rpartition("/")
    return head.rpartition("/")[2], kind


def written_state(state: LinkState, record_id: str) -> str:
    """A link's state as a record."""
    return as_line({"id": record_id, **asdict(state)})


def last_will() -> str:
    """What the broker tells when the edge is gone."""
    return as_line({"kind": LinkKind.LOST, "text": GONE})


def read_state(text: str | bytes, heard_at: datetime) -> LinkState:
    """The state; one that does not say since when is true since it was heard.

    Raises:
        BadInput: It is no such record, or its `since` is no moment of our time.
    """
    state = read_as(text, _state)
    if state.since is not None:
        check_moment("since", state.since)
    return LinkState(state.kind, state.text[:500], state.since or heard_at)


def written_mark(source: str, mark: str, record_id: str) -> str:
    """How far a source has been read, as a record."""
    return as_line({"id": record_id, "source": source, "mark": mark})


def read_mark(text: str | bytes) -> tuple[str, str]:
    """The source and its mark; BadInput when it is no such record."""
    mark = read_as(text, _mark)
    return mark.source, mark.mark


def written_progress(progress: Progress, record_id: str) -> str:
    """Where a try's call is, as a record."""
    return as_line({"id": record_id, **asdict(progress)})


def read_progress(text: str | bytes) -> Progress:
    """Where the call is; BadInput when it is no such record, or at no second of our time."""
    progress = read_as(text, _progress)
    try:
        check_moment("at_s", datetime.fromtimestamp(progress.at_s, UTC))
    except (ValueError, OverflowError, OSError) as fault:
        raise BadInput("The record's at_s is no second.", "at_s") from fault
    return progress


def written_ack(ack: Ack) -> str:
    """One line of JSON."""
    return as_line(asdict(ack))


def read_ack(text: str | bytes) -> Ack:
    """The acknowledgement that was written; BadInput when it is none."""
    return read_as(text, _ack)
