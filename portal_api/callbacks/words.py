"""Codes of the callback list into words: like `portal_api.wording`, and used by the same templates. Pure.

In: a code as rows, `attempts` and `timing` hold it. Out: msgids, icons and tones.
"""

from portal_api.wording import N_, Word

COLUMNS = {
    "arrived": N_("Call arrived"),
    "interval": N_("Wanted interval"),
    "queue": N_("Queue"),
    "input": N_("Customer's input"),
    "handler": N_("Handler"),
    "status": N_("Status"),
    "note": N_("Latest log"),
}
"""The sortable columns, in their order (requirement S3.3)."""

STATUS = {
    "new": Word(N_("Not handled"), "clock", "calm"),
    "requeued": Word(N_("Requeued"), "again", "busy"),
    "in_hand": Word(N_("In progress"), "phone", "good"),
    "note_due": Word(N_("Waiting for a note"), "pen", "warn"),
    "asked": Word(N_("Asked for a new interval"), "chat", "busy"),
    "reached": Word(N_("Reached"), "check", "good"),
    "reached_by_other_call": Word(N_("Reached by another call"), "check", "good"),
    "cancelled": Word(N_("Cancelled by the caller"), "cross", "calm"),
    "settled": Word(N_("Handled by staff"), "check", "good"),
    "joined": Word(N_("Counted in the caller's other row"), "check", "calm"),
    "unreached": Word(N_("Not reached, texted"), "cross", "bad"),
    "done": Word(N_("Done"), "check", "good"),
}
"""Where a wish stands: while it is open, and `callbacks.Ended`."""

FILTERS = {
    "open": N_("All waiting"),
    "new": N_("Not handled"),
    "requeued": N_("Requeued"),
    "in_hand": N_("In progress"),
    "done": N_("Done"),
}
"""What the list can be narrowed to."""

TIMING = {
    "soonest": N_("As soon as possible, waiting for {time}"),
    "later": N_("Begins in {time}"),
    "open": N_("Now, {time} left"),
    "closing": N_("Ends soon, {time} left"),
    "overdue": N_("Overdue by {time}"),
    "retry": N_("Next try in {time}"),
}
"""How a wish stands to the clock; the browser counts on with the same words."""

PHASE = {
    "asked": N_("Asking the switchboard"),
    "rings_handler": N_("Ringing you"),
    "rings_customer": N_("Ringing the customer"),
    "talking": N_("In the call"),
    "ended": N_("Ended"),
    "unknown": N_("No contact with the switchboard; the call may still be going on"),
}
"""`attempts.Phase` in words, to who rings."""

STEPS = ("rings_handler", "rings_customer", "talking", "ended")
"""The way of a call, as the panel draws it."""
NOBODY_TALKED = frozenset({"no_answer", "busy", "handler_away", "not_done", "lost"})
"""Outcomes of calls that never came to the step before the last."""

TRIED = {
    "reached": Word(N_("Reached"), "check", "good"),
    "no_answer": Word(N_("No answer"), "missed", "warn"),
    "busy": Word(N_("Busy"), "cross", "warn"),
    "voicemail": Word(N_("Voicemail"), "chat", "warn"),
    "wrong_number": Word(N_("Wrong number"), "question", "warn"),
    "wrong_person": Word(N_("Wrong person"), "person", "warn"),
    "handler_away": Word(N_("The handler's phone did not answer"), "missed", "calm"),
    "not_done": Word(N_("Not rung"), "cross", "calm"),
    "lost": Word(N_("Outcome unknown"), "question", "bad"),
}
"""`attempts.Outcome` in words."""

IN_VAIN = ("handler_away", "lost")
"""Outcomes after which a wish is back in line by itself, and the handler is told why."""

BY_MENU = ("menu", "pressed_1", "callback_requested")
"""Why most wishes are there, which their rows need not say."""

SAID = (
    N_("It was not needed any more."),
    N_("There is no contact with the PBX, so it is not known what became of the call."),
    N_("The PBX does not know this call any more, and did not tell what became of it."),
    N_("It was not begun in time."),
    N_(
        "The call was hung up again and again before the customer could answer; now it counts as a "
        "try."
    ),
    N_("There is no connection to the PBX; nothing was done."),
    N_("It is too early for the next try."),
    N_("Write the note about your last call first."),
    N_("That interval is full; choose another."),
    N_("The interval is over, too far away, or you are closed then."),
    N_("The interval is over, too far away, or you are closed then."),
    N_("Write the queue's name as the PBX has it, like 401 or support."),
    N_("A queue's name needs a letter or a digit, like 401 or support."),
    N_("That queue is there already."),
    N_("The interval that the customer chose has not begun."),
    N_("The interval that the customer chose is over."),
    N_("The company is closed."),
    N_("It was tried as often as the rules of the queue allow."),
    N_("Say first which phone is yours; it rings before the customer's."),
    N_("There is no number to ring. Enter one, or mark it as handled."),
    N_("There is no PBX that can ring. An administrator adds one under settings."),
    N_("This callback has ended, or its number was changed just now."),
    N_("This callback has ended already."),
    N_("The note about this call is written already."),
    N_("This call no longer needs a note."),
    N_("Describe what came of the call in 3 to 2000 characters."),
    N_("Choose what came of the call."),
    N_("The call has begun; hang up, and write what came of it."),
    N_("Somebody else is working on this callback."),
    N_("One of the queues no longer exists; choose again."),
    N_("That queue no longer exists; choose again."),
    N_("That is no telephone number; write it with its area code, like 070-174 06 05."),
    N_("Numbers that cost extra are not rung back."),
    N_("Numbers in that country are not rung back."),
    N_("Numbers of that kind are not rung back."),
    N_("The company's own numbers are not rung back."),
)
"""What `ringback.attempts`, `callable`, `store.claims`, `tries` and `attempts` say, for the catalogue."""

INPUT = {
    "": N_("Input"),
    "customer_number": N_("Customer number"),
    "personal_number": N_("Personal identity number"),
}
"""What a queue asks callers to key (`queues.Input`)."""
