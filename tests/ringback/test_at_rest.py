"""The bytes on the disk: what was planted in every sealed column is found in none of them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from structlog.testing import capture_logs

from ringback import audit, jobs
from ringback.db import Database
from ringback.settings import Settings
from ringback.store.bookings import book, coming_bookings_of
from ringback.store.calls import calls_of, record_call
from ringback.store.conversations import add_received, open_conversation_with, queue_text
from ringback.store.marks import set_mark
from ringback.store.people import add_user, sign_in
from ringback.store.phones import put_text, texts_on
from ringback.tables import (
    ApiKeyRow,
    AttemptRow,
    Base,
    BusyRow,
    CalendarRow,
    CallbackCallRow,
    CallbackRow,
    ConversationRow,
    GapRow,
    MessagePartRow,
    MessageRow,
    NumberRuleRow,
    OptOutRow,
    PaceRow,
    ParkedReceiptRow,
    PassageRow,
    PbxRow,
    PromptRow,
    QueueRow,
    SmsAccountRow,
    SmsNumberRow,
    SmsPriceRow,
    SpentRow,
    StaffingRow,
    TemplateRow,
    TurnRow,
)
from ringback.tenancy import Sealed
from ringback.worker import Worker
from tests.clock import HandClock
from tests.ringback.flow import OURS, ZONE, add_pbx, converse, missed_call, slot

NUMBER = "+46701740687"
NAME = "Annasofia Lindåkersson"
TEXT = f"Hej, jag heter {NAME} och vill boka färgning"
SECRET = "växelns-hemlighet-4711"
ADDRESS = "192.0.2.187"
EMAIL = "annasofia@salong.example"
NEEDLES = (NUMBER, NUMBER[3:], NAME, "Lindåkersson", "vill boka", SECRET, ADDRESS, EMAIL)
CONTROL = "planted-in-a-plain-column"


async def the_whole_flow(session: AsyncSession, db: Database, clock: HandClock) -> None:
    """A row in every table of a company, with the planted words wherever somebody's words go."""
    now = clock.now()
    pbx = await add_pbx(session)
    await set_mark(session, pbx, "queue_log", CONTROL)
    session.add(GapRow(pbx_id=pbx, from_at=now, to_at=now, sources=["queue_log"], found=1))
    session.add(SmsNumberRow(provider="simulator", e164=OURS))
    talk = await converse(session, NUMBER)
    talk.memory = TEXT
    call = replace(missed_call(caller=NUMBER), callee=NUMBER, answered_by=NUMBER)
    row = await record_call(session, pbx, call, now)
    assert row is not None
    row.conversation_id = talk.id
    first = await queue_text(session, talk, CONTROL, f"Hej {NAME}!", now)
    assert first is not None
    first.why = f"46elks refused the text: no route to {NUMBER}"
    session.add_all(texting(first, talk.number_index, now))
    session.add_all(around_bookings(now))
    answer = await add_received(session, talk, "46elks", "s1", TEXT, now)
    await understood(session, talk, answer, now)
    await put_text(session, "t1", NUMBER, TEXT, now, typed=True)
    user = await add_user(
        session,
        db.master,
        email=EMAIL,
        name=NAME,
        role="handler",
        password_hash="$argon2id$x",
        language="sv",
        now=now,
    )
    await sign_in(session, user.id, now)
    for one in rung_back(pbx, row.id, user.id, talk.number_index, now):
        session.add(one)
        await session.flush()
    await audit.record(session, now, f"user:{user.id}", "read", "call", row.id, ADDRESS)


def texting(first: MessageRow, index: bytes, at: datetime) -> Iterator[Base]:
    """What rules, budgets and receipts leave behind."""
    yield MessagePartRow(
        message_id=first.id, number=1, provider="smsc", provider_id="p1", state="accepted"
    )
    yield NumberRuleRow(
        number=NUMBER, number_index=index, rule="excluded", note=TEXT, created_at=at
    )
    yield SpentRow(number_index=index, period="2026-11-20", texts=1, cost_e4=5000, until=at)
    yield TemplateRow(situation="missed", language="sv", text=CONTROL, changed_at=at)
    yield ApiKeyRow(name=CONTROL, key_hash=bytes(32), created_at=at)


def around_bookings(at: datetime) -> Iterator[Base]:
    """Absence, a calendar outside, and what the assistant was taught."""
    yield BusyRow(
        resource="Ellen", key=CONTROL, source="staff", note=TEXT, starts_at=at, ends_at=at
    )
    yield CalendarRow(
        resource="Ellen",
        feed_secret=SECRET,
        feed_hash=bytes(32),
        caldav_url=f"https://calendar.example/{EMAIL}",
        caldav_user=EMAIL,
        caldav_password=SECRET,
        text=TEXT,
        created_at=at,
    )
    yield PassageRow(
        source_id=uuid4(),
        source=NAME,
        position=1,
        title=TEXT,
        text=TEXT,
        created_at=at,
        changed_at=at,
    )


def of_the_operator(at: datetime) -> Iterator[Base]:
    """The tables that are no company's and hold nothing personal."""
    yield ParkedReceiptRow(
        provider="smsc", provider_id="p2", state="delivered", code="DELIVRD", at=at, parked_at=at
    )
    yield SmsAccountRow(name="smsc", since=at)
    yield PaceRow(name=f"smsc:{OURS}", next_at=at)
    yield SmsPriceRow(country="SE", valid_from=at.date(), part_e4=640)


