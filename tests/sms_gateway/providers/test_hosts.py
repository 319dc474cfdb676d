import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_gateway.providers.hosts import is_host, is_near


@pytest.mark.parametrize(
    "host",
    [
        "sms.example",
        "sms.example.",
        "sms_1",
        "räksmörgås.example",
        "192.0.2.1",
        "2001:db8::1",
        "::1",
    ],
)
def test_name_or_address_is_a_host(host: str) -> None:
    assert is_host(host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        ".",
        "a..b",
        ".a",
        "a b",
        "a\0",
        "a\n",
        "a/b",
        "a:1",
        "a" * 64,
        "a." * 150,
        "\ud800",
        "[::1]",
    ],
)
def test_what_can_not_be_looked_up_is_none(host: str) -> None:
    assert not is_host(host)


@given(st.text())
def test_host_is_a_question_that_never_fails(host: str) -> None:
    assert is_host(host) in (True, False)
    assert is_near(host) in (True, False)


@pytest.mark.parametrize("host", ["localhost", "kannel", "127.0.0.1", "10.0.0.7", "::1", "fd00::1"])
def test_machine_of_our_own_is_near(host: str) -> None:
    assert is_near(host)


@pytest.mark.parametrize(
    "host", ["", "sms.example", "8.8.8.8", "134744072", "0x08080808", "2001:4860:4860::8888"]
)
def test_machine_on_the_internet_is_not_near_however_its_address_is_written(host: str) -> None:
    assert not is_near(host)
