"""The modem's folders as gammu-smsd leaves them, moved by hand so that every moment can be met."""

import asyncio
import errno
import fcntl
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from ringback.errors import BadInput, TryAgain
from ringback.messages import (
    Accepted,
    AccountFault,
    Inbound,
    MessageState,
    NotAccepted,
    Outbound,
    Receipt,
)
from sms_gateway.provider import Connected, Found, NotFound, Provider
from sms_gateway.providers.gammu import Gammu, GammuAccount
from tests.clock import HandClock

OURS, CALLER = "+46701740690", "+46701740605"
TEXT = Outbound("token_-1", OURS, CALLER, "Hej å {€}")
IN = "IN20261120_090000_00_+46701740605"


class Inbox:
    """What the run handed on; refuses with `fault` while there is one."""

    def __init__(self) -> None:
        self.texts: list[Inbound] = []
        self.receipts: list[Receipt] = []
        self.fault: Callable[[str], Exception | None] = lambda _: None
        self.asked = 0

    async def receive(self, inbound: Inbound) -> None:
        self._meet(inbound.text)
        self.texts.append(inbound)

    async def settle(self, receipt: Receipt) -> None:
        self._meet(receipt.token or "")
        self.receipts.append(receipt)

    def _meet(self, what: str) -> None:
        self.asked += 1
        if fault := self.fault(what):
            raise fault


class Modem:
    def __init__(self, folder: Path) -> None:
        for name in ("inbox", "outbox", "sent", "error"):
            (folder / name).mkdir()
        self.folder = folder
        self.clock = HandClock()
        self.inbox = Inbox()
        account = GammuAccount("modem", OURS, folder)
        self.provider: Provider = Gammu(account, self.clock.now, look_every_s=0.01)

    def names(self, place: str) -> list[str]:
        return sorted(one.name for one in (self.folder / place).iterdir() if one.name[0] != ".")

    def move(self, place: str) -> None:
        """SMSD is done with all that wait."""
        for name in self.names("outbox"):
            (self.folder / "outbox" / name).rename(self.folder / place / name)

    def write(self, name: str, content: bytes | str, age_s: float = 10) -> Path:
        """A file in the inbox; `name` as Python tells names that are no UTF-8."""
        path = self.folder / "inbox" / name
        if isinstance(content, str):
            content = b"\xfe\xff" + content.encode("utf-16-be")
        path.write_bytes(content)
        at = (self.clock.now() - timedelta(seconds=age_s)).timestamp()
        os.utime(path, (at, at))
        return path

    @asynccontextmanager
    async def running(self, until: Callable[[], bool]) -> AsyncIterator[None]:
        """Runs until it is so, which must be soon."""
        assert isinstance(self.provider, Connected)
        run = asyncio.create_task(self.provider.run(self.inbox.receive, self.inbox.settle))
        try:
            yield
            async with asyncio.timeout(30):
                while not until():
                    assert not run.done(), run.exception()
                    await asyncio.sleep(0.01)
        finally:
            run.cancel()
            await asyncio.gather(run, return_exceptions=True)

    async def run_until(self, until: Callable[[], bool]) -> None:
        async with self.running(until):
            pass


@pytest.fixture
def modem(tmp_path: Path) -> Modem:
    return Modem(tmp_path)


async def test_text_lies_whole_in_the_outbox_under_our_token(modem: Modem) -> None:
    assert await modem.provider.send(TEXT) == Accepted("token_-1", parts=1, cost_e4=None)
    (name,) = modem.names("outbox")
    assert name == "OUTC20261120_090000_00_+46701740605_rb-token_-1.txt"
    content = (modem.folder / "outbox" / name).read_bytes()
    assert content == b"\xfe\xff" + TEXT.text.encode("utf-16-be")


@pytest.mark.parametrize("place", ["outbox", "sent", "error", "told"])
async def test_token_sent_again_is_no_second_text_wherever_the_first_is(
    modem: Modem, place: str
) -> None:
    first = await modem.provider.send(TEXT)
    if place != "outbox":
        modem.move("sent" if place == "told" else place)
    if place == "told":
        await modem.run_until(lambda: modem.names("sent") == [])
    before = modem.names("outbox")
    modem.clock.advance(seconds=61)  # else the same name would hide a second file
    assert await modem.provider.send(TEXT) == first
    assert modem.names("outbox") == before


