"""A salon's Saturday as the pages see it: sample views with every state, and the empty ones."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from portal_api import thread_views, views
from portal_api.notices import NoticeView
from portal_api.wording import BOOKING, CONVERSATION, REASON
from tests.portal_api.sample_callbacks import CALLBACK_PAGES
from tests.portal_api.sample_frame import ANNA, ERIK, NOW, SHOP, shell
from tests.portal_api.sample_knowledge import KNOWLEDGE
from tests.portal_api.sample_queues import QUEUE_PAGES
from tests.portal_api.sample_settings import SETTINGS, preview


def wanted(why: str = "call_back", **changes: object) -> views.Wanted:
    starts = datetime(2026, 11, 23, 12, tzinfo=UTC)
    whole = views.Wanted(why, starts, starts + timedelta(hours=2), ("w1",))
    return replace(whole, **changes)  # type: ignore[arg-type]


COMPLAINT = wanted("complaint", from_at=None, to_at=None, callback_ids=("w2", "w3"))


def missed_row(number: int = 0, **changes: object) -> views.MissedRow:
    whole = views.MissedRow(
        id=f"c{number}",
        at=NOW - timedelta(minutes=7 * number),
        caller=ANNA,
        name="Anna Lind",
        reason="no_answer",
        wait_s=38,
        queue="Bokning",
        did=SHOP,
        text_state="delivered",
        conversation_id="t1",
        conversation_state="assistant",
        last_text="Hej! Har ni en tid för klippning i morgon förmiddag?",
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


def gap_line(number: int = 1, **changes: object) -> views.GapLine:
    whole = views.GapLine(
        id=f"g{number}",
        pbx="Växel",
        at=NOW - timedelta(minutes=32),
        to_at=NOW - timedelta(minutes=27),
        found=3,
        sources=("queue_log", "cdr"),
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


def missed(rows: int = 16) -> views.MissedView:
    reasons, states = list(REASON), list(CONVERSATION)
    texts = ["delivered", "accepted", "queued", "failed", "unknown", "delivered"]
    people = [("Anna Lind", ANNA), (None, ERIK), ("Mohammed Al-Sayed", "070-174 06 33")]
    made = [
        missed_row(
            n,
            name=people[n % 3][0],
            caller=people[n % 3][1],
            reason=reasons[n % len(reasons)],
            wait_s=12 + 31 * n,
            queue=("Bokning", None, "Växel")[n % 3],
            text_state=texts[n % len(texts)],
            text_why="Absent subscriber" if texts[n % len(texts)] == "failed" else "",
            conversation_state=states[n % len(states)],
            last_text="" if states[n % len(states)] == "awaiting_reply" else missed_row().last_text,
            calls=3 if n == 2 else 1,
            wanted={"needs_person": (COMPLAINT, wanted()), "callback": (wanted(),)}.get(
                states[n % len(states)], ()
            ),
        )
        for n in range(rows)
    ]
    if made:
        lone = {"name": None, "text_state": None, "conversation_id": None}
        fixed = (wanted("not_mobile", from_at=None, to_at=None, callback_ids=("w4",)),)
        made.append(
            missed_row(20, caller=None, text_why="withheld", conversation_state="handled", **lone)
        )
        made.append(
            missed_row(
                21,
                caller=SHOP,
                text_why="not_mobile",
                conversation_state="needs_person",
                wanted=fixed,
                **lone,
            )
        )
        held = {"text_state": "queued", "text_why": "quiet_hours"}
        made.append(missed_row(23, **held, text_held_until=NOW + timedelta(hours=18)))
        made.append(missed_row(24, text_state="rejected", text_why="company_day"))
        blind = {"reason": "unknown", "text_why": "outcome_unknown", "conversation_state": None}
        made.append(missed_row(22, caller=ERIK, **blind, **lone))
    gaps = (
        views.GapLine("g0", "Växel", NOW - timedelta(minutes=3), None),
        gap_line(),
        gap_line(2, at=NOW - timedelta(days=2), found=0, sources=()),
        gap_line(3, at=NOW - timedelta(minutes=62), found=0),
    )
    return views.MissedView(
        gaps=gaps if made else (),
        counts=views.MissedCounts(
            today=len(made), needs_person=2, answered=9, booked=4, unknown=len(made) and 1
        ),
        rows=tuple(made),
        more="/missed?before=c21" if made else None,
    )


TURN = thread_views.Understanding(
    engine="built-in",
    understood=(
        thread_views.Fact("service", "Klippning, kort hår"),
        thread_views.Fact("when", "lördag 21 november, förmiddag"),
    ),
    decided=(thread_views.Fact("action", "Book"),),
    took_ms=12,
)


def message(number: int, **changes: object) -> thread_views.ThreadMessage:
    whole = thread_views.ThreadMessage(
        id=f"m{number}",
        at=NOW + timedelta(minutes=number),
        author="assistant",
        text="Hej! Du ringde Salong Saxofon. Jag är en automatisk assistent. Vad kan jag hjälpa dig med?",
        state="delivered",
        parts=1,
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


def from_caller(number: int, text: str) -> thread_views.ThreadMessage:
    return message(number, author="caller", text=text, state=None, parts=None, turn=TURN)


THREAD = (
    message(1),
    from_caller(2, "Hej! Har ni en tid för klippning i morgon förmiddag?"),
    message(
        3,
        text="Ja. Vi har dessa tider lördag 21 november:\n1) 09.30 hos Kim\n2) 10.15 hos Robin\n"
        "3) 11.00 hos Kim\nSvara med en siffra.",
        parts=2,
    ),
    from_caller(4, "2 tack"),
    message(5, text="Bokat: klippning lördag 21 november 10.15 hos Robin. Välkommen!"),
    from_caller(6, "Kan någon ringa mig om priset?"),
    message(
        7,
        author="person",
        person="Karin Holm",
        text="Jag ringer dig om en stund.",
        state="accepted",
    ),
    message(8, text="Påminnelse", state="failed", why="Absent subscriber", cost_e4=640),
    message(
        9,
        author="program",
        person="Bokföringen",
        text="Din faktura är klar.",
        parts=2,
        cost_e4=1_280,
        account="46elks",
    ),
    message(
        10,
        text="Hej igen!",
        state="queued",
        why="quiet_hours",
        held_until=NOW + timedelta(hours=18),
    ),
    message(11, text="Välkommen åter!", state="rejected", why="company_day"),
)


def booking(number: int = 0, **changes: object) -> views.BookingEntry:
    starts = datetime(2026, 11, 21, 9, 15, tzinfo=UTC) + timedelta(minutes=45 * number)
    whole = views.BookingEntry(
        id=f"b{number}",
        starts_at=starts,
        ends_at=starts + timedelta(minutes=30),
        service="Klippning, kort hår",
        resource=("Robin", "Kim")[number % 2],
        caller=ANNA,
        name="Anna Lind" if number % 2 == 0 else None,
        state=list(BOOKING)[(number + 2) % len(BOOKING)],
        conversation_id="t1" if number % 2 == 0 else None,
        source=("sms", "portal")[number % 2],
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


def conversation(**changes: object) -> thread_views.ConversationView:
    whole = thread_views.ConversationView(
        id="t1",
        caller=ANNA,
        name="Anna Lind",
        our_number="070-174 06 99",
        owner="assistant",
        state="assistant",
        opened_at=NOW,
        messages=THREAD,
        calls=(
            thread_views.CallNote(NOW - timedelta(minutes=2), "abandoned_in_queue"),
            thread_views.CallNote(NOW, "no_answer", "ongoing"),
        ),
        bookings=(booking(),),
        next=41,
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


LOG = thread_views.TurnLog(
    message_id="m2",
    at=NOW,
    engine="model",
    version="llama-3.3-70b",
    understood=TURN.understood,
    proposed=(thread_views.Fact("offered", "2026-11-21 09.30 Kim, 2026-11-21 10.15 Robin"),),
    decided=TURN.decided,
    used=("Har ni presentkort?",),
    refused=(thread_views.Fact("ungrounded_price", "199 kr"), thread_views.Fact("slow", "")),
    unanswered=True,
    took_ms=1240,
    tokens_in=1800,
    tokens_out=96,
    cost_e4=31,
)
DROPPED = thread_views.TurnLog("m4", NOW, "builtin", "builtin 1", took_ms=7, dropped=True)
REPLY = thread_views.ReplyBox("k1")
MINE = conversation(
    owner="person",
    owner_name="Karin Holm",
    owner_since=NOW,
    state="person",
    acts=("write", "hand_back"),
)
SIZE = thread_views.TextSize(units=81, parts=2, most_parts=1, plain=False, odd=("🌷", "—"))


def bookings(empty: bool = False) -> views.BookingsView:
    monday = date(2026, 11, 16)
    entries = {4: (2, 3), 5: (0, 1, 4, 5)}
    days = tuple(
        views.BookingDay(
            date=monday + timedelta(days=n),
            bookings=() if empty else tuple(booking(i) for i in entries.get(n, ())),
            closed="" if n == 6 else "Inventering" if n == 0 else None,
            today=n == 4,
        )
        for n in range(7)
    )
    choices = tuple(
        views.ResourceChoice(name, f"/bookings?with={name}", chosen=not name)
        for name in ("", "Kim", "Robin")
    )
    away = views.AbsenceEntry("a1", "Kim", NOW, NOW + timedelta(hours=5), "Semester")
    return views.BookingsView(
        days,
        choices,
        "/bookings?week=2026-W46",
        "/bookings?week=2026-W48",
        "/bookings",
        views.AbsencesView() if empty else views.AbsencesView((away,), more=True),
    )


def entry(number: int, kind: str, text: str = "") -> views.PhoneEntry:
    return views.PhoneEntry(f"p{number}", NOW + timedelta(minutes=number), kind, text)  # type: ignore[arg-type]


def phone(**changes: object) -> views.PhoneView:
    whole = views.PhoneView(
        number=ERIK,
        company="Salong Saxofon",
        company_number=SHOP,
        entries=(
            entry(0, "call"),
            entry(1, "received", THREAD[0].text),
            entry(2, "sent", THREAD[1].text),
            entry(3, "received", THREAD[2].text),
        ),
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


SMS_FAULTS = (
    views.SmsFault("46elks", "down", "The account has no credit left.", NOW - timedelta(hours=2)),
    views.SmsFault("modem", "silent", "", NOW - timedelta(minutes=40)),
)


PAGES: dict[str, tuple[str, dict[str, object]]] = {
    "/login": ("login.html", {"login": views.LoginView(hint="demo@example.com · demo-password-1")}),
    "/login-refused": (
        "login.html",
        {"login": views.LoginView("karin@example.com", error="…", onward="/missed")},
    ),
    "/missed": ("missed.html", {"shell": shell(), "missed": missed(), "settle": "0" * 64}),
    "/missed-empty": (
        "missed.html",
        {
            "shell": shell(shortcuts=False),
            "missed": replace(
                missed(0),
                pbx_faults=(
                    views.PbxFault("Växel", "unreachable", "Nobody answers at 127.0.0.1:5038."),
                ),
                sms_faults=SMS_FAULTS,
            ),
            "settle": "",
        },
    ),
    "/conversations/t1": (
        "conversation.html",
        {
            "shell": shell("conversation"),
            "conversation": conversation(acts=("take",), whole_log=True),
            "reply": REPLY,
            "settle": "0" * 64,
        },
    ),
    "/conversations/wanted": (
        "conversation.html",
        {
            "shell": shell("conversation"),
            "reply": REPLY,
            "conversation": conversation(
                state="needs_person",
                acts=("take",),
                wanted=(COMPLAINT, wanted("question", told_at=NOW)),
            ),
            "settle": "0" * 64,
        },
    ),
    "/conversations/earlier": (
        "conversation.html",
        {
            "shell": shell("conversation", live=None),
            "reply": REPLY,
            "conversation": conversation(latest=False, next=None, wanted=(wanted(),)),
            "settle": "",
        },
    ),
    "/conversations/nobody": (
        "conversation.html",
        {
            "shell": shell("conversation"),
            "reply": REPLY,
            "conversation": conversation(
                owner="nobody",
                state="needs_person",
                name=None,
                bookings=(),
                calls=(),
                opted_out=True,
            ),
            "settle": "",
        },
    ),
    "/conversations/person": (
        "conversation.html",
        {
            "shell": shell("conversation"),
            "reply": REPLY,
            "conversation": conversation(
                owner="person", owner_name="Karin Holm", state="person", messages=(), next=None
            ),
            "settle": "",
        },
    ),
    "/conversations/mine": (
        "conversation.html",
        {
            "shell": shell("conversation"),
            "reply": REPLY,
            "conversation": MINE,
            "settle": "0" * 64,
        },
    ),
    "/conversations/refused": (
        "conversation.html",
        {
            "shell": shell("conversation"),
            "reply": replace(REPLY, text="Jag ringer dig.", fault="…", faster="Erik Berg"),
            "conversation": conversation(
                owner="person",
                owner_name="Erik Berg",
                owner_since=NOW,
                state="person",
                acts=("hand_back",),
                wanted=(COMPLAINT,),
            ),
            "settle": "0" * 64,
        },
    ),
    "/conversations/t1/ai-log": (
        "ai_log.html",
        {
            "shell": shell("conversation", live=None),
            "log": thread_views.AiLogView("t1", ANNA, (LOG, DROPPED), next=3),
        },
    ),
    "/conversations/t2/ai-log": (
        "ai_log.html",
        {
            "shell": shell("conversation", live=None),
            "log": thread_views.AiLogView("t2", ERIK, (), texts=False),
        },
    ),
    "/conversations/closed": (
        "conversation.html",
        {
            "shell": shell("conversation"),
            "reply": REPLY,
            "conversation": conversation(state="booked", closed_at=NOW + timedelta(days=3)),
            "settle": "",
        },
    ),
    "/bookings": ("bookings.html", {"shell": shell("bookings"), "bookings": bookings()}),
    "/bookings-empty": ("bookings.html", {"shell": shell("bookings"), "bookings": bookings(True)}),
    "/phone": ("phone.html", {"shell": shell("phone"), "phone": phone()}),
    "/phone-empty": (
        "phone.html",
        {"shell": shell("phone"), "phone": phone(entries=(), ringing=True)},
    ),
    **SETTINGS,
    **KNOWLEDGE,
    "/i/0a1b2c3d": (
        "notice.html",
        {"notice": NoticeView("Salong Saxofon", "Storgatan 1, 111 22 Stockholm", SHOP, "0a1b2c3d")},
    ),
    "/i/bare": ("notice.html", {"notice": NoticeView("Salong Saxofon", "", "", "bare")}),
    "/i/long": (
        "notice.html",
        {"notice": NoticeView("Frisörsalongen" * 6, "Vägen" * 20, "0" * 60, "long")},
    ),
    "/error": (
        "error.html",
        {"error": views.ErrorView(404, "…", "…", "8c2f-11")},
    ),
    **CALLBACK_PAGES,
    **QUEUE_PAGES,
}
"""Address → template and its views: every page, in every state that looks different."""

FRAGMENTS: dict[str, tuple[str, dict[str, object]]] = {
    "missed": (
        "live/missed.html",
        {"row": missed_row(), "counts": missed().counts, "new": True, "settle": ""},
    ),
    "sms": ("live/sms.html", {"faults": SMS_FAULTS}),
    "preview": ("live/text_preview.html", {"preview": preview(), "wrong": [("text", "Fel.")]}),
    "gap": ("live/gap.html", {"gap": gap_line()}),
    "gap too short": ("live/gap.html", {"gap": gap_line(over=True)}),
    "conversation": (
        "live/conversation.html",
        {"conversation": conversation(), "message": message(9), "new": True, "settle": "0" * 64},
    ),
    "reply": ("live/reply.html", {"reply": replace(REPLY, fault="Write something to send.")}),
    "turn log": ("live/turn_log.html", {"turn": LOG}),
    "reply size": ("live/reply_size.html", {"size": SIZE}),
    "bookings": ("live/bookings.html", {"day": bookings().days[5]}),
    "phone": ("live/phone.html", {"phone": phone(), "entry": entry(9, "received", "Hej!")}),
}
