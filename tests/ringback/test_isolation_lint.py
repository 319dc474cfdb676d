"""What the events of `ringback.tenancy` can't see is kept to the modules listed here.

A new entry needs a reason: work across companies and raw SQL are not limited to one company.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("ringback", "pbx_adapter", "sms_gateway", "dialogue", "portal_api", "asterisk_conf")

ALLOWED = {
    "across": {
        "pbx_adapter/edge/centre.py",  # whose a site is
        "pbx_adapter/queues/at_edges.py",  # queues behind all edges
        "pbx_adapter/ringing/automatic.py",  # queues of all companies
        "pbx_adapter/ringing/sweep.py",  # companies with tries under way
        "portal_api/api_keys.py",  # whose a key is
        "portal_api/calendars.py",  # whose feed an address names
        "portal_api/notices.py",  # whose privacy notice an address names
        "portal_api/signing_in.py",  # who signs in decides which company
        "portal_api/visitors.py",  # whose a cookie is
        "ringback/cli/adding_pbx.py",  # is a site taken?
        "ringback/cli/doctoring.py",  # a PBX by its name
        "ringback/cli/doctoring_sms.py",  # numbers at accounts that are not there
        "ringback/cli/pricing.py",  # prices are the operator's
        "ringback/cli/removing.py",  # the same
        "ringback/cli/rows.py",  # which company, when there is one only
        "ringback/db.py",  # a company's wrapped keys
        "ringback/following.py",  # all PBXs
        "ringback/store/companies.py",  # a new company
        "ringback/wiring.py",  # is there a company? the jobs of this process
        "ringback/worker.py",  # jobs are the operator's
        "sms_gateway/health.py",  # accounts are the operator's
        "sms_gateway/inbox.py",  # whose a number or a receipt is
        "sms_gateway/providers/phones.py",  # whose a simulated text is
        "sms_gateway/receipts.py",  # whose a receipt is; parked ones are the operator's
        "sms_gateway/unclaimed.py",  # accounts are the operator's
    },
    "raw SQL": {
        "portal_api/app.py",  # SELECT 1: is the database there?
        "ringback/db.py",  # SELECT 1
        "ringback/due.py",  # values of our own, in the query that is asked most
        "ringback/schema.py",  # the lock of the migrations
        "ringback/tables/callbacks.py",  # conditions of indexes
        "ringback/tables/conversations.py",  # the condition of an index
        "ringback/tables/jobs.py",  # the condition of an index
    },
    "insert": {
        "ringback/jobs.py",  # a job is put once; the table is the operator's
        "ringback/store/changes.py",  # all of a unit of work at once, each with its company
        "ringback/tenancy.py",  # which lets only such through
    },
    "bulk": set[str](),
    "keys": {"ringback/db.py"},
    "session": {"ringback/db.py"},
    "another company": {"ringback/jobs.py"},
}
_RAW = {"text", "literal_column", "exec_driver_sql", "from_statement", "TextClause"}
_SESSIONS = {"AsyncSession", "Session", "async_sessionmaker", "sessionmaker"}


def findings(source: str) -> Iterator[str]:
    """Which of the guarded things a module does."""
    tree = ast.parse(source)
    from_sqlalchemy = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sqlalchemy")
        for alias in node.names
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from _of_call(node, from_sqlalchemy)
        if isinstance(node, ast.Attribute):
            yield from _of_attribute(node, from_sqlalchemy)


def _of_call(node: ast.Call, from_sqlalchemy: set[str]) -> Iterator[str]:
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    if name in from_sqlalchemy & _RAW:
        yield "raw SQL"
    if name in from_sqlalchemy & {"insert"} or name == "into":
        yield "insert"
    if name in from_sqlalchemy & _SESSIONS:
        yield "session"
    if name == "company_keys":
        yield "keys"
    is_values = isinstance(node.func, ast.Attribute) and node.func.attr == "values"
    if is_values and any(keyword.arg == "company_id" for keyword in node.keywords):
        yield "another company"


def _of_attribute(node: ast.Attribute, from_sqlalchemy: set[str]) -> Iterator[str]:
    if node.attr in ("begin_across", "begin_claiming", "read_across"):
        yield "across"
    if node.attr in _RAW - {"text"}:
        yield "raw SQL"
    if node.attr.startswith("bulk_"):
        yield "bulk"
    of_sqlalchemy = isinstance(node.value, ast.Name) and node.value.id in from_sqlalchemy
    if node.attr == "insert" and of_sqlalchemy:
        yield "insert"
    if node.attr == "text" and isinstance(node.value, ast.Name) and node.value.id in ("sa", "sql"):
        yield "raw SQL"


@pytest.mark.parametrize("what", ALLOWED)
def test_only_the_listed_modules_go_past_the_company_limit(what: str) -> None:
    found = {
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if what in findings(path.read_text())
    }
    assert found == ALLOWED[what]


@pytest.mark.parametrize(
    ("what", "source"),
    [
        ("across", "async with db.begin_across() as session: pass"),
        ("across", "open = db.read_across"),
        ("across", "open = db.begin_claiming"),
        ("insert", "from ringback.tenancy import into\ninto(CallRow)"),
        ("raw SQL", "from sqlalchemy import text\nsession.execute(text('SELECT 1'))"),
        ("raw SQL", "import sqlalchemy as sa\nsa.text('SELECT 1')"),
        ("raw SQL", "connection.exec_driver_sql('SELECT 1')"),
        ("insert", "from sqlalchemy import insert\ninsert(CallRow)"),
        ("insert", "from sqlalchemy.dialects import sqlite\nadd = sqlite.insert"),
        ("bulk", "session.bulk_save_objects(rows)"),
        ("keys", "with company_keys(keys): pass"),
        ("session", "from sqlalchemy.ext.asyncio import AsyncSession\nAsyncSession(engine)"),
        ("another company", "update(CallRow).values(company_id=other)"),
    ],
)
def test_the_check_sees_what_it_looks_for(what: str, source: str) -> None:
    async_source = "\n".join(f"    {line}" for line in source.splitlines())
    assert what in findings(f"async def planted():\n{async_source}\n")


def test_innocent_words_are_not_taken_for_sql() -> None:
    assert not list(findings("headers.insert(1, x)\nreply = row.text\ntext = first_text(now)\n"))
