from pathlib import Path

import pytest

from pbx_adapter.site import Role, Site
from ringback.errors import BadInput

TRACES = Path(__file__).parents[1] / "data" / "traces"


def test_site_file_gives_every_field() -> None:
    site = Site.from_toml((TRACES / "site-freepbx.toml").read_text())
    assert (site.name, site.country) == ("freepbx", "SE")
    assert site.inbound_contexts == ("from-pstn",)
    assert site.trunks == ("PJSIP/operator",)
    assert site.callback_context == "addon-callback"


def test_empty_site_file_is_a_freepbx_as_it_comes() -> None:
    site = Site.from_toml("")
    assert site == Site()
    assert site.takes_calls("from-pstn")
    assert site.takes_calls("from-trunk")
    assert not site.takes_calls("from-internal")


@pytest.mark.parametrize(
    ("channel", "role"),
    [
        ("PJSIP/101-0000000a", Role.PHONE),
        ("PJSIP/1001-0000000a", Role.PHONE),
        ("SIP/101-0000000a", Role.PHONE),
        ("PJSIP/operator-0000000a", Role.LINE),
        ("PJSIP/sip-trunk-2-0000000a", Role.LINE),
        ("DAHDI/1-1", Role.LINE),
        ("Local/101@from-queue-00000001;2", Role.LOCAL),
        ("Announcer/1-00000001", Role.INNER),
    ],
)
def test_default_site_tells_phones_from_lines(channel: str, role: Role) -> None:
    assert Site().role_of(channel) is role


def test_context_of_a_caller_outweighs_the_endpoints_name() -> None:
    assert Site().role_of_caller("PJSIP/46500-01", "from-trunk") is Role.LINE
    assert Site().role_of_caller("PJSIP/anna-01", "from-internal") is Role.PHONE
    assert Site().role_of_caller("PJSIP/anna-01", "somewhere") is Role.LINE
    assert Site().role_of_caller("Local/1@x-01;2", "from-internal") is Role.LOCAL


def test_written_trunks_outweigh_the_context_of_a_caller() -> None:
    site = Site(trunks=("PJSIP/operator",), phones=("PJSIP/1xx",))
    assert site.role_of_caller("PJSIP/operator-01", "from-internal") is Role.LINE
    assert site.role_of_caller("PJSIP/101-01", "from-trunk") is Role.PHONE


def test_named_trunks_are_the_only_lines() -> None:
    site = Site(trunks=("PJSIP/operator",), phones=("PJSIP/1xx",))
    assert site.role_of("PJSIP/operator-00000001") is Role.LINE
    assert site.role_of("PJSIP/door-00000001") is Role.INNER
    assert site.role_of("PJSIP/201-00000001") is Role.INNER


def test_x_is_a_digit_only_in_a_number() -> None:
    site = Site(phones=("PJSIP/alex", "PJSIP/2xx", "PJSIP/desk*"))
    phones = ("PJSIP/alex-01", "PJSIP/299-01", "PJSIP/desk-north-01")
    others = ("PJSIP/ale7-01", "PJSIP/2xx-01", "PJSIP/2999-01")
    assert [site.role_of(name) for name in phones] == [Role.PHONE] * 3
    assert [site.role_of(name) for name in others] == [Role.LINE] * 3


def test_callback_menu_is_a_menu() -> None:
    site = Site(ivr_contexts=("ivr-*",), callback_context="addon-callback")
    assert site.is_menu("ivr-7")
    assert site.is_menu("addon-callback")
    assert not site.is_menu("my-ivr-7")


@pytest.mark.parametrize(
    ("text", "field", "told"),
    [
        ('trunk = ["PJSIP/operator"]', "trunk", "no such field; the fields are name, country"),
        ('phones = "PJSIP/1xx"', "phones", r'must be a list like \["PJSIP/1xx"\]'),
        ("back_fill = 1", "back_fill", r"a line \[back_fill\]"),
        ('country = "Sweden"', "country", "two capital letters like SE"),
        ('inbound_contexts = ["from-pstn", 7]', "inbound_contexts.1", "text in quotes"),
    ],
)
def test_wrong_field_is_named(text: str, field: str, told: str) -> None:
    with pytest.raises(BadInput, match=told) as refused:
        Site.from_toml(text)
    assert refused.value.field == field
    assert f"{field!r}" in str(refused.value)


def test_all_wrong_fields_are_told_each_in_a_line() -> None:
    with pytest.raises(BadInput) as refused:
        Site.from_toml('trunk = []\nphones = "PJSIP/1xx"\n[back_fill]\ntime_zone = "Mars/North"')
    lines = str(refused.value).splitlines()
    assert len(lines) == 3
    for field in ("trunk", "phones", "back_fill.time_zone"):
        assert sum(repr(field) in line for line in lines) == 1


def test_text_that_is_no_toml_is_refused_with_the_line() -> None:
    with pytest.raises(BadInput, match=r"not TOML: .*line 2"):
        Site.from_toml('name = "lab"\nphones = from-pstn')


@pytest.mark.parametrize(
    ("name", "dial_string", "role"),
    [
        ("PJSIP/46500-0000000a", "0701740605@46500", Role.LINE),
        ("SIP/46500-0000000a", "46500/+46701740605", Role.LINE),
        ("PJSIP/101-0000000a", "101/sip:101@127.0.0.1:5060", Role.PHONE),
        ("PJSIP/101-0000000a", "101", Role.PHONE),
        ("PJSIP/operator-0000000a", "0701740605@operator", Role.LINE),
        ("Local/101@from-queue-0000000a;1", "101@from-queue/n", Role.LOCAL),
    ],
)
def test_endpoint_behind_which_a_number_is_dialled_is_a_trunk(
    name: str, dial_string: str, role: Role
) -> None:
    assert Site().role_of_dialled(name, dial_string) is role
