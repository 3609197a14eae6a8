"""What stands in a cell: dates, whole numbers, decimals, yes or no. Each raises ValueError with a sentence for people."""

import re
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from carepool.sentences import marked

_NOTHING = frozenset({"", "-", "--", "—", "n/a", "na", "none", "tbd", "call"})
_DATES = (
    "%Y-%m-%d",
    "%m/%d/%Y",
    "%m/%d/%y",
    "%m-%d-%Y",
    "%Y/%m/%d",
    "%b %d %Y",
    "%B %d %Y",
    "%d-%b-%Y",
    "%d %b %Y",
    "%d-%b-%y",
)
_YES = frozenset({"y", "yes", "true", "1", "t", "x", "si", "sí", "taxable"})
_NO = frozenset({"n", "no", "false", "0", "f", "exempt", "tax exempt", "nontaxable", "non-taxable", "not taxable"})


def quoted(text: str) -> str:
    """Return the beginning of what stands in a cell as it is shown to people, in quotation marks."""
    return repr(text[:40])


def is_nothing(text: str) -> bool:
    """Tell whether a cell says that it says nothing: blank, a dash, N/A."""
    return text.lower() in _NOTHING


def read_date(text: str) -> date | None:
    """Return a date written as 2026-03-31 or 3/31/2026 (also with a time behind it); None for nothing."""
    if is_nothing(text):
        return None
    bare = re.sub(r"[T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?( ?[AaPp][Mm])?Z?$", "", text).replace(",", "")
    for shape in _DATES:
        try:
            found = datetime.strptime(bare, shape).date()  # noqa: DTZ007 - a date has no zone
        except ValueError:
            continue
        if 1990 <= found.year <= 2199:
            return found
    raise ValueError(marked("%(text)s is not a date. Write it as 2026-03-31 or 3/31/2026.", text=quoted(text)))


def read_yes(text: str) -> bool | None:
    """Return True for Y, yes, true, 1, sí, taxable; False for N, no, false, 0, exempt; None for nothing."""
    word = text.lower()
    if word in _YES or word in _NO:
        return word in _YES
    if is_nothing(text):
        return None
    raise ValueError(marked("%(text)s is neither yes nor no. Write Y or N.", text=quoted(text)))


def read_number(text: str) -> Decimal | None:
    """Return a number such as 1,234.50, $40, 40,00 or 1.234,50; None for nothing."""
    bare = re.sub(r"[\s$€£]|usd", "", text.lower())
    if is_nothing(bare):
        return None
    if re.fullmatch(r"-?\d{1,3}(\.\d{3})+,\d+", bare):
        bare = bare.replace(".", "").replace(",", ".")
    elif re.fullmatch(r"-?\d{1,3}(,\d{3})*(\.\d+)?", bare):
        bare = bare.replace(",", "")
    else:
        bare = bare.replace(",", ".")
    if not re.fullmatch(r"-?(\d{1,12}(\.\d{0,30})?|\.\d{1,30})", bare):
        raise ValueError(marked("%(text)s is not a number.", text=quoted(text)))
    return Decimal(bare)


def read_whole(text: str) -> int | None:
    """Return a whole number such as 1,200 or 12.0; None for nothing."""
    number = read_number(text)
    if number is None:
        return None
    if number != number.to_integral_value():
        raise ValueError(marked("%(text)s is not a whole number.", text=quoted(text)))
    return int(number)


def rounded(number: Decimal) -> int:
    """Return a number rounded half up to a whole one."""
    return int(number.to_integral_value(ROUND_HALF_UP))
