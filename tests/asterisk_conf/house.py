"""A plan like an installer's, and an Asterisk that has been told it, with short tones for prompts.

In: an `Install`. Out: a running server whose queues nobody answers, and plans to render. The tests of
rendering, of installing and of the voice menu stand on it.
"""

import re

from asterisk_conf.render import render
from asterisk_conf.values import ManagerUser, Plan, QueuePlan, Recording
from asterisk_conf.voices import as_wav, silence
from ringback.prompts import LANGUAGES, folder_of, spoken
from ringback.queues import Input, Rules
from tests.asterisk.install import Install
from tests.asterisk.server import Asterisk

SUPPORT = QueuePlan(name="support", key="0000000000a1", rules=Rules(offer="always"))
SALES = QueuePlan(
    name="sales",
    key="0000000000b2",
    rules=Rules(
        offer="when_long",
        digit="5",
        asks=Input.CUSTOMER_NUMBER,
        language="en",
        countries=("SE", "NO"),
        when_silent="last",
        announce_every_s=60,
    ),
    timeout_s=600,
    exit_context="sales-exit",
)
PLAN = Plan(
    company="Salong Sax",
    queues=(SUPPORT, SALES),
    recording=Recording(code="*727", pin="4711"),
    own_numbers=("+46846500499",),
    manager=ManagerUser(name="ringback-conf", secret="only-for-tests", permit="127.0.0.1"),
)

_TONE_MS = 40
_WHOLE_LOG = """\
[general]
logger_queue_limit = 1000000
[logfiles]
full = notice,warning,error,verbose(3)
"""
"""With its usual limit Asterisk leaves lines out while many callers walk at once."""


def told(install: Install, dialplan: str = "", plan: Plan = PLAN, queues: str = "") -> Asterisk:
    """An Asterisk of the plan, not started yet.

    Args:
        install: Which.
        dialplan: Is added to its own.
        plan: What it is told.
        queues: Is added to the queues, which nobody answers.
    """
    files = {file.name.partition("/")[2]: file.text for file in render(plan)}
    own = "".join(f"[{queue.name}]\nstrategy = ringall\n{queues}\n" for queue in plan.queues)
    asterisk = Asterisk(
        install,
        {
            "extensions_custom.conf": f"{files['extensions.conf']}\n{dialplan}",
            "queues_custom.conf": own + _often(files.get("queues.conf", "")),
            "manager_custom.conf": files.get("manager.conf", ""),
            "logger.conf": _WHOLE_LOG,
        },
    )
    write_tones(asterisk, plan)
    return asterisk


def _often(queues: str) -> str:
    """Announcements each second, so that a test need not wait for them."""
    return re.sub(r"(periodic-announce-frequency) = .*", r"\1 = 1", queues)


def write_tones(asterisk: Asterisk, plan: Plan = PLAN) -> None:
    """A moment of sound for every prompt, so that a menu is heard through in little time."""
    sounds = asterisk.folder / "data" / "sounds"
    english = sounds / "en"
    if english.is_symlink():  # the sounds of Asterisk itself, which we must not write into
        original = english.resolve()
        english.unlink()
        english.mkdir()
        for one in original.iterdir():
            (english / one.name).symlink_to(one)
    tone = as_wav(b"\x00\x08\x00\xf8" * (8 * _TONE_MS // 2))
    for language in LANGUAGES:
        for name in (*spoken(plan.rules, language), "beep"):
            path = sounds / folder_of(language, name) / f"{name}.wav"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(tone)
            if path.parent.parent.name.endswith("_offer"):
                (sounds / language / "ringback" / path.name).write_bytes(silence())
