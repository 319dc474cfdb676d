"""From one law to the other; the encoding itself is tested with the prompts."""

from array import array

from pbx_adapter.sip import g711


def test_sound_of_one_law_becomes_nearly_what_the_other_law_makes_of_it() -> None:
    table = g711.recoding("alaw", "ulaw")
    assert len(table) == 256
    tone = array("h", range(-30_000, 30_000, 500))
    wanted = g711.encoded(tone, "ulaw")
    got = g711.encoded(tone, "alaw").translate(table)
    assert all(abs(_size(a) - _size(b)) <= 1 for a, b in zip(wanted, got, strict=True))
    assert all((a ^ b) & 0x80 == 0 for a, b in zip(wanted, got, strict=True))


def _size(code: int) -> int:
    return ~code & 0x7F
