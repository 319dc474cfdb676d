from pathlib import Path

import pytest

from pbx_adapter.sip.account import SipAccount
from pbx_adapter.sip.prompts import load
from ringback.errors import BadInput


def account(text: str) -> SipAccount:
    return SipAccount.from_toml("192.0.2.7", 5060, "700", "only-for-tests", text)


def test_options_of_the_file_are_taken_and_the_rest_is_as_usual() -> None:
    taken = account('language = "en"\npeers = ["192.0.2.8"]\nprompts = "/srv/prompts"\n')
    assert (taken.language, taken.peers, taken.country) == ("en", ("192.0.2.8",), "SE")
    assert taken.prompts == Path("/srv/prompts")
    assert account("") == SipAccount("192.0.2.7", "700", "only-for-tests")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("language = ", "not TOML"),
        ('secret = "in the open"', "no SIP option 'secret'"),
        ('langauge = "en"', "langauge.*the options are"),
        ('language = "de"', "sv, en"),
        ('expires_s = "soon"', "expires_s"),
        ("expires_s = 1", "30 to 7200"),
        ("local_port = 70000", "local_port"),
        ("max_calls = true", "max_calls"),
        ('peers = ["sbc.example"]', "peers.*sbc.example"),
        ('local_ip = "999.1.1.1"', "local_ip"),
    ],
)
def test_option_that_is_wrong_is_named(text: str, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        account(text)


@pytest.mark.parametrize("host", ["sip:pbx.example", "pbx.example:5060", "::1"])
def test_host_that_holds_more_than_a_name_is_refused(host: str) -> None:
    with pytest.raises(BadInput, match="without sip: and port"):
        SipAccount(host, "700", "only-for-tests")


def test_prompts_folder_that_is_not_there_is_refused_when_prompts_are_loaded() -> None:
    with pytest.raises(BadInput, match="no folder /nowhere/prompts"):
        load(account('prompts = "/nowhere/prompts"'))
