"""Verbs of a program's order: save a draft, place, change, withdraw, until the close."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

import psycopg.errors
from sqlalchemy import delete, func, select, text
from sqlalchemy.exc import OperationalError

from carepool import events
from carepool.errors import Invalid, NotFound, Refusal, Stale
from carepool.outbox import Actor, record_event
from carepool.programs.models import Program
from carepool.purchasing.actions.purchases import lock_key
from carepool.purchasing.models.orders import DraftLine, OrderState, ProgramOrder, Wish
from carepool.purchasing.models.purchases import DeliveryPoint, Purchase, PurchaseItem, PurchaseState
from carepool.purchasing.wishes import WishEntry, revise
from carepool.sentences import marked
from tenants.database import bulk_insert, db, find

LARGEST_QUANTITY = 1_000_000
"""Eaches that one program may want of one item."""


@dataclass(frozen=True)
class Line:
    """What a program asks for of one item, in eaches."""

    item_id: UUID
    wanted: int
    extra: int = 0
    boost: int = 0

    @property
    def empty(self) -> bool:
        """Whether nothing is asked for."""
        return not (self.wanted or self.extra or self.boost)


def save_order(
    by: Actor,
    purchase_id: UUID,
    program_id: UUID,
    point_id: UUID | None,
    lines: Sequence[Line],
    *,
    place: bool,
    based_on: int | None,
) -> ProgramOrder:
    """Save the whole order of a program: as unsent lines, or placed so that it counts.

    `lines` is everything the program asks for; an item left out is no longer asked for. `based_on`: the version the
    caller read, None for an order that must not exist yet. Raises Stale, Invalid, NotFound, Refusal (closed, busy).
    """
    at = _enter_open_purchase(purchase_id)
    program = _joining(purchase_id, program_id)
    items = _items(purchase_id, lines)
    _check_limits(program, items, lines)
    order = _current(purchase_id, program_id, based_on)
    point = _point(purchase_id, point_id, order)
    if order is None:
        order = ProgramOrder(
            purchase_id=purchase_id,
            program_id=program_id,
            delivery_point_id=point,
            state=OrderState.DRAFT,
            changed_at=at,
        )
        db.session.add(order)
    else:
        order.version += 1
        order.changed_at = at
        if place:
            order.delivery_point_id = point
    db.session.flush()
    _forget_draft(order)
    if place:
        _place(order, [line for line in lines if not line.empty], at)
    else:
        _keep_draft(order, [line for line in lines if not line.empty])
    topic = events.ORDER_PLACED if place else events.ORDER_DRAFTED
    record_event(topic, program_id, by, {"purchase": str(purchase_id), "version": order.version, "lines": len(lines)})
    db.session.flush()
    return order


def withdraw_order(by: Actor, purchase_id: UUID, program_id: UUID, based_on: int | None) -> ProgramOrder:
    """Take a program's order back until the close; the lines are kept as a draft. Raises Stale, NotFound, Refusal."""
    at = _enter_open_purchase(purchase_id)
    _joining(purchase_id, program_id)
    if based_on is None:
        raise Stale()
    order = _current(purchase_id, program_id, based_on)
    if order is None:
        raise NotFound("order")
    kept = placed_lines(purchase_id, program_id)
    db.session.execute(delete(Wish).where(*_own(Wish, order)))
    if kept:
        _forget_draft(order)
        _keep_draft(order, kept)
    order.state, order.placed_at = OrderState.WITHDRAWN, None
    order.version += 1
    order.changed_at = at
    record_event(events.ORDER_WITHDRAWN, program_id, by, {"purchase": str(purchase_id), "version": order.version})
    db.session.flush()
    return order


def placed_lines(purchase_id: UUID, program_id: UUID) -> list[Line]:
    """Return the sums of a program's wishes, one line an item."""
    query = (
        select(Wish.item_id, func.sum(Wish.wanted), func.sum(Wish.extra), func.sum(Wish.boost))
        .where(Wish.purchase_id == purchase_id, Wish.program_id == program_id)
        .group_by(Wish.item_id)
        .order_by(Wish.item_id)
    )
    return [Line(item, int(wanted), int(extra), int(boost)) for item, wanted, extra, boost in db.session.execute(query)]


def draft_lines(purchase_id: UUID, program_id: UUID) -> list[Line]:
    """Return a program's unsent lines."""
    query = (
        select(DraftLine.item_id, DraftLine.wanted, DraftLine.extra, DraftLine.boost)
        .where(DraftLine.purchase_id == purchase_id, DraftLine.program_id == program_id)
        .order_by(DraftLine.item_id)
    )
    return [Line(*row) for row in db.session.execute(query)]


def _enter_open_purchase(purchase_id: UUID) -> datetime:
    """Share the purchase's lock with other orders and check state and deadline against the database's time."""
    lock = text("select set_config('lock_timeout', '2s', true), pg_advisory_xact_lock_shared(:key)")
    try:
        db.session.execute(lock, lock_key(purchase_id))
    except OperationalError as error:
        if isinstance(error.orig, psycopg.errors.LockNotAvailable):
            raise Refusal(
                "busy", marked("This purchase is just being changed or closed. Try again in a moment.")
            ) from None
        raise
    query = select(Purchase.state, Purchase.opens_at, Purchase.closes_at, func.clock_timestamp().label("at"))
    row = db.session.execute(query.where(Purchase.id == purchase_id)).one_or_none()
    if row is None or row.state == PurchaseState.DRAFT:
        raise NotFound("purchase")
    if row.state != PurchaseState.OPEN or row.at >= row.closes_at:
        raise Refusal("closed", marked("This purchase is closed; orders can no longer be changed."))
    if row.at < row.opens_at:
        raise Refusal("not-open-yet", marked("This purchase is not open yet."))
    at: datetime = row.at
    return at


