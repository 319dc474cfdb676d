"""What an installer writes down about a PBX, and the questions the tracker asks of it. Pure.

In: the text of a `site.toml`, or nothing. Out: one frozen `Site`. Without a file the defaults fit
FreePBX as it comes: its contexts, and phones whose endpoint is a number of two to six digits.
"""

import re
import tomllib
from collections.abc import Mapping
from enum import Enum
from functools import lru_cache
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from pbx_adapter.backfill.places import Places
from ringback.errors import BadInput

TELEPHONE_TECHNOLOGIES = frozenset({"PJSIP", "SIP", "IAX2", "DAHDI", "SCCP", "MGCP", "OOH323"})
"""Channels that lead to a telephone or a line; all others are inner parts of Asterisk."""

_NUMBER = r"\+?[0-9*#]+"


class Role(Enum):
    """What stands at the far end of a channel."""

    PHONE = "phone"  # a telephone of the company
    LINE = "line"  # a trunk: somebody outside
    LOCAL = "local"  # one half of a pair that joins two dialplan legs
    INNER = "inner"  # an announcer, a recorder: nobody


def _country_known(code: str) -> str:
    if not re.fullmatch(r"[A-Z]{2}", code):
        raise ValueError(f"{code!r} is no country code; write two capital letters like SE")
    return code


Patterns = tuple[str, ...]


