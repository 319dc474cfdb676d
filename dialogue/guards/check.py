"""All guards for one turn: in, the caller's text and what an engine made of it; out, refusals. Pure.

Stands between both engines and everything that follows (`dialogue.engines`): a turn with a refusal
is neither sent nor carried out.
"""

import re

from dialogue.guards.claims import unbacked
from dialogue.guards.effects import not_allowed
from dialogue.guards.facts import shows, ungrounded
from dialogue.guards.form import misshapen
from dialogue.guards.grounds import grounds, slots_of
from dialogue.guards.private import private
from dialogue.guards.quoting import without_names, without_quotes
from dialogue.guards.reasons import Reason, Refusal
from dialogue.turns import Book, Cancel, Move, Situation, Turn


def refusals(text: str, situation: Situation, turn: Turn) -> tuple[Refusal, ...]:
    """Why this turn may not reach the caller; empty when it may."""
    found = list(not_allowed(situation, turn))
    reply = turn.reply
    if not reply:
        silent = any(isinstance(one, Book | Move | Cancel) for one in turn.effects)
        return tuple([*found, Refusal(Reason.UNTOLD)] if silent else found)
    judged = re.sub(r"[ \t]+", " ", without_quotes(reply, situation))
    found += private(judged)
    # "gratis konsultation" is what is sold, and no gift; "Träningsplan" is no street
    nameless = without_names(judged, situation)
    found += ungrounded(judged, nameless, grounds(situation, turn), situation.business)
    found += unbacked(nameless, situation, turn)
    found += misshapen(text, reply, judged, situation)
    zone = situation.business.zone
    for slot in slots_of(turn):
        if not shows(reply, slot.starts_at.astimezone(zone)):
            found.append(Refusal(Reason.UNTOLD, slot.service))
    return tuple(dict.fromkeys(found))
