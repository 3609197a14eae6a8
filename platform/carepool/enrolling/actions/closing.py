"""Verbs of the end of a window and of a term: each happens once, whoever presses or however many beats come."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select, update

from carepool import events
from carepool.clock import today_here
from carepool.enrolling.actions.contracts import count_members, locked_contract
from carepool.enrolling.models.contracts import ContractState, ServiceContract, ServiceRate
from carepool.enrolling.models.enrolments import WAITING, Enrolment, EnrolmentState
from carepool.enrolling.rates import IfShort, Outcome, outcome
from carepool.errors import Refusal, Stale
from carepool.outbox import Actor, record_event
from carepool.sentences import marked
from tenants.database import database_now, db

_OVER = (ContractState.AGREED, ContractState.FAILED, ContractState.ENDED)


def close_contract(by: Actor, contract_id: UUID, based_on: int | None) -> ServiceContract:
    """Close a window before its time: count the members, find the rate, or do what was chosen for too few.

    Closed already, nothing more happens. Raises Stale where the contract changed since version `based_on` (so that two
    presses put a window off only once), NotFound, Refusal.
    """
    own = locked_contract(contract_id)
    if own.state in _OVER:
        return own
    if own.state != ContractState.OPEN:
        raise Refusal("wrong-state", marked("Only a contract whose window is open can be closed."))
    if own.version != based_on:
        raise Stale()
    return _close(by, own)


def close_due(by: Actor) -> int:
    """Close every window whose time has come; return how many."""
    due = select(ServiceContract.id).where(
        ServiceContract.state == ContractState.OPEN, ServiceContract.closes_at <= func.now()
    )
    ids = list(db.session.scalars(due))
    for contract_id in ids:
        own = locked_contract(contract_id)
        # another beat may have closed it, or put it off, a moment ago
        if own.state == ContractState.OPEN and own.closes_at <= database_now():
            _close(by, own)
    return len(ids)


def end_due(by: Actor) -> int:
    """End every contract whose last day is over; return how many."""
    due = select(ServiceContract.id).where(
        ServiceContract.state == ContractState.AGREED, ServiceContract.ends_on < today_here()
    )
    ids = list(db.session.scalars(due))
    for contract_id in ids:
        own = locked_contract(contract_id)
        if own.state == ContractState.AGREED:
            own.move(ContractState.ENDED)
            record_event(events.SERVICE_ENDED, own.id, by, {"state": [ContractState.AGREED, ContractState.ENDED]})
            db.session.flush()
    return len(ids)


def _close(by: Actor, own: ServiceContract) -> ServiceContract:
    members = count_members(own.id)
    found = outcome(members, own.min_members, IfShort(own.if_short), may_extend=own.extended_at is None)
    if found is Outcome.EXTENDED:
        return _put_off(by, own, members)
    own.closed_at, own.members = database_now(), members
    # whoever did not sign, confirm or get a yes in time is no member
    waiting = update(Enrolment).where(Enrolment.contract_id == own.id, Enrolment.state.in_(WAITING))
    lapsed = {"state": EnrolmentState.WITHDRAWN, "version": Enrolment.version + 1, "changed_at": own.closed_at}
    db.session.execute(waiting.values(lapsed).execution_options(synchronize_session=False))
    facts: dict[str, object] = {"members": members, "needed": own.min_members}
    if found is Outcome.AGREED:
        value = own.rates.value_at(members)
        db.session.add(ServiceRate(contract_id=own.id, first_day=own.starts_on, members=members, value=value))
        own.move(ContractState.AGREED)
        record_event(events.SERVICE_AGREED, own.id, by, {**facts, "value": value})
    else:
        own.move(ContractState.FAILED)
        record_event(events.SERVICE_FAILED, own.id, by, facts)
    db.session.flush()
    db.session.expire_all()
    return own


def _put_off(by: Actor, own: ServiceContract, members: int) -> ServiceContract:
    before = own.closes_at
    own.closes_at = before + timedelta(days=own.extend_days)
    own.extended_at = database_now()
    own.version += 1
    told = {"closes_at": [before.isoformat(), own.closes_at.isoformat()], "members": members}
    record_event(events.SERVICE_EXTENDED, own.id, by, told)
    db.session.flush()
    return own
