"""Texts that a state's own people write in one language or in several: which version is shown, and in which language. Pure."""

from collections.abc import Mapping

SOURCE = "en"
"""The language of the columns without a language in their name."""
OTHERS = ("es",)
"""Languages in which a state may say its own texts, too."""


class Spoken(str):
    """A text that knows its language: where no version in the reader's is written, the other is shown and marked."""

    language: str

    def __new__(cls, text: str, language: str) -> "Spoken":
        """Take a text and the code of its language."""
        own = super().__new__(cls, text)
        own.language = language
        return own

    def __deepcopy__(self, _: object) -> "Spoken":
        """Return itself, as texts do not change."""
        return self


def spoken(versions: Mapping[str, str], language: str) -> Spoken:
    """Return the version in a language, or another that there is; an empty text where there is none. Pure."""
    order = (language, SOURCE, *OTHERS)
    chosen = next((one for one in order if versions.get(one)), language)
    return Spoken(versions.get(chosen, ""), chosen)
