"""Verbs of a request to approve an order: ask, drop, and who decides."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, delete, func, literal, select
from sqlalchemy.dialects.postgresql import insert

from carepool.clock import now
from carepool.identity.models import Delegation, Membership, Person
from carepool.identity.rights import Permission, Role
from carepool.notifications.actions import tell
from carepool.notifications.notices import Notice
from carepool.outbox import Actor
from carepool.purchasing.models.purchases import Purchase
from carepool.purchasing.models.spending import ApprovalState, OrderApproval
from tenants.database import db, execute, find

_MINE = (OrderApproval.purchase_id == bindparam("purchase"), OrderApproval.program_id == bindparam("program"))
_DROP = delete(OrderApproval).where(*_MINE)
_DROP_WAITING = _DROP.where(OrderApproval.state == str(ApprovalState.WAITING))


def ask(by: Actor, purchase_id: UUID, program_id: UUID, facts: dict[str, Any]) -> None:
    """Keep the request, in place of an older one, and tell who decides.

    `facts`: version, most_cents, delivery_point_id and asked_at of the order.
    """
    fresh = {"state": str(ApprovalState.WAITING), "asked_by": by.person_id, "decided_by": None, "decided_at": None}
    row = {**fresh, "note": "", **facts}
    made = insert(OrderApproval).values(purchase_id=purchase_id, program_id=program_id, **row)
    db.session.execute(made.on_conflict_do_update(index_elements=_key_columns(), set_=row))
    purchase = find(Purchase, purchase_id)
    if purchase is not None:
        told = {"title": purchase.title, "number": purchase.number, "name": name_of(by.person_id)}
        occasion = f"{program_id} {facts['version']}"
        tell(approvers_of([program_id]), Notice.APPROVAL_ASKED, purchase_id, told, occasion)


def _key_columns() -> list[Any]:
    return [OrderApproval.tenant_id, OrderApproval.purchase_id, OrderApproval.program_id]


def drop_request(purchase_id: UUID, program_id: UUID, *, waiting_only: bool = False) -> None:
    """Forget the request of an order, or only one that waits: what was asked for is no longer what is there."""
    execute(_DROP_WAITING if waiting_only else _DROP, purchase=purchase_id, program=program_id)


def waiting_in(purchase_id: UUID, column: Any) -> Select[Any]:
    """Return a column of the requests that wait in a purchase."""
    return select(column).where(OrderApproval.purchase_id == purchase_id, OrderApproval.state == ApprovalState.WAITING)


def waiting_request(purchase_id: UUID, program_id: UUID) -> OrderApproval | None:
    """Return the request that waits, or None."""
    found = find(OrderApproval, purchase_id, program_id)
    return found if found is not None and found.state == ApprovalState.WAITING else None


def name_of(person_id: UUID | None) -> str:
    """Return the name of a person, or an empty text."""
    person = find(Person, person_id) if person_id else None
    return person.name if person else ""


def approvers_of(program_ids: Sequence[UUID]) -> list[UUID]:
    """Return who approves orders of these programs now: their directors, and those who act for them in this."""
    at = now()
    directors = select(Membership.person_id).where(
        Membership.program_id.in_(program_ids),
        Membership.role == Role.PROGRAM_DIRECTOR,
        (Membership.valid_to.is_(None)) | (Membership.valid_to > at),
    )
    found = list(db.session.scalars(directors.distinct()))
    return [*found, *(one for one in _delegates_of(found, at) if one not in found)] if found else []


def _delegates_of(people: Sequence[UUID], at: datetime) -> list[UUID]:
    acting = select(Delegation.person_id).where(
        Delegation.for_person_id.in_(people),
        Delegation.valid_from <= at,
        Delegation.valid_to > at,
        literal(str(Permission.ORDERS_APPROVE)) == func.any(Delegation.permissions),
    )
    return list(db.session.scalars(acting.distinct()))
