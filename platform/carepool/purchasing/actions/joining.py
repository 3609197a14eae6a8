"""The guard of every change to an order: may this program order these items in this purchase, here and now?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg.errors
from sqlalchemy import String, Uuid, and_, bindparam, cast, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import OperationalError

from carepool.errors import Invalid, NotFound, Refusal
from carepool.programs.models import Program
from carepool.purchasing.actions.purchases import lock_key
from carepool.purchasing.joinable import may_join
from carepool.purchasing.models.orders import ProgramOrder
from carepool.purchasing.models.purchases import DeliveryPoint, Purchase, PurchaseItem, PurchaseState
from carepool.purchasing.models.spending import SpendingRule
from carepool.sentences import marked
from tenants.database import execute

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


@dataclass(frozen=True)
class Point:
    """A delivery point and the pool of cases that a program's goods come from there: the site's, or its own door's."""

    id: UUID
    pool_id: UUID


@dataclass(frozen=True)
class Joining:
    """A program that may change its order in an open purchase at this instant of the database.

    `capacity`: licensed places; `limits`: eaches a place of each item named; `points`: the delivery point named, else
    the one of the order that is there, else up to two of the purchase's; `has_budget`: the program set itself one.
    """

    purchase_id: UUID
    program_id: UUID
    at: datetime
    capacity: int | None
    limits: Mapping[str, int | None]
    points: Sequence[Point]
    has_budget: bool = False


_LOCK = text("select set_config('lock_timeout', '2s', true), pg_advisory_xact_lock_shared(:key)")
_OWN_POINT = (
    select(ProgramOrder.delivery_point_id)
    .where(
        ProgramOrder.tenant_id == Purchase.tenant_id,
        ProgramOrder.purchase_id == Purchase.id,
        ProgramOrder.program_id == bindparam("program", type_=Uuid()),
    )
    .correlate(Purchase)
    .scalar_subquery()
)
_POINTS = (
    select(func.jsonb_build_array(DeliveryPoint.id, DeliveryPoint.kind))
    .where(
        DeliveryPoint.tenant_id == Purchase.tenant_id,
        DeliveryPoint.purchase_id == Purchase.id,
        DeliveryPoint.id == func.coalesce(bindparam("point", type_=Uuid()), _OWN_POINT, DeliveryPoint.id),
    )
    .limit(2)
    .correlate(Purchase)
)
_LIMITS = (
    select(func.jsonb_object_agg(cast(PurchaseItem.id, String), PurchaseItem.eaches_per_place))
    .where(
        PurchaseItem.tenant_id == Purchase.tenant_id,
        PurchaseItem.purchase_id == Purchase.id,
        PurchaseItem.id == func.any(bindparam("items", type_=ARRAY(Uuid()))),
    )
    .correlate(Purchase)
)
_GUARD = (
    select(
        Purchase.state, Purchase.opens_at, Purchase.closes_at, func.clock_timestamp().label("at"),
        Program.id.label("program"), Program.capacity, may_join(Purchase).label("may_join"),
        func.array(_POINTS.scalar_subquery()).label("points"), _LIMITS.scalar_subquery().label("limits"),
        SpendingRule.budget_cents.is_not(None).label("has_budget"),
    )
    .outerjoin(Program, and_(Program.tenant_id == Purchase.tenant_id, Program.id == bindparam("program", type_=Uuid())))
    .outerjoin(SpendingRule, and_(SpendingRule.tenant_id == Program.tenant_id, SpendingRule.program_id == Program.id))
    .where(Purchase.id == bindparam("purchase", type_=Uuid()))
)  # fmt: skip


def join(purchase_id: UUID, program_id: UUID, point_id: UUID | None, lines: Sequence[Line]) -> Joining:
    """Share the purchase's lock with other orders and check everything against the database's time.

    Raises NotFound, Refusal (closed, not invited, busy), Invalid for an item that is not in the purchase.
    """
    _share_lock(purchase_id)
    items = [line.item_id for line in lines]
    found = execute(_GUARD, purchase=purchase_id, program=program_id, point=point_id, items=items).one_or_none()
    if found is None or found.state == PurchaseState.DRAFT:
        raise NotFound("purchase")
    if found.program is None:
        raise NotFound("program")
    _check_open(found)
    _check_invited(found)
    _check_items(found.limits or {}, items)
    points = [Point(UUID(one), program_id if kind == "door" else UUID(one)) for one, kind in found.points]
    return Joining(purchase_id, program_id, found.at, found.capacity, found.limits or {}, points, found.has_budget)


def _share_lock(purchase_id: UUID) -> None:
    try:
        execute(_LOCK, **lock_key(purchase_id))
    except OperationalError as error:
        if isinstance(error.orig, psycopg.errors.LockNotAvailable):
            raise Refusal(
                "busy", marked("This purchase is just being changed or closed. Try again in a moment.")
            ) from None
        raise


def _check_open(found: Any) -> None:
    if found.state != PurchaseState.OPEN or found.at >= found.closes_at:
        raise Refusal("closed", marked("This purchase is closed; orders can no longer be changed."))
    if found.at < found.opens_at:
        raise Refusal("not-open-yet", marked("This purchase is not open yet."))


def _check_invited(found: Any) -> None:
    if not found.may_join:
        raise Refusal("not-invited", marked("This purchase is not open to this program."))


def _check_items(limits: Mapping[str, int | None], items: Sequence[UUID]) -> None:
    if len(set(items)) != len(items):
        raise Invalid("item-twice", marked("Name each item once."), {"lines": [marked("An item is named twice.")]})
    for place, item in enumerate(items):
        if str(item) not in limits:
            sentence = marked("This purchase has no such item.")
            raise Invalid("no-such-item", sentence, {f"lines.{place}.item_id": [sentence]})


def check_limits(joining: Joining, lines: Sequence[Line]) -> None:
    """Refuse quantities above what the licensed places allow. Raises Invalid naming the line."""
    for place, line in enumerate(lines):
        if max(line.wanted, line.extra, line.boost) > LARGEST_QUANTITY:
            sentence = marked("At most %(limit)s eaches of one item.", limit=LARGEST_QUANTITY)
            raise Invalid("too-many", sentence, {f"lines.{place}.wanted": [sentence]})
        each = joining.limits[str(line.item_id)]
        if each is None or line.empty:
            continue
        if joining.capacity is None:
            sentence = marked(
                "This item is limited by licensed places, and your licensed places are not known. Ask the coordinator."
            )
            raise Invalid("capacity-unknown", sentence, {f"lines.{place}.wanted": [sentence]})
        limit = each * joining.capacity
        if line.wanted + line.extra + line.boost > limit:
            sentence = marked(
                "At most %(limit)s for %(places)s licensed places, extra and boost counted.",
                limit=limit,
                places=joining.capacity,
            )
            raise Invalid("over-limit", sentence, {f"lines.{place}.wanted": [sentence]})


def chosen_point(joining: Joining) -> Point:
    """Return the one delivery point that is meant. Raises Invalid."""
    if len(joining.points) != 1:
        sentence = marked("Choose one of the purchase's delivery points.")
        raise Invalid("which-point", sentence, {"delivery_point_id": [sentence]})
    return joining.points[0]
