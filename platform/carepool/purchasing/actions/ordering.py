"""Verbs of a program's order: save a draft, place, change, withdraw, until the close."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from itertools import groupby
from typing import Any
from uuid import UUID

import psycopg.errors
from sqlalchemy import Uuid, bindparam, case, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import IntegrityError

from carepool import events
from carepool.errors import Stale
from carepool.outbox import Actor, record_event
from carepool.purchasing.actions.asking import ask, drop_request
from carepool.purchasing.actions.joining import LARGEST_QUANTITY, Joining, Line, check_limits, chosen_point, join
from carepool.purchasing.actions.spending import hold_against_rule
from carepool.purchasing.models.orders import DraftLine, OrderState, ProgramOrder, Wish
from carepool.purchasing.wishes import WishEntry, revise
from tenants.database import bulk_insert, execute

__all__ = [
    "LARGEST_QUANTITY",
    "Line",
    "Standing",
    "draft_lines",
    "placed_lines",
    "put_after_close",
    "return_order",
    "save_order",
    "withdraw_order",
]


@dataclass(frozen=True)
class Standing:
    """Where a program's order stands: the lines that count, and the lines that were typed and not sent."""

    purchase_id: UUID
    program_id: UUID
    state: OrderState
    version: int
    delivery_point_id: UUID
    placed_at: datetime | None
    lines: list[Line]
    unsent: list[Line]

    @classmethod
    def of(cls, order: ProgramOrder) -> "Standing":
        """Read the lines of an order."""
        return cls(
            purchase_id=order.purchase_id,
            program_id=order.program_id,
            state=OrderState(order.state),
            version=order.version,
            delivery_point_id=order.delivery_point_id,
            placed_at=order.placed_at,
            lines=placed_lines(order.purchase_id, order.program_id),
            unsent=draft_lines(order.purchase_id, order.program_id),
        )


def save_order(
    by: Actor,
    purchase_id: UUID,
    program_id: UUID,
    point_id: UUID | None,
    lines: Sequence[Line],
    *,
    place: bool,
    based_on: int | None,
    approves: bool,
    keeps_request: bool = False,
) -> Standing:
    """Save the whole order of a program: as unsent lines, or placed so that it counts.

    `lines` is everything the program asks for; an item left out is no longer asked for. `based_on`: the version the
    caller read, None for an order that must not exist yet. `approves`: whether the one who places needs nobody's
    approval; else the order may come to wait for it, its lines unsent. `keeps_request`: the caller decides
    about a request. Raises Stale, Invalid, NotFound, Refusal (closed, busy, over budget).
    """
    joining = join(purchase_id, program_id, point_id, lines)
    check_limits(joining, lines)
    point = chosen_point(joining)
    asked = [line for line in lines if not line.empty]
    waits = None
    if place:
        counted = placed_lines(purchase_id, program_id) if joining.has_budget else []
        waits = hold_against_rule(joining, counted, asked, approves=approves)
    saving = _Saving.ASK if waits is not None else _Saving.PLACE if place else _Saving.KEEP
    if based_on is None:
        saved = _create(joining, point.id, saving)
    else:
        saved = _change(joining, point.id, based_on, saving)
        _forget_draft(joining)
        if not keeps_request:
            drop_request(purchase_id, program_id, waiting_only=not place)
    if saving is _Saving.PLACE:
        _place(joining, asked, point.pool_id, known=based_on is not None)
        standing = _standing(joining, saved, asked, [])
    else:
        _keep_draft(joining, asked)
        counted = placed_lines(purchase_id, program_id) if based_on is not None else []
        standing = _standing(joining, saved, counted, asked)
    if waits is not None:
        facts = {"version": saved.version, "most_cents": waits, "delivery_point_id": point.id, "asked_at": joining.at}
        ask(by, purchase_id, program_id, facts)
    record_event(
        _TOPICS[saving], program_id, by, {"purchase": str(purchase_id), "version": saved.version, "lines": len(lines)}
    )
    return standing


def return_order(by: Actor, purchase_id: UUID, program_id: UUID, point_id: UUID, based_on: int | None) -> Standing:
    """Make an order that waits a draft again, or leave one that counts as it was; no line changes, so none is checked.

    Raises Stale, NotFound, Refusal (closed, busy).
    """
    joining = join(purchase_id, program_id, point_id, ())
    if based_on is None:
        raise Stale()
    saved = _change(joining, point_id, based_on, _Saving.KEEP)
    standing = _standing(joining, saved, placed_lines(purchase_id, program_id), draft_lines(purchase_id, program_id))
    told = {"purchase": str(purchase_id), "version": saved.version, "lines": len(standing.unsent)}
    record_event(events.ORDER_DRAFTED, program_id, by, told)
    return standing


