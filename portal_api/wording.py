"""Codes into words: what each state is called, its icon and its tone. Pure.

In: a code as rows and enums hold it. Out: a `Word`, whose `text` is the English msgid that the
templates translate. State is never told by colour alone, so every word has an icon too.
"""

from dataclasses import dataclass
from typing import Literal

Tone = Literal["good", "busy", "warn", "bad", "calm"]


def N_(text: str) -> str:
    """Mark a text for the catalogue; it is translated where it is shown."""
    return text


@dataclass(frozen=True, slots=True)
class Word:
    """A code in words: msgid, icon (`templates/icons.html`) and tone (`ringback.css`)."""

    text: str
    icon: str
    tone: Tone


OUTCOME = {
    "unknown": Word(N_("Unknown: the connection was down"), "question", "calm"),
}
"""What stands in place of a reason when it can't be known whether a call was missed."""

REASON = {
    "no_answer": N_("No one answered"),
    "busy": N_("Busy"),
    "unavailable": N_("No phone was connected"),
    "abandoned_in_queue": N_("Hung up in the queue"),
    "queue_timeout": N_("Waited too long in the queue"),
    "queue_empty": N_("No one staffed the queue"),
    "abandoned_in_ivr": N_("Hung up in the menu"),
    "voicemail": N_("Reached voicemail"),
    "after_hours": N_("Called when closed"),
    "callback_requested": N_("Asked to be called back"),
}
"""`calls.Reason` in words."""

WHY_MISSED = {**REASON, "missed": N_("Not answered")}
"""The same, and what is said when the reason is not known."""

TEXT = {
    "queued": Word(N_("Waiting to be sent"), "clock", "calm"),
    "submitting": Word(N_("Being sent"), "clock", "calm"),
    "accepted": Word(N_("Sent"), "check", "busy"),
    "delivered": Word(N_("Delivered"), "checks", "good"),
    "rejected": Word(N_("Rejected by the operator"), "cross", "bad"),
    "failed": Word(N_("Not delivered"), "cross", "bad"),
    "unknown": Word(N_("Unclear if sent"), "question", "warn"),
    "received": Word(N_("Received"), "check", "good"),
}
"""`messages.MessageState` in words."""

SITUATION = {
    "missed": N_("Missed call"),
    "after_hours": N_("Call when closed"),
    "second_call": N_("Another missed call"),
    "reminder": N_("Reminder of a booking"),
    "callback_notice": N_("When we will call back"),
    "callback_confirmed": N_("A call that was asked for"),
    "callback_expired": N_("A call that came to nothing in its time"),
    "callback_unreached": N_("Rung in vain as often as the rules say"),
}
"""`policy.Situation` in words, those that have templates."""

TEXT_LANGUAGE = {"sv": N_("Swedish"), "en": N_("English")}
"""What templates are written in."""

PLACEHOLDER = {
    "company": N_("The company's name"),
    "phone": N_("The company's telephone number"),
    "opens": N_("When the company opens next"),
    "assistant": N_("Says that it is an automatic assistant"),
    "stop": N_("How to get no more texts"),
    "privacy": N_("Address of the privacy notice"),
    "what": N_("What is booked"),
    "when": N_("When: the booked time, or when somebody will ring"),
    "choices": N_("Times to choose from, numbered"),
}
"""What stands in place of each placeholder (`templates.PLACEHOLDERS`)."""

NUMBER_RULE = {
    "excluded": N_("Never texted"),
    "own": N_("Your own"),
    "textable": N_("Fixed lines that take texts"),
}
"""`policy.NumberRule` in words."""

TOLD_BY = {
    "caller": N_("The caller said so in a text."),
    "provider": N_("The operator said so."),
    "staff": N_("Staff noted it."),
}
"""Who said that a number wants no texts (`opt_out.told_by`)."""

NOT_SENT = Word(N_("Not sent"), "cross", "calm")
"""What stands in place of `rejected` when the rules stopped a text, and no operator."""

