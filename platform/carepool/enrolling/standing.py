"""Reads of how a contract stands: its members, the rate that holds, what the next step gives, what a member pays."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select

from carepool.enrolling.models.contracts import ContractState, ServiceContract, ServiceRate
from carepool.enrolling.models.enrolments import MEMBERS, Enrolment
from carepool.enrolling.rates import IfShort
from carepool.enrolling.schedule import Due, Per, RateFrom, dues
from tenants.database import db


@dataclass(frozen=True)
class NextStep:
    """The next step of a ladder: how many more members reach it, and what it gives."""

    from_members: int
    more: int
    value: int
    cents: int | None


@dataclass(frozen=True)
class Standing:
    """How a contract stands with so many members. `cents`: the rate of a unit and period; None without a list price."""

    members: int
    value: int
    cents: int | None
    highest_value: int
    highest_cents: int | None
    next_step: NextStep | None
    #: How many more members the minimum asks for; 0 where it is reached.
    missing: int


@dataclass(frozen=True)
class Cost:
    """What a member pays in all and by period, in cents; `saved_cents` against its own earlier price, None if not said."""

    dues: Sequence[Due]
    total_cents: int
    saved_cents: int | None


def standing_of(own: ServiceContract, members: int, today: date) -> Standing:
    """Return how a contract with so many members stands on a day."""
    rates, rows = own.rates, rate_rows(own.id)
    value = _in_force(rows, today) if rows else _value_now(own, members)
    highest = value if rows else rates.highest_value(own.min_members, IfShort(own.if_short))
    reached = members if rows or own.if_short == IfShort.GO_ON else max(members, own.min_members)
    after = rates.next_rung(reached)
    # a step gives nothing any more where the rate is agreed and does not fall
    counts = after is not None and rates.is_better(after[1], value) and (not rows or own.rate_falls)
    step = NextStep(after[0], after[0] - members, after[1], rates.cents_of(after[1])) if counts and after else None
    return Standing(
        members,
        value,
        rates.cents_of(value),
        highest,
        rates.cents_of(highest),
        step if own.state in (ContractState.DRAFT, ContractState.OPEN, ContractState.AGREED) else None,
        max(0, own.min_members - members),
    )


def rate_rows(contract_id: UUID) -> list[ServiceRate]:
    """Return the rates that a contract came to, the earliest first; none before its close."""
    found = select(ServiceRate).where(ServiceRate.contract_id == contract_id).order_by(ServiceRate.first_day)
    return list(db.session.scalars(found))


def cents_in_force(own: ServiceContract, day: date) -> int | None:
    """Return what a unit costs in the period that holds a day; None before the close or without a list price."""
    rows = rate_rows(own.id)
    return own.rates.cents_of(_in_force(rows, day)) if rows else None


def most_cost(own: ServiceContract, units: int, first: date, last: date) -> Cost | None:
    """Return the most that someone who enrolls now can pay until the last day; None without a list price."""
    rows = rate_rows(own.id)
    highest = own.rates.highest_value(own.min_members, IfShort(own.if_short))
    return _cost(own, rows or [ServiceRate(first_day=own.starts_on, value=highest)], units, first, last, None)


def cost_of(own: ServiceContract, one: Enrolment, members: int) -> Cost | None:
    """Return what an enrolled program pays: by the rates agreed, or at the rate of today before the close.

    None for a program that is no member, for a contract that did not come about, and for one without a list price.
    """
    if one.state not in MEMBERS or own.state == ContractState.FAILED:
        return None
    rows = rate_rows(own.id) or [ServiceRate(first_day=own.starts_on, value=_value_now(own, members))]
    return _cost(own, rows, one.units, one.starts_on, one.ends_on, one.earlier_cents)


def _cost(
    own: ServiceContract, rows: Sequence[ServiceRate], units: int, first: date, last: date, earlier: int | None
) -> Cost | None:
    found = []
    for row in rows:
        cents = own.rates.cents_of(row.value)
        if cents is None:
            return None
        found.append(RateFrom(row.first_day, cents))
    term, per = own.term, Per(own.per)
    owed = dues(term, per, units, found, first, last)
    total = sum(due.cents for due in owed)
    if earlier is None:
        return Cost(owed, total, None)
    before = dues(term, per, 1, [RateFrom(own.starts_on, earlier)], first, last)
    return Cost(owed, total, sum(due.cents for due in before) - total)


def _value_now(own: ServiceContract, members: int) -> int:
    """Return the value at which a window would come about as it stands."""
    return own.rates.value_for(members, own.min_members, IfShort(own.if_short))


def _in_force(rows: Sequence[ServiceRate], day: date) -> int:
    """Return the value of the newest row that began by a day; the first row's before it."""
    begun = [row.value for row in rows if row.first_day <= day]
    return begun[-1] if begun else rows[0].value
