"""What a queue looks like at one moment, and how that crosses the line from an edge. Pure.

In: what is known of a PBX's queues; or bytes. Out: a `Seen` for each queue, from which it is decided
what its callers are offered, here as behind an edge; or bytes. The centre says which queues it wants
to know of (`Watch`), and the edge tells of these and no others (`Snapshot`).

No number, name or channel of a caller is told. Phones are told of only where the centre has named
them: they are those of handlers who are there.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from pbx_adapter.queues.waits import Queues
from ringback.records import as_line, read_as

QUEUES_MOST = 100  # of one site
PHONES_MOST = 200  # of one queue
_CALLERS_MOST = 30  # whose arrival is told; nobody has more handlers who are free at once
_MOST = 1_000_000
_LONGEST_S = 7 * 86_400.0
_Name = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\r\n\x00]*$")]
_Phone = Annotated[str, Field(max_length=80)]
_Second = Annotated[float, Field(ge=946_684_800, lt=4_102_444_800, allow_inf_nan=False)]
Offered = Literal["on", "off", "never", "as_it_is"]
_Count = Annotated[int, Field(ge=0, le=_MOST)]


@dataclass(frozen=True, slots=True)
class ToWatch:
    """A queue that the centre wants to know of.

    Attributes:
        name: As the PBX names it.
        mean_over_s: The mean is that of waits which ended in the last so many seconds.
        phones: Of which it is to be told whether they are idle.
        offered: Whether waiting callers hear of an offer: all of them (`on`), nobody (`off`), nobody
            who does now (`never`, where none is ever made), or whoever does now (`as_it_is`).
        language: In which, to callers whose own is none of ours.
    """

    name: _Name
    mean_over_s: Annotated[float, Field(ge=0, le=_LONGEST_S)]
    phones: Annotated[tuple[_Phone, ...], Field(max_length=PHONES_MOST)] = ()
    offered: Offered = "as_it_is"
    language: Literal["sv", "en"] = "sv"


@dataclass(frozen=True, slots=True)
class Watch:
    """What the centre wants to know of one site."""

    queues: Annotated[tuple[ToWatch, ...], Field(max_length=QUEUES_MOST)] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """A queue at one moment.

    Attributes:
        name: As the PBX names it.
        waiting: How many callers are on the line.
        arrived_s: When the first of them arrived, epoch seconds, in order.
        mean_s: Of the waits that ended lately; 0 when there were none.
        members: How many are logged in to the queue.
        idle: Phones that could be rung now, of those that were asked for.
    """

    name: _Name
    waiting: _Count = 0
    arrived_s: Annotated[tuple[_Second, ...], Field(max_length=_CALLERS_MOST)] = ()
    mean_s: Annotated[float, Field(ge=0, le=_LONGEST_S)] = 0.0
    members: _Count = 0
    idle: Annotated[tuple[_Phone, ...], Field(max_length=PHONES_MOST)] = ()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that a site tells; a queue that is not in it is not known.

    Attributes:
        at_s: When it was taken, by the edge's clock.
        queues: Those that were asked for and that the PBX has told of.
    """

    at_s: _Second
    queues: Annotated[tuple[Seen, ...], Field(max_length=QUEUES_MOST)] = ()


_watch, _snapshot = TypeAdapter(Watch), TypeAdapter(Snapshot)


def seen(
    queues: Queues, name: str, mean_over_s: float, now_s: float, idle: Sequence[str] = ()
) -> Seen:
    """A queue as it is now.

    Args:
        queues: All of its PBX.
        name: Which.
        mean_over_s: How far back the mean goes.
        now_s: On our clock.
        idle: Phones that could be rung.
    """
    waiting = queues.waiting(name)
    return Seen(
        name=name,
        waiting=len(waiting),
        arrived_s=tuple(one.arrived_s for one in waiting[:_CALLERS_MOST]),
        mean_s=queues.mean_wait_s(name, mean_over_s, now_s),
        members=sum(member.logged_in for member in queues.members(name)),
        idle=tuple(idle),
    )


def written_watch(watch: Watch) -> str:
    """One line of JSON."""
    return as_line(asdict(watch))


def read_watch(text: str | bytes) -> Watch:
    """What the centre wants to know; BadInput when it is no such record."""
    return read_as(text, _watch)


def written_snapshot(snapshot: Snapshot) -> str:
    """One line of JSON, with moments to the tenth of a second."""
    fields = asdict(snapshot)
    for queue in fields["queues"]:
        queue["arrived_s"] = [round(arrived_s, 1) for arrived_s in queue["arrived_s"]]
    return as_line(fields)


def read_snapshot(text: str | bytes) -> Snapshot:
    """What the edge told; BadInput when it is no such record."""
    return read_as(text, _snapshot)
