"""Who is told what about a purchase; one function a notice."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, false, func, or_, select, true

from carepool.notifications.actions import people_of, tell
from carepool.notifications.notices import Notice
from carepool.programs.models import Program
from carepool.purchasing.actions.asking import approvers_of
from carepool.purchasing.models.closings import MemberBill, Share
from carepool.purchasing.models.orders import DraftLine, OrderState, ProgramOrder
from carepool.purchasing.models.purchases import Purchase, PurchaseState
from carepool.purchasing.models.spending import ApprovalState, OrderApproval
from tenants.database import db, find

REMIND_BEFORE = timedelta(hours=24)
_PROGRAMS_AT_A_TIME = 5000


def purchase_opened(purchase_id: UUID) -> None:
    """Tell the people of every invited program."""
    purchase = find(Purchase, purchase_id)
    if purchase is None:
        return
    types, counties = purchase.program_types, purchase.counties
    invited = select(Program.id).where(
        Program.gone_at.is_(None),
        or_(false() if types else true(), Program.type.in_(types)),
        or_(false() if counties else true(), Program.county.in_(counties)),
    )
    _tell(purchase, list(db.session.scalars(invited)), Notice.PURCHASE_OPENED)


def purchase_ended(purchase_id: UUID, notice: Notice) -> None:
    """Tell the people of every program that had placed an order."""
    purchase = find(Purchase, purchase_id)
    if purchase is None:
        return
    joined = select(ProgramOrder.program_id).where(
        ProgramOrder.purchase_id == purchase_id, ProgramOrder.state == OrderState.PLACED
    )
    _tell(purchase, list(db.session.scalars(joined)), notice)


def drafts_unsent() -> None:
    """Tell the people of programs whose lines are not sent one day before a purchase closes, once a deadline."""
    for purchase in _closing_soon():
        unsent = select(DraftLine.program_id).where(DraftLine.purchase_id == purchase.id).distinct()
        unsent = unsent.where(DraftLine.program_id.not_in(_waiting(purchase, OrderApproval.program_id)))
        _tell(purchase, list(db.session.scalars(unsent)), Notice.DRAFT_UNSENT, purchase.closes_at.isoformat())


def approvals_waiting() -> None:
    """Tell who approves, and who asked, of orders that wait one day before a purchase closes, once a deadline."""
    for purchase in _closing_soon():
        approvers = approvers_of(list(db.session.scalars(_waiting(purchase, OrderApproval.program_id))))
        askers = [one for one in db.session.scalars(_waiting(purchase, OrderApproval.asked_by)) if one]
        facts = {"title": purchase.title, "number": purchase.number}
        tell([*approvers, *askers], Notice.APPROVAL_WAITING, purchase.id, facts, purchase.closes_at.isoformat())


def _closing_soon() -> list[Purchase]:
    soon = select(Purchase).where(
        Purchase.state == PurchaseState.OPEN,
        Purchase.closes_at > func.now(),
        Purchase.closes_at <= func.now() + REMIND_BEFORE,
    )
    return list(db.session.scalars(soon))


def _waiting(purchase: Purchase, column: Any) -> Select[Any]:
    return select(column).where(OrderApproval.purchase_id == purchase.id, OrderApproval.state == ApprovalState.WAITING)


def terms_changed(purchase_id: UUID, version: int) -> None:
    """Tell the people of every program that began or placed an order; `version`: the purchase's after the change."""
    purchase = find(Purchase, purchase_id)
    if purchase is None:
        return
    ordering = select(ProgramOrder.program_id).where(
        ProgramOrder.purchase_id == purchase_id, ProgramOrder.state != OrderState.WITHDRAWN
    )
    _tell(purchase, list(db.session.scalars(ordering)), Notice.TERMS_CHANGED, str(version))


def result_changed(purchase_id: UUID, before: int, after: int) -> None:
    """Tell exactly the programs whose bill or goods differ between two versions of a close."""
    purchase = find(Purchase, purchase_id)
    if purchase is not None:
        _tell(purchase, _differing(purchase_id, before, after), Notice.RESULT_CHANGED, str(after))


def _differing(purchase_id: UUID, before: int, after: int) -> list[UUID]:
    bill = (MemberBill.program_id, MemberBill.goods_cents, MemberBill.freight_cents, MemberBill.handling_cents)
    share = (Share.program_id, Share.item_id, Share.got, Share.amount_cents)
    found: set[UUID] = set()
    for model, columns in ((MemberBill, bill), (Share, share)):
        one, other = (
            select(*columns).where(model.purchase_id == purchase_id, model.version == version)
            for version in (before, after)
        )
        for ways in (one.except_(other), other.except_(one)):
            found |= {row[0] for row in db.session.execute(ways)}
    return sorted(found)


def _tell(purchase: Purchase, programs: list[UUID], notice: Notice, occasion: str | None = None) -> None:
    facts = {"title": purchase.title, "number": purchase.number}
    for first in range(0, len(programs), _PROGRAMS_AT_A_TIME):
        people = people_of(programs[first : first + _PROGRAMS_AT_A_TIME])
        tell(people, notice, purchase.id, facts, str(purchase.close_version) if occasion is None else occasion)