class Site(BaseModel):
    """One PBX.

    Attributes:
        name: How the site is called in records.
        country: ISO 3166 code that national number forms belong to.
        inbound_contexts: Where the trunk's calls arrive in the dialplan.
        internal_contexts: Where the phones' calls begin.
        trunks: Endpoints of the lines, as `PJSIP/operator`; none means every endpoint that is
            no phone.
        phones: Endpoints of people; `x` after the slash is a digit, `*` is anything.
        ivr_contexts: Contexts of menus; `*` is anything.
        after_hours_contexts: Contexts that a caller meets when the company is closed.
        voicemail_contexts: Contexts that lead to a mailbox, for users who can't see applications.
        callback_context: The menu where a callback is ordered.
        dial_context: Where customers are dialled from when they are rung back: as the phones do.
        dial_prefix: What is dialled before a number outside.
        dial_form: How such a number is dialled: `national`, as within the country, or `e164`.
        ca_file: The certificate to trust (PEM) when AMI is spoken over TLS; empty: known ones.
        back_fill: Where Asterisk's own records of calls are.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(default="pbx", min_length=1)
    country: Annotated[str, AfterValidator(_country_known)] = "SE"
    inbound_contexts: Patterns = ("from-pstn", "from-trunk", "from-pstn-*", "from-trunk-*")
    internal_contexts: Patterns = ("from-internal", "from-internal-*")
    trunks: Patterns = ()
    phones: Patterns = tuple(
        f"{technology}/{'x' * digits}" for technology in ("PJSIP", "SIP") for digits in range(2, 7)
    )
    ivr_contexts: Patterns = ("ivr-*",)
    after_hours_contexts: Patterns = ("timeconditions",)
    voicemail_contexts: Patterns = ("macro-vm",)
    callback_context: str = "callback-request"
    dial_context: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,60}$")] = "from-internal"
    dial_prefix: Annotated[str, Field(pattern=r"^[0-9*#]{0,6}$")] = ""
    dial_form: Literal["national", "e164"] = "national"
    ca_file: str = ""
    back_fill: Places = Places()

    @classmethod
    def from_toml(cls, text: str) -> Self:
        """The site that the text describes.

        Raises:
            BadInput: The text is not TOML, or fields are unknown or wrong: a line for each.
        """
        try:
            return cls(**tomllib.loads(text))
        except tomllib.TOMLDecodeError as fault:
            raise BadInput(f"The site file is not TOML: {fault}.") from fault
        except ValidationError as fault:
            told = {_field(one): _sentence(one) for one in fault.errors()}
            raise BadInput("\n".join(told.values()), field=next(iter(told))) from fault

    def role_of(self, channel_name: str) -> Role:
        """What a channel with this name leads to: `PJSIP/101-0000000a` is a phone."""
        endpoint = channel_name.rpartition("-")[0] or channel_name
        technology = endpoint.partition("/")[0]
        if technology == "Local":
            return Role.LOCAL
        if _matches(endpoint, self.phones):
            return Role.PHONE
        if technology not in TELEPHONE_TECHNOLOGIES:
            return Role.INNER
        return Role.LINE if not self.trunks or _matches(endpoint, self.trunks) else Role.INNER

    def role_of_caller(self, channel_name: str, context: str) -> Role:
        """The same for a channel that calls, from this context of the dialplan.

        Where no trunks are written down, the context knows better than the endpoint's name: there
        are trunks named by a short number, and phones named by their owners.
        """
        role = self.role_of(channel_name)
        if self.trunks or role not in (Role.PHONE, Role.LINE):
            return role
        if self.takes_calls(context):
            return Role.LINE
        return Role.PHONE if _matches(context, self.internal_contexts) else role

    def role_of_dialled(self, channel_name: str, dial_string: str) -> Role:
        """The same for a channel that was dialled: `0701740605@46500` is behind a trunk."""
        role = self.role_of(channel_name)
        if self.trunks or role is not Role.PHONE:
            return role
        endpoint = re.escape(channel_name.partition("/")[2].rpartition("-")[0])
        behind = rf"{_NUMBER}@{endpoint}|{endpoint}/{_NUMBER}"
        return Role.LINE if re.fullmatch(behind, dial_string) else role

    def takes_calls(self, context: str) -> bool:
        """Whether calls from outside arrive in this context."""
        return _matches(context, self.inbound_contexts)

    def is_menu(self, context: str) -> bool:
        """Whether a caller in this context chooses from a menu."""
        return context == self.callback_context or _matches(context, self.ivr_contexts)

    def is_closed(self, context: str) -> bool:
        """Whether this context is met when the company is closed."""
        return _matches(context, self.after_hours_contexts)

    def is_voicemail(self, context: str) -> bool:
        """Whether this context leads to a mailbox."""
        return _matches(context, self.voicemail_contexts)


_WANTED = {
    "tuple_type": "it must be a list like {example}",
    "string_type": "it must be a text in quotes",
    "string_too_short": "it must not be empty",
    "bool_type": "it must be true or false",
    "bool_parsing": "it must be true or false",
    "float_type": "it must be a number",
    "float_parsing": "it must be a number",
    "literal_error": 'it must be "national" or "e164"',
    "string_pattern_mismatch": "it has signs that can't stand there",
    "model_type": "it must be a table: a line [{field}] and its settings below",
}
_EXAMPLES = {"phones": '["PJSIP/1xx"]', "trunks": '["PJSIP/operator"]'}


def _field(fault: Mapping[str, Any]) -> str:
    return ".".join(str(part) for part in fault["loc"])


def _sentence(fault: Mapping[str, Any]) -> str:
    field, loc = _field(fault), fault["loc"]
    if fault["type"] == "extra_forbidden":
        of = Places if loc[0] == "back_fill" else Site
        advice = f"there is no such field; the fields are {', '.join(of.model_fields)}"
    elif fault["type"] in _WANTED:
        example = _EXAMPLES.get(str(loc[0]), '["from-pstn"]')
        advice = _WANTED[fault["type"]].format(example=example, field=field)
    else:
        advice = str(fault["msg"]).removeprefix("Value error, ").rstrip(".")
    return f"The site file's field {field!r} is wrong: {advice}."


@lru_cache(maxsize=4096)
def _matches(name: str, patterns: Patterns) -> bool:
    return any(_expression(pattern).fullmatch(name) for pattern in patterns)


@lru_cache(maxsize=256)
def _expression(pattern: str) -> re.Pattern[str]:
    """Only in a number is `x` a digit: `PJSIP/1xx`, but not in `PJSIP/alex`."""
    head, slash, tail = pattern.rpartition("/")
    escaped = re.escape(tail).replace(r"\*", ".*")
    if slash and re.fullmatch(r"[0-9xX*]+", tail):
        escaped = escaped.replace("x", "[0-9]").replace("X", "[0-9]")
    return re.compile(re.escape(head + slash) + escaped)
