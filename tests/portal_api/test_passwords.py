import unicodedata

import pytest

from portal_api.passwords import hash_password, needs_rehash, verify_password
from ringback.errors import BadInput

GOOD = "häst batteri klammer"


@pytest.fixture(scope="module")
def stored() -> str:
    return hash_password(GOOD)


def test_the_right_password_matches_and_another_does_not(stored):
    assert verify_password(stored, GOOD)
    assert not verify_password(stored, GOOD + "x")


def test_the_hash_is_argon2id_and_never_the_same_twice(stored):
    assert stored.startswith("$argon2id$")
    assert hash_password(GOOD) != stored


@pytest.mark.parametrize(
    ("password", "told"), [("x" * 11, "at least 12"), ("x" * 129, "at most 128"), ("", "at least")]
)
def test_a_password_of_a_wrong_length_is_refused_in_plain_words(password, told):
    with pytest.raises(BadInput, match=told) as refused:
        hash_password(password)
    assert refused.value.field == "password"


@pytest.mark.parametrize("length", [12, 128])
def test_the_limits_themselves_are_accepted(length):
    assert hash_password("å" * length)


def test_another_keyboards_way_to_write_a_letter_is_the_same_password(stored):
    assert verify_password(stored, unicodedata.normalize("NFD", GOOD))


def test_an_unknown_account_never_matches():
    assert not verify_password(None, "nobody has this password")


def test_a_damaged_hash_never_matches():
    assert not verify_password("not a hash", GOOD)


def test_a_monstrous_password_is_not_even_hashed(stored):
    assert not verify_password(stored, "x" * 10_000_000)


def test_a_hash_of_weaker_settings_asks_to_be_made_anew(stored):
    assert not needs_rehash(stored)
    assert needs_rehash("$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAA")
