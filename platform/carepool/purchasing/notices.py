"""Who is told what about a purchase; one function a notice."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from sqlalchemy import String, cast, exists, func, select

from carepool.notifications.actions import already_told, people_of, tell
from carepool.notifications.notices import Notice
from carepool.purchasing.actions.asking import approvers_of, waiting_in
from carepool.purchasing.actions.carrying import programs_rolled_over, source_of
from carepool.purchasing.actions.inviting import last_reminder, note_told, to_be_told, unsent_in
from carepool.purchasing.actions.opening import own_zone
from carepool.purchasing.allocation import Terms
from carepool.purchasing.calculation import totals_of
from carepool.purchasing.missing_case import Missing, missing_eaches
from carepool.purchasing.models.closings import MemberBill, Share
from carepool.purchasing.models.orders import OrderState, ProgramOrder, Wish
from carepool.purchasing.models.purchase_orders import PurchaseOrder
from carepool.purchasing.models.purchases import Purchase, PurchaseItem, PurchaseState
from carepool.purchasing.models.spending import OrderApproval
from tenants.database import db, find, one_of

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
        facts = {"until": purchase.closes_at.isoformat(), "zone": own_zone()}
        _tell(
            purchase,
            list(db.session.scalars(unsent_in(purchase.id))),
            Notice.DRAFT_REMINDER,
            last.day.isoformat(),
            facts,
        )


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
        _tell(
            purchase,
            list(db.session.scalars(unsent_in(purchase.id))),
            Notice.DRAFT_UNSENT,
            purchase.closes_at.isoformat(),
        )


def approvals_waiting() -> None:
    """Tell who approves, and who asked, of orders that wait one day before a purchase closes, once a deadline."""
    for purchase in _closing_soon():
        approvers = approvers_of(list(db.session.scalars(waiting_in(purchase.id, OrderApproval.program_id))))
        askers = [one for one in db.session.scalars(waiting_in(purchase.id, OrderApproval.asked_by)) if one]
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
    """Tell the members what they got; where goods were ordered before, exactly those for whom it is different now."""
    purchase = find(Purchase, purchase_id)
    if purchase is None:
        return
    before = purchase.close_version - 1
    ordered = (PurchaseOrder.purchase_id == purchase.id, PurchaseOrder.version == before)
    if db.session.scalar(select(exists().where(*ordered))):
        result_changed(purchase_id, before, purchase.close_version)
    else:
        purchase_ended(purchase_id, Notice.PURCHASE_ORDERED)


def cases_missing() -> None:
    """Tell programs, one day before a purchase closes and once a deadline, how little is missing of what they ordered."""
    for purchase in _closing_soon():
        occasion = purchase.closes_at.isoformat()
        told = already_told(Notice.CASE_MISSING, purchase.id, occasion)
        for facts, programs in _missing_of(purchase).items():
            people = [one for one in people_of(programs) if one not in told]
            told.update(people)
            title = {"title": purchase.title, "number": purchase.number}
            if people:
                tell(people, Notice.CASE_MISSING, purchase.id, {**title, **dict(facts)}, occasion)


def _missing_of(purchase: Purchase) -> dict[tuple[tuple[str, str | int], ...], list[UUID]]:
    """Return the programs by what is missing of their orders: the item of which least is missing, and how many more."""
    items = {
        one.id: one for one in db.session.scalars(select(PurchaseItem).where(PurchaseItem.purchase_id == purchase.id))
    }
    missing: dict[tuple[UUID, str], Missing] = {}
    for item_id, totals in totals_of(purchase.id).items():
        item = items[item_id]
        for one in missing_eaches(Terms(item.case_size, item.min_cases, item.ladder), totals):
            missing[item_id, one.pool] = one
    wishing = select(Wish.program_id, Wish.item_id, cast(Wish.pool_id, String)).where(
        Wish.purchase_id == purchase.id, Wish.wanted > 0, one_of(Wish.item_id, {item for item, _ in missing})
    )
    of_program: dict[UUID, list[tuple[int, str, Missing]]] = {}
    for program_id, item_id, pool in db.session.execute(wishing.distinct()):
        if (item_id, pool) in missing:
            one = missing[item_id, pool]
            of_program.setdefault(program_id, []).append((one.eaches, items[item_id].name, one))
    found: dict[tuple[tuple[str, str | int], ...], list[UUID]] = {}
    for program_id, lines in of_program.items():
        eaches, name, first = min(lines, key=lambda line: line[:2])
        facts: dict[str, str | int] = {"item": name, "missing": eaches, "gain": str(first.gain), "more": len(lines) - 1}
        found.setdefault(tuple(facts.items()), []).append(program_id)
    return found


def purchase_extended(purchase_id: UUID) -> None:
    """Tell the people of every program that began or placed an order until when it is open now, once a closing time."""
    purchase = find(Purchase, purchase_id)
    if purchase is not None and purchase.state == PurchaseState.OPEN:
        until = purchase.closes_at.isoformat()
        facts = {"until": until, "zone": own_zone()}
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


def _tell(
    purchase: Purchase,
    programs: list[UUID],
    notice: Notice,
    occasion: str | None = None,
    more: Mapping[str, str] | None = None,
) -> None:
    facts = {"title": purchase.title, "number": purchase.number, **(more or {})}
    for first in range(0, len(programs), _PROGRAMS_AT_A_TIME):
        people = people_of(programs[first : first + _PROGRAMS_AT_A_TIME])
        tell(people, notice, purchase.id, facts, str(purchase.close_version) if occasion is None else occasion)
