"""How the tests are shared out to processes: calls that ring beside work that computes.

In: the names of all tests. Out: which of them one process runs together, and in which order these
parts are handed out. Calls on a real Asterisk wait most of their time: handed out one after the
other they would leave the processors idle first and crowded afterwards.
"""

import re
from collections.abc import Iterable

from xdist.scheduler import LoadFileScheduling

from tests.asterisk.install import WANTED

_RINGS = ("tests/asterisk/", "tests/asterisk_conf/", "tests/pbx_adapter/", "tests/test_callback")
_WAITS = (*_RINGS, "tests/sms_gateway/providers/", "tests/smpp_server/", "tests/test_")
_VERSION = re.compile(rf"[\[-]({'|'.join(map(str, WANTED))})[\]-]")
_LONGEST = (
    "tests/test_busy_hour.py",
    "tests/test_many_texts.py",
    "tests/test_killed.py",
    "tests/test_callback_story_killed.py",
    "tests/asterisk_conf/test_menu.py",
    "tests/pbx_adapter/backfill/test_asterisk_records.py",
    "tests/pbx_adapter/edge/test_two_places.py",
    "tests/pbx_adapter/sip/test_foreign_pbx.py",
    "tests/pbx_adapter/sip/test_bare_pbx.py",
    "tests/pbx_adapter/edge/test_queues_",
    "tests/pbx_adapter/ringing/test_killed.py",
    "tests/test_callback_story.py",
    "tests/asterisk_conf/",
    "tests/pbx_adapter/ringing/",
    "tests/pbx_adapter/backfill/",
    "tests/test_story.py",
    "tests/test_kannel_story.py",
    "tests/test_bad_input.py",
    "tests/test_sip_way_in.py",
    "tests/test_demo.py",
    "tests/test_hatch_build.py",
    "tests/dialogue/model/test_attacks.py",
    "tests/browser/test_callbacks.py",
    "tests/browser/test_look.py",
    "tests/dialogue/evaluation/test_sets.py",
    "tests/bench/test_texts.py",
    "tests/browser/",
    "tests/dialogue/calendars/",
    "tests/dialogue/test_turn.py",
    "tests/dialogue/test_open_question.py",
    "tests/dialogue/test_last_time.py",
    "tests/dialogue/test_unsure_answers.py",
    "tests/dialogue/promises/",
    "tests/dialogue/model/",
    "tests/portal_api/callbacks/",
    "tests/sms_gateway/",
)
"""Of each kind these go first, so that no process is left with one of them at the end."""


def part_of(test: str) -> str:
    """What one process runs whole: a file, or those of its tests that want one version of Asterisk."""
    file = test.partition("::")[0]
    version = _VERSION.search(test) if file.startswith(_RINGS) else None
    return f"{file} {version[1]}" if version else file


def places(tests: Iterable[str]) -> dict[str, float]:
    """Where each part stands: those that wait and those that compute in turns, to the end."""
    waiting, computing = list[str](), list[str]()
    for part in dict.fromkeys(part_of(test) for test in tests):
        (waiting if part.startswith(_WAITS) else computing).append(part)
    found = dict[str, float]()
    for parts in (waiting, computing):
        parts.sort(key=_longest_first)
        found |= {part: at / len(parts) for at, part in enumerate(parts)}
    return found


def _longest_first(part: str) -> int:
    return next((at for at, long in enumerate(_LONGEST) if part.startswith(long)), len(_LONGEST))


class ByParts(LoadFileScheduling):
    """`--dist loadfile`, with parts in the files' place."""

    def _split_scope(self, nodeid: str) -> str:
        return part_of(nodeid)
