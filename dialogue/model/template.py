"""The model's own words around what code has written. Pure.

In: the text of an `answer`, with places such as {f1}. Out: the whole reply, its places filled by
code. In its own words a model writes courtesy and what joins sentences, nothing else (`own_words`):
whatever can be wrong stands in a place, and a place is filled with what code found. The guards then
look at the whole reply as at anybody's.
"""

import re
from collections.abc import Iterator

from dialogue.guards.claims import asks_favour
from dialogue.guards.quoting import without_names
from dialogue.guards.reasons import Reason, Refusal
from dialogue.model.board import Board
from dialogue.model.ids import Ids
from dialogue.model.own_words import not_courtesy
from dialogue.turns import Book, Move, Turn

PLACE = re.compile(r"\{([tbfp]\d{1,3})\}")


def broken_words(board: Board, text: str, turn: Turn) -> Iterator[Refusal]:
    """What the model wrote that only code may write; names of people and services are exempt.

    Args:
        board: Of the turn.
        text: Its own words, with places.
        turn: As it would be carried out.
    """
    own = without_names(PLACE.sub(" | ", text), board.situation)
    asked = board.builtin.used or board.builtin.unanswered or asks_favour(board.text)
    for piece in not_courtesy(
        own,
        board.reading.language,
        proposed=bool(board.ids.proposals) and not asked,
        booked=any(isinstance(one, Book | Move) for one in turn.effects),
    ):
        yield Refusal(Reason.GROUNDLESS, piece)


def filled(text: str, ids: Ids, written: dict[str, str]) -> str:
    """The reply: places filled, and what the model left out of the proposals added at the end.

    Args:
        text: Of the model, found free of what it may not write.
        ids: Of this turn; a place that names none of them stays, and the guards refuse it.
        written: What stands for times and bookings.
    """
    used = set(PLACE.findall(text))
    known = {**ids.sentences, **ids.proposals, **written}
    reply = PLACE.sub(lambda place: known.get(place.group(1), place.group()), text)
    forgotten = [said for key, said in ids.proposals.items() if key not in used and said]
    return " ".join([reply.strip(), *forgotten]).strip()
