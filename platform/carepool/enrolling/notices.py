"""Who is told what about a service contract; one function a notice. Each reaches a person once an occasion."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select

from carepool.clock import now, today_here, zone_here
from carepool.enrolling.actions.telling import facts_of
from carepool.enrolling.models.contracts import ContractState, ServiceContract
from carepool.enrolling.models.enrolments import WAITING, Enrolment, EnrolmentState
from carepool.enrolling.standing import rate_rows
from carepool.identity.models import Membership
from carepool.notifications.actions import people_of, tell
from carepool.notifications.notices import Notice
from carepool.vendors.notices import coordinators
from tenants.database import db, find

REMIND_DAYS = (30, 7)
"""Days before the last day for notice on which members and coordinators are reminded; the nearest that has come counts."""
UNFINISHED = timedelta(days=3)
_PROGRAMS_AT_A_TIME = 5000


def contract_opened(contract_id: UUID) -> None:
    """Tell the people of all programs that a contract is on offer; members of the term before, that they confirm."""
    own = _contract(contract_id, ContractState.OPEN)
    if own is None:
        return
    carried = _programs(own, EnrolmentState.CARRIED)
    _tell(own, carried, Notice.RENEWAL_OFFERED, "carried", _until(own))
    members = set(carried)
    others = [one for one in _all_programs() if one not in members]
    _tell(own, others, Notice.SERVICE_OPENED, "opened", _until(own))


def window_extended(contract_id: UUID) -> None:
    """Tell the people of programs that enrolled, or began to, until when the window is open now."""
    own = _contract(contract_id, ContractState.OPEN)
    if own is not None and own.extended_at is not None:
        states = (EnrolmentState.ENROLLED, *WAITING)
        _tell(own, _programs(own, *states), Notice.SERVICE_EXTENDED, own.closes_at.isoformat(), _until(own))
        _tell_coordinators(own, len(_programs(own, EnrolmentState.ENROLLED)), _until(own))


def contract_agreed(contract_id: UUID) -> None:
    """Tell the members that the contract is agreed, and those who did not finish that they are not in it."""
    own = _contract(contract_id, ContractState.AGREED)
    if own is not None:
        _tell(own, _programs(own, EnrolmentState.ENROLLED), Notice.SERVICE_AGREED, "agreed", _starts(own))
        _tell_coordinators(own, own.members)
        _tell_lapsed(own)


def contract_failed(contract_id: UUID) -> None:
    """Tell the programs that enrolled that too few did."""
    own = _contract(contract_id, ContractState.FAILED)
    if own is not None:
        _tell(own, _programs(own, EnrolmentState.ENROLLED), Notice.SERVICE_FAILED, "failed")
        _tell_coordinators(own, own.members)
        _tell_lapsed(own)


def contract_cancelled(contract_id: UUID) -> None:
    """Tell the programs that were in a contract, or waited, that it is canceled, and why; nobody of a draft."""
    own = _contract(contract_id, ContractState.CANCELLED)
    if own is not None:
        let_out = select(Enrolment.program_id).where(
            Enrolment.contract_id == own.id,
            Enrolment.state.in_((EnrolmentState.LEFT, EnrolmentState.WITHDRAWN)),
            Enrolment.reason == own.reason,
        )
        _tell(own, db.session.scalars(let_out), Notice.SERVICE_CANCELLED, "canceled", {"reason": own.reason})


def rate_fell(contract_id: UUID) -> None:
    """Tell the members that all pay less from a day on, once a day and rate."""
    own = _contract(contract_id, ContractState.AGREED)
    rows = rate_rows(own.id) if own is not None else []
    if own is not None and len(rows) > 1:
        last = rows[-1]
        told = {"day": last.first_day.isoformat()}
        occasion = f"{last.first_day} {last.value}"
        _tell(own, _programs(own, EnrolmentState.ENROLLED), Notice.SERVICE_RATE_FELL, occasion, told)


def renewals_near() -> None:
    """Remind members and coordinators before the last day on which notice can be given, twice a term."""
    today = today_here()
    last = ServiceContract.ends_on - ServiceContract.notice_days
    near = select(ServiceContract).where(
        ServiceContract.state == ContractState.AGREED, last >= today, last <= today + timedelta(days=max(REMIND_DAYS))
    )
    for own in db.session.scalars(near):
        due = min(days for days in REMIND_DAYS if (own.notice_on - today).days <= days)
        facts = facts_of(own, day=own.notice_on.isoformat(), ends=own.ends_on.isoformat())
        occasion = f"{own.notice_on} {due}"
        members = people_of(_programs(own, EnrolmentState.ENROLLED))
        tell([*members, *coordinators()], Notice.RENEWAL_NEAR, own.id, facts, occasion)


def enrolments_unfinished() -> None:
    """Remind programs of what they did not sign, confirm or decide, three days before a window closes, once a window."""
    soon = select(ServiceContract).where(
        ServiceContract.state == ContractState.OPEN,
        ServiceContract.closes_at > func.now(),
        ServiceContract.closes_at <= func.now() + UNFINISHED,
    )
    for own in db.session.scalars(soon):
        _tell(own, _programs(own, *WAITING), Notice.ENROLMENT_UNFINISHED, own.closes_at.isoformat(), _until(own))


def _tell_lapsed(own: ServiceContract) -> None:
    lapsed = select(Enrolment.program_id).where(
        Enrolment.contract_id == own.id,
        Enrolment.state == EnrolmentState.WITHDRAWN,
        Enrolment.changed_at == own.closed_at,
    )
    _tell(own, db.session.scalars(lapsed), Notice.ENROLMENT_LAPSED, "lapsed")


def _contract(contract_id: UUID, state: ContractState) -> ServiceContract | None:
    own = find(ServiceContract, contract_id)
    return own if own is not None and own.state == state else None


def _programs(own: ServiceContract, *states: EnrolmentState) -> list[UUID]:
    found = select(Enrolment.program_id).where(Enrolment.contract_id == own.id, Enrolment.state.in_(states))
    return list(db.session.scalars(found))


def _all_programs() -> list[UUID]:
    """Return the programs in which someone has a role now."""
    held = select(Membership.program_id).where(
        Membership.program_id.is_not(None), or_(Membership.valid_to.is_(None), Membership.valid_to > now())
    )
    return [one for one in db.session.scalars(held.distinct()) if one is not None]


def _until(own: ServiceContract) -> dict[str, str]:
    return {"until": own.closes_at.isoformat(), "zone": zone_here()}


def _starts(own: ServiceContract) -> dict[str, str]:
    return {"day": own.starts_on.isoformat()}


def _tell_coordinators(own: ServiceContract, members: int, more: dict[str, Any] | None = None) -> None:
    """Tell those who run purchases what became of a window, which may have closed by itself."""
    facts = facts_of(own, state=str(own.state), members=members, **(more or {}))
    tell(coordinators(), Notice.SERVICE_DECIDED, own.id, facts, f"{own.state} {own.closes_at.isoformat()}")


def _tell(
    own: ServiceContract,
    programs: Iterable[UUID],
    notice: Notice,
    occasion: str,
    more: dict[str, Any] | None = None,
) -> None:
    found = list(programs)
    for first in range(0, len(found), _PROGRAMS_AT_A_TIME):
        people = people_of(found[first : first + _PROGRAMS_AT_A_TIME])
        tell(people, notice, own.id, facts_of(own, **(more or {})), occasion)