def withdraw_order(by: Actor, purchase_id: UUID, program_id: UUID, based_on: int | None) -> Standing:
    """Take a program's order back until the close; the lines are kept as a draft. Raises Stale, NotFound, Refusal."""
    joining = join(purchase_id, program_id, None, ())
    if based_on is None:
        raise Stale()
    saved = execute(_WITHDRAW, **_key(joining), based_on=based_on, at=joining.at).one_or_none()
    if saved is None:
        raise Stale()
    drop_request(purchase_id, program_id)
    kept = placed_lines(purchase_id, program_id)
    if kept:
        execute(_DELETE_WISHES, **_key(joining))
        _forget_draft(joining)
        _keep_draft(joining, kept)
    record_event(events.ORDER_WITHDRAWN, program_id, by, {"purchase": str(purchase_id), "version": saved.version})
    return _standing(joining, saved, [], draft_lines(purchase_id, program_id))


def placed_lines(purchase_id: UUID, program_id: UUID) -> list[Line]:
    """Return the sums of a program's wishes, one line an item."""
    rows = execute(_PLACED_LINES, purchase=purchase_id, program=program_id)
    return [Line(item, int(wanted), int(extra), int(boost)) for item, wanted, extra, boost in rows]


def draft_lines(purchase_id: UUID, program_id: UUID) -> list[Line]:
    """Return a program's unsent lines."""
    return [Line(*row) for row in execute(_DRAFT_LINES, purchase=purchase_id, program=program_id)]


def put_after_close(order: ProgramOrder, lines: Sequence[Line], pool_id: UUID, at: datetime) -> None:
    """Make these lines the whole of a locked order of a purchase that is closed; without any it is withdrawn.

    An increase queues behind, a decrease keeps the old place, as before the close. Whoever was not in the purchase is then.
    """
    joining = Joining(order.purchase_id, order.program_id, at, None, {}, ())
    asked = [line for line in lines if not line.empty]
    kept = [] if asked else placed_lines(order.purchase_id, order.program_id)
    _forget_draft(joining)
    drop_request(order.purchase_id, order.program_id)
    _place(joining, asked, pool_id, known=order.state == OrderState.PLACED)
    _keep_draft(joining, kept)
    order.state = OrderState.PLACED if asked else OrderState.WITHDRAWN
    order.placed_at = order.placed_at or at
    order.version += 1
    order.changed_at = at


class _Saving(Enum):
    """What becomes of lines that are saved."""

    KEEP = "draft"
    ASK = "waiting"
    PLACE = "placed"


_TOPICS = {
    _Saving.KEEP: events.ORDER_DRAFTED,
    _Saving.ASK: events.ORDER_ASKED,
    _Saving.PLACE: events.ORDER_PLACED,
}


def _key(joining: Joining) -> dict[str, UUID]:
    return {"purchase": joining.purchase_id, "program": joining.program_id}


def _own(table: Any) -> tuple[Any, Any]:
    return table.purchase_id == bindparam("purchase"), table.program_id == bindparam("program")


_RETURNED = (ProgramOrder.state, ProgramOrder.version, ProgramOrder.delivery_point_id, ProgramOrder.placed_at)
_CREATE = (
    insert(ProgramOrder)
    .values(
        purchase_id=bindparam("purchase"),
        program_id=bindparam("program"),
        state=bindparam("order_state"),
        delivery_point_id=bindparam("point"),
        placed_at=bindparam("placed"),
        changed_at=bindparam("at"),
    )
    .returning(*_RETURNED)
)
# of two devices that change the same version at once, one gets a row back and the other none
_BASED = (*_own(ProgramOrder), ProgramOrder.version == bindparam("based_on"))
_CHANGED = {"version": ProgramOrder.version + 1, "changed_at": bindparam("at")}
_PLACE = (
    update(ProgramOrder)
    .where(*_BASED)
    .values(
        **_CHANGED,
        state=str(OrderState.PLACED),
        placed_at=func.coalesce(ProgramOrder.placed_at, bindparam("at")),
        delivery_point_id=bindparam("point"),
    )
    .returning(*_RETURNED)
)
# an order that counts keeps its point until the draft is placed
_KEPT_POINT = case(
    (ProgramOrder.state == str(OrderState.PLACED), ProgramOrder.delivery_point_id), else_=bindparam("point")
)
# what is kept as a draft waits for nobody any more
_DRAFT_AGAIN = case((ProgramOrder.state == str(OrderState.WAITING), str(OrderState.DRAFT)), else_=ProgramOrder.state)
# an order that counts goes on counting as it was while its change waits
_WAITING = case((ProgramOrder.state == str(OrderState.PLACED), ProgramOrder.state), else_=str(OrderState.WAITING))
_KEEP = (
    update(ProgramOrder)
    .where(*_BASED)
    .values(**_CHANGED, state=_DRAFT_AGAIN, delivery_point_id=_KEPT_POINT)
    .returning(*_RETURNED)
)
_ASK = (
    update(ProgramOrder)
    .where(*_BASED)
    .values(**_CHANGED, state=_WAITING, delivery_point_id=_KEPT_POINT)
    .returning(*_RETURNED)
)
_WITHDRAW = (
    update(ProgramOrder)
    .where(*_BASED)
    .values(**_CHANGED, state=str(OrderState.WITHDRAWN), placed_at=None)
    .returning(*_RETURNED)
)
_PLACED_LINES = (
    select(Wish.item_id, func.sum(Wish.wanted), func.sum(Wish.extra), func.sum(Wish.boost))
    .where(*_own(Wish))
    .group_by(Wish.item_id)
    .order_by(Wish.item_id)
)
_DRAFT_LINES = (
    select(DraftLine.item_id, DraftLine.wanted, DraftLine.extra, DraftLine.boost)
    .where(*_own(DraftLine))
    .order_by(DraftLine.item_id)
)
_ENTRIES = (
    select(Wish.item_id, Wish.wanted, Wish.extra, Wish.boost, Wish.at)
    .where(*_own(Wish))
    .order_by(Wish.item_id, Wish.entry)
)
_MOVE_WISHES = update(Wish).where(*_own(Wish), Wish.pool_id != bindparam("pool")).values(pool_id=bindparam("pool"))
_DELETE_WISHES = delete(Wish).where(*_own(Wish))
_DELETE_WISHES_OF = _DELETE_WISHES.where(Wish.item_id == func.any(bindparam("items", type_=ARRAY(Uuid()))))
_DELETE_DRAFT = delete(DraftLine).where(*_own(DraftLine))


