"""Who is told what about a purchase; one function a notice."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Uuid, bindparam, exists, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from carepool.clock import zone_here
from carepool.notifications.actions import is_told, people_of, tell
from carepool.notifications.notices import Notice
from carepool.purchasing.actions.asking import approvers_of, waiting_in
from carepool.purchasing.actions.carrying import programs_rolled_over, source_of
from carepool.purchasing.actions.inviting import last_reminder, note_told, to_be_told, unsent_in
from carepool.purchasing.allocation import Terms
from carepool.purchasing.calculation import totals_of
from carepool.purchasing.joinable import still_joining
from carepool.purchasing.missing_case import Missing, missing_eaches
from carepool.purchasing.models.closings import MemberBill, Share
from carepool.purchasing.models.orders import OrderState, ProgramOrder, Wish
from carepool.purchasing.models.purchase_orders import PurchaseOrder
from carepool.purchasing.models.purchases import Purchase, PurchaseItem, PurchaseState
from carepool.purchasing.models.spending import OrderApproval
from tenants.database import db, execute, find

REMIND_BEFORE = timedelta(hours=24)
_PROGRAMS_AT_A_TIME = 5000
_OPENING = "0"
"""The occasion of the opening: the version of the close before any."""


def purchase_opened(purchase_id: UUID) -> None:
    """Tell the people of every program that was chosen, each once a purchase."""
    purchase = find(Purchase, purchase_id)
    if purchase is None or purchase.state == PurchaseState.DRAFT:
        return
    chosen = list(db.session.scalars(to_be_told(purchase)))
    _tell(purchase, note_told(purchase.id, chosen), Notice.PURCHASE_OPENED, _OPENING)


def orders_reminded(purchase_id: UUID) -> None:
    """Tell the people of programs whose lines are not sent that the coordinator reminds them, once a reminder."""
    purchase, last = find(Purchase, purchase_id), last_reminder(purchase_id)
    if purchase is not None and last is not None and purchase.state == PurchaseState.OPEN:
        facts = {"until": purchase.closes_at.isoformat(), "zone": zone_here()}
        _tell(
            purchase,
            list(db.session.scalars(unsent_in(purchase))),
            Notice.DRAFT_REMINDER,
            last.day.isoformat(),
            facts,
        )


def purchase_ended(purchase_id: UUID, notice: Notice, occasion: str | None = None) -> None:
    """Tell the people of every program that had placed an order. `occasion`: the version of the close without one."""
    purchase = find(Purchase, purchase_id)
    if purchase is None:
        return
    joined = select(ProgramOrder.program_id).where(
        ProgramOrder.purchase_id == purchase_id, ProgramOrder.state == OrderState.PLACED
    )
    _tell(purchase, list(db.session.scalars(joined)), notice, occasion)


def drafts_unsent() -> None:
    """Tell the people of programs whose lines are not sent one day before a purchase closes, once a deadline."""
    for purchase in _closing_soon():
        _tell(
            purchase,
            list(db.session.scalars(unsent_in(purchase))),
            Notice.DRAFT_UNSENT,
            purchase.closes_at.isoformat(),
        )


def approvals_waiting() -> None:
    """Tell who approves, and who asked, of orders that wait one day before a purchase closes, once a deadline."""
    for purchase in _closing_soon():
        waiting = list(db.session.scalars(waiting_in(purchase.id, OrderApproval.program_id)))
        # what cannot be ordered any more waits for nobody
        joining = list(db.session.scalars(still_joining(purchase, waiting)))
        asked = waiting_in(purchase.id, OrderApproval.asked_by).where(OrderApproval.program_id.in_(joining))
        askers = [one for one in db.session.scalars(asked) if one]
        approvers = approvers_of(joining)
        facts = {"title": purchase.title, "number": purchase.number}
        tell([*approvers, *askers], Notice.APPROVAL_WAITING, purchase.id, facts, purchase.closes_at.isoformat())


def _closing_soon() -> list[Purchase]:
    soon = select(Purchase).where(
        Purchase.state == PurchaseState.OPEN,
        Purchase.closes_at > func.now(),
        Purchase.closes_at <= func.now() + REMIND_BEFORE,
    )
    return list(db.session.scalars(soon))


def purchase_closed(purchase_id: UUID) -> None:
    """Tell the members what they got; where goods were ordered before, exactly those for whom it is different now.

    That it is ordered is told when its vendors have their orders (`purchase_ordered`).
    """
    purchase = find(Purchase, purchase_id)
    if purchase is None:
        return
    before = purchase.close_version - 1
    ordered = (PurchaseOrder.purchase_id == purchase.id, PurchaseOrder.version == before)
    if db.session.scalar(select(exists().where(*ordered))):
        result_changed(purchase_id, before, purchase.close_version)
    elif purchase.state == PurchaseState.CLOSED:
        purchase_ended(purchase_id, Notice.PURCHASE_CLOSED)


def purchase_ordered(purchase_id: UUID) -> None:
    """Tell the members that the order went to the vendors, once a purchase."""
    purchase_ended(purchase_id, Notice.PURCHASE_ORDERED, "ordered")


def cases_missing() -> None:
    """Tell programs, one day before a purchase closes and once a deadline, how little is missing of what they ordered.

    Whoever orders after others were told hears nothing: the wishes are read no more.
    """
    for purchase in _closing_soon():
        occasion = purchase.closes_at.isoformat()
        if is_told(Notice.CASE_MISSING, purchase.id, occasion):
            continue
        for facts, programs in _missing_of(purchase):
            joining = list(db.session.scalars(still_joining(purchase, programs)))
            _tell(purchase, joining, Notice.CASE_MISSING, occasion, facts)


def _missing_of(purchase: Purchase) -> Iterator[tuple[dict[str, str | int], list[UUID]]]:
    """Yield programs by what is missing of their orders: the item of which least is missing, and how many more."""
    items = {
        one.id: one for one in db.session.scalars(select(PurchaseItem).where(PurchaseItem.purchase_id == purchase.id))
    }
    missing: list[tuple[int, str, UUID, Missing]] = []
    for item_id, totals in totals_of(purchase.id).items():
        item = items[item_id]
        terms = Terms(item.case_size, item.min_cases, item.ladder)
        missing += [(one.eaches, item.name, item_id, one) for one in missing_eaches(terms, totals)]
    missing.sort(key=lambda one: (*one[:3], one[3].pool))
    pools = {"items": [one[2] for one in missing], "pools": [UUID(one[3].pool) for one in missing]}
    for place, count, programs in execute(_BY_LEAST, purchase=purchase.id, **pools) if missing else ():
        eaches, name, _item, one = missing[place - 1]
        yield {"item": name, "missing": eaches, "gain": str(one.gain), "more": count - 1}, programs


# what is missing, the least first: programs are put together by the first of theirs, and by how many are theirs
_LISTED = (
    func.unnest(bindparam("items", type_=ARRAY(Uuid())), bindparam("pools", type_=ARRAY(Uuid())))
    .table_valued("item", "pool", with_ordinality="place", name="missing")
    .render_derived()
)
_OF_PROGRAM = (
    select(
        Wish.program_id.label("program"),
        func.min(_LISTED.c.place).label("place"),
        func.count(_LISTED.c.place.distinct()).label("lines"),
    )
    .join(_LISTED, (Wish.item_id == _LISTED.c.item) & (Wish.pool_id == _LISTED.c.pool))
    .where(Wish.purchase_id == bindparam("purchase"), Wish.wanted > 0)
    .group_by(Wish.program_id)
    .subquery()
)
_BY_LEAST = (
    select(_OF_PROGRAM.c.place, _OF_PROGRAM.c.lines, func.array_agg(_OF_PROGRAM.c.program))
    .group_by(_OF_PROGRAM.c.place, _OF_PROGRAM.c.lines)
    .order_by(_OF_PROGRAM.c.place, _OF_PROGRAM.c.lines)
)


def purchase_extended(purchase_id: UUID) -> None:
    """Tell the people of every program that began or placed an order until when it is open now, once a closing time."""
    purchase = find(Purchase, purchase_id)
    if purchase is not None and purchase.state == PurchaseState.OPEN:
        until = purchase.closes_at.isoformat()
        facts = {"until": until, "zone": zone_here()}
        _tell(purchase, _ordering(purchase_id), Notice.PURCHASE_EXTENDED, until, facts)


def orders_rolled_over(purchase_id: UUID) -> None:
    """Tell the people of every program whose lines move to a new purchase."""
    purchase = find(Purchase, purchase_id)
    if purchase is not None:
        _tell(purchase, programs_rolled_over(purchase_id, purchase.close_version), Notice.ORDER_ROLLED_OVER)


def orders_to_confirm(purchase_id: UUID) -> None:
    """Tell the people of every program whose lines were carried into a purchase that opened."""
    purchase = find(Purchase, purchase_id)
    if purchase is not None and source_of(purchase_id) is not None:
        unsent = select(ProgramOrder.program_id).where(
            ProgramOrder.purchase_id == purchase_id, ProgramOrder.state == OrderState.DRAFT
        )
        _tell(purchase, list(db.session.scalars(unsent)), Notice.ORDER_TO_CONFIRM)


def terms_changed(purchase_id: UUID) -> None:
    """Tell the people of every program that began or placed an order, once a version of the purchase."""
    purchase = find(Purchase, purchase_id)
    if purchase is not None:
        _tell(purchase, _ordering(purchase_id), Notice.TERMS_CHANGED, str(purchase.version))


def _ordering(purchase_id: UUID) -> list[UUID]:
    ordering = select(ProgramOrder.program_id).where(
        ProgramOrder.purchase_id == purchase_id, ProgramOrder.state != OrderState.WITHDRAWN
    )
    return list(db.session.scalars(ordering))


def result_changed(purchase_id: UUID, before: int, after: int) -> None:
    """Tell exactly the programs whose bill or goods differ between two versions of a close."""
    purchase = find(Purchase, purchase_id)
    if purchase is not None:
        _tell(purchase, _differing(purchase_id, before, after), Notice.RESULT_CHANGED, str(after))


def item_substituted(purchase_id: UUID, item_id: UUID, pool_id: UUID, version: int) -> None:
    """Tell the programs that collect an item at a place where something else comes instead, once a version."""
    purchase = find(Purchase, purchase_id)
    if purchase is not None:
        there = select(Wish.program_id).where(
            Wish.purchase_id == purchase_id, Wish.item_id == item_id, Wish.pool_id == pool_id
        )
        programs = list(db.session.scalars(there.distinct()))
        _tell(purchase, programs, Notice.RESULT_CHANGED, str(version))


def _differing(purchase_id: UUID, before: int, after: int) -> list[UUID]:
    owed = (MemberBill.goods_cents, MemberBill.freight_cents, MemberBill.handling_cents, MemberBill.tax_cents)
    bill = (MemberBill.program_id, *owed)
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


def _tell(
    purchase: Purchase,
    programs: list[UUID],
    notice: Notice,
    occasion: str | None = None,
    more: Mapping[str, str | int] | None = None,
) -> None:
    facts = {"title": purchase.title, "number": purchase.number, **(more or {})}
    for first in range(0, len(programs), _PROGRAMS_AT_A_TIME):
        people = people_of(programs[first : first + _PROGRAMS_AT_A_TIME])
        tell(people, notice, purchase.id, facts, str(purchase.close_version) if occasion is None else occasion)
