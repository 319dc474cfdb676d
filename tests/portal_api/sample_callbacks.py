"""The callback list as its pages see it: every state, an open panel in every stage, and nothing at all."""

from dataclasses import replace
from datetime import timedelta

from portal_api.callbacks.adding_form import AddingView, Typed
from portal_api.callbacks.timing import Span, timing
from portal_api.callbacks.views import (
    CallbackLine,
    CallLine,
    Choice,
    Column,
    ListView,
    Option,
    PanelView,
    QueueLine,
    Said,
    StaffingView,
    Tally,
    TextLine,
    TryView,
)
from portal_api.callbacks.words import COLUMNS, FILTERS, STATUS
from portal_api.views import BookingEntry
from tests.portal_api.sample_frame import ANNA, ERIK, NOW, shell

HOUR = timedelta(hours=1)
TALK = TryView("a1", NOW - HOUR, "Karin Holm", "talking", NOW, note="", noted=False)


def line(which: int = 0, status: str = "new", **changes: object) -> CallbackLine:
    begins = NOW + HOUR * (which - 2)
    open_ = status in ("new", "requeued", "in_hand", "note_due", "asked")
    soonest = which % 4 == 3
    span = Span(
        arrived_at=NOW - HOUR * (which + 1),
        from_at=None if soonest else begins,
        to_at=None if soonest else begins + 2 * HOUR,
        soon_at=None if soonest else begins + HOUR,
        not_before=NOW + HOUR if status == "requeued" else None,
    )
    whole = CallbackLine(
        id=f"b{which}",
        span=span,
        number=(ANNA, ERIK, "")[which % 3],
        queue_id="q1",
        queue="Bokning",
        why=("menu", "not_mobile")[which % 2],
        customer_input=("", "••••••-••••", "55012")[which % 3],
        input_kind=("", "personal_number", "customer_number")[which % 3],
        handler="" if status == "new" else "Robin",
        status=status,
        note="" if status == "new" else "Ingen svarade. Ring hellre efter lunch.",
        calls=1 + which % 2,
        last_call_at=NOW if which % 2 else None,
        tries=0 if status == "new" else 1,
        timing=timing(span, NOW) if open_ else None,
        rings=status in ("new", "requeued", "asked"),
        ended_at=None if open_ else NOW,
    )
    if status in ("in_hand", "note_due"):
        held = {"holder": "u2", "holder_name": "Robin", "held_since": NOW}
        whole = replace(whole, **held, attempt=TALK)
    return replace(whole, **changes)  # type: ignore[arg-type]


def listed(rows: int = len(STATUS), **changes: object) -> ListView:
    made = tuple(line(n, status) for n, status in enumerate(list(STATUS)[:rows]))
    whole = ListView(
        rows=made,
        total=len(made) + 120 if made else 0,
        tally={"q1": Tally(7, 1, 1, 2, 1)} if made else {},
        shown=None,
        columns=tuple(
            Column(k, f"?sort={k}", "ascending" if k == "queue" else "") for k in COLUMNS
        ),
        statuses=tuple(Option(k, t, f"?status={k}", k == "open") for k, t in FILTERS.items()),
        scopes=(Option("mine", "My queues", "?scope=mine", True),),
        due=Option("due", "Due now", "?due=1"),
        sort="queue",
        descending=False,
        status="open",
        due_now=False,
        now=NOW,
        more="?rows=200" if made else None,
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


STAFFING = StaffingView(
    (
        QueueLine("q1", "Kim", staffed=True, waiting=3, offered=True),
        QueueLine("q2", "Robin", staffed=False, waiting=0, offered=False),
    ),
    "PJSIP/101",
)


def panel(one: CallbackLine, **changes: object) -> PanelView:
    done = replace(TALK, id="a2", phase="ended", outcome="busy", note="Upptaget.", noted=True)
    odd = replace(done, id="a3", outcome="reached", outside_why="Bad oss ringa.")
    whole = PanelView(
        line=one,
        mine=False,
        attempt=None,
        tries=(done, odd),
        calls=(CallLine(NOW, "abandoned_in_queue", "inbound"), CallLine(NOW, "", "inbound")),
        texts=(TextLine(NOW, True, "Hej!"), TextLine(NOW, False, "Ring mig.")),
        bookings=(BookingEntry("k1", NOW, NOW + HOUR, "Klippning", "Jonas", ANNA, "confirmed"),),
        choices=(Choice("s", None, None), Choice("1300-1500@261120", NOW, NOW + HOUR)),
        phone="PJSIP/101",
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


def page(view: ListView, shown: PanelView | None = None, **changes: object) -> dict[str, object]:
    whole: dict[str, object] = {
        "shell": shell("callbacks", live="/events?topic=callbacks&after=7"),
        "view": view,
        "staffing": STAFFING,
        "panel": shown,
        "adding": None,
        "user": "u2",
        "may_ring": True,
    }
    return whole | changes


_HELD = line(2, "in_hand", conversation_id="t1", number=ANNA)
_LATE = Said("{name} has been on it since {time}.", "Robin", NOW)
_COSTLY = "Numbers that cost extra are not rung back."
_TYPED = Typed(number="0900-100 00 00", queue="q2", customer="55012", why="Vill flytta tiden.")
ADDING = AddingView(Typed(queue="q1"), (("q1", "Kim"), ("q2", "Robin")), panel(line(1)).choices)
_NOTE = Said("Describe what came of the call in 3 to 2000 characters.", kind="note")

CALLBACK_PAGES: dict[str, tuple[str, dict[str, object]]] = {
    "/callbacks": ("callbacks.html", page(listed())),
    "/callbacks-empty": (
        "callbacks.html",
        page(
            listed(0, shown=("",), tally={"q1": Tally(3, 0, 0, 1, 0)}),
            staffing=StaffingView(
                (QueueLine("q1", "Kim", False, 0, False),), "", "Write it again.", "a b"
            ),
        ),
    ),
    "/callbacks-found": ("callbacks.html", page(listed(1, searched="06 05", more=None))),
    "/callbacks/ring": ("callbacks.html", page(listed(2), panel(line(1), said=_LATE))),
    "/callbacks/outside": (
        "callbacks.html",
        page(listed(2), panel(line(3), outside="The company is closed.")),
    ),
    "/callbacks/note": (
        "callbacks.html",
        page(listed(3), panel(_HELD, mine=True, attempt=TALK, said=_NOTE, note="ok")),
    ),
    "/callbacks/new": ("callbacks.html", page(listed(2), adding=ADDING)),
    "/callbacks/new-refused": (
        "callbacks.html",
        page(listed(2), adding=replace(ADDING, typed=_TYPED, faults={"number": _COSTLY})),
    ),
    "/callbacks/done": ("callbacks.html", page(listed(1), panel(line(5, "reached")))),
}
