import pytest

from ringback.keyed import kind_of
from ringback.queues import Input

CUSTOMER, PERSONAL = Input.CUSTOMER_NUMBER, Input.PERSONAL_NUMBER


@pytest.mark.parametrize(
    ("keyed", "kind"),
    [
        ("8112189876", PERSONAL),
        ("198112189876", PERSONAL),
        ("811218-9876", PERSONAL),
        ("19811218-9876", PERSONAL),
        ("811218+9876", PERSONAL),
        ("8112789873", PERSONAL),  # a co-ordination number
        ("8112189875", CUSTOMER),  # the last digit is another
        ("8113189875", CUSTOMER),  # no such month
        ("178112189876", CUSTOMER),
        ("0002299808", PERSONAL),  # 29 February 2000
        ("4711", CUSTOMER),
        ("55012", CUSTOMER),
        ("", CUSTOMER),
    ],
)
def test_personal_number_is_known_where_nobody_asked_for_one(keyed: str, kind: Input) -> None:
    assert kind_of(keyed, Input.NOTHING) is kind
    assert kind_of(keyed, CUSTOMER) is kind


def test_what_is_keyed_where_a_personal_number_is_asked_for_is_taken_for_one() -> None:
    assert kind_of("4711", PERSONAL) is PERSONAL