async def test_token_sent_by_many_at_once_is_one_text(modem: Modem) -> None:
    account = GammuAccount("modem", OURS, modem.folder)
    clocks = [HandClock(modem.clock.now() + timedelta(seconds=number)) for number in range(8)]
    others = [Gammu(account, clock.now) for clock in clocks]
    await asyncio.gather(*(other.send(TEXT) for other in others))
    assert len(modem.names("outbox")) == 1


async def test_token_is_known_also_when_we_were_killed_before_it_was_noted(modem: Modem) -> None:
    await modem.provider.send(TEXT)
    (modem.folder / "ringback" / TEXT.token).unlink()
    modem.move("sent")
    await modem.run_until(lambda: modem.names("sent") == [])
    await modem.provider.send(TEXT)
    assert modem.names("outbox") == []


async def test_folders_held_by_another_process_are_not_waited_for_long(modem: Modem) -> None:
    (modem.folder / "ringback").mkdir()
    with (modem.folder / "ringback" / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert isinstance(await modem.provider.send(TEXT), NotAccepted)
    assert modem.names("outbox") == []


async def test_text_from_another_number_waits_and_says_what_to_correct(modem: Modem) -> None:
    outcome = await modem.provider.send(Outbound("t", "+46701740691", CALLER, "Hej"))
    assert isinstance(outcome, AccountFault), "the text is not refused for good"
    assert outcome.of_sender, "texts from the modem's own number go on"
    assert OURS in outcome.reason
    assert "+46701740691" in outcome.reason


async def test_few_texts_wait_for_the_modem_the_others_with_us(modem: Modem) -> None:
    outcomes = [
        await modem.provider.send(Outbound(f"t{number}", OURS, CALLER, "Hej"))
        for number in range(25)
    ]
    busy = [outcome for outcome in outcomes if isinstance(outcome, NotAccepted)]
    assert len(busy) == 5
    assert all(outcome.busy for outcome in busy)
    assert len(modem.names("outbox")) == 20


async def test_smsd_that_does_not_send_is_an_account_fault_and_told(modem: Modem) -> None:
    await modem.provider.send(TEXT)
    assert await modem.provider.check() is None
    modem.clock.advance(minutes=16)
    outcome = await modem.provider.send(Outbound("t2", OURS, CALLER, "Hej"))
    assert isinstance(outcome, AccountFault)
    assert await modem.provider.check() == outcome.reason
    assert "09:00 UTC" in outcome.reason
    assert isinstance(await modem.provider.send(TEXT), Accepted), "it has that one"


async def test_folder_that_is_missing_is_an_account_fault_and_told(modem: Modem) -> None:
    (modem.folder / "outbox").rmdir()
    outcome = await modem.provider.send(TEXT)
    assert isinstance(outcome, AccountFault)
    assert "outbox" in outcome.reason
    assert "outbox" in (await modem.provider.check() or "")


async def test_text_that_smsd_sent_is_reported_and_removed(modem: Modem) -> None:
    await modem.provider.send(TEXT)
    modem.move("sent")
    other = "OUTC20261120_090000_00_+46701740611_sms0.smsbackup"
    (modem.folder / "sent" / other).touch()
    await modem.run_until(lambda: len(modem.names("sent")) == 1)
    (receipt,) = modem.inbox.receipts
    assert (receipt.provider, receipt.token, receipt.provider_id) == (
        "modem",
        TEXT.token,
        TEXT.token,
    )
    assert (receipt.state, receipt.raw_code) == (MessageState.ACCEPTED, "sent")
    assert receipt.at.tzinfo is not None
    assert modem.names("sent") == [other], "another program's"


async def test_text_that_smsd_gave_up_is_reported_as_failed(modem: Modem) -> None:
    await modem.provider.send(TEXT)
    modem.move("error")
    await modem.run_until(lambda: modem.names("error") == [])
    (receipt,) = modem.inbox.receipts
    assert (receipt.token, receipt.state) == (TEXT.token, MessageState.FAILED)


async def test_text_that_waits_for_hours_is_taken_back_and_failed(modem: Modem) -> None:
    await modem.provider.send(TEXT)
    modem.clock.advance(hours=4, seconds=1)
    await modem.run_until(lambda: len(modem.inbox.receipts) == 1)
    assert modem.inbox.receipts[0].state is MessageState.FAILED
    assert modem.names("outbox") == []


async def test_lookup_tells_where_a_text_is(modem: Modem) -> None:
    now = modem.clock.now()
    assert await modem.provider.lookup(TEXT, now) == NotFound()
    await modem.provider.send(TEXT)
    waiting = Found(TEXT.token, MessageState.ACCEPTED, 1, None)
    assert await modem.provider.lookup(TEXT, now) == waiting
    modem.move("error")
    failed = Found(TEXT.token, MessageState.FAILED, 1, None)
    assert await modem.provider.lookup(TEXT, now) == failed


async def test_text_of_three_parts_comes_in_as_one_and_is_removed(modem: Modem) -> None:
    for number, part in enumerate(("Hej å\0\0", "😀 två ", "tre")):
        modem.write(f"{IN}_0{number}.txt", part)
    await modem.run_until(lambda: modem.names("inbox") == [])
    (text,) = modem.inbox.texts
    assert text.text == "Hej å😀 två tre"
    assert (text.provider, text.sender, text.recipient) == ("modem", CALLER, OURS)
    assert text.received_at == modem.clock.now() - timedelta(seconds=10)


async def test_text_that_smsd_is_still_writing_is_left_until_it_is_whole(modem: Modem) -> None:
    modem.write(f"{IN}_00.txt", "Jag vill ")
    late = modem.write(f"{IN}_01.txt", b"\xfe\xff\x00b\x00", age_s=1)
    modem.write("IN20261120_090001_00_+46701740611_00.txt", "Ja")
    async with modem.running(lambda: modem.names("inbox") == []):
        async with asyncio.timeout(30):
            while not modem.inbox.texts:
                await asyncio.sleep(0.01)
        assert [text.text for text in modem.inbox.texts] == ["Ja"]
        modem.write(late.name, "boka")
    assert [text.text for text in modem.inbox.texts] == ["Ja", "Jag vill boka"]


async def test_text_is_kept_until_it_was_taken_and_then_has_the_same_id(modem: Modem) -> None:
    away = True
    asked: list[str] = []

    def fault(text: str) -> Exception | None:
        asked.append(text)
        return TryAgain("The database is away.") if away and text == "Hej" else None

    modem.inbox.fault = fault
    modem.write(f"{IN}_00.txt", "Hej")
    modem.write("IN20261120_090001_00_+46701740611_00.txt", "Ja")
    await modem.run_until(lambda: asked.count("Hej") >= 2)
    assert [text.text for text in modem.inbox.texts] == ["Ja"], "the others go on"
    away = False
    modem.write(f"{IN}_00.txt", "Hej")
    await modem.run_until(lambda: len(modem.inbox.texts) == 2)
    modem.write(f"{IN}_00.txt", "Hej")  # as if we were killed before it was removed
    await modem.run_until(lambda: len(modem.inbox.texts) == 3)
    _, first, again = modem.inbox.texts
    assert first.provider_id == again.provider_id


async def test_another_text_under_a_name_that_was_used_has_another_id(modem: Modem) -> None:
    for words in ("Hej", "Hallå"):
        modem.write(f"{IN}_00.txt", words)
        await modem.run_until(lambda: modem.names("inbox") == [])
    first, second = modem.inbox.texts
    assert first.provider_id != second.provider_id


async def test_receipt_is_kept_until_it_was_taken(modem: Modem) -> None:
    modem.inbox.fault = lambda _: OSError("the database's socket is gone")
    await modem.provider.send(TEXT)
    modem.move("sent")
    await modem.run_until(lambda: modem.inbox.asked >= 2)
    assert len(modem.names("sent")) == 1
    modem.inbox.fault = lambda _: None
    await modem.run_until(lambda: modem.names("sent") == [])
    assert len(modem.inbox.receipts) == 1


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (f"{IN}_00.bin", b"\x01\x02"),
        (f"{IN}_00.txt", b"\xff\xff\xd8"),
        (f"{IN}_00.txt", b"\n[SMSBackup000]\nNumber = x"),
        (f"{IN}_01.txt", "the rest of a text that we had when the power went"),
        ("notes", b"bread, milk"),
        (f"{IN}_00.txt", b"x" * 200_000),
    ],
)
async def test_garbage_is_put_aside_told_and_harms_nothing(
    modem: Modem, name: str, content: bytes | str
) -> None:
    modem.write(name, content)
    modem.write("IN20261120_090001_00_+46701740611_00.txt", "Ja")
    await modem.run_until(lambda: modem.names("inbox") == [])
    assert modem.names("refused") == [name]
    assert [text.text for text in modem.inbox.texts] == ["Ja"]
    assert "refused" in (await modem.provider.check() or "")


