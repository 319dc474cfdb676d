"""Codes of the AI log into words: what was understood, decided and refused, and by which engine. Pure.

In: a code as a `turn` row holds it. Out: the English msgid that the templates translate; a code that
is not here is shown as it stands. All other codes: `wording.py`.
"""

from portal_api.wording import N_

FACT = {
    "intent": N_("Wish"),
    "intents": N_("Wishes"),
    "services": N_("Services"),
    "service": N_("Service"),
    "resource": N_("With"),
    "days": N_("Days"),
    "exact": N_("Time of day"),
    "not_before": N_("Not before"),
    "not_after": N_("Not after"),
    "soonest": N_("As soon as possible"),
    "yes": N_("Says yes"),
    "no": N_("Says no"),
    "language": N_("Language"),
    "step": N_("Rule"),
    "engine": N_("Engine"),
}
"""What the AI log calls what an engine took from a text."""

MEANING = {
    "True": N_("Yes"),
    "sv": N_("Swedish"),
    "en": N_("English"),
    "other": N_("Another"),
    "opt_out": N_("wants no texts"),
    "opt_in": N_("wants texts again"),
    "wrong_number": N_("wrong number"),
    "robot": N_("asks whether a machine answers"),
    "emergency": N_("emergency"),
    "anger": N_("is angry"),
    "late": N_("will be late"),
    "call_back": N_("wants to be called"),
    "no_call": N_("wants no calls"),
    "person": N_("wants a person"),
    "cancel": N_("cancel"),
    "move": N_("move a booking"),
    "my_booking": N_("asks about the booking"),
    "book": N_("book"),
    "availability": N_("asks for times"),
    "price": N_("price"),
    "duration": N_("how long it takes"),
    "hours": N_("opening hours"),
    "address": N_("address"),
    "phone": N_("phone number"),
    "policy": N_("cancellation terms"),
    "correction": N_("corrects something"),
    "question": N_("another question"),
    "spam": N_("advertising"),
    "others": N_("asks about other customers"),
    "takeover": N_("tries to change the rules"),
    "greeting": N_("greeting"),
    "thanks": N_("thanks"),
}
"""Values in the AI log; what is not here is shown as it stands."""

RULE = {
    "own_call": N_("the promised call"),
    "about_somebody_else": N_("about somebody else's booking"),
    "consent": N_("yes or no to texts"),
    "noise": N_("advertising or a wrong number"),
    "boundaries": N_("what the assistant may not tell or do"),
    "emergency": N_("emergency"),
    "anger": N_("a complaint"),
    "lateness": N_("comes late"),
    "person": N_("wants a person"),
    "other_language": N_("another language"),
    "cancel": N_("cancel"),
    "correct": N_("correct a booking just made"),
    "move": N_("move a booking"),
    "no_such_time": N_("a day or time that does not exist"),
    "answered_reminder": N_("answer to a reminder"),
    "leaves": N_("looks forward to the visit"),
    "help_wanted": N_("wants help with something"),
    "answered_offer": N_("choose an offered time"),
    "choice": N_("choose an offered time"),  # the same in older logs
    "my_booking": N_("asks about the booking"),
    "facts": N_("answer from the company's facts"),
    "booking": N_("book a time"),
    "courtesy": N_("thanks that need no answer"),
    "not_understood": N_("not understood"),
}
"""Which rule of the built-in engine answered."""

ENGINE = {
    "builtin": N_("Built-in"),
    "built-in": N_("Built-in"),
    "model": N_("Model"),
    "rules": N_("Rules alone"),
}
"""Which engine answered (`turn.engine`)."""

USED = {
    "services": N_("services and prices"),
    "hours": N_("opening hours"),
    "address": N_("address"),
    "phone": N_("phone number"),
    "policy": N_("cancellation terms"),
}
"""What of the company's information an answer rests on (`turn.used`), besides answers and passages."""

PROPOSED = {
    "offered": N_("Times offered"),
    "calls": N_("Asked for by the model"),
}
"""What the AI log calls what an engine proposed (`turn.proposed`)."""

REFUSED = {
    "wish_passed_over": N_("passed over what the caller wished"),
    "ungrounded_time": N_("a time that is not in your information"),
    "ungrounded_date": N_("a date that is not in your information"),
    "ungrounded_price": N_("a price that is not in your information"),
    "ungrounded_percent": N_("a percentage that is not in your information"),
    "ungrounded_number": N_("a number that is not in your information"),
    "ungrounded_address": N_("an address that is not in your information"),
    "ungrounded_statement": N_("a statement that is not in your information"),
    "ungrounded_link": N_("a link that is not in your information"),
    "personal_number": N_("a personal number"),
    "internal_id": N_("an id of the database"),
    "booked_without_booking": N_("said booked without a booking"),
    "moved_without_move": N_("said moved without moving"),
    "cancelled_without_cancelling": N_("said cancelled without cancelling"),
    "effect_not_told": N_("did something without saying so"),
    "promise_without_effect": N_("promised what nobody was asked to do"),
    "discount_or_exception": N_("promised a discount or an exception"),
    "other_language": N_("wrote in another language"),
    "too_long": N_("wrote too much"),
    "effect_not_allowed": N_("asked for what it may not do"),
    "silent": N_("did something and said nothing"),
    "slow": N_("the model did not answer in time"),
    "down": N_("the model could not be reached"),
    "busy": N_("the model takes no more at the moment"),
    "refused": N_("the model's operator refused"),
    "huge_answer": N_("the model wrote far too much"),
    "no_turn": N_("the model gave no answer"),
    "bad_json": N_("the model's answer could not be read"),
    "unknown_tool": N_("the model asked for a tool that does not exist"),
    "too_many_rounds": N_("the model came to no end"),
    "guard_refused_twice": N_("the model's answer was stopped twice"),
    "no_endpoint": N_("the model's address is not set up here"),
    "over_budget": N_("the month's budget for the model is used up"),
}
"""Why a reply or an effect was refused (`turn.refused`); what is not here is shown as it stands."""

DECISION = {
    "Book": N_("Book the time"),
    "Move": N_("Move the booking"),
    "Cancel": N_("Cancel the booking"),
    "HandOver": N_("Hand over to a person"),
    "CallBack": N_("Have someone call back"),
    "ChangeCallBack": N_("Call back at another time"),
    "CancelCallBack": N_("Call off the callback"),
    "OptOut": N_("Send no more texts"),
    "OptIn": N_("Send texts again"),
}
"""What a turn decided, by the name of the effect."""


def meanings(fact: str) -> dict[str, str]:
    """The words for the values of a fact in the AI log."""
    return RULE if fact == "step" else MEANING
