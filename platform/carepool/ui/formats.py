"""How money, numbers, dates and instants are written, in the reader's language and the state's time zone."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from babel import dates, numbers
from flask_babel import get_locale, get_translations
from markupsafe import Markup

from carepool.sentences import Sentence
from carepool.ui import languages
from tenants.spoken import Spoken

_DAY = {"en": "EEE, MMM d, y", "es": "EEE d 'de' MMM 'de' y"}
_INSTANT = {language: f"{day}, h:mm\u00a0a" for language, day in _DAY.items()}
_NAMED_LIKE = {"America/Indiana/Indianapolis": "America/New_York"}
"""Zones whose name the locale data lack, and the zone whose clock they share."""
_JOIN = {"en": " ", "es": ", "}


def money(cents: int, currency: str = "USD") -> str:
    """Write whole cents as money: 123450 is `$1,234.50`."""
    return numbers.format_currency(Decimal(cents) / 100, currency, locale=_locale())


def money_each(case_cents: int, case_size: int, currency: str = "USD") -> str:
    """Write the price of one each of a case, in 2 to 4 places: 1100 cents for 24 is `$0.4583`, 4000 for 10 `$4.00`.

    For display only.
    """
    each = Decimal(case_cents) / 100 / case_size
    return numbers.format_currency(each, currency, "¤0.00##", locale=_locale(), currency_digits=False)


def number(value: int | Decimal) -> str:
    """Write a number with its separators: 1234567 is `1,234,567`."""
    return numbers.format_decimal(value, locale=_locale())


def percent(value: int | Decimal) -> str:
    """Write percentage points, whole or with one place: 9 is `9%`."""
    return numbers.format_percent(Decimal(value) / 100, "#,##0.#%", locale=_locale())


def rate(millionths: int) -> str:
    """Write a rate of tax with all its places: 62500 millionths are `6.25%`."""
    return numbers.format_percent(Decimal(millionths) / 1_000_000, "0.####%", locale=_locale())


def when(instant: datetime, zone: str | None = None) -> str:
    """Write an instant as day, time and zone where the state is: `Fri, Nov 27, 2026, 5:00 PM Mountain Time`.

    Raises ValueError for an instant without a time zone.
    """
    if instant.tzinfo is None:
        raise ValueError(f"{instant} has no time zone.")
    place, locale = ZoneInfo(zone or languages.zone()), _locale()
    local = instant.astimezone(place)
    written = dates.format_datetime(local, _INSTANT[_spoken()], tzinfo=place, locale=locale)
    return f"{written}{_JOIN[_spoken()]}{zone_name(place, local)}"


def day(value: date) -> str:
    """Write a date: `Fri, Nov 27, 2026`. An instant is written as the day it is where the state is."""
    if isinstance(value, datetime):
        value = value.astimezone(ZoneInfo(languages.zone())).date()
    return dates.format_date(value, _DAY[_spoken()], locale=_locale())


def short_day(value: date) -> str:
    """Write a date where there is little room: `Nov 27`."""
    return str(dates.format_skeleton("MMMd", value, locale=_locale()))


def machine_time(instant: datetime) -> str:
    """Write an instant for the `datetime` attribute, in UTC."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def zone_name(zone: ZoneInfo, local: datetime) -> str:
    """Name a zone as people there say it: `Mountain Time`, or `Mountain Standard Time` where clocks never change."""
    named = _NAMED_LIKE.get(zone.key, zone.key)
    if named == "UTC":
        return "UTC"
    style = "vvvv" if _changes_clocks(ZoneInfo(named), local.year) else "zzzz"
    return dates.format_datetime(local, style, tzinfo=ZoneInfo(named), locale=_locale())


def phone_link(written: str) -> str:
    """Return the `tel:` address of a phone number as people write it; ten digits are a number of the U.S."""
    digits = re.sub(r"\D", "", re.split(r"[a-zA-Z]", written)[0])
    return f"tel:+1{digits}" if len(digits) == 10 else f"tel:+{digits}"


def in_words(sentence: str) -> str:
    """Return a sentence in the reader's language where the catalog has it, else as it is.

    A `Sentence` is filled with its values, whole numbers and days as people write them; in other texts nothing is filled in.
    """
    if not isinstance(sentence, Sentence) or not sentence.values:
        return str(get_translations().gettext(str(sentence))) if sentence else ""
    template = str(get_translations().gettext(sentence.template))
    return template % {name: _value_in_words(value) for name, value in sentence.values.items()}


def _value_in_words(value: Any) -> str:
    if isinstance(value, tuple):
        return "; ".join(in_words(part) for part in value)
    if isinstance(value, Sentence):
        return in_words(value)
    if isinstance(value, date):
        return day(value)
    return number(value) if isinstance(value, int) else str(value)


def lang_of(text: str) -> Markup:
    """Return the attribute that says in which language a text of a state's own is, where that is not the page's."""
    language = text.language if isinstance(text, Spoken) else ""
    return Markup("") if not text or language in ("", _spoken()) else Markup(' lang="{}"').format(language)


def spoken_language() -> str:
    """Return the code of the language spoken now, such as `es`."""
    return _spoken()


def _changes_clocks(zone: ZoneInfo, year: int) -> bool:
    offsets = {datetime(year, month, 1, 12, tzinfo=zone).utcoffset() for month in (1, 7)}
    return len(offsets) > 1


def _spoken() -> str:
    locale = get_locale()
    return locale.language if locale and locale.language in languages.LOCALES else "en"


def _locale() -> str:
    return languages.LOCALES[_spoken()]
