"""What the pages show: plain frozen values, and the only thing that the templates are given.

In: the routes fill them from rows (decrypted, company checked, newest state). Out: `render.render`.
All times are aware, in any zone; the page prints them in the company's. Numbers are already in
readable form (`ringback.phone.readable`). Codes (`state`, `reason`, ...) are the values of the
enums in `ringback`; `portal_api.wording` turns them into words, an icon and a tone. Ids stand in
addresses and in `id` attributes, so they are the random public ones, never a number or a counter.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

Page = Literal["callbacks", "missed", "conversation", "bookings", "knowledge", "phone", "settings"]
Theme = Literal["auto", "light", "dark"]


@dataclass(frozen=True, slots=True)
class Shell:
    """What surrounds every page of someone who is signed in.

    Attributes:
        page: Which page it is; marks the menu.
        company: The company's name.
        person: The name of who is signed in.
        path: The page's own address with its query; where a changed preference returns to.
        csrf: The form token (`csrf.form_token`).
        live: Address of the live events, with the number of the last change that this page
            already shows (`/events?topic=missed&after=18231`); None on a page that stands still.
        theme: What the person chose.
        shortcuts: Whether single keys do anything.
        phone: Whether the menu offers the simulated phone (demo only).
        settings: Whether the menu offers the settings.
        callbacks: Whether it offers the callbacks.
    """

    page: Page
    company: str
    person: str
    path: str
    csrf: str
    live: str | None = None
    theme: Theme = "auto"
    shortcuts: bool = True
    phone: bool = False
    settings: bool = False
    callbacks: bool = True


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a caller waits for a person to do.

    Attributes:
        why: `call_back` when the caller asked to be rung, else why the assistant handed over or no
            text was sent; see `wording.WANTED`.
        from_at: The beginning of the interval that was promised, or None.
        to_at: Its end, or None.
        callback_ids: The open callbacks that say so; what marks them as done names them.
        told_at: When the caller got a text that somebody will be in touch, for nobody had been.
    """

    why: str
    from_at: datetime | None
    to_at: datetime | None
    callback_ids: tuple[str, ...]
    told_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class MissedRow:
    """One missed call, or one of which it can't be known.

    Attributes:
        id: The call's public id.
        at: When it rang.
        caller: The number, or None when it was withheld.
        name: The caller's name, when it is known.
        reason: A `calls.Reason`; `missed` when that is not known; `unknown` when nobody knows
            how the call ended, because the link was down.
        wait_s: How long the caller waited, in seconds.
        queue: The queue it was last in, or None.
        did: The company's number that was dialled.
        text_state: A `MessageState` of the call's own text, or None when there is none.
        text_why: A code of `wording.NO_TEXT`, or the operator's own words; else empty.
        text_held_until: When a text that is held will be sent.
        conversation_id: The conversation it belongs to, or None.
        conversation_state: See `wording.CONVERSATION`; None when there is no conversation and no
            person is waited for.
        last_text: The newest text in the conversation, in full; the page shortens it.
        calls: How many calls of this caller the conversation covers.
        wanted: What the caller waits for a person to do, oldest first.
    """

    id: str
    at: datetime
    caller: str | None
    name: str | None
    reason: str
    wait_s: float
    did: str
    queue: str | None = None
    text_state: str | None = None
    text_why: str = ""
    text_held_until: datetime | None = None
    conversation_id: str | None = None
    conversation_state: str | None = None
    last_text: str = ""
    calls: int = 1
    wanted: tuple[Wanted, ...] = ()


@dataclass(frozen=True, slots=True)
class GapLine:
    """A time in which a switchboard was not listened to.

    Attributes:
        id: Public id.
        pbx: The switchboard's name.
        at: From when.
        to_at: Until when; None while it lasts.
        found: Calls of it that were found afterwards.
        sources: Where they were looked for; see `wording.RECORDS`.
        kind: A `PbxKind`; an edge keeps what calls there are, and only Asterisk has records.
        over: It was too short to be told, and is not shown any more.
    """

    id: str
    pbx: str
    at: datetime
    to_at: datetime | None
    found: int = 0
    sources: tuple[str, ...] = ()
    kind: str = "ami"
    over: bool = False