@pytest.mark.parametrize("call", ["read_bytes", "unlink"])
async def test_file_that_the_disk_refuses_is_told_and_stops_no_other(
    modem: Modem, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    asked = getattr(Path, call)
    held = modem.write(f"{IN}_00.txt", "Hej", age_s=61)

    def refuses(path: Path, *arguments: object, **more: object) -> object:
        if path == held:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return asked(path, *arguments, **more)

    monkeypatch.setattr(Path, call, refuses)
    modem.write("IN20261120_090001_00_+46701740611_00.txt", "Ja")
    await modem.provider.send(TEXT)
    modem.move("sent")
    await modem.run_until(lambda: modem.names("sent") == [] and len(modem.names("inbox")) == 1)
    assert "Ja" in [text.text for text in modem.inbox.texts]
    assert len(modem.inbox.receipts) == 1
    told = await modem.provider.check() or ""
    assert "inbox" in told
    assert "older than a minute" in told
    monkeypatch.undo()
    await modem.run_until(lambda: modem.names("inbox") == [])
    assert len({text.provider_id for text in modem.inbox.texts}) == 2
    assert await modem.provider.check() is None


async def test_text_waits_whole_while_one_of_its_parts_can_not_be_read(
    modem: Modem, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [modem.write(f"{IN}_0{number}.txt", "ab"[number]) for number in (0, 1)]
    read = Path.read_bytes
    refused = 0

    def refuses(path: Path) -> bytes:
        nonlocal refused
        if path == paths[1] and refused < 2:
            refused += 1
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", refuses)
    await modem.run_until(lambda: modem.names("inbox") == [])
    assert [text.text for text in modem.inbox.texts] == ["ab"]


async def test_folder_that_is_missing_stops_only_what_goes_there(modem: Modem) -> None:
    await modem.provider.send(TEXT)
    modem.clock.advance(hours=4, seconds=1)
    (modem.folder / "error").rmdir()  # so the text can't be taken back
    modem.write(f"{IN}_00.txt", "Hej")
    await modem.run_until(lambda: len(modem.inbox.texts) == 1)
    assert "error" in (await modem.provider.check() or "")


async def test_files_of_the_longest_name_are_put_aside_both(modem: Modem) -> None:
    for words in (b"1", b"2", b"3"):
        modem.write("å" * 127 + "x", words)
        await modem.run_until(lambda: modem.names("inbox") == [])
    kept = {(modem.folder / "refused" / name).read_bytes() for name in modem.names("refused")}
    assert kept == {b"1", b"2", b"3"}


async def test_text_that_the_inbox_can_never_take_is_put_aside(modem: Modem) -> None:
    modem.inbox.fault = lambda _: BadInput("No.")
    modem.write(f"{IN}_00.txt", "Hej")
    await modem.run_until(lambda: modem.names("inbox") == [])
    assert modem.names("refused") == [f"{IN}_00.txt"]


async def test_name_that_is_no_utf8_stops_nothing_and_its_text_is_taken(modem: Modem) -> None:
    modem.write(os.fsdecode(b"IN20261120_090000_00_Malm\xf6_00.txt"), "Hej")
    modem.write("IN20261120_090001_00_+46701740611_00.txt", "Ja")
    await modem.run_until(lambda: modem.names("inbox") == [])
    assert [(text.sender, text.text) for text in modem.inbox.texts] == [
        ("Malm\ufffd", "Hej"),
        ("+46701740611", "Ja"),
    ]
    assert all(text.provider_id.isascii() for text in modem.inbox.texts)


async def test_two_files_of_one_name_that_are_no_texts_are_both_kept(modem: Modem) -> None:
    for words in (b"\xff1", b"\xff2", b"\xff3"):
        modem.write(f"{IN}_00.txt", words)
        await modem.run_until(lambda: modem.names("inbox") == [])
    kept = {(modem.folder / "refused" / name).read_bytes() for name in modem.names("refused")}
    assert kept == {b"\xff1", b"\xff2", b"\xff3"}


@pytest.mark.parametrize("refusals", [0, 2])
@pytest.mark.parametrize(
    ("parts", "text", "refused"),
    [
        ({0: "Jag vill ", 2: "i dag"}, "Jag vill […]i dag", []),
        ({0: "Jag vill ", 1: b"\xff\xff", 2: "i dag"}, "Jag vill […]i dag", [1]),
        ({0: b"\xff\xff", 1: "boka ", 2: "i dag"}, "[…]boka i dag", [0]),
    ],
)
async def test_part_that_is_missing_or_can_not_be_read_is_marked_in_the_text(
    modem: Modem, parts: dict[int, bytes | str], text: str, refused: list[int], refusals: int
) -> None:
    faults = [TryAgain("The database is away.") for _ in range(refusals)]
    modem.inbox.fault = lambda _: faults.pop() if faults else None
    for number, part in parts.items():
        modem.write(f"{IN}_0{number}.txt", part)
    await modem.run_until(lambda: modem.names("inbox") == [])
    assert [one.text for one in modem.inbox.texts] == [text]
    put_aside = modem.names("refused") if (modem.folder / "refused").exists() else []
    assert put_aside == [f"{IN}_0{number}.txt" for number in refused]


async def test_file_from_beyond_the_year_9999_is_taken_with_our_own_time(modem: Modem) -> None:
    path = modem.write(f"{IN}_00.txt", "Hej")
    os.utime(path, (4e11, 4e11))
    await modem.run_until(lambda: modem.names("inbox") == [])
    assert modem.inbox.texts[0].received_at == modem.clock.now()


async def test_fault_that_nobody_foresaw_does_not_end_the_run(modem: Modem) -> None:
    clock, faults = modem.clock.now, [RuntimeError("nobody knows"), ValueError("nor this")]

    def now() -> datetime:
        if faults:
            raise faults.pop()
        return clock()

    account = GammuAccount("modem", OURS, modem.folder)
    modem.provider = Gammu(account, now, look_every_s=0.01)
    modem.write(f"{IN}_00.txt", "Hej")
    await modem.run_until(lambda: modem.names("inbox") == [])
    assert [text.text for text in modem.inbox.texts] == ["Hej"]


async def test_folders_that_go_away_are_looked_for_again(modem: Modem) -> None:
    modem.write(f"{IN}_00.txt", "Hej")
    (modem.folder / "inbox").rename(modem.folder / "unplugged")
    async with modem.running(lambda: len(modem.inbox.texts) == 1):
        (modem.folder / "unplugged").rename(modem.folder / "inbox")


async def test_marks_of_old_texts_are_swept_and_new_ones_kept(modem: Modem) -> None:
    await modem.provider.send(TEXT)
    old = modem.folder / "ringback" / "old"
    old.touch()
    at = (modem.clock.now() - timedelta(days=8)).timestamp()
    os.utime(old, (at, at))
    await modem.run_until(lambda: not old.exists())
    assert TEXT.token in modem.names("ringback")


@pytest.mark.parametrize(
    ("number", "spool", "wrong"),
    [("0701740690", "/spool", "number"), (OURS, "spool", "spool"), (OURS, "/a\0b", "spool")],
)
def test_account_that_can_not_work_is_refused(number: str, spool: str, wrong: str) -> None:
    with pytest.raises(BadInput) as refused:
        GammuAccount("modem", number, Path(spool))
    assert refused.value.field == wrong
