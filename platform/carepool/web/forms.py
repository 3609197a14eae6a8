"""Reads a page's form field by field, and remembers what is wrong with each."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from carepool.errors import Invalid
from carepool.sentences import Sentence, marked

Choice = TypeVar("Choice", bound=StrEnum)


class FormReader:
    """What was typed, read as the page means it; `checked` refuses all that is wrong at once."""

    def __init__(self, typed: Mapping[str, str]) -> None:
        self._typed = typed
        #: {field name: sentences}, for the list of errors on the page.
        self.faults: dict[str, list[Sentence]] = {}

    def text(self, name: str, *, most: int = 200, wanted: bool = False) -> str:
        """Return a text without white space around it, at most so many characters; `wanted`: it may not be empty."""
        text = self._typed.get(name, "").replace("\0", "").strip()
        if wanted and not text:
            self.refuse(name, marked("Fill this in."))
        elif len(text) > most:
            self.refuse(name, marked("Use at most %(most)s characters.", most=most))
        return text

    def email(self, name: str, *, wanted: bool = False) -> str:
        """Return an e-mail address in lower case, or an empty text."""
        text = self.text(name, most=254, wanted=wanted).lower()
        if text and not ("@" in text.strip("@") and not any(letter.isspace() for letter in text)):
            self.refuse(name, marked("Write an e-mail address such as name@example.org."))
        return text

    def choice(self, name: str, choices: type[Choice], default: Choice) -> Choice:
        """Return one of the choices."""
        typed = self._typed.get(name, "")
        if typed and typed not in set(choices):
            self.refuse(name, marked("Choose from the list."))
            return default
        return choices(typed) if typed else default

    def id(self, name: str) -> UUID | None:
        """Return the id that was chosen, or None."""
        typed = self._typed.get(name, "")
        try:
            return UUID(typed) if typed else None
        except ValueError:
            self.refuse(name, marked("Choose from the list."))
            return None

    def whole(self, name: str, least: int, most: int) -> int | None:
        """Return a whole number between two, both included, or None where nothing was typed."""
        typed = self._typed.get(name, "").strip()
        if not typed:
            return None
        if not (typed.isascii() and typed.isdecimal()) or len(typed) > 9 or not least <= int(typed) <= most:
            self.refuse(name, marked("Write a whole number from %(least)s to %(most)s.", least=least, most=most))
            return None
        return int(typed)

    def refuse(self, name: str, sentence: Sentence) -> None:
        """Remember what is wrong with a field."""
        self.faults.setdefault(name, []).append(sentence)

    def checked(self) -> None:
        """Refuse the form where something is wrong with it. Raises Invalid with a sentence for each field."""
        if self.faults:
            raise Invalid("form", marked("Some of what was typed must be mended."), self.faults)
