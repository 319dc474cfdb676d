"""The recorded lines of `tests/data/backfill`, read by the readers; and records made by hand."""

import json
from collections.abc import Iterable
from datetime import UTC
from pathlib import Path

from pbx_adapter.backfill.cdr import Cdr
from pbx_adapter.backfill.cel import Cel
from pbx_adapter.backfill.queue_log import QueueLog
from pbx_adapter.backfill.records import Reader, Record
from pbx_adapter.site import Site
from ringback.calls import Call
from tests.pbx_adapter.backfill.office_calls import Made

TESTS = Path(__file__).parents[2]
DATA = TESTS / "data/backfill"
SITE = Site.from_toml((TESTS / "asterisk/site.toml").read_text())
VERSIONS = ("22", "16")
_FILES = {"cel": "cel.csv", "cdr": "cdr.csv", "queue_log": "queue_log"}


def reader_of(source: str) -> Reader:
    made: dict[str, Reader] = {
        "cel": Cel(SITE, UTC),
        "cdr": Cdr(SITE, UTC),
        "queue_log": QueueLog(SITE, UTC),
    }
    return made[source]


def fed(reader: Reader, lines: Iterable[str]) -> Reader:
    for number, line in enumerate(lines):
        reader.take(Record(number, f"m{number}", {"line": line}))
    return reader


def lines_of(version: str, source: str) -> list[str]:
    return (DATA / version / _FILES[source]).read_text().splitlines()


def recorded(version: str, source: str) -> Reader:
    return fed(reader_of(source), lines_of(version, source))


def made_in(version: str) -> list[Made]:
    return [Made(**one) for one in json.loads((DATA / version / "truth.json").read_text())]


def calls_by_kind(version: str, reader: Reader) -> dict[str, Call]:
    """The calls that are over, by the kind that was made; each caller called once."""
    calls = [call for uniqueid in reader.ended() if (call := reader.call(uniqueid))]
    by_caller = {call.caller: call for call in calls}
    assert len(by_caller) == len(calls)
    kinds = {one.caller: one.kind for one in made_in(version)}
    assert by_caller.keys() <= kinds.keys()
    return {kinds[caller]: call for caller, call in by_caller.items()}
