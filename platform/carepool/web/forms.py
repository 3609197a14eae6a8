"""Reads a page's form field by field, and remembers what is wrong with each."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from carepool.email_addresses import LONGEST, NOT_ONE, is_address
from carepool.errors import Invalid
from carepool.sentences import Sentence, marked

Choice = TypeVar("Choice", bound=StrEnum)
_AMOUNT = re.compile(r"\$?\s*(\d{1,3}(?:,\d{3})+|\d{1,10})(\.\d{1,2})?")
_RATE = re.compile(r"\d{1,3}(\.\d{1,4})?")
_LOCAL = "%Y-%m-%dT%H:%M"


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
        text = self.text(name, most=LONGEST, wanted=wanted).lower()
        if text and not is_address(text):
            self.refuse(name, NOT_ONE)
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

    def chosen_id(self, name: str) -> UUID:
        """Return the id that was chosen. Raises Invalid where none was."""
        found = self.id(name)
        if found is None:
            self.faults.setdefault(name, [marked("Choose from the list.")])
            raise Invalid("form", marked("Some of what was typed must be mended."), self.faults)
        return found

    def whole(self, name: str, least: int = 0, most: int = 10_000_000) -> int | None:
        """Return a whole number between two, both included, or None where nothing was typed."""
        typed = self._typed.get(name, "").strip().replace(",", "")
        if not typed:
            return None
        if not (typed.isascii() and typed.isdecimal()) or len(typed) > 9 or not least <= int(typed) <= most:
            self.refuse(name, marked("Write a whole number from %(least)s to %(most)s.", least=least, most=most))
            return None
        return int(typed)

    def cents(self, name: str) -> int | None:
        """Return an amount such as `1,250.50` in cents, or None where nothing was typed."""
        typed = self._typed.get(name, "").strip()
        if not typed:
            return None
        found = _AMOUNT.fullmatch(typed)
        if not found or not typed.isascii():
            self.refuse(name, marked("Write an amount such as 1250.50."))
            return None
        return int(Decimal(found[1].replace(",", "") + (found[2] or "")) * 100)

    def millionths(self, name: str, most: int = 1_000_000) -> int | None:
        """Return a rate such as `6.25` or `6.25%` in millionths (62500), or None where nothing was typed."""
        typed = self._typed.get(name, "").strip().removesuffix("%").rstrip()
        if not typed:
            return None
        found = int(Decimal(typed) * 10_000) if _RATE.fullmatch(typed) and typed.isascii() else most + 1
        if found > most:
            self.refuse(name, marked("Write a percentage such as 6.25, at most %(most)s.", most=most // 10_000))
            return None
        return found

    def day(self, name: str) -> date | None:
        """Return a day, or None where nothing was typed."""
        typed = self._typed.get(name, "").strip()
        try:
            return date.fromisoformat(typed) if typed else None
        except ValueError:
            self.refuse(name, marked("Write a day such as 2026-11-27."))
            return None

    def instant(self, name: str, zone: str) -> datetime | None:
        """Return a day and time on the clock of a zone; None, with a fault, where there is no such time."""
        try:
            found = datetime.strptime(self._typed.get(name, "")[:16], _LOCAL).replace(tzinfo=ZoneInfo(zone))
        except ValueError:
            self.refuse(name, marked("Write a day and a time, such as 2026-11-27T17:00."))
            return None
        # a time that the change to summer time leaves out comes back from UTC as another one
        if local_text(found.astimezone(UTC), zone) != found.strftime(_LOCAL):
            self.refuse(name, marked("The clock skips this time on that day. Choose another."))
            return None
        return found

    def version(self) -> int | None:
        """Return the version that the form was made from, or None."""
        typed = self._typed.get("version", "")
        return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 9 else None

    def refuse(self, name: str, sentence: Sentence) -> None:
        """Remember what is wrong with a field."""
        self.faults.setdefault(name, []).append(sentence)

    def checked(self) -> None:
        """Refuse the form where something is wrong with it. Raises Invalid with a sentence for each field."""
        if self.faults:
            raise Invalid("form", marked("Some of what was typed must be mended."), self.faults)


def local_text(instant: datetime, zone: str) -> str:
    """Write an instant for a `datetime-local` box on the clock of a zone."""
    return instant.astimezone(ZoneInfo(zone)).strftime(_LOCAL)


def amount_text(cents: int | None) -> str:
    """Write cents for a box: 125050 is `1250.50`."""
    return "" if cents is None else f"{cents // 100}.{cents % 100:02d}"


def rate_text(millionths: int) -> str:
    """Write a rate for a box of percent: 62500 millionths are `6.25`; nothing for 0."""
    return f"{Decimal(millionths).scaleb(-4).normalize():f}" if millionths else ""
