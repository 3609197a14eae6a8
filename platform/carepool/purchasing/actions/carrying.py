"""Orders that were rolled over come into the new purchase when it opens: as unsent drafts, so that each program confirms."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, insert, literal, select
from sqlalchemy.orm import aliased

from carepool.programs.models import Program
from carepool.purchasing.joinable import may_join
from carepool.purchasing.models.closings import LineResult
from carepool.purchasing.models.minimums import RollOver
from carepool.purchasing.models.orders import DraftLine, OrderState, ProgramOrder, Wish
from carepool.purchasing.models.purchases import WITHOUT_RESULT, DeliveryPoint, Purchase, PurchaseItem
from tenants.database import db

_THEN = aliased(PurchaseItem)
_NOW = aliased(PurchaseItem)


def source_of(purchase_id: UUID) -> RollOver | None:
    """Return whose orders moved to a purchase, or None."""
    return db.session.scalars(select(RollOver).where(RollOver.into_id == purchase_id)).one_or_none()


def programs_rolled_over(purchase_id: UUID, version: int) -> list[UUID]:
    """Return the programs with lines that moved to a new purchase after a close."""
    moved = db.session.scalars(
        select(RollOver).where(RollOver.purchase_id == purchase_id, RollOver.version == version)
    ).one_or_none()
    return list(db.session.scalars(_moved(moved).with_only_columns(Wish.program_id).distinct())) if moved else []


def carry_orders(purchase: Purchase) -> None:
    """Put what programs asked for in vain into a purchase that opens, as drafts that count for nothing until they are sent.

    Only what was not bought then and is an item here (same contract and SKU) comes over, of programs that may join. A delivery
    point of the same name is taken, else the first by name.
    """
    purchase_id, moved = purchase.id, source_of(purchase.id)
    if moved is None:
        return
    coming = _moved(moved).where(may_join(purchase))
    old, new = _points(moved.purchase_id), _points(purchase_id)
    by_name = {name: key for key, name in new.items()}
    first = next(iter(new))
    for old_point, name in old.items():
        programs = (
            coming.join(
                ProgramOrder,
                and_(
                    ProgramOrder.tenant_id == Wish.tenant_id,
                    ProgramOrder.purchase_id == Wish.purchase_id,
                    ProgramOrder.program_id == Wish.program_id,
                ),
            )
            .where(ProgramOrder.delivery_point_id == old_point)
            .with_only_columns(
                ProgramOrder.tenant_id,
                literal(purchase_id),
                ProgramOrder.program_id,
                literal(str(OrderState.DRAFT)),
                literal(1),
                literal(by_name.get(name, first)),
                ProgramOrder.priority,
                func.clock_timestamp(),
            )
            .distinct(ProgramOrder.tenant_id, ProgramOrder.program_id)
        )
        columns = (
            "tenant_id", "purchase_id", "program_id", "state", "version", "delivery_point_id", "priority", "changed_at",
        )  # fmt: skip
        db.session.execute(insert(ProgramOrder).from_select(columns, programs, include_defaults=False))
    lines = coming.with_only_columns(
        Wish.tenant_id,
        literal(purchase_id),
        Wish.program_id,
        _NOW.id,
        func.sum(Wish.wanted),
        func.sum(Wish.extra),
        func.sum(Wish.boost),
    ).group_by(Wish.tenant_id, Wish.program_id, _NOW.id)
    names = ("tenant_id", "purchase_id", "program_id", "item_id", "wanted", "extra", "boost")
    db.session.execute(insert(DraftLine).from_select(names, lines, include_defaults=False))


def _moved(moved: RollOver) -> Select[Any]:
    """Return the wishes of a close whose items were not bought and are offered in the purchase they moved to.

    None where the close no longer holds: the purchase is open again, or was worked out anew.
    """
    then, now = _THEN, _NOW
    return (
        select(Wish)
        .join(Purchase, (Purchase.tenant_id == Wish.tenant_id) & (Purchase.id == Wish.purchase_id))
        .join(then, (then.tenant_id == Wish.tenant_id) & (then.id == Wish.item_id))
        .join(
            LineResult,
            and_(
                LineResult.tenant_id == Wish.tenant_id,
                LineResult.purchase_id == Wish.purchase_id,
                LineResult.item_id == Wish.item_id,
                LineResult.version == moved.version,
                LineResult.cases == 0,
            ),
        )
        .join(
            now,
            and_(now.tenant_id == then.tenant_id, now.contract_id == then.contract_id, now.sku == then.sku),
        )
        .join(Program, (Program.tenant_id == Wish.tenant_id) & (Program.id == Wish.program_id))
        .where(Wish.purchase_id == moved.purchase_id, now.purchase_id == moved.into_id, Program.gone_at.is_(None))
        .where(Purchase.close_version == moved.version, Purchase.state.not_in(WITHOUT_RESULT))
    )


def _points(purchase_id: UUID) -> dict[UUID, str]:
    query = select(DeliveryPoint.id, DeliveryPoint.name).where(DeliveryPoint.purchase_id == purchase_id)
    return dict(db.session.execute(query.order_by(DeliveryPoint.name)).tuples().all())