def _create(joining: Joining, point: UUID, saving: _Saving) -> Any:
    placed = joining.at if saving is _Saving.PLACE else None
    facts = {"order_state": saving.value, "point": point, "placed": placed, "at": joining.at}
    try:
        return execute(_CREATE, **_key(joining), **facts).one()
    except IntegrityError as error:
        if isinstance(error.orig, psycopg.errors.UniqueViolation):
            raise Stale() from None
        raise


def _change(joining: Joining, point: UUID, based_on: int, saving: _Saving) -> Any:
    statements = {_Saving.PLACE: _PLACE, _Saving.ASK: _ASK, _Saving.KEEP: _KEEP}
    saved = execute(statements[saving], **_key(joining), point=point, based_on=based_on, at=joining.at).one_or_none()
    if saved is None:
        raise Stale()
    return saved


def _standing(joining: Joining, saved: Any, lines: list[Line], unsent: list[Line]) -> Standing:
    facts = OrderState(saved.state), saved.version, saved.delivery_point_id, saved.placed_at
    return Standing(joining.purchase_id, joining.program_id, *facts, lines, unsent)


def _forget_draft(joining: Joining) -> None:
    execute(_DELETE_DRAFT, **_key(joining))


def _keep_draft(joining: Joining, lines: Iterable[Line]) -> None:
    same = {"purchase_id": joining.purchase_id, "program_id": joining.program_id}
    rows = ((one.item_id, one.wanted, one.extra, one.boost) for one in lines)
    bulk_insert(DraftLine, ("item_id", "wanted", "extra", "boost"), rows, same=same)


def _place(joining: Joining, lines: Sequence[Line], pool: UUID, *, known: bool) -> None:
    """Revise the entries of every item, so that an increase queues behind and a decrease keeps the old place."""
    before = _entries(joining) if known else {}
    asked = {line.item_id: line for line in lines}
    rows: list[tuple[Any, ...]] = []
    changed = []
    for item_id in {**before, **asked}:
        line = asked.get(item_id, Line(item_id, 0))
        old = before.get(item_id, ())
        new = revise(old, line.wanted, line.extra, line.boost, joining.at)
        if tuple(new) == tuple(old):
            continue
        if old:
            changed.append(item_id)
        rows += [(item_id, number, one.wanted, one.extra, one.boost, one.at) for number, one in enumerate(new)]
    if changed:
        execute(_DELETE_WISHES_OF, **_key(joining), items=changed)
    if known:
        execute(_MOVE_WISHES, **_key(joining), pool=pool)
    same = {"purchase_id": joining.purchase_id, "program_id": joining.program_id, "pool_id": pool}
    bulk_insert(Wish, ("item_id", "entry", "wanted", "extra", "boost", "at"), rows, same=same)


def _entries(joining: Joining) -> dict[UUID, tuple[WishEntry, ...]]:
    return {
        item_id: tuple(WishEntry(row.wanted, row.extra, row.boost, row.at) for row in group)
        for item_id, group in groupby(execute(_ENTRIES, **_key(joining)), key=lambda row: row.item_id)
    }