NO_TEXT = {
    "withheld": N_("No number to text"),
    "not_mobile": N_("Not a mobile number"),
    "country": N_("A country that you send no texts to"),
    "opted_out": N_("Wants no texts"),
    "excluded": N_("The number is on your list of numbers that get no texts"),
    "own_number": N_("One of your own numbers"),
    "found_late": N_("Found too late to text"),
    "found_in_records": N_("Found in the PBX's own records"),
    "ongoing": N_("A conversation is already going on"),
    "cool_down": N_("Got a text a short while ago"),
    "switched_off": N_("Texts to missed callers are switched off"),
    "off": N_("The company has no number to text from"),
    "quiet_hours": N_("Waits until the quiet hours are over"),
    "number_hour": N_("The number has had as many texts as it may get in an hour"),
    "number_day": N_("The number has reached its bound for the day"),
    "company_day": N_("Your budget for the day is used up"),
    "company_month": N_("Your budget for the month is used up"),
    "too_long": N_("Longer than your rules allow"),
    "too_late": N_("Waited so long that it would only puzzle"),
    "wrote_since": N_("The caller wrote before it was sent"),
    "robot": N_("A machine seems to answer"),
    "taken_over": N_("A person answers instead"),
    "outdated": N_("The booking was changed before it was sent"),
    "callback_asked": N_("Asked in the call to be rung; another text confirms it"),
    "outcome_unknown": N_("It is not known if anyone answered"),
}
"""Why no text went out, or not yet: `policy.Why` (`call.text_withheld`, `message.why`)."""

WAITING = (
    N_("The account takes only so many texts a second; this one waits for its turn."),
    N_("Many texts are in line at the account; this one has no turn yet."),
    N_("No SMS account here has the number it is sent from."),
    N_("Ringback failed on this text again and again; its log tells why."),
    N_("the provider did not answer in time"),
    N_("the provider did not have it"),
    N_("the send was interrupted"),
)
"""Sentences of the gateway's own in `message.why`; what a provider says is shown as it is."""

RECORDS = {
    "queue_log": N_("the queue log"),
    "cdr": N_("the call records (CDR)"),
    "cel": N_("the event log (CEL)"),
    "outbox": N_("the switchboard's outbox"),
}
"""Where calls of a gap were looked for (`gap.sources`)."""

LINK = {
    "unreachable": N_("The switchboard can't be reached."),
    "refused": N_("The switchboard does not let Ringback in."),
    "not_asterisk": N_("What answers at the address is not the switchboard."),
    "lost": N_("The connection to the switchboard was lost."),
}
"""What is wrong with a link (`pbx_adapter.link.LinkKind`)."""

ACCOUNT = {
    "down": N_("Does not take our texts."),
    "probing": N_("Did not take our texts, and is being tried again."),
    "silent": N_("Takes our texts but has stopped telling what became of them."),
}
"""How an account with an SMS provider is, when it is not well (`sms_account.state`)."""

CALENDAR = {
    "new": Word(N_("Not tried yet"), "clock", "calm"),
    "ok": Word(N_("Works"), "check", "good"),
    "failing": Word(N_("Does not work"), "warning", "bad"),
}
"""How a calendar outside is (`calendar.state`)."""

CALENDAR_WRONG = {
    "address": N_(
        "That address may not be asked from here. Write one that begins with https:// and is "
        "reached from the internet."
    ),
    "away": N_("The calendar server does not answer. We go on trying, and nothing is lost."),
    "certificate": N_(
        "The server's certificate is not one that everybody trusts, so it may be another server."
    ),
    "password": N_(
        "The server does not take the user name and password. Many want a password that is made "
        "for this alone."
    ),
    "not_allowed": N_(
        "The user may not write in the calendar. Share it with the user, with the right to change it."
    ),
    "no_calendar": N_(
        "There is no calendar at the address. Write that of the calendar itself, not of the server."
    ),
    "moved": N_(
        "The server sends us to another host. Write the address where the calendar is now."
    ),
    "too_much": N_("There is more in the calendar than we read. Take one that holds work alone."),
    "unreadable": N_("An event in the calendar can't be read, so it does not block its time."),
    "overlap": N_("An event in the calendar lies over a booking."),
}
"""`calendars.Wrong` in words, and what to do."""

