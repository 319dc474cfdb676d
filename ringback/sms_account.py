"""How an account with an SMS provider can be. Pure.

In: nothing. Out: the words that stand in `sms_account.state`, shared by the outbox, which decides
them (`sms_gateway.breaker`), and the portal, which shows them.
"""

from enum import StrEnum


class AccountState(StrEnum):
    """The state of an account; in brackets who moves it there."""

    UP = "up"  # texts go through it (a probe that was taken, or a receipt after silence)
    DOWN = "down"  # nothing goes through it until `retry_at` (a fault of the account; failures)
    PROBING = "probing"  # one text is tried (the outbox, at `retry_at`)
    SILENT = "silent"  # texts are taken but none is reported on (the outbox); others go first
