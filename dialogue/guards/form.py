"""A reply is in the caller's language and takes at most four parts. Pure."""

from collections.abc import Iterator

from dialogue.builtin.language import language_of, looks_unknown
from dialogue.builtin.words import normal, words
from dialogue.guards.quoting import without_names
from dialogue.guards.reasons import Reason, Refusal
from dialogue.turns import Situation
from ringback.segments import count

MOST_PARTS = 4
_TELLING = 4  # so few words are in any language


def misshapen(text: str, reply: str, judged: str, situation: Situation) -> Iterator[Refusal]:
    """What is wrong with a reply as a whole.

    Args:
        text: What the caller wrote.
        reply: As it would be sent.
        judged: The reply without the company's own words, which may be in another language.
        situation: Of the turn.
    """
    if count(reply or " ").parts > MOST_PARTS:
        yield Refusal(Reason.LENGTH, str(len(reply)))
    told, so_far = normal(text), situation.memory.language or situation.language
    wanted = language_of(told, so_far)
    if wanted == "other" or looks_unknown(told):
        allowed, so_far = {"sv", "en"}, "en"
    else:
        allowed, so_far = {wanted}, wanted
    said = normal(without_names(judged, situation))
    written_in = language_of(said, so_far)
    if len(words(said)) >= _TELLING and written_in not in allowed:
        yield Refusal(Reason.LANGUAGE, written_in)
