"""A database that is away or busy: nobody's fault in particular, and better some time later.

In: work on the database. Out: the same, its faults told as `TryAgain`, so that whoever asked from
outside hears that the same may be asked for again.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import InterfaceError, OperationalError

from ringback.errors import TryAgain

AWAY = (OperationalError, InterfaceError)
"""What the engine raises when the database does not answer, or not in time."""


@contextmanager
def database_asked() -> Iterator[None]:
    """Around a whole unit of work, its commit included.

    Raises:
        TryAgain: The database could not be asked, or not in time.
    """
    try:
        yield
    except AWAY as away:
        raise TryAgain("The database is busy or away; send the same again in a moment.") from away
