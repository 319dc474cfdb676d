"""The operator's accounts with SMS providers: read from one TOML file, and opened.

In: the file that `RINGBACK_SMS_ACCOUNTS` names, with an `[[account]]` table each (docs/sms.md). Out:
settings without faults, or all faults in plain lines; then accounts that the outbox can send through.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from ringback.errors import BadInput
from sms_gateway.account_kinds import KINDS, AccountSettings, Here, SimulatorSettings
from sms_gateway.provider import Account

_NAME = r"[a-z0-9-]{2,24}"
_WRITE = {
    "bool_type": "true or false, without quotation marks",
    "finite_number": "a number that is not infinite",
    "float_type": "a number, without quotation marks",
    "greater_than_equal": "{ge} or more",
    "int_type": "a whole number, without quotation marks",
    "less_than_equal": "{le} or less",
    "literal_error": "{expected}",
    "path_type": "the path in quotation marks",
    "string_type": "it in quotation marks",
    "tuple_type": 'a list, such as ["192.0.2.1"] or [1042]',
}
"""What to do about each type of pydantic's errors, after "write"."""
_TABLES = TypeAdapter(list[dict[str, Any]])


def read_accounts(path: Path | None) -> tuple[AccountSettings, ...]:
    """The accounts in the file; without a file the simulator alone.

    Raises:
        BadInput: The file can't be read, or a line for every fault in it.
    """
    if path is None:
        return (SimulatorSettings(),)
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except OSError as refused:
        why = refused.strerror
    except UnicodeDecodeError:
        why = "it is no UTF-8 text"
    except tomllib.TOMLDecodeError as wrong:
        raise BadInput(f"{path} is no TOML: {wrong}.") from wrong
    except ValueError:  # U+0000 in the path
        why = "there can be no such name"
    else:
        return accounts_in(document, str(path))
    raise BadInput(f"RINGBACK_SMS_ACCOUNTS: {str(path)!r} can't be read ({why}).")


def accounts_in(document: Mapping[str, object], where: str) -> tuple[AccountSettings, ...]:
    """The accounts of a document; see `read_accounts`."""
    faults = [
        f"{key}: there is no such key; write [[account]]." for key in document if key != "account"
    ]
    try:
        tables = _TABLES.validate_python(document.get("account", []))
    except ValidationError:
        tables, faults = [], [*faults, "Write each account below a line [[account]]."]
    if not tables and not faults:
        faults.append("There is no account; write one below a line [[account]].")
    names = Counter(str(table.get("name")) for table in tables)
    faults += [
        f"account {_shown(name)}: the name stands there {count} times."
        for name, count in names.items()
        if count > 1
    ]
    accounts = list[AccountSettings]()
    for table in tables:
        try:
            accounts.append(_account(table))
        except BadInput as wrong:
            faults += str(wrong).splitlines()
    if faults:
        raise BadInput("\n".join(f"{where}: {fault}" for fault in faults))
    return tuple(accounts)


def open_account(settings: AccountSettings, here: Here) -> Account:
    """The account, ready to be used."""
    return Account(
        provider=settings.provider(here),
        per_second=settings.per_second,
        sender_per_second=settings.sender_per_second,
        at_once=settings.at_once,
    )


def _account(table: Mapping[str, Any]) -> AccountSettings:
    name, kind = table.get("name"), table.get("kind")
    model = KINDS.get(kind) if isinstance(kind, str) else None
    faults = list[str]()
    if not isinstance(name, str) or not re.fullmatch(_NAME, name):
        faults.append("name must be 2 to 24 of a-z, 0-9 and -.")
    if model is None:
        told = "kind is missing" if kind is None else f"there is no kind {kind!r}"
        faults.append(f"{told}; choose of {', '.join(KINDS)}.")
    else:
        try:
            account = model.model_validate(table)
        except ValidationError as wrong:
            faults += _plain(wrong.errors(), model)
        else:
            if not faults:
                return account
    raise BadInput("\n".join(f"account {_shown(name)}: {fault}" for fault in faults))


def _plain(errors: Sequence[Mapping[str, Any]], model: type[AccountSettings]) -> list[str]:
    """A line for each; never the value, which may be a secret."""
    lines = []
    for error in errors:
        key = ".".join(str(step) for step in error["loc"] if not isinstance(step, int))
        match error["type"]:
            case "missing":
                lines.append(f"{key} is missing.")
            case "extra_forbidden":
                lines.append(f"there is no key {key!r}; there are {', '.join(model.model_fields)}.")
            case "literal_error" if key == "name":
                lines.append(f"its kind wants the name {error['ctx']['expected']}.")
            case kind if kind in _WRITE:
                lines.append(f"{key}: write {_WRITE[kind].format(**error.get('ctx', {}))}.")
            case _:
                said = str(error["msg"]).removeprefix("Value error, ").rstrip(".")
                lines.append(f"{key}: {said}." if key else f"{said}.")
    return lines


def _shown(name: object) -> str:
    return f'"{name}"' if isinstance(name, str) else "without a name"
