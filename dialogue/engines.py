"""Which engine answers a text, and what is done when the model does not: the built-in one does.

In: a text, its situation, and the model that the company may use, if any. Out: a `Decided` turn
that has passed the guards, with all that the AI log keeps of it. Stands between `dialogue.turn`,
which reads and writes the rows, and the two engines. No session is open here.

Whatever is wrong with a model (slow, down, over budget, not to be trusted) the caller notices
nothing but another way of writing. What the built-in engine writes is guarded by the same rules; if
it is refused, a person takes over, and the caller is told so.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from time import perf_counter

import structlog

from dialogue.builtin.replies import say
from dialogue.guards.check import refusals
from dialogue.guards.reasons import Refusal
from dialogue.model.engine import Account, Asks, model_turn
from dialogue.model.faults import Fault, ModelFault
from dialogue.model.prompt import Said
from dialogue.turns import HandOver, OptIn, OptOut, Situation, Turn

BUILTIN_VERSION = "builtin 1"
_PEOPLE_FIRST = ("emergency", "complaint", "wrote_after_stop")
"""Hand-overs for which nobody waits on a model."""
_BY_CODE = ("boundaries", "own_call")
"""Steps of the built-in engine on which no model is asked."""
Engine = Callable[[str, Situation], Turn]
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Decided:
    """A turn that may be carried out, and how it came about."""

    turn: Turn
    engine: str = "builtin"
    version: str = BUILTIN_VERSION
    calls: tuple[dict[str, object], ...] = ()  # of the model's tools
    refused: tuple[dict[str, str], ...] = ()
    tokens_in: int = 0
    tokens_out: int = 0
    cost_e4: int = 0
    took_ms: int = 0


@dataclass(frozen=True, slots=True)
class Question:
    """A text for a model, with what was read for it."""

    text: str
    situation: Situation
    model: Asks
    said: tuple[Said, ...] = field(default=())
    last: int = 0  # number of the conversation's last text when this was read


def by_builtin(engine: Engine, text: str, situation: Situation) -> Decided:
    """The built-in engine's turn, guarded."""
    began = perf_counter()
    turn = engine(text, situation)
    broken = refusals(text, situation, turn)
    if broken:
        log.error(
            "reply_refused", engine="builtin", reasons=sorted({str(r.reason) for r in broken})
        )
        turn = _to_a_person(turn, situation)
    return Decided(turn, refused=_told(broken), took_ms=_ms_since(began))


def wants_no_model(turn: Turn) -> bool:
    """Whether code alone decides, by the built-in engine's reading.

    A stop, an emergency, anger; who asks whether this is a robot, after others, or for other rules; when
    we ring, which stands in the callback list.
    """
    if (turn.understood or {}).get("step") in _BY_CODE:
        return True
    return any(
        isinstance(one, OptOut | OptIn)
        or (isinstance(one, HandOver) and one.reason in _PEOPLE_FIRST)
        for one in turn.effects
    )


async def by_model(question: Question, engine: Engine) -> Decided:
    """The model's turn; the built-in engine's when the model makes none that may be used."""
    began = perf_counter()
    account = Account()
    try:
        turn = await model_turn(
            question.model, question.text, question.situation, question.said, account
        )
    except ModelFault as fault:
        log.warning("model_gave_no_turn", endpoint=question.model.settings.name, fault=fault.fault)
        decided = _instead(question, engine, fault.fault)
    else:
        decided = Decided(turn, "model", account.version)
    tokens_in, tokens_out = account.tokens_in, account.tokens_out
    return replace(
        decided,
        calls=tuple(account.calls),
        refused=(*_told(account.refused), *decided.refused),
        tokens_in=tokens_in,
        tokens_out=tokens_out,
        cost_e4=question.model.settings.cost_e4(tokens_in, tokens_out),
        took_ms=_ms_since(began),
    )


def over_budget(decided: Decided) -> Decided:
    """The same, with the reason why no model was asked."""
    return replace(decided, refused=(*decided.refused, {"reason": str(Fault.OVER_BUDGET)}))


def _instead(question: Question, engine: Engine, fault: Fault) -> Decided:
    decided = by_builtin(engine, question.text, question.situation)
    return replace(decided, refused=({"reason": str(fault)}, *decided.refused))


def _to_a_person(turn: Turn, situation: Situation) -> Turn:
    """What is said in place of a reply that broke a rule; nothing of it is carried out."""
    text = say(turn.language, "hand_over")
    return Turn(
        text,
        situation.memory,
        (HandOver("refused"),),
        understood=turn.understood,
        language=turn.language,
    )


def _told(broken: Sequence[Refusal]) -> tuple[dict[str, str], ...]:
    return tuple(one.to_json() for one in broken)


def _ms_since(began: float) -> int:
    return round((perf_counter() - began) * 1000)
