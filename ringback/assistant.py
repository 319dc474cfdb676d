"""How a company wants its assistant to be: which engine, for how much a month. Pure.

In: the JSON of `company.assistant` (empty for a new company). Out: one frozen value; a new company
has the built-in engine, which sends nothing to anybody. What a model may cost is counted from the AI
log (`ringback.store.assistant`).
"""

from dataclasses import dataclass
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ringback.errors import BadInput

EngineName = Literal["builtin", "model"]


class Assistant(BaseModel):
    """The settings of a company's assistant.

    Attributes:
        engine: Who understands and writes: `builtin`, or a `model` of the operator's endpoints.
        endpoint: Which of those, by name.
        month_budget_kr: What the model may cost in a month; then the built-in engine answers.
        month_tokens: How many tokens it may take in a month, sent and received; None for no bound.
        log_days: How long the AI log is kept.
        handover_min: After so many minutes a caller who was handed over, and whom nobody has seen to,
            is told that somebody will be in touch; 0 for never.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    engine: EngineName = "builtin"
    endpoint: str = Field(default="", max_length=24)
    month_budget_kr: float = Field(default=100.0, ge=0, le=1_000_000, allow_inf_nan=False)
    month_tokens: int | None = Field(default=None, ge=0)
    log_days: int = Field(default=90, ge=1, le=730)
    handover_min: int = Field(default=30, ge=0, le=24 * 60)

    @model_validator(mode="after")
    def _names_endpoint(self) -> Self:
        if self.engine == "model" and not self.endpoint:
            raise ValueError("choose the endpoint of the model")
        return self

    @classmethod
    def from_document(cls, document: object) -> Self:
        """The value of a JSON document.

        Raises:
            BadInput: A line for every fault, with where it stands.
        """
        try:
            return cls.model_validate(document)
        except ValidationError as wrong:
            raise BadInput("\n".join(_fault(fault) for fault in wrong.errors())) from wrong

    @classmethod
    def kept(cls, document: object) -> Self:
        """The settings as a row holds them; what can't be read any more gives the built-in engine."""
        try:
            return cls.model_validate(document)
        except ValidationError:
            return cls()

    def has_left(self, spent: "ModelSpent") -> bool:
        """Whether the month's budget of money and of tokens is not used up."""
        within = spent.cost_e4 < self.month_budget_kr * 10_000
        return within and (self.month_tokens is None or spent.tokens < self.month_tokens)


@dataclass(frozen=True, slots=True)
class ModelSpent:
    """What a model took in a month."""

    cost_e4: int = 0
    tokens: int = 0


def _fault(fault: Any) -> str:
    where = ", ".join(map(str, fault["loc"])) or "assistant"
    return f"{where}: {fault['msg'].removeprefix('Value error, ')}."
