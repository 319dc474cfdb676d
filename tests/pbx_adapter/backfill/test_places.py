"""What an installer may write under [back_fill], and what is refused with advice."""

import pytest

from pbx_adapter.site import Site
from ringback.errors import BadInput


def test_places_are_read_from_the_site_file() -> None:
    site = Site.from_toml(
        '[back_fill]\nqueue_log = "/var/log/asterisk/queue_log"\n'
        'cdr = "sqlite:////var/log/asterisk/master.db"\nlook_back_h = 24\n'
    )
    assert site.back_fill.by_source() == {
        "cdr": "sqlite:////var/log/asterisk/master.db",
        "queue_log": "/var/log/asterisk/queue_log",
    }
    assert site.back_fill.look_back_h == 24


def test_without_the_table_there_is_nothing_to_read() -> None:
    assert Site().back_fill.by_source() == {}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('cdr = "postgresql://reader:s3cret@db/calls"', r"~/\.pgpass"),
        ('cdr = "postgresql://reader@db/calls?password=s3cret"', r"~/\.pgpass"),
        ('cdr = "mysql://reader@db/calls"', "'mysql' can't be read"),
        ('time_zone = "Mars/Olympus"', "no time zone"),
        ("look_back_h = 9999", "336"),
        ('voicemail = "x"', "the fields are queue_log, cdr, cel, time_zone, look_back_h"),
    ],
)
def test_what_can_not_be_used_is_refused_with_advice(line: str, said: str) -> None:
    with pytest.raises(BadInput, match=said) as refused:
        Site.from_toml(f"[back_fill]\n{line}\n")
    assert "s3cret" not in str(refused.value)
