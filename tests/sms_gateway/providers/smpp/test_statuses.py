"""What each status does to a text and to the account, as a table."""

import pytest

from ringback.messages import AccountFault, NotAccepted, Rejected
from sms_gateway.providers.smpp.statuses import name, refused_bind, refused_text


@pytest.mark.parametrize(
    ("status", "kind", "busy"),
    [
        (0x58, NotAccepted, True),
        (0x14, NotAccepted, True),
        (0x08, NotAccepted, False),
        (0x64, NotAccepted, False),
        (0x04, NotAccepted, False),
        (0x0B, Rejected, None),
        (0x01, Rejected, None),
        (0x45, Rejected, None),
        (0x401, Rejected, None),
        (0xFFFFFFFF, Rejected, None),
        (0x0D, AccountFault, None),
        (0x0E, AccountFault, None),
        (0x0F, AccountFault, None),
        (0x15, AccountFault, None),
        (0x410, AccountFault, None),
    ],
)
def test_a_refused_text_ends_as_its_status_says(status, kind, busy):
    refusal = refused_text(status, account_statuses=(0x410,))
    assert type(refusal) is kind
    assert f"{status:x}" in refusal.reason
    if isinstance(refusal, NotAccepted):
        assert refusal.busy is busy
        assert refusal.retry_after_s >= 1
    if isinstance(refusal, Rejected):
        assert refusal.code == name(status)


@pytest.mark.parametrize("status", [0x0A, 0x48, 0x49])
def test_a_sender_that_is_not_ours_stops_its_own_texts_only(status):
    refusal = refused_text(status)
    assert isinstance(refusal, AccountFault), "the text is not refused for good"
    assert refusal.of_sender
    assert name(status) in refusal.reason


@pytest.mark.parametrize(
    ("status", "words", "lasting"),
    [
        (0x0E, "password is wrong", True),
        (0x0F, "system_id", True),
        (0x0D, "address is allowed", True),
        (0x53, "system_type", True),
        (0x999, "what its code means", True),
        (0x05, "another process holds the line", False),
        (0x08, "takes no bind now", False),
        (0x58, "takes no bind now", False),
    ],
)
def test_a_refused_bind_says_what_to_do(status, words, lasting):
    reason, is_lasting = refused_bind(status)
    assert words in reason
    assert name(status) in reason
    assert is_lasting is lasting
