"""The inventory in `docs/privacy.md` is what the models say, column by column."""

import re
from pathlib import Path

from sqlalchemy import LargeBinary

from ringback.tables import Base
from ringback.tenancy import Sealed

PAGE = Path(__file__).parents[2] / "docs" / "privacy.md"

PERSONAL = {
    "attempt.note",
    "attempt.number",
    "attempt.outside_why",
    "audit.remote",
    "booking.note",
    "booking.number",
    "busy.note",
    "calendar.caldav_password",
    "calendar.caldav_url",
    "calendar.caldav_user",
    "calendar.feed_secret",
    "calendar.text",
    "call.answered_by",
    "call.callee",
    "call.caller",
    "call.caller_e164",
    "callback.customer_input",
    "callback.note",
    "callback.number",
    "callback.why",
    "conversation.memory",
    "conversation.number",
    "message.text",
    "message.why",
    "number_rule.note",
    "number_rule.number",
    "passage.source",
    "passage.text",
    "passage.title",
    "pbx.secret",
    "prompt.wav",
    "simulated_text.body",
    "turn.decided",
    "turn.proposed",
    "turn.refused",
    "turn.understood",
    "turn.used",
    "user_account.email",
    "user_account.name",
}
"""Written out, so that neither the page nor a model can quietly lose one."""

Forms = dict[str, tuple[set[str], set[str], set[str]]]


def told() -> Forms:
    """Per table: the sealed columns, the blind indexes, and the plain columns."""
    tables: Forms = {}
    for line in PAGE.read_text().splitlines():
        cells = [set(re.findall(r"`(\w+)`", cell)) for cell in line.split("|")[1:-1]]
        if len(cells) == 6 and len(cells[0]) == 1:
            tables[cells[0].pop()] = (cells[2], cells[3], cells[4])
    return tables


def modelled() -> Forms:
    tables: Forms = {}
    for table in Base.metadata.sorted_tables:
        sealed = {column.name for column in table.c if isinstance(column.type, Sealed)}
        indexes = {
            column.name
            for column in table.c
            if isinstance(column.type, LargeBinary) and column.type.length == 16
        }
        rest = {column.name for column in table.c} - sealed - indexes
        tables[table.name] = (sealed, indexes, rest)
    return tables


def test_page_lists_every_column_as_it_is_stored() -> None:
    page, models = told(), modelled()
    assert page.keys() == models.keys()
    for table, forms in models.items():
        assert page[table] == forms, table


def test_numbers_names_texts_and_notes_are_sealed() -> None:
    sealed = {f"{table}.{name}" for table, forms in modelled().items() for name in forms[0]}
    assert sealed == PERSONAL
