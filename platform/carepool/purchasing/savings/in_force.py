"""What programs pay and what the same goods cost alone, as it stands now: once goods came, of what came, not of the close.

A purchase counts with its close until its goods are shared out; from then on with that result, so that goods that never
came save nothing, and what is not billed for them is in no sum. Late invoices and credit notes of vendors that programs
bear are added. Each is a table of the database that other queries read from; its rows are guarded as ever.
"""

from typing import Any

from sqlalchemy import BigInteger, Subquery, and_, cast, func, literal, or_, select, union_all

from carepool.purchasing.models.closings import MemberBill, Saving, Share
from carepool.purchasing.models.purchases import Purchase, PurchaseItem
from carepool.purchasing.receiving.models.counting import PurchaseReceiving
from carepool.purchasing.receiving.models.sharing import ArrivalBill, ArrivalShare
from carepool.purchasing.savings.models import ItemSaving
from carepool.purchasing.settlement.models.adjustments import ProgramAdjustment


def bills(*, program_id: Any = None) -> Subquery:
    """Return tenant, purchase, program and what it pays: goods, freight, handling and tax in cents, one or more rows each.

    `program_id`: of this program alone.
    """
    names = ("tenant_id", "purchase_id", "program_id", "goods_cents", "freight_cents", "handling_cents", "tax_cents")
    closed = _of_close(select(*(getattr(MemberBill, name) for name in names)), MemberBill)
    came = _of_arrival(select(*(getattr(ArrivalBill, name) for name in names)), ArrivalBill)
    late = select(
        *(
            literal(0, BigInteger).label(name) if name == "handling_cents" else getattr(ProgramAdjustment, name)
            for name in names
        )
    )
    if program_id is not None:
        closed = closed.where(MemberBill.program_id == program_id)
        came = came.where(ArrivalBill.program_id == program_id)
        late = late.where(ProgramAdjustment.program_id == program_id)
    return union_all(closed, came, late).subquery("bills_in_force")


def alone(*, program_id: Any = None) -> Subquery:
    """Return tenant, purchase, program and what its goods cost alone in cents, one or more rows each."""
    closed = _of_close(select(Saving.tenant_id, Saving.purchase_id, Saving.program_id, Saving.baseline_cents), Saving)
    share = ArrivalShare
    came = _with_items(
        _of_arrival(select(share.tenant_id, share.purchase_id, share.program_id, _worth_alone()), share)
    ).where(share.got > 0)
    if program_id is not None:
        closed, came = closed.where(Saving.program_id == program_id), came.where(share.program_id == program_id)
    return union_all(closed, came).subquery("alone_in_force")


def shares() -> Subquery:
    """Return tenant, purchase, program, item, and what that share cost alone and what is paid for it in cents, one row each."""
    names = ("tenant_id", "purchase_id", "program_id", "item_id")
    keys = [getattr(Share, name) for name in names]
    closed = _of_close(select(*keys, Share.baseline_cents, Share.amount_cents.label("paid_cents")), Share)
    came = [getattr(ArrivalShare, name) for name in names]
    worth = select(*came, _worth_alone(), ArrivalShare.amount_cents.label("paid_cents"))
    return union_all(closed, _with_items(_of_arrival(worth, ArrivalShare)).where(ArrivalShare.got > 0)).subquery(
        "shares_in_force"
    )


def items() -> Subquery:
    """Return tenant, purchase, item, and what it cost alone and what programs pay for it in cents, one row each."""
    names = ("tenant_id", "purchase_id", "item_id", "baseline_cents", "paid_cents")
    closed = _of_close(select(*(getattr(ItemSaving, name) for name in names)), ItemSaving)
    share = ArrivalShare
    keys = (share.tenant_id, share.purchase_id, share.item_id)
    sums = (
        cast(func.sum(_worth_alone()), BigInteger).label("baseline_cents"),
        cast(func.sum(share.amount_cents), BigInteger).label("paid_cents"),
    )
    came = _with_items(_of_arrival(select(*keys, *sums), share)).where(share.got > 0).group_by(*keys)
    return union_all(closed, came).subquery("items_in_force")


def _of_close(query: Any, model: Any) -> Any:
    """Keep rows of newest closes of purchases whose goods are not shared out yet."""
    newest = and_(
        Purchase.tenant_id == model.tenant_id,
        Purchase.id == model.purchase_id,
        Purchase.close_version == model.version,
    )
    terms = and_(PurchaseReceiving.tenant_id == model.tenant_id, PurchaseReceiving.purchase_id == model.purchase_id)
    waits = or_(PurchaseReceiving.arrival_version.is_(None), PurchaseReceiving.arrival_version == 0)
    return query.join(Purchase, newest).outerjoin(PurchaseReceiving, terms).where(waits)


def _of_arrival(query: Any, model: Any) -> Any:
    """Keep rows of the results that are in force."""
    terms = and_(
        PurchaseReceiving.tenant_id == model.tenant_id,
        PurchaseReceiving.purchase_id == model.purchase_id,
        PurchaseReceiving.arrival_version == model.version,
    )
    return query.join(PurchaseReceiving, terms)


def _with_items(query: Any) -> Any:
    item = and_(PurchaseItem.tenant_id == ArrivalShare.tenant_id, PurchaseItem.id == ArrivalShare.item_id)
    return query.join(PurchaseItem, item)


def _worth_alone() -> Any:
    """Return what a share costs alone, half up to a cent, as closes work it out."""
    size = PurchaseItem.case_size
    cents = func.div(2 * PurchaseItem.baseline_cents * ArrivalShare.got + size, 2 * size)
    return cast(cents, BigInteger).label("baseline_cents")