def _joining(purchase_id: UUID, program_id: UUID) -> Program:
    row = db.session.execute(
        select(Program, Purchase.program_types, Purchase.counties)
        .join(Purchase, Purchase.tenant_id == Program.tenant_id)
        .where(Program.id == program_id, Purchase.id == purchase_id)
    ).one_or_none()
    if row is None:
        raise NotFound("program")
    program: Program = row.Program
    allowed = (not row.program_types or program.type in row.program_types) and (
        not row.counties or program.county in row.counties
    )
    if not allowed or program.gone_at is not None:
        raise Refusal("not-invited", marked("This purchase is not open to this program."))
    return program


def _items(purchase_id: UUID, lines: Sequence[Line]) -> dict[UUID, PurchaseItem]:
    wanted = {line.item_id for line in lines}
    if len(wanted) != len(lines):
        raise Invalid("item-twice", marked("Name each item once."), {"lines": [marked("An item is named twice.")]})
    query = select(PurchaseItem).where(PurchaseItem.purchase_id == purchase_id, PurchaseItem.id.in_(wanted))
    found = {item.id: item for item in db.session.scalars(query)}
    if wanted - set(found):
        place = next(place for place, line in enumerate(lines) if line.item_id not in found)
        sentence = marked("This purchase has no such item.")
        raise Invalid("no-such-item", sentence, {f"lines.{place}.item_id": [sentence]})
    return found


def _check_limits(program: Program, items: dict[UUID, PurchaseItem], lines: Sequence[Line]) -> None:
    for place, line in enumerate(lines):
        if max(line.wanted, line.extra, line.boost) > LARGEST_QUANTITY:
            sentence = marked("At most %(limit)s eaches of one item.", limit=LARGEST_QUANTITY)
            raise Invalid("too-many", sentence, {f"lines.{place}.wanted": [sentence]})
        each = items[line.item_id].eaches_per_place
        if each is None or line.empty:
            continue
        if program.capacity is None:
            sentence = marked(
                "This item is limited by licensed places, and your licensed places are not known. Ask the coordinator."
            )
            raise Invalid("capacity-unknown", sentence, {f"lines.{place}.wanted": [sentence]})
        limit = each * program.capacity
        if line.wanted + line.extra + line.boost > limit:
            sentence = marked(
                "At most %(limit)s for %(places)s licensed places, extra and boost counted.",
                limit=limit,
                places=program.capacity,
            )
            raise Invalid("over-limit", sentence, {f"lines.{place}.wanted": [sentence]})


def _current(purchase_id: UUID, program_id: UUID, based_on: int | None) -> ProgramOrder | None:
    order = find(ProgramOrder, purchase_id, program_id)
    if order is not None:
        db.session.refresh(order, with_for_update=True)
    if (order.version if order else None) != based_on:
        raise Stale()
    return order


def _point(purchase_id: UUID, point_id: UUID | None, order: ProgramOrder | None) -> UUID:
    if point_id is None and order is not None:
        return order.delivery_point_id
    query = select(DeliveryPoint.id).where(DeliveryPoint.purchase_id == purchase_id)
    points = list(db.session.scalars(query if point_id is None else query.where(DeliveryPoint.id == point_id)))
    if len(points) != 1:
        sentence = marked("Choose one of the purchase's delivery points.")
        raise Invalid("which-point", sentence, {"delivery_point_id": [sentence]})
    return points[0]


def _own(table: Any, order: ProgramOrder) -> tuple[Any, Any]:
    return table.purchase_id == order.purchase_id, table.program_id == order.program_id


def _forget_draft(order: ProgramOrder) -> None:
    if order.version > 1:
        db.session.execute(delete(DraftLine).where(*_own(DraftLine, order)))


def _keep_draft(order: ProgramOrder, lines: Iterable[Line]) -> None:
    columns = ("purchase_id", "program_id", "item_id", "wanted", "extra", "boost")
    rows = ((order.purchase_id, order.program_id, one.item_id, one.wanted, one.extra, one.boost) for one in lines)
    bulk_insert(DraftLine, columns, rows)


def _place(order: ProgramOrder, lines: Sequence[Line], at: datetime) -> None:
    """Revise the entries of every item, so that an increase queues behind and a decrease keeps the old place."""
    before = _entries(order) if order.version > 1 else {}
    asked = {line.item_id: line for line in lines}
    rows: list[tuple[Any, ...]] = []
    changed = []
    for item_id in {**before, **asked}:
        line = asked.get(item_id, Line(item_id, 0))
        old = before.get(item_id, ())
        new = revise(old, line.wanted, line.extra, line.boost, at)
        if tuple(new) == tuple(old):
            continue
        if old:
            changed.append(item_id)
        rows += [
            (order.purchase_id, item_id, order.program_id, number, one.wanted, one.extra, one.boost, one.at)
            for number, one in enumerate(new)
        ]
    if changed:
        db.session.execute(delete(Wish).where(*_own(Wish, order), Wish.item_id.in_(changed)))
    bulk_insert(Wish, ("purchase_id", "item_id", "program_id", "entry", "wanted", "extra", "boost", "at"), rows)
    order.state = OrderState.PLACED
    order.placed_at = order.placed_at or at


def _entries(order: ProgramOrder) -> dict[UUID, tuple[WishEntry, ...]]:
    rows = db.session.execute(
        select(Wish.item_id, Wish.wanted, Wish.extra, Wish.boost, Wish.at)
        .where(*_own(Wish, order))
        .order_by(Wish.item_id, Wish.entry)
    )
    return {
        item_id: tuple(WishEntry(row.wanted, row.extra, row.boost, row.at) for row in group)
        for item_id, group in groupby(rows, key=lambda row: row.item_id)
    }
