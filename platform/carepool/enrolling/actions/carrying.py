"""Verbs of renewal: the draft of the next term, and its members, who are asked to confirm."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from carepool import events
from carepool.clock import now
from carepool.enrolling.models.contracts import ContractState, ServiceContract, ServiceDocument
from carepool.enrolling.models.enrolments import Enrolment, EnrolmentState
from carepool.enrolling.rates import Basis
from carepool.enrolling.schedule import next_term
from carepool.enrolling.standing import cents_in_force
from carepool.errors import NotFound, Refusal
from carepool.outbox import Actor, record_event
from carepool.programs.models import Program
from carepool.sentences import marked
from tenants.database import bulk_insert, db, find
from tenants.ids import new_id

_SAME = (
    "vendor_id", "kind", "title", "title_es", "description", "description_es", "pricing", "basis", "per", "list_cents",
    "ladder", "min_members", "if_short", "extend_days", "notice_days", "late_join", "rate_falls",
)  # fmt: skip
_LEAST_WINDOW = timedelta(days=7)


def renew_contract(by: Actor, contract_id: UUID) -> ServiceContract:
    """Return the draft of the next term: the same terms and documents, a term of the same length that follows.

    Where there is one already, it is the same. The coordinator mends it and opens it. Raises NotFound, Refusal.
    """
    own = find(ServiceContract, contract_id)
    if own is None:
        raise NotFound("service contract")
    db.session.refresh(own, with_for_update=True)
    if own.state not in (ContractState.AGREED, ContractState.ENDED):
        raise Refusal("wrong-state", marked("Only a contract that runs, or ran to its end, can be renewed."))
    if (known := renewal_of(own.id)) is not None:
        return known
    first, last = next_term(own.starts_on, own.ends_on)
    at = now()
    moved = own.closes_at + (first - own.starts_on)
    fresh = ServiceContract(
        id=new_id(),
        state=ContractState.DRAFT,
        **{name: getattr(own, name) for name in _SAME},
        opens_at=at,
        closes_at=max(moved, at + _LEAST_WINDOW),
        starts_on=first,
        ends_on=last,
        previous_id=own.id,
    )
    db.session.add(fresh)
    db.session.flush()
    db.session.add_all(_same_document(one, fresh.id, by) for one in _documents(own.id))
    record_event(events.SERVICE_RENEWED, own.id, by, {"renewal": str(fresh.id)})
    db.session.flush()
    return fresh


def renewal_of(contract_id: UUID) -> ServiceContract | None:
    """Return the contract of the term after, unless it was canceled; or None."""
    found = select(ServiceContract).where(
        ServiceContract.previous_id == contract_id, ServiceContract.state != ContractState.CANCELLED
    )
    return db.session.scalars(found).one_or_none()


@dataclass(frozen=True)
class _Carried:
    """A member of the term before, in the new one."""

    program_id: UUID
    units: int
    earlier_cents: int | None


def carry_members(fresh: ServiceContract) -> int:
    """Ask the members of the term before to confirm, in a renewal that opens; return how many.

    What they pay at the end of that term is what the new one is compared with.
    """
    before = find(ServiceContract, fresh.previous_id) if fresh.previous_id else None
    if before is None:
        return 0
    cents = cents_in_force(before, before.ends_on) if before.per == fresh.per else None
    members = (
        select(Enrolment, Program.capacity)
        .join(Program, (Program.tenant_id == Enrolment.tenant_id) & (Program.id == Enrolment.program_id))
        .where(Enrolment.contract_id == before.id, Enrolment.state == EnrolmentState.ENROLLED)
    )
    carried = [_carried(fresh, one, capacity, cents) for one, capacity in db.session.execute(members)]
    same: dict[str, Any] = {
        "contract_id": fresh.id,
        "state": str(EnrolmentState.CARRIED),
        "starts_on": fresh.starts_on,
        "ends_on": fresh.ends_on,
        "reason": "",
        "version": 1,
    }
    rows = ((one.program_id, one.units, one.earlier_cents) for one in carried)
    return bulk_insert(Enrolment, ("program_id", "units", "earlier_cents"), rows, same=same, keep=True)


def _carried(fresh: ServiceContract, one: Enrolment, capacity: int | None, cents: int | None) -> _Carried:
    units = (capacity or one.units) if fresh.basis == Basis.PLACE else one.units
    return _Carried(one.program_id, units, None if cents is None else cents * one.units)


def _documents(contract_id: UUID) -> list[ServiceDocument]:
    current = (ServiceDocument.contract_id == contract_id, ServiceDocument.replaced_at.is_(None))
    return list(db.session.scalars(select(ServiceDocument).where(*current).order_by(ServiceDocument.id)))


def _same_document(one: ServiceDocument, contract_id: UUID, by: Actor) -> ServiceDocument:
    names = ("name", "version", "file_id", "file_name", "sha256", "size")
    told = {name: getattr(one, name) for name in names}
    return ServiceDocument(id=new_id(), contract_id=contract_id, person_id=by.person_id, **told)
