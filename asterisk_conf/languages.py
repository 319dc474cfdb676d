"""In which language callers hear of the offer, as far as Asterisk's files say.

In: a `Plan`, Asterisk's folder. Out: a line of advice for each language that a queue's menu speaks and
that nothing gives to the channels of callers: they then hear the offer in Asterisk's own. It is no
more than advice, for a channel's language can come from anywhere, like a database.
Source: `defaultlanguage` of asterisk.conf, `en` when it is not there; `language` of channel drivers.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from asterisk_conf.existing import files_read
from asterisk_conf.values import Plan
from ringback.prompts import LANGUAGES

_DEFAULT = re.compile(r"^[ \t]*defaultlanguage[ \t]*=>?[ \t]*(\w+)", re.MULTILINE)
_GIVEN = r"^[ \t]*language[ \t]*=>?[ \t]*{0}|^[^;\n]*CHANNEL\(language\)[ \t]*=[ \t]*{0}"


def unheard(plan: Plan, etc: Path) -> Iterator[str]:
    """Advice on languages in which no caller hears the offer; none when all is well."""
    default = _default(etc)
    spoken = next((one for one in LANGUAGES if default.startswith(one)), "")
    if not spoken:
        return  # to callers of other languages the offer is spoken in the queue's
    for language in sorted({queue.rules.language for queue in plan.queues} - {spoken}):
        if not _is_given(language, etc):
            yield (
                f"Callers hear the offer in {default!r}, Asterisk's own language, but the menu in "
                f"{language!r}: write language={language} in the trunk's section, or "
                f"defaultlanguage={language} in asterisk.conf."
            )


def _default(etc: Path) -> str:
    found = _DEFAULT.search(_text(etc / "asterisk.conf"))
    return found[1] if found else "en"


def _is_given(language: str, etc: Path) -> bool:
    """Whether any file sets it, for a trunk, a channel or a call."""
    given = re.compile(_GIVEN.format(language), re.MULTILINE)
    return any(given.search(_text(path)) for path in files_read(etc))


def _text(path: Path) -> str:
    return path.read_text(errors="replace") if path.is_file() else ""
