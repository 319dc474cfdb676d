"""What is wrong with what was typed, in the visitor's language.

In: the sentences that rules and stores give (`BadInput`, `templates.Wrong`). Out: the same in words of
the catalogue; a sentence that it does not have stays as it is.
"""

from ringback.errors import BadInput
from ringback.templates import Wrong
from ringback.words import translations


def N_(text: str) -> str:
    """Mark a text for the catalogue."""
    return text


KNOWN = (
    N_("The text is empty; write something to send."),
    N_("The text is too long; write at most 1000 characters."),
    N_("The text holds characters that can't be shown; write it again."),
    N_("A curly bracket is not closed, or not opened; write placeholders like {company}."),
    N_("There is no placeholder {%s}."),
    N_("The placeholder {%s} is missing; the first text to a caller must have it."),
    N_("That is no telephone number; write it like 070-174 06 05 or +46701740605."),
    N_("The note is too long; write at most 200 characters."),
    N_("The number is no telephone number; write it like 08-465 004 10, or nothing."),
    N_("The queue's name is too long or holds odd characters."),
    N_("Write an address that begins with https://, without a user name in it."),
    N_("Write the user name at the calendar server."),
    N_("Write the password; it has to be given again for another server or user."),
    N_("An API key needs a name that tells where it is used, like cash-register."),
    N_("The name must be one line of at most 60 characters."),
    N_("There is an API key of that name already; end it first, or choose another name."),
    N_("The text is empty; paste what the assistant may answer from."),
    N_("The text is too long; paste at most 60,000 characters at a time."),
    N_("There are only headings; paste the text below them too."),
    N_("The text has too many parts; add it as several texts."),
    N_("Give the text a name of at most 120 characters."),
    N_("Write the question in one line of at most 200 characters."),
    N_("Write the answer in at most 1,500 characters."),
    N_("There would be more than 500 parts in all; remove a text that is no longer needed."),
)
"""Sentences of `ringback.templates` and `ringback.store`, marked here for the catalogue."""


def said(text: str, language: str, about: str = "") -> str:
    """A sentence in the visitor's language; `about` takes the place of `%s`."""
    return translations(language).gettext(text).replace("%s", about)


def of_template(wrong: tuple[tuple[Wrong, str], ...], language: str) -> list[tuple[str, str]]:
    """The faults of a template's text, by field."""
    return [("text", said(what.value, language, about)) for what, about in wrong]


def of_input(bad: BadInput, language: str, default: str) -> tuple[str, str]:
    """The field and the sentence of what a store refused."""
    return bad.field or default, said(str(bad), language)
