import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest

from ringback.crypto import CompanyKeys, MasterKey, SealBroken, master_key
from ringback.errors import BadInput

TEXT = "Hej! Har ni en tid på fredag? Mitt nummer är 070-174 06 05"
MASTER = MasterKey(bytes(range(32)))


def new_keys() -> CompanyKeys:
    return MASTER.new_company(uuid4())[0]


def test_sealed_field_opens_to_the_same_text() -> None:
    keys = new_keys()
    assert keys.open("message.text", keys.seal("message.text", TEXT)) == TEXT


def test_field_moved_to_another_column_does_not_open() -> None:
    keys = new_keys()
    with pytest.raises(SealBroken, match="RINGBACK_MASTER_KEY"):
        keys.open("booking.note", keys.seal("message.text", TEXT))


def test_field_moved_to_another_company_does_not_open() -> None:
    with pytest.raises(SealBroken):
        new_keys().open("message.text", new_keys().seal("message.text", TEXT))


def test_field_is_bound_to_its_company_even_under_the_same_key() -> None:
    keys = new_keys()
    twin = CompanyKeys(uuid4(), keys.data_key, keys.index_key)
    with pytest.raises(SealBroken):
        twin.open("message.text", keys.seal("message.text", TEXT))


def test_any_altered_byte_is_noticed() -> None:
    keys = new_keys()
    sealed = keys.seal("message.text", "Ja")
    for place in range(len(sealed)):
        altered = bytearray(sealed)
        altered[place] ^= 1
        with pytest.raises(SealBroken):
            keys.open("message.text", bytes(altered))


@pytest.mark.parametrize("kept", [0, 1, 5, 12, 13, 20])
def test_cut_off_field_is_noticed(kept: int) -> None:
    keys = new_keys()
    with pytest.raises(SealBroken):
        keys.open("message.text", keys.seal("message.text", TEXT)[:kept])


def test_same_text_looks_different_each_time() -> None:
    keys = new_keys()
    assert len({keys.seal("message.text", "Ja") for _ in range(50)}) == 50


def test_company_keys_unwrap_with_the_master_key() -> None:
    company_id = uuid4()
    keys, wrapped = MASTER.new_company(company_id)
    assert MASTER.unwrap(company_id, wrapped) == keys
    assert keys.data_key != keys.index_key


def test_wrong_master_key_unwraps_nothing() -> None:
    company_id = uuid4()
    _, wrapped = MASTER.new_company(company_id)
    with pytest.raises(SealBroken, match="RINGBACK_MASTER_KEY"):
        MasterKey(bytes(32)).unwrap(company_id, wrapped)


def test_keys_of_one_company_do_not_unwrap_as_anothers() -> None:
    _, wrapped = MASTER.new_company(uuid4())
    with pytest.raises(SealBroken):
        MASTER.unwrap(uuid4(), wrapped)


def test_blind_index_finds_equals_within_a_company_and_tells_nothing_between() -> None:
    keys, others = new_keys(), new_keys()
    index = keys.index("number", "+46701740605")
    assert index == keys.index("number", "+46701740605")
    assert len(index) == 16
    assert index != keys.index("number", "+46701740606")
    assert index != keys.index("email", "+46701740605")
    assert index != others.index("number", "+46701740605")


def test_index_over_all_companies_depends_on_the_master_key() -> None:
    index = MASTER.index("email", "eva@salong.example")
    assert index == MasterKey(bytes(range(32))).index("email", "eva@salong.example")
    assert index != MasterKey(bytes(32)).index("email", "eva@salong.example")


def test_keys_do_not_show_in_repr() -> None:
    keys = new_keys()
    assert repr(keys) == f"CompanyKeys(company_id={keys.company_id!r})"
    assert "key" not in repr(MASTER)


def test_first_start_makes_a_key_file_for_its_owner_alone(tmp_path: Path) -> None:
    made = master_key(None, tmp_path)
    path = tmp_path / "master.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(bytes.fromhex(path.read_text())) == 32
    assert [entry.name for entry in tmp_path.iterdir()] == ["master.key"]
    again = master_key(None, tmp_path)
    assert again.index("x", "y") == made.index("x", "y")


def test_two_processes_that_start_at_once_get_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as starts:
        made = list(starts.map(lambda _: master_key(None, tmp_path).index("x", "y"), range(8)))
    assert len(set(made)) == 1


def test_given_key_is_used_and_no_file_is_made(tmp_path: Path) -> None:
    given = master_key(bytes(range(32)).hex(), tmp_path)
    assert given.index("x", "y") == MASTER.index("x", "y")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "content",
    [b"", b"no key at all", b"ab" * 31, b"ab" * 33, b"\xff\xfe\x00\x80", b"\xc3\xa5" * 32],
)
def test_damaged_key_file_says_what_to_do_and_is_left_as_it_is(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "master.key"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=r"master\.key holds no master key .* backup"):
        master_key(None, tmp_path)
    assert path.read_bytes() == content
