"""What the pages about queues show: plain frozen values, and codes into words. Pure.

In: `queues.py` fills them from rows. Out: the templates `settings_queues.html` and `settings_queue.html`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from portal_api.callbacks.views import Choice
from portal_api.settings.changes import LastChange
from portal_api.wording import N_, Word

MODES = {
    "off": N_("Off"),
    "always": N_("Always"),
    "when_long": N_("When the wait is long"),
}
"""How the offer is switched (`queues.Rules.offer`)."""

OFFERED = {
    True: Word(N_("Offered now"), "check", "good"),
    False: Word(N_("Not offered now"), "clock", "calm"),
}

WHY = {
    "": N_("The switchboard has not been heard from since the queue was added."),
    "always": N_("It is switched to always, inside the hours below."),
    "long_wait": N_("Callers wait long."),
    "switched_off": N_("It is switched off."),
    "short_wait": N_("Callers do not wait long."),
    "outside_window": N_("It is outside the hours below, or the company is closed all day."),
    "no_staff": N_("Nobody staffs the queue or is logged in to it."),
    "nothing_left": N_("Every interval is over or full."),
    "changing": N_("It was switched just now; the switchboard is told within seconds."),
}
"""`ringback.offer.Why`, and two that only the page knows."""

ASKS = {
    "": N_("Nothing but the number"),
    "customer_number": N_("Their customer number"),
    "personal_number": N_("Their personal identity number"),
}
SILENT = {
    "off": N_("nothing is offered"),
    "last": N_("what was offered last stays"),
}

NOTHING = N_("Give callers something to choose first: an interval, or as soon as possible.")
NO_PBX = N_("Choose the PBX that the queue is on.")
SAID = (
    N_("Write the queue's name as the PBX has it, like 401 or support."),
    N_("That queue is there already."),
    N_("The name for people is at most 80 plain signs."),
    N_("The name for people needs a letter or a digit."),
)
"""What `ringback.store.queues` says, for the catalogue."""


@dataclass(frozen=True, slots=True)
class QueueSetting:
    """A queue, and what its callers are offered now.

    Attributes:
        id: Of its row.
        name: As the PBX has it.
        shown: As people call it.
        pbx: The PBX's name.
        mode: A code of `MODES`.
        offered: Whether a callback is offered now.
        why: A code of `WHY`.
        since: From when.
        waiting: Callers on the line.
    """

    id: str
    name: str
    shown: str
    pbx: str
    mode: str
    offered: bool
    why: str
    since: datetime | None = None
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class PbxOption:
    """A PBX that a queue can be on."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class KnownQueue:
    """A queue that calls came through, without a row yet."""

    pbx_id: str
    pbx: str
    name: str


@dataclass(frozen=True, slots=True)
class QueuesView:
    """The list, and the form for one more; `values` as typed, faults by field."""

    lines: tuple[QueueSetting, ...]
    pbxs: tuple[PbxOption, ...]
    known: tuple[KnownQueue, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class QueueView:
    """One queue's rules as they stand in the form.

    Attributes:
        line: What is offered now.
        values: As typed, by field.
        faults: By field, in the visitor's language.
        context: Where the voice menu begins in Asterisk.
        choices: What a caller may choose at this moment.
        rows: How many intervals the form has room for.
        last: Who changed it last.
    """

    line: QueueSetting
    values: Mapping[str, str]
    faults: Mapping[str, str]
    context: str
    choices: tuple[Choice, ...]
    rows: int
    last: LastChange | None = None
