"""Values as files write them: texts, dates, amounts and quantities; read with a place, written without surprises."""

from datetime import date
from decimal import Decimal, InvalidOperation

from carepool.quantities import LARGEST
from carepool.sentences import marked
from carepool.vendors.documents.faults import BadDocument, Place
from carepool.vendors.documents.units import Quantity, Unit

MOST_LINES = 200_000
"""Lines of a document; an order of all items of a large catalog for many delivery points stays below."""
MOST_TEXT = 4_000
"""Letters of a text that is kept; what is longer is refused, as no field of ours needs it."""
_LARGEST_CENTS = 10**13
"""A hundred billion dollars."""
_MOST_DIGITS = 30


def clean(text: str) -> str:
    """Return a text in one line, without control characters and lone surrogates: fit for every format."""
    if not text.isprintable():
        text = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(text.split())


def text_at(place: Place, text: str, most: int = MOST_TEXT) -> str:
    """Return a text that was read, in one line. Raises BadDocument where it is too long."""
    found = clean(text)
    if len(found) > most:
        raise BadDocument(place, marked("The text is longer than %(most)s letters. Shorten it.", most=most))
    return found


def decimal_text(cents: int) -> str:
    """Return an amount of cents as `-1234.50`."""
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def number_at(place: Place, text: str) -> Decimal:
    """Return a plain decimal number, such as `12`, `-3.5` or `+0.07`. Raises BadDocument."""
    bare = text.strip()
    try:
        found = Decimal(bare)
    except InvalidOperation:
        found = Decimal("NaN")
    plain = bare.isascii() and not set(bare) - set("0123456789+-.") and len(bare) <= _MOST_DIGITS
    if not plain or not found.is_finite():
        raise BadDocument(
            place, marked('"%(text)s" is not a number. Write it like 12 or 12.50.', text=clean(bare)[:40])
        )
    return found


def cents_at(place: Place, text: str) -> int:
    """Return an amount in cents. Raises BadDocument where it has parts of a cent or is absurdly large."""
    amount = number_at(place, text) * 100
    if amount != amount.to_integral_value() or abs(amount) >= _LARGEST_CENTS:
        raise BadDocument(
            place, marked('"%(text)s" is not an amount in dollars and whole cents.', text=clean(text)[:40])
        )
    return int(amount)


def price_at(place: Place, text: str) -> Decimal:
    """Return a unit price exactly as written, not negative and with at most 6 decimals. Raises BadDocument."""
    price = number_at(place, text)
    exponent = price.normalize().as_tuple().exponent
    if price < 0 or price * 100 >= _LARGEST_CENTS or (isinstance(exponent, int) and exponent < -6):
        raise BadDocument(place, marked('"%(text)s" is not a price.', text=clean(text)[:40]))
    return price


def quantity_at(place: Place, text: str, unit: Unit | None, unit_text: str) -> Quantity:
    """Return a whole quantity that is not negative, of a known unit. Raises BadDocument."""
    number = number_at(place, text)
    if number != number.to_integral_value() or not 0 <= number <= LARGEST:
        raise BadDocument(place, marked('"%(text)s" is not a whole quantity. Write it like 12.', text=clean(text)[:40]))
    if unit is None:
        raise BadDocument(
            place,
            marked(
                'The unit "%(unit)s" is not known here. Use one of the units in the vendor handbook, such as case or each.',
                unit=clean(unit_text)[:40],
            ),
        )
    return Quantity(int(number), unit)


def line_number_at(place: Place, text: str) -> int:
    """Return a line number from 1, also with leading zeros. Raises BadDocument."""
    bare = text.strip()
    if not bare.isascii() or not bare.isdigit() or len(bare) > 12 or int(bare) < 1:
        raise BadDocument(place, marked('"%(text)s" is not a line number. Write it like 3.', text=clean(bare)[:40]))
    return int(bare)


def date_at(place: Place, text: str) -> date:
    """Return a date written as 2026-03-31, also with a time and zone behind it. Raises BadDocument."""
    bare = text.strip()
    try:
        found = date.fromisoformat(bare[:10])
        fits = len(bare) == 10 or bare[10] in "TtZ+- "
    except ValueError:
        found, fits = date.min, False
    if not fits or not 1990 <= found.year <= 2199:
        raise BadDocument(place, marked('"%(text)s" is not a date. Write it like 2026-03-31.', text=clean(bare)[:40]))
    return found


def compact_date_at(place: Place, text: str) -> date:
    """Return a date written as 20260331 (X12). Raises BadDocument."""
    bare = text.strip()
    if not (bare.isascii() and bare.isdigit() and len(bare) == 8):
        raise BadDocument(place, marked('"%(text)s" is not a date. Write it like 20260331.', text=clean(bare)[:40]))
    return date_at(place, f"{bare[:4]}-{bare[4:6]}-{bare[6:]}")


class LineCount:
    """Counts lines of a document that is read, and refuses more than MOST_LINES."""

    def __init__(self) -> None:
        self.lines = 0

    def one_more(self, place: Place) -> None:
        """Count a line. Raises BadDocument where it is one too many."""
        self.lines += 1
        if self.lines > MOST_LINES:
            raise BadDocument(
                place, marked("It has more than %(most)s lines. Send it in several files.", most=MOST_LINES)
            )
