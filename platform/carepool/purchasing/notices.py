"""Who is told what about a purchase; one function a notice."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import String, cast, false, func, or_, select, true

from carepool.notifications.actions import already_told, people_of, tell
from carepool.notifications.notices import Notice
from carepool.programs.models import Program
from carepool.purchasing.allocation import Terms
from carepool.purchasing.calculation import totals_of
from carepool.purchasing.missing_case import Missing, missing_eaches
from carepool.purchasing.models.closings import MemberBill, Share
from carepool.purchasing.models.orders import DraftLine, OrderState, ProgramOrder, Wish
from carepool.purchasing.models.purchases import Purchase, PurchaseItem, PurchaseState
from tenants.database import db, find, one_of

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
    soon = select(Purchase).where(
        Purchase.state == PurchaseState.OPEN,
        Purchase.closes_at > func.now(),
        Purchase.closes_at <= func.now() + REMIND_BEFORE,
    )
    for purchase in db.session.scalars(soon):
        unsent = select(DraftLine.program_id).where(DraftLine.purchase_id == purchase.id).distinct()
        _tell(purchase, list(db.session.scalars(unsent)), Notice.DRAFT_UNSENT, purchase.closes_at.isoformat())


def purchase_closed(purchase_id: UUID) -> None:
    """Tell the members what they got; where a close was worked out again, exactly those for whom it is different."""
    purchase = find(Purchase, purchase_id)
    if purchase is not None and purchase.close_version > 1:
        result_changed(purchase_id, purchase.close_version - 1, purchase.close_version)
    else:
        purchase_ended(purchase_id, Notice.PURCHASE_ORDERED)


def cases_missing() -> None:
    """Tell programs, one day before a purchase closes and once a deadline, how little is missing of what they ordered."""
    soon = select(Purchase).where(
        Purchase.state == PurchaseState.OPEN,
        Purchase.closes_at > func.now(),
        Purchase.closes_at <= func.now() + REMIND_BEFORE,
    )
    for purchase in db.session.scalars(soon):
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


def terms_changed(purchase_id: UUID) -> None:
    """Tell the people of every program that began or placed an order, once for each version of the terms."""
    purchase = find(Purchase, purchase_id)
    if purchase is None:
        return
    ordering = select(ProgramOrder.program_id).where(
        ProgramOrder.purchase_id == purchase_id, ProgramOrder.state != OrderState.WITHDRAWN
    )
    _tell(purchase, list(db.session.scalars(ordering)), Notice.TERMS_CHANGED, str(purchase.version))


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
