"""The price terms of one row of a vendor's file: a firm ladder, or percent off a list price. Pure.

Money becomes whole cents per case, half up. Which price a column holds (of a case or of an each) follows from its header,
or from the fixed field `price_basis` of the column map.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from carepool.purchasing.catalogs.price_columns import STEPS
from carepool.purchasing.ladder import BadLadder, PriceBasis, check_terms, percent_off
from carepool.sentences import Sentence, marked
from carepool.tabular.cells import is_nothing, quoted, read_number, read_whole, rounded
from carepool.tabular.columns import ColumnMap, plain

_EACH = frozenset({"unit", "each", "ea", "split", "wholesale", "piece", "rrp", "msrp", "retail"})
_CASE = frozenset({"case", "carton", "caja"})
_MOST = 10_000_000
_PART = re.compile(
    r"(\d[\d,]{0,8})\s*(?:\+|cases?|cs|or more|\s)*\s*[:=@]\s*(\S.{0,40})|(\d[\d,]{0,8})\s*\+\s+(\S.{0,40})"
)


@dataclass(frozen=True)
class Bases:
    """Of each kind of price column: whether it tells the price of an each (else of a case)."""

    price: bool
    list_price: bool
    steps: bool


@dataclass(frozen=True)
class Prices:
    """Price terms named like the columns of `catalog_item`: rungs in cents per case or in hundredths of a percent."""

    price_basis: PriceBasis
    ladder: list[list[int]]
    list_cents: int | None


def bases_of(columns: ColumnMap) -> Bases:
    """Find out from the headers whether prices are of an each or of a case; `price_basis` fixed to either decides."""
    fixed = columns.fixed.get("price_basis")
    price = bool(_words(columns, "price") & _EACH) if fixed is None else fixed == "each"
    whole = "case_price" in columns.columns or "case_price" in columns.fixed
    of_list = _words(columns, "list_price")
    steps = set().union(*(_words(columns, f"step_{step}_price") for step in STEPS), _words(columns, "price_breaks"))
    return Bases(
        price,
        bool(of_list & _EACH) or (not of_list & _CASE and price and not whole),
        fixed == "each" if fixed is not None else bool(steps & _EACH) or (price and not whole and not steps & {"case"}),
    )


def _words(columns: ColumnMap, field: str) -> set[str]:
    return set(plain(" ".join(columns.columns.get(field, ()))).split())


def read_prices(text: Mapping[str, str], bases: Bases, size: int) -> Prices:
    """Return the price terms of a row whose case holds `size` eaches. Raises ValueError with a sentence for people."""
    base = _cents(text["case_price"], 1) or _cents(text["price"], size if bases.price else 1)
    listed = _cents(text["list_price"], size if bases.list_price else 1)
    steps = list(_steps(text))
    percents = [(start, _points(value)) for start, value, percent in steps if percent]
    prices = [(start, _cents(value, size if bases.steps else 1) or 0) for start, value, percent in steps if not percent]
    if not is_nothing(text["percent_off"]):
        percents.append((1, _points(text["percent_off"])))
    if not percents:
        return _checked(Prices(PriceBasis.FIRM, _firm(prices, base), listed))
    if prices:
        raise ValueError(marked("There are both prices by cases and a percent off list. Keep one of them."))
    if not (listed or base):
        raise ValueError(marked("There is no list price that the percent is taken off."))
    if not any(start == 1 for start, _ in percents):
        percents.append((1, 0))
    terms = _checked(Prices(PriceBasis.PERCENT_OFF, _falling(percents), listed or base))
    if listed and base:
        net = percent_off(listed, terms.ladder[0][1])
        # a price that is written per each was rounded per each
        if abs(net - base) > (size if bases.price and is_nothing(text["case_price"]) else 1):
            raise ValueError(
                marked(
                    "The price %(price)s a case is not the list price less the percent, %(net)s.",
                    price=_money(base),
                    net=_money(net),
                )
            )
    return terms


def _firm(prices: list[tuple[int, int]], base: int | None) -> list[list[int]]:
    single = [cents for start, cents in prices if start == 1]
    if base is not None and single and single[0] != base:
        raise ValueError(
            marked("There are two prices for 1 case: %(one)s and %(other)s.", one=_money(base), other=_money(single[0]))
        )
    if base is not None and not single:
        prices = [(1, base), *prices]
    if not prices:
        raise ValueError(marked("There is no price."))
    return _falling(prices)


def _falling(rungs: list[tuple[int, int]]) -> list[list[int]]:
    """Sort by cases, and leave out a rung that repeats the one before."""
    kept: list[list[int]] = []
    for start, value in sorted(rungs):
        if not kept or value != kept[-1][1] or start == kept[-1][0]:
            kept.append([start, value])
    return kept


def _checked(terms: Prices) -> Prices:
    try:
        check_terms(terms.price_basis, terms.ladder, terms.list_cents)
    except BadLadder as error:
        place = int(error.at[7:-1]) if error.at.startswith("ladder[") else 0
        where = _rung(terms, place)
        if place:
            where = marked("%(rung)s after %(before)s", rung=where, before=_rung(terms, place - 1))
        sentence = marked(
            "Step %(number)s of the price ladder (%(where)s): %(why)s",
            number=place + 1,
            where=where,
            why=error.sentence,
        )
        raise ValueError(sentence) from None
    return terms


def _rung(terms: Prices, place: int) -> Sentence:
    start, value = terms.ladder[place]
    written = _money(value) if terms.price_basis is PriceBasis.FIRM else f"{Decimal(value) / 100} %"
    if start == 1:
        return marked("%(price)s from 1 case", price=written)
    return marked("%(price)s from %(cases)s cases", price=written, cases=start)


def _steps(text: Mapping[str, str]) -> Iterator[tuple[int, str, bool]]:
    """Yield (cases, price or percent as written, whether it is a percent) of each step that the row fills in."""
    for step in STEPS:
        start, price, percent = (text[f"step_{step}_{kind}"] for kind in ("from", "price", "percent"))
        value = price if not is_nothing(price) else percent
        if is_nothing(value) or ((is_nothing(start) or start == "0") and not read_number(value.replace("%", ""))):
            continue
        yield _start(start, marked("step %(number)s", number=step)), value, is_nothing(price) or value.endswith("%")
    for place, part in enumerate(_parts(text["price_breaks"]), start=1):
        found = _PART.fullmatch(part)
        if found is None:
            raise ValueError(
                marked("Price break %(text)s cannot be read. Write them like 1:40.00; 10:34.00.", text=quoted(part))
            )
        start, value = found.group(1) or found.group(3), found.group(2) or found.group(4)
        yield _start(start, marked("price break %(number)s", number=place)), value, value.endswith("%")


def _parts(text: str) -> Sequence[str]:
    if is_nothing(text):
        return ()
    return [part.strip() for part in re.split(r"[;|]|,\s+(?=\d)", text) if part.strip()]


def _start(text: str, where: Sentence) -> int:
    try:
        start = read_whole(re.sub(r"(?i)\s*(\+|cases?|cs)\s*$", "", text.strip()))
    except ValueError:
        start = None
    if start is None or not 0 < start <= 1_000_000:
        raise ValueError(
            marked(
                "The number of cases %(text)s of %(where)s must be a whole number, 1 or more.",
                text=quoted(text),
                where=where,
            )
        )
    return start


def _points(text: str) -> int:
    """Read a percentage as hundredths of a percent: `15`, `15 %`, and 0.15 as spreadsheets keep it."""
    try:
        number = read_number(text.replace("%", "")) or Decimal(0)
    except ValueError:
        raise ValueError(marked("%(text)s is not a percentage.", text=quoted(text))) from None
    if "%" not in text and 0 < number < 1:
        number *= 100
    points = rounded(number * 100)
    if not 0 <= points < 10_000:
        raise ValueError(marked("The percent off %(text)s must be at least 0 and less than 100.", text=quoted(text)))
    if abs(number * 100 - points) > Decimal("0.0001"):
        raise ValueError(
            marked("The percent off %(text)s has more than two places behind the point.", text=quoted(text))
        )
    return points


def _cents(text: str, eaches: int) -> int | None:
    """Return cents for `eaches` times a written price; None where none stands, or 0.00, which means not priced."""
    try:
        number = read_number(text)
    except ValueError:
        raise ValueError(marked("%(text)s is not a price.", text=quoted(text))) from None
    if number is None:
        return None
    if number < 0:
        raise ValueError(marked("The price %(text)s is below zero.", text=quoted(text)))
    if number >= _MOST:
        raise ValueError(marked("The price %(text)s is too large.", text=quoted(text)))
    return rounded(number * 100 * eaches) or None


def _money(cents: int) -> str:
    return f"{cents / 100:,.2f}"
