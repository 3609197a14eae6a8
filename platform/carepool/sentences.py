"""Sentences for people that are put into the reader's language later, where that language is known. Pure."""

from collections.abc import Mapping
from typing import Any


class Sentence(str):
    """A sentence in English that remembers its template and values, so that a page can say it in another language.

    Only `marked` makes one of a literal; a value may be a text, a number, a day, another sentence, or a tuple of
    sentences.
    """

    template: str
    values: Mapping[str, Any]

    def __new__(cls, template: str, values: Mapping[str, Any] | None = None) -> "Sentence":
        """Fill the template in, in English. Without values a percent sign in it is only a percent sign."""
        filled = template % {name: _plain(value) for name, value in values.items()} if values else template
        own = super().__new__(cls, filled)
        own.template, own.values = template, dict(values or {})
        return own

    def filled(self, **values: Any) -> "Sentence":
        """Return the same sentence with these values in place of its own."""
        return Sentence(self.template, values)


def marked(sentence: str, /, **values: Any) -> Sentence:
    """Return a sentence whose `%(name)s` are filled with values.

    `carepool.ui.words` finds the literal for translation, and `in_words` puts it into the reader's language.
    """
    return Sentence(sentence, values)


def joined(*sentences: Sentence) -> Sentence:
    """Return several sentences as one, each told in the reader's language; nothing where there is none."""
    if len(sentences) < 2:
        return sentences[0] if sentences else NOTHING
    return Sentence("%(parts)s", {"parts": sentences})


def of_error(error: Exception) -> Sentence:
    """Return the sentence that an error carries; its words as they are where they are no sentence of ours."""
    found = error.args[0] if error.args else ""
    return found if isinstance(found, Sentence) else Sentence(str(found))


def _plain(value: Any) -> Any:
    return "; ".join(value) if isinstance(value, tuple) else value


NOTHING = Sentence("")
"""No sentence at all."""
