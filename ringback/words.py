"""Swedish and English: the catalogues of everything that the product says in its pages.

In: a language code. Out: gettext translations. The msgids are the English texts, so English needs
no catalogue. The `.po` file is read as it stands when a language is first used, once a process;
there is no compiled copy that could be stale. How to add texts: `babel.cfg`.
"""

from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from io import BytesIO

from babel.core import negotiate_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES = ("sv", "en")
"""What the portal speaks; the first is used when nothing else is asked for."""


@lru_cache(maxsize=len(LANGUAGES))
def translations(language: str) -> NullTranslations:
    """The catalogue of a language in `LANGUAGES`; KeyError for any other."""
    if language not in LANGUAGES:
        raise KeyError(language)
    if language == "en":
        return NullTranslations()
    source = files("ringback") / "locale" / language / "LC_MESSAGES" / "ringback.po"
    compiled = BytesIO()
    write_mo(compiled, read_po(BytesIO(source.read_bytes()), locale=language))
    compiled.seek(0)
    return GNUTranslations(compiled)


def choose_language(chosen: str | None, accept: str = "") -> str:
    """The language to speak: the person's choice, else what the browser asks for, else Swedish.

    Args:
        chosen: A stored preference, or None; an unknown one is passed over.
        accept: The request's `Accept-Language` header.
    """
    if chosen in LANGUAGES:
        return chosen
    ranked = sorted((_ranked(part) for part in accept.split(",")), reverse=True, key=lambda r: r[0])
    asked = [tag.replace("-", "_") for quality, tag in ranked if quality > 0 and tag]
    found = negotiate_locale(asked, LANGUAGES)
    return found if found in LANGUAGES else LANGUAGES[0]


def _ranked(part: str) -> tuple[float, str]:
    tag, _, quality = part.strip().partition(";q=")
    try:
        return float(quality or 1), tag
    except ValueError:
        return 0, tag
