"""What is to be told to one Asterisk, as plain values. Pure.

In: a company's queues and prompts, and what the installer chose; as JSON where Asterisk runs on a
machine that Ringback's database can't be reached from. Out: one frozen `Plan`, which `render` makes
files of, and `prompts` sounds.
"""

from enum import StrEnum
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from ringback.errors import BadInput
from ringback.phone import is_country
from ringback.prompts import Language
from ringback.queues import Rules

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,80}$")]
QueueName = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f|,;\"'\\\[\](){}$&]{1,80}$")]
Key = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{12}$")]
Place = Annotated[str, StringConstraints(pattern=r"^([A-Za-z0-9_.-]+,[A-Za-z0-9_.-]+,[0-9]+)?$")]
Argument = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9(){}$_:.^ -]*$")]
Code = Annotated[str, StringConstraints(pattern=r"^(\*?[0-9]{2,6})?$")]
Address = Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F:.]+(/[0-9.]+)?$")]
Word = Annotated[str, StringConstraints(pattern=r"^[\x21-\x3a\x3c-\x7e]*$")]
"""Without spaces, and without the `;` that begins a comment."""


def _zone_known(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (KeyError, ValueError) as unknown:
        raise ValueError(f"{name!r} is no time zone; write one like Europe/Stockholm") from unknown


def _country_known(code: str) -> str:
    if not is_country(code):
        raise ValueError(f"{code!r} is no country; write two capital letters like SE")
    return code


class Kind(StrEnum):
    """Who writes the dialplan besides us."""

    PLAIN = "plain"  # the company itself, in extensions.conf and queues.conf
    FREEPBX = "freepbx"  # FreePBX, which leaves the *_custom.conf alone


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class QueuePlan(_Value):
    """A queue whose callers may be offered a callback.

    Attributes:
        name: As Asterisk names it.
        key: What its contexts and its offer in AstDB are called; the first digits of the row's id.
        rules: Its rules.
        options: Of `Queue()`, for a caller who goes back; on FreePBX its own.
        timeout_s: The same; 0 for no end.
        back: `context,extension,priority` that a caller goes back to, in place of `Queue()` and a
            hang-up; his place is in RB_PLACE there.
        exit_context: What the queue's `context` was before ours; its digits still lead out.
        announces: Its own `periodic-announce`, which callers hear in turn with ours.
    """

    name: QueueName
    key: Key
    rules: Rules = Rules()
    options: Argument = "t"
    timeout_s: int = Field(default=0, ge=0, le=24 * 3600)
    back: Place = ""
    exit_context: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]*$")] = ""
    announces: Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f;]*$")] = ""


class ManagerUser(_Value):
    """The user that Ringback logs in as.

    Attributes:
        name: Of the user.
        secret: His.
        permit: The address or network that Ringback connects from.
    """

    name: Name
    secret: Word = Field(min_length=8, repr=False)
    permit: Address = "127.0.0.1/255.255.255.255"


class Recording(_Value):
    """How prompts are recorded by phone.

    Attributes:
        code: What is dialled; empty: they can't be.
        pin: What is asked for; empty: whoever may dial the code may record.
        context: Where the company's phones begin; only they can dial it.
    """

    code: Code = ""
    pin: Annotated[str, StringConstraints(pattern=r"^([0-9]{4,10})?$")] = Field(
        default="", repr=False
    )
    context: Name = "from-internal"


class Choices(_Value):
    """What the installer chose and no row of Ringback's holds; kept for the next install.

    Attributes:
        kind: Who else writes Asterisk's files.
        permit: The address that Ringback connects from.
        recording: Of prompts by phone.
        back: Where a caller of the queue with this name goes back to, see `QueuePlan`.
    """

    kind: Kind = Kind.PLAIN
    permit: Address = "127.0.0.1/255.255.255.255"
    recording: Recording = Recording()
    back: dict[str, Place] = Field(default_factory=dict)


class OwnPrompt(_Value):
    """A sound that the company has uploaded.

    Attributes:
        language: Of what is said.
        name: Which prompt it takes the place of.
        wav: Base64 of a WAV file, mono, 16 bit, 8000 Hz.
    """

    language: Language
    name: Name
    wav: str = Field(repr=False)


class Plan(_Value):
    """All that one Asterisk is told.

    Attributes:
        kind: Who else writes its files.
        company: Its name, for the files' first lines.
        zone: In which the intervals are meant.
        country: ISO 3166 code of where the PBX stands.
        queues: Those with rules, by name.
        outbox: Whether the outbox (docs/asterisk.md, 4) is included; not where it is already.
        manager: Left out where the user is in manager.conf already.
        recording: Of prompts by phone.
        prompts: The company's own.
        own_numbers: The company's, which are not rung back; E.164.
    """

    kind: Kind = Kind.PLAIN
    company: Annotated[str, StringConstraints(pattern=r"^[^\r\n]*$")] = ""
    zone: Annotated[str, AfterValidator(_zone_known)] = "Europe/Stockholm"
    country: Annotated[str, AfterValidator(_country_known)] = "SE"
    queues: tuple[QueuePlan, ...] = ()
    outbox: bool = True
    manager: ManagerUser | None = None
    recording: Recording = Recording()
    prompts: tuple[OwnPrompt, ...] = ()
    own_numbers: tuple[Annotated[str, StringConstraints(pattern=r"^\+[0-9]{6,15}$")], ...] = ()

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        for what in ("name", "key"):
            seen = [getattr(queue, what) for queue in self.queues]
            if len(seen) != len(set(seen)):
                raise ValueError(f"two queues have the same {what}")
        return self

    @property
    def rules(self) -> tuple[Rules, ...]:
        """Of its queues."""
        return tuple(queue.rules for queue in self.queues)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The plan that `to_json` wrote.

        Raises:
            BadInput: It is none; a line for every fault.
        """
        try:
            return cls.model_validate_json(text)
        except ValidationError as wrong:
            raise BadInput(faults_of(wrong)) from wrong

    def to_json(self) -> str:
        """The plan as a file; it holds the manager user's secret."""
        return self.model_dump_json(indent=1) + "\n"


def faults_of(wrong: ValidationError) -> str:
    """A line for every fault, with where it stands but without what stood there."""
    return "\n".join(map(_fault, wrong.errors(include_input=False)))


def _fault(fault: Any) -> str:
    where = ".".join(map(str, fault["loc"])) or "plan"
    return f"{where}: {str(fault['msg']).removeprefix('Value error, ')}."