@dataclass(frozen=True, slots=True)
class PbxFault:
    """A link to a switchboard that was tried and is not up.

    Attributes:
        pbx: The switchboard's name.
        kind: See `wording.LINK`.
        text: The adapter's own words, in English, for whoever runs Ringback.
    """

    pbx: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class SmsFault:
    """An account with an SMS provider that the company texts through and that is not well.

    Attributes:
        account: Its name.
        state: See `wording.ACCOUNT`.
        text: The gateway's own words, in English, for whoever runs Ringback.
        since: From when.
    """

    account: str
    state: str
    text: str
    since: datetime


@dataclass(frozen=True, slots=True)
class MissedCounts:
    """The figures above the list, from the same query as the rows."""

    today: int
    needs_person: int
    answered: int  # the caller wrote back
    booked: int
    unknown: int = 0  # it can't be known whether they were missed; not among `today`


@dataclass(frozen=True, slots=True)
class MissedView:
    """The list of missed calls, newest first.

    `more` is the address of the next rows, or None; `pbx_faults` tell an empty list from a
    blind one, `sms_faults` why texts wait, `gaps` where it may have a hole.
    """

    counts: MissedCounts
    rows: tuple[MissedRow, ...]
    more: str | None = None
    pbx_faults: tuple[PbxFault, ...] = ()
    sms_faults: tuple[SmsFault, ...] = ()
    gaps: tuple[GapLine, ...] = ()

    @property
    def lines(self) -> list[MissedRow | GapLine]:
        """The rows, and each gap below the calls that came after it began."""
        return sorted((*self.rows, *self.gaps), key=lambda line: line.at, reverse=True)


@dataclass(frozen=True, slots=True)
class BookingEntry:
    """One appointment; `service` is the shown name, `source` is `sms` or `portal`."""

    id: str
    starts_at: datetime
    ends_at: datetime
    service: str
    resource: str
    caller: str
    state: str
    name: str | None = None
    source: str = "sms"
    conversation_id: str | None = None


@dataclass(frozen=True, slots=True)
class BookingDay:
    """A day of the week in the company's zone; `closed` is None when it is open, else why (or "")."""

    date: date
    bookings: tuple[BookingEntry, ...]
    closed: str | None = None
    today: bool = False
    more: bool = False  # than are shown


@dataclass(frozen=True, slots=True)
class AbsenceEntry:
    """A time that staff have blocked."""

    id: str
    resource: str
    starts_at: datetime
    ends_at: datetime
    note: str = ""


@dataclass(frozen=True, slots=True)
class AbsencesView:
    """Absences to come, and the form for a new one with what was typed and what is wrong with it."""

    entries: tuple[AbsenceEntry, ...] = ()
    more: bool = False  # than are shown
    values: Mapping[str, str] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)
    done: str = ""  # an English msgid


@dataclass(frozen=True, slots=True)
class ResourceChoice:
    """A filter above the week: everyone (name empty) or one resource."""

    name: str
    address: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class BookingsView:
    """One week, Monday first; `previous`, `following` and `current` are addresses."""

    days: tuple[BookingDay, ...]
    resources: tuple[ResourceChoice, ...]
    previous: str
    following: str
    current: str
    absences: AbsencesView = AbsencesView()


@dataclass(frozen=True, slots=True)
class PhoneEntry:
    """Something on the visitor's phone: a text received or sent, or a call to the company."""

    id: str
    at: datetime
    kind: Literal["received", "sent", "call"]
    text: str = ""


@dataclass(frozen=True, slots=True)
class PhoneView:
    """The simulated phone: the visitor is the caller; `ringing` while it rings at the company."""

    number: str
    company: str
    company_number: str
    entries: tuple[PhoneEntry, ...] = ()
    ringing: bool = False


@dataclass(frozen=True, slots=True)
class LoginView:
    """The sign-in page; the same `error` for an unknown address and a wrong password.

    `hint` is shown in the demo, where the first account is made by the program.
    """

    email: str = ""
    onward: str = "/"
    error: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class ErrorView:
    """A page that says what went wrong and what to do; `number` finds it in the log."""

    status: int
    title: str
    text: str
    number: str = ""
