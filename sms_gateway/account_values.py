"""The values of the accounts file that more than one kind of account has, checked. Pure but for files.

In: a value as TOML has it. Out: the same, or words that say what is wrong with it. Read by
`account_kinds`.
"""

import ssl
from collections.abc import Callable
from typing import Annotated, TypeVar

from pydantic import AfterValidator, AllowInfNan, SecretStr, Strict

from ringback.errors import BadInput
from sms_gateway.providers.hooks import check_line, check_secret, check_sources

Value = TypeVar("Value")
_SLOWEST_PER_SECOND = 0.001  # near 0 the wait for a turn would be longer than a time can tell


def checked(check: Callable[[Value], object]) -> AfterValidator:
    """A check that raises `BadInput`, as a part of a settings model."""

    def validate(value: Value) -> Value:
        try:
            check(value)
        except BadInput as wrong:
            raise ValueError(str(wrong)) from wrong
        return value

    return AfterValidator(validate)


def _check_hook_secret(secret: SecretStr) -> None:
    check_secret(secret.get_secret_value())


def _check_filled(value: str | SecretStr) -> None:
    written = value.get_secret_value() if isinstance(value, SecretStr) else value
    if not written.strip():
        raise BadInput("is empty")
    check_line(written, "")


def _check_pace(per_second: float) -> None:
    if per_second != 0 and per_second < _SLOWEST_PER_SECOND:
        raise BadInput(f"write {_SLOWEST_PER_SECOND} or more, or 0 for no bound")


def _check_ca_file(path: str) -> None:
    try:
        ssl.create_default_context(cafile=path or None)
    except (OSError, ValueError) as fault:
        raise BadInput(f"{path!r} can't be read as a file of certificates ({fault})") from None


Whole = Annotated[int, Strict()]
Pace = Annotated[float, Strict(), AllowInfNan(False), checked(_check_pace)]
YesNo = Annotated[bool, Strict()]
Filled = Annotated[str, checked(_check_filled)]
Secret = Annotated[SecretStr, checked(_check_filled)]
HookSecret = Annotated[SecretStr, checked(_check_hook_secret)]
Sources = Annotated[tuple[str, ...], checked(check_sources)]
CaFile = Annotated[str, checked(_check_ca_file)]
Line = Annotated[str, checked(lambda written: check_line(written, ""))]
