"""Reads what was typed into a form: each fault is a sentence on its field, and all faults are told at once."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

from carepool.errors import Invalid
from carepool.sentences import Sentence, marked

Word = TypeVar("Word", bound=StrEnum)
_AMOUNT = re.compile(r"\$?\s*(\d{1,3}(?:,\d{3})+|\d{1,10})(\.\d{1,2})?")
_LOCAL = "%Y-%m-%dT%H:%M"


class TypedForm:
    """The fields of one form; `check` refuses it where any field has a fault."""

    def __init__(self, typed: Mapping[str, str]) -> None:
        self._typed = typed
        #: {field: sentences} so far.
        self.faults: dict[str, list[Sentence]] = {}

    def text(self, name: str, *, needed: bool = False, most: int = 200) -> str:
        """Return a text without the white space around it."""
        found = self._typed.get(name, "").replace("\0", "").strip()
        if needed and not found:
            self.fault(name, marked("Write something here."))
        if len(found) > most:
            self.fault(name, marked("Write at most %(most)s characters.", most=most))
        return found

    def count(self, name: str, *, least: int = 0, most: int = 10_000_000) -> int | None:
        """Return a whole number, or None where nothing was typed."""
        text = self._typed.get(name, "").strip().replace(",", "")
        if not text:
            return None
        if not (text.isascii() and text.isdecimal()) or len(text) > 9 or not least <= int(text) <= most:
            self.fault(name, marked("Write a whole number from %(least)s to %(most)s.", least=least, most=most))
            return None
        return int(text)

    def cents(self, name: str) -> int | None:
        """Return an amount such as `1,250.50` in cents, or None where nothing was typed."""
        text = self._typed.get(name, "").strip()
        if not text:
            return None
        found = _AMOUNT.fullmatch(text)
        if not found or not text.isascii():
            self.fault(name, marked("Write an amount such as 1250.50."))
            return None
        return int(Decimal(found[1].replace(",", "") + (found[2] or "")) * 100)

    def instant(self, name: str, zone: str) -> datetime | None:
        """Return a day and time on the clock of a zone; None, with a fault, where there is no such time."""
        try:
            found = datetime.strptime(self._typed.get(name, "")[:16], _LOCAL).replace(tzinfo=ZoneInfo(zone))
        except ValueError:
            self.fault(name, marked("Write a day and a time, such as 2026-11-27T17:00."))
            return None
        # a time that the change to summer time leaves out comes back from UTC as another one
        if local_text(found.astimezone(UTC), zone) != found.strftime(_LOCAL):
            self.fault(name, marked("The clock skips this time on that day. Choose another."))
            return None
        return found

    def version(self) -> int | None:
        """Return the version that the form was made from, or None."""
        text = self._typed.get("version", "")
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else None

    def word(self, name: str, words: type[Word], default: Word) -> Word:
        """Return one word of a list."""
        try:
            return words(self._typed.get(name) or default)
        except ValueError:
            self.fault(name, marked("Choose one of the answers."))
            return default

    def fault(self, name: str, sentence: Sentence) -> None:
        """Say what is wrong with a field."""
        self.faults.setdefault(name, []).append(sentence)

    def check(self) -> None:
        """Refuse the form where a field has a fault. Raises Invalid."""
        if self.faults:
            raise Invalid("invalid", marked("Something needs to be corrected."), self.faults)


def local_text(instant: datetime, zone: str) -> str:
    """Write an instant for a `datetime-local` box on the clock of a zone."""
    return instant.astimezone(ZoneInfo(zone)).strftime(_LOCAL)


def amount_text(cents: int | None) -> str:
    """Write cents for a box: 125050 is `1250.50`."""
    return "" if cents is None else f"{cents // 100}.{cents % 100:02d}"
