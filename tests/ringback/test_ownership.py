"""Who may write, take over and hand back, and which answer of the assistant's comes too late."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from ringback.ownership import (
    No,
    NotYours,
    Owned,
    Owner,
    against_handing_back,
    against_taking,
    against_writing,
    is_passed_over,
)

ERIK, KARIN = uuid4(), uuid4()
AT = datetime(2026, 11, 20, 9, 12, tzinfo=UTC)
ASSISTANT, NOBODY = Owned(Owner.ASSISTANT), Owned(Owner.NOBODY)
ERIKS = Owned(Owner.PERSON, ERIK, AT)
CLOSED = Owned(Owner.ASSISTANT, closed=True)


@pytest.mark.parametrize(
    ("talk", "taking", "writing", "handing_back"),
    [
        (ASSISTANT, None, No.NOT_YOURS, None),
        (NOBODY, None, No.NOT_YOURS, None),
        (ERIKS, No.ANOTHER, No.ANOTHER, No.ANOTHER),
        (Owned(Owner.PERSON, KARIN, AT), None, None, None),
        (CLOSED, No.CLOSED, No.CLOSED, No.CLOSED),
        (Owned(Owner.PERSON, KARIN, AT, closed=True), No.CLOSED, No.CLOSED, No.CLOSED),
    ],
)
def test_what_karin_may_do(
    talk: Owned, taking: No | None, writing: No | None, handing_back: No | None
) -> None:
    assert against_taking(talk, KARIN) is taking
    assert against_writing(talk, KARIN) is writing
    assert against_handing_back(talk, KARIN, for_others=False) is handing_back


def test_supervisor_hands_back_for_who_has_gone_home_but_does_not_write_in_their_place() -> None:
    assert against_handing_back(ERIKS, KARIN, for_others=True) is None
    assert against_writing(ERIKS, KARIN) is No.ANOTHER


def test_who_has_it_is_named_in_the_refusal() -> None:
    told = NotYours(No.ANOTHER, "Erik", AT)
    assert str(told).startswith("Erik has this conversation")
    assert (told.name, told.since) == ("Erik", AT)
    assert "%" not in str(NotYours(No.NOT_YOURS)) + str(NotYours(No.CLOSED))


SOONER, LATER = AT - timedelta(seconds=1), AT + timedelta(seconds=1)


@pytest.mark.parametrize(
    ("talk", "written_at", "late"),
    [
        (ASSISTANT, AT, False),
        (ERIKS, LATER, True),
        (NOBODY, LATER, True),
        (Owned(Owner.ASSISTANT, None, AT), SOONER, True),  # taken and handed back meanwhile
        (Owned(Owner.ASSISTANT, None, AT), LATER, False),
    ],
)
def test_answer_of_the_assistant_is_passed_over(
    talk: Owned, written_at: datetime, late: bool
) -> None:
    assert is_passed_over(talk, written_at) is late
