"""What an operator may write about an SMSC, and what is refused in plain words."""

import pytest

from ringback.errors import BadInput
from sms_gateway.providers.smpp.account import SmppAccount

RIGHT = {"name": "smsc", "host": "smsc.example", "system_id": "ringback", "password": "secret"}


def test_the_least_that_must_be_said_is_enough():
    account = SmppAccount(**RIGHT)
    assert (account.port, account.window, account.later_status) == (2775, 10, 0x64)
    assert "secret" not in repr(account)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("host", ""),
        ("host", "smsc..example.com"),
        ("host", "a b"),
        ("host", "smsc\0"),
        ("host", "a" * 64 + ".example"),
        ("port", 0),
        ("port", 70000),
        ("window", 0),
        ("window", 1001),
        ("system_id", ""),
        ("system_id", "a" * 16),
        ("system_id", "å"),
        ("password", "a\nb"),
        ("system_type", "a" * 13),
        ("service_type", "toolong"),
        ("zone", "Europe/Nowhere"),
        ("zone", "../../etc/passwd"),
        ("zone", "Europe"),
        ("zone", "x" * 300),
    ],
)
def test_what_can_not_work_is_refused_and_named(field, value):
    with pytest.raises(BadInput) as refused:
        SmppAccount(**{**RIGHT, field: value})
    assert refused.value.field == field
