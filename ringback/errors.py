"""The errors, by what happens next.

RingbackError
├── BadInput       tell whoever sent it; nothing was changed
├── TryAgain       the outside was not ready; the same step may be done later
└── Refused        an outside party said no for good; record it and show the staff

They carry data; HTTP statuses are chosen in `portal_api/problems.py` alone.
"""


class RingbackError(Exception):
    """Root of all errors that the product raises on purpose.

    The text is one or two plain sentences: what is wrong, and how to mend it.
    """


class BadInput(RingbackError):
    """What came in can't be used; `field` names the part, where there is one."""

    def __init__(self, text: str, field: str | None = None):
        super().__init__(text)
        self.field = field


class TryAgain(RingbackError):
    """Not now; `after_s` is the least number of seconds to wait."""

    def __init__(self, text: str, after_s: float = 5.0):
        super().__init__(text)
        self.after_s = after_s


class Refused(RingbackError):
    """A final no; `code` is the outside party's own code, for the record."""

    def __init__(self, text: str, code: str = ""):
        super().__init__(text)
        self.code = code