WANTED = {
    "call_back": N_("Wants to be called"),
    "wants_no_call": N_("Wants no calls"),
    "call_time": N_("Wishes another time for the call"),
    "unanswered": N_("Wrote, and nobody has answered"),
    "answered_person": N_("Answered a question of yours"),
    "wants_person": N_("Wants to speak with a person"),
    "question": N_("Asked what the assistant can't answer"),
    "not_understood": N_("Was not understood by the assistant"),
    "no_price": N_("Asked for a price that is not given"),
    "no_free_time": N_("Found no time that suits"),
    "several_people": N_("Wants times for several people"),
    "several_things": N_("Wants several things booked"),
    "emergency": N_("May be an emergency"),
    "complaint": N_("Is not content"),
    "late": N_("Will be late"),
    "refused": N_("The assistant could not answer"),
    "callback_requested": N_("Asked to be rung, by the phone's menu"),
    "pressed_1": N_("Asked to be rung, by the phone's menu"),
    "menu": N_("Asked to be rung, by the phone's menu"),
    "staff": N_("Put on the list by staff"),
    "number_refused": N_("Keyed a number that is not rung back"),
    "found_late": N_("Rang while we did not hear the PBX"),
    "found_in_records": N_("Found in the PBX's own records"),
    "text_not_sent": N_("A text to the caller was not sent"),
    "text_not_delivered": N_("A text to the caller did not arrive, or nobody can tell"),
    "robot_loop": N_("A machine seems to answer our texts"),
    "wrote_after_stop": N_("Wrote after saying STOP, and got no answer"),
    "not_mobile": N_("Rang from a number that takes no texts"),
    "withheld": N_("Rang from a withheld number"),
    "country": N_("Rang from a country that you send no texts to"),
    "opted_out": N_("Rang, but wants no texts"),
    "switched_off": N_("Rang while texts are switched off"),
    "cool_down": N_("Rang again soon after a text"),
    "off": N_("Rang, and there is no number to text from"),
}
"""Why a person is waited for (`callback.why`)."""

CONVERSATION = {
    "awaiting_reply": Word(N_("No reply yet"), "clock", "calm"),
    "assistant": Word(N_("The assistant is answering"), "assistant", "busy"),
    "needs_person": Word(N_("Needs a person"), "hand", "warn"),
    "person": Word(N_("Answered by staff"), "person", "busy"),
    "booked": Word(N_("Booked"), "calendar", "good"),
    "callback": Word(N_("Will be called back"), "phone", "busy"),
    "handled": Word(N_("Handled by staff"), "check", "good"),
    "answered": Word(N_("Answered by text"), "check", "good"),
    "opted_out": Word(N_("Wants no texts"), "cross", "calm"),
    "lost": Word(N_("Lost"), "cross", "bad"),
}
"""`conversations.Standing` in words."""

BOOKING = {
    "held": Word(N_("Held"), "clock", "calm"),
    "requested": Word(N_("Requested"), "clock", "warn"),
    "confirmed": Word(N_("Confirmed"), "check", "good"),
    "cancelled": Word(N_("Cancelled"), "cross", "calm"),
    "no_show": Word(N_("Did not come"), "cross", "bad"),
    "done": Word(N_("Done"), "checks", "calm"),
}
"""`bookings.BookingState` in words."""

SOURCE = {"sms": N_("By text"), "assistant": N_("By text"), "portal": N_("By staff")}
"""Where a booking came from."""


def word(table: dict[str, Word], code: str) -> Word:
    """The word for a code; a code that is newer than this table shows itself."""
    return table.get(code) or Word(code, "question", "calm")


KNOWLEDGE = {
    "faq": N_("Question and answer of the company's document"),
    "passage": N_("Your own text"),
    "policy": N_("The rule on cancelling"),
    "hours": N_("Opening hours"),
    "address": N_("Address"),
    "phone": N_("Telephone number"),
    "services": N_("Services and prices"),
}
"""What a reply can rest on."""