async def understood(
    session: AsyncSession, talk: ConversationRow, message: MessageRow, at: datetime
) -> None:
    """What the turn of a text leaves behind."""
    index = talk.number_index
    session.add(
        TurnRow(
            message_id=message.id,
            engine="builtin",
            understood=TEXT,
            proposed=TEXT,
            decided=TEXT,
            used=TEXT,
            refused=TEXT,
            took_ms=2,
            created_at=at,
        )
    )
    booked = await book(session, slot(), NUMBER, "turn:1:0", ZONE, at, talk.id)
    assert booked is not None
    booked.note = TEXT
    session.add(OptOutRow(number_index=index, created_at=at))
    session.add(
        CallbackRow(
            key="turn:1:1",
            number=NUMBER,
            number_index=index,
            conversation_id=talk.id,
            why=TEXT,
            created_at=at,
        )
    )


def rung_back(pbx: UUID, call: UUID, user: UUID, index: bytes, at: datetime) -> Iterator[Base]:
    """A queue that is staffed, a wish of it that was tried, and a prompt of the company's own."""
    yield (queue := QueueRow(id=uuid4(), pbx_id=pbx, name="support", created_at=at))
    yield StaffingRow(user_id=user, queue_id=queue.id, since=at)
    yield (
        wish := CallbackRow(
            id=uuid4(),
            key=CONTROL,
            number=NUMBER,
            number_index=index,
            queue_id=queue.id,
            why=TEXT,
            customer_input=TEXT,
            note=TEXT,
            created_at=at,
        )
    )
    yield CallbackCallRow(callback_id=wish.id, call_id=call, key=CONTROL, at=at)
    yield AttemptRow(
        callback_id=wish.id,
        user_id=user,
        pbx_id=pbx,
        phone="PJSIP/101",
        number=NUMBER,
        number_index=index,
        outside_why=TEXT,
        phase="ended",
        began_at=at,
        note=TEXT,
    )
    yield PromptRow(language="sv", name="offer", wav=TEXT, length_ms=1, changed_at=at)


@pytest.fixture
async def full(db: Database, company: UUID, clock: HandClock) -> Database:
    async with db.begin(company) as session:
        await the_whole_flow(session, db, clock)
        (await session.scalars(select(PbxRow))).one().secret = SECRET
        await jobs.put(session, "fails", company, uuid4(), clock.now())

    async with db.begin_across() as session:
        session.add_all(of_the_operator(clock.now()))

    async def fails(job: jobs.Job) -> None:
        raise ValueError(f"can't parse {TEXT!r} of {NUMBER}")

    with capture_logs():
        await Worker(db, clock.now, {"fails": fails}, 60).run_one()
    return db


def files_of(settings: Settings) -> Iterator[Path]:
    """Database, WAL and SHM; on PostgreSQL the tables' files and the server's WAL."""
    if not settings.database_url:
        yield from settings.var.glob("ringback.sqlite*")
        return
    url = settings.database_url.replace("+psycopg", "")
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT oid FROM pg_database WHERE datname = current_database()"
        ).fetchone()
    assert row is not None
    data = Path(url.rpartition("host=")[2]) / "data"
    yield from (data / "base" / str(row[0])).iterdir()
    yield from (path for path in (data / "pg_wal").iterdir() if path.is_file())


def found_in(paths: Iterator[Path], words: tuple[str, ...]) -> set[tuple[str, str]]:
    patterns = {
        word.encode(encoding): word
        for word in words
        for encoding in ("utf-8", "utf-16-le", "utf-16-be")
    }
    found = set()
    for path in paths:
        content = path.read_bytes()
        found |= {(path.name, word) for pattern, word in patterns.items() if pattern in content}
    return found


async def test_nothing_that_was_planted_is_in_the_files(full: Database, settings: Settings) -> None:
    names = {path.name for path in files_of(settings)}
    if full.is_sqlite:
        assert names == {"ringback.sqlite", "ringback.sqlite-wal", "ringback.sqlite-shm"}
    assert found_in(files_of(settings), (CONTROL,)), "the search itself finds nothing"
    assert found_in(files_of(settings), NEEDLES) == set()


async def test_every_table_and_sealed_column_was_filled(full: Database, company: UUID) -> None:
    """Else the test above proves nothing of it."""
    async with full.engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            assert await connection.scalar(select(func.count()).select_from(table)), table.name
    async with full.read(company) as session:
        for mapper in Base.registry.mappers:
            for column in mapper.columns:
                if isinstance(column.type, Sealed):
                    attribute = getattr(mapper.class_, column.name)
                    values = [value for value in await session.scalars(select(attribute)) if value]
                    assert any(needle in value for needle in NEEDLES for value in values), column


async def test_planted_rows_are_found_by_the_number(
    full: Database, company: UUID, clock: HandClock
) -> None:
    async with full.read(company) as session:
        talk = await open_conversation_with(session, NUMBER)
        assert talk is not None
        assert (talk.number, talk.memory) == (NUMBER, TEXT)
        (call,) = await calls_of(session, talk.id)
        assert call.answered_by == NUMBER
        (booked,) = await coming_bookings_of(session, NUMBER, clock.now())
        assert booked.note == TEXT
        (shown,) = await texts_on(session, NUMBER)
        assert shown.body == TEXT
