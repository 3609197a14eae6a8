"""How a purchase may be bought with federal funds, and how long its file is kept. Pure; amounts in cents.

Methods are those of 2 CFR 200.320: micro-purchases and simplified acquisitions ("small purchases") are informal, sealed
bids and proposals formal, and noncompetitive procurement is for the cases of 200.320(c). A contract that others made can
be joined under 200.318(e). The limits are those of the Federal Acquisition Regulation (48 CFR 2.101), to which 2 CFR 200.1
refers; they are defaults here, because a state or a recipient may set lower ones, and a higher micro-purchase limit by
certifying it each year (200.320(a)(1)(iv)).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from carepool.errors import Invalid
from carepool.sentences import Sentence, marked


class Method(StrEnum):
    """Ways of buying."""

    MICRO_PURCHASE = "micro_purchase"
    SMALL_PURCHASE = "small_purchase"
    SEALED_BIDS = "sealed_bids"
    PROPOSALS = "proposals"
    NONCOMPETITIVE = "noncompetitive"
    COOPERATIVE = "cooperative"


class Origin(StrEnum):
    """Where goods come from: the answer to what is preferred under 2 CFR 200.322, and to Buy American."""

    NO_FOOD = "no_food"
    DOMESTIC = "domestic"
    EXCEPTION = "exception"


class Fund(StrEnum):
    """Who pays."""

    CACFP = "cacfp"
    HEAD_START = "head_start"
    STATE = "state"
    PROGRAMS = "programs"
    OTHER = "other"


@dataclass(frozen=True)
class Limits:
    """Limits from a day on, in cents; `source`: the notice of a federal default, "" for the state's own."""

    first_day: date
    micro_cents: int
    small_cents: int
    source: str = ""


FEDERAL = (
    Limits(date(2020, 8, 31), 1_000_000, 25_000_000, "85 FR 40064"),
    Limits(date(2025, 10, 1), 1_500_000, 35_000_000, "90 FR 41872"),
)
"""The limits of 48 CFR 2.101 with their notices in the Federal Register; those before are not kept here."""


def limits_on(day: date, own: Sequence[Sequence[Any]] = ()) -> Limits:
    """Return the limits of a day: the state's own where they have begun ([[first day, micro, small], ...]), else federal."""
    mine = [Limits(date.fromisoformat(first), micro, small) for first, micro, small in own]
    for known in (mine, FEDERAL):
        begun = [one for one in known if one.first_day <= day]
        if begun:
            return max(begun, key=lambda one: one.first_day)
    return FEDERAL[0]


def least_method(cents: int, limits: Limits) -> Method:
    """Return the simplest method that a purchase of so many cents may use."""
    if cents <= limits.micro_cents:
        return Method.MICRO_PURCHASE
    return Method.SMALL_PURCHASE if cents <= limits.small_cents else Method.SEALED_BIDS


def allowed(method: Method, cents: int, limits: Limits) -> bool:
    """Tell whether a method may be used for a purchase of so many cents; those without a limit always may."""
    most = {Method.MICRO_PURCHASE: limits.micro_cents, Method.SMALL_PURCHASE: limits.small_cents}.get(method)
    return most is None or cents <= most


def split_fault(funding: Mapping[str, int], owed_cents: int) -> Sentence | None:
    """Return what is wrong with a split by source of funds: its parts add up to what programs owe. None where it is right."""
    found = sum(funding.values())
    if found == owed_cents and all(cents >= 0 for cents in funding.values()):
        return None
    return marked(
        "The parts add up to %(found)s dollars, and programs owe %(owed)s. Change the parts.",
        found=f"{found / 100:,.2f}",
        owed=f"{owed_cents / 100:,.2f}",
    )


def kept_limits(rows: Iterable[Mapping[str, Any]]) -> list[list[Any]]:
    """Return the state's own limits as they are kept, by day.

    Raises Invalid where two begin on one day, or a micro-purchase may cost more than a small one.
    """
    found = sorted([one["first_day"].isoformat(), one["micro_cents"], one["small_cents"]] for one in rows)
    if len({first for first, _, _ in found}) < len(found):
        raise _bad(marked("Two rows begin on the same day. Keep one of them."))
    if any(micro > small for _, micro, small in found):
        raise _bad(marked("The limit of a small purchase is not below that of a micro-purchase. Swap the two."))
    return found


def _bad(sentence: Sentence) -> Invalid:
    return Invalid("bad-limits", sentence, {"thresholds": [sentence]})


_CLAIM = timedelta(days=60)
"""A final claim comes within 60 days of the end of its month (7 CFR 226.10(e)); September ends the fiscal year."""
LONGEST = 1_523
"""No file is kept more days than this from its close because of `keep_until` alone."""


def keep_until(day: date) -> date:
    """Return until when records of a purchase that closed on a day are kept at the least.

    Three years after the final claim of the federal fiscal year (7 CFR 226.10(d)); those of Head Start three years after
    the final financial report (2 CFR 200.334), which its recipient knows. Open audits and holds make it longer.
    """
    year = day.year + (day.month >= 10)
    claim = date(year, 9, 30) + _CLAIM
    return claim.replace(year=claim.year + 3)
