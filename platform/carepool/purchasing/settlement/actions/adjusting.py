"""What follows from a vendor's invoice that is accepted after its purchase was settled: nothing that was booked changes.

The vendor's bill is booked as ever. Its programs bear it (or get it, where it is a credit note) in parts of their own, or
the owner does; what is not shared goes to the owner, so that the purchase's accounts stand at nothing again.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from carepool import events
from carepool.outbox import Actor, record_event
from carepool.purchasing.models.orders import Wish
from carepool.purchasing.models.purchase_orders import PurchaseOrder, PurchaseOrderLine
from carepool.purchasing.models.purchases import Purchase
from carepool.purchasing.receiving.models.sharing import ArrivalShare
from carepool.purchasing.sales_tax.actions import today
from carepool.purchasing.settlement.actions.booking import Event, balances_of, book
from carepool.purchasing.settlement.actions.numbering import next_numbers
from carepool.purchasing.settlement.models.adjustments import ProgramAdjustment
from carepool.purchasing.settlement.models.bills import ProgramInvoice, Settlement
from carepool.purchasing.settlement.models.invoices import Bearer, VendorInvoice, VendorInvoiceLine
from carepool.purchasing.settlement.models.ledger import Cause
from carepool.purchasing.settlement.postings import clearing, program_adjustment
from carepool.purchasing.settlement.sharing_adjustments import LateLine, Paid, Part, parts_of
from tenants.database import bulk_insert, db
from tenants.ids import new_id

_COLUMNS = ("id", "program_id", "number", "goods_cents", "freight_cents", "tax_cents", "total_cents", "due_on")


def adjust(by: Actor, purchase: Purchase, invoice: VendorInvoice) -> None:
    """Share out a late invoice of a locked purchase that was just booked, as it is said who bears it."""
    parts = _parts(purchase, invoice) if invoice.borne_by == Bearer.PROGRAMS else []
    sign = -1 if invoice.is_credit else 1
    signed = [
        Part(one.program_id, sign * one.goods_cents, sign * one.freight_cents, sign * one.tax_cents) for one in parts
    ]
    ids = [new_id() for _ in signed]
    facts = {"number": invoice.number}
    charged = (Event(own, program_adjustment(one), facts) for own, one in zip(ids, signed, strict=True))
    within = {"alliance_id": purchase.alliance_id, "purchase_id": purchase.id}
    book(by, Cause.PROGRAM_ADJUSTMENT, charged, **within)
    book(by, Cause.ADJUSTMENT, [Event(invoice.id, clearing(balances_of(purchase.id)), facts)], **within)
    told = {
        "purchase": str(purchase.id),
        "borne_by": str(invoice.borne_by),
        "programs": len(signed),
        "programs_cents": sum(one.total_cents for one in signed),
    }
    record_event(events.PURCHASE_ADJUSTED, invoice.id, by, told)
    db.session.flush()
    _issue(purchase, invoice, signed, ids)


def _parts(purchase: Purchase, invoice: VendorInvoice) -> list[Part]:
    query = select(ProgramInvoice).where(ProgramInvoice.purchase_id == purchase.id)
    invoices = list(db.session.scalars(query.order_by(ProgramInvoice.program_id)))
    if not invoices:
        return []
    paid = [Paid(one.program_id, one.goods_cents, one.freight_cents, one.tax_cents) for one in invoices]
    version = invoices[0].arrival_version
    written = select(VendorInvoiceLine).where(VendorInvoiceLine.invoice_id == invoice.id)
    lines = [
        LateLine(one.amount_cents, _got(purchase.id, version, one))
        for one in db.session.scalars(written.order_by(VendorInvoiceLine.place))
    ]
    return parts_of(paid, lines, invoice.freight_cents, invoice.tax_cents)


def _got(purchase_id: UUID, version: int, line: VendorInvoiceLine) -> Mapping[UUID, int]:
    """Return the eaches that each program got of the item and place of an invoice's line."""
    if line.purchase_order_id is None or line.line is None:
        return {}
    own = (PurchaseOrder.tenant_id == PurchaseOrderLine.tenant_id) & (
        PurchaseOrder.id == PurchaseOrderLine.purchase_order_id
    )
    meant = (
        select(PurchaseOrderLine.item_id, PurchaseOrder.pool_id)
        .join(PurchaseOrder, own)
        .where(PurchaseOrderLine.purchase_order_id == line.purchase_order_id, PurchaseOrderLine.line == line.line)
    )
    item_id, pool_id = db.session.execute(meant).one()
    there = (
        select(Wish.program_id)
        .where(Wish.purchase_id == purchase_id, Wish.item_id == item_id, Wish.pool_id == pool_id)
        .distinct()
    )
    shares = select(ArrivalShare.program_id, ArrivalShare.got).where(
        ArrivalShare.purchase_id == purchase_id,
        ArrivalShare.version == version,
        ArrivalShare.item_id == item_id,
        ArrivalShare.program_id.in_(there),
    )
    found: dict[UUID, int] = defaultdict(int)
    for program, got in db.session.execute(shares).tuples():
        found[program] += got
    return found


def _issue(purchase: Purchase, invoice: VendorInvoice, parts: list[Part], ids: list[UUID]) -> None:
    """Write the adjustments; the counter is moved as late as can be."""
    if not parts:
        return
    settled = select(Settlement.due_days).where(Settlement.purchase_id == purchase.id)
    day = today()
    due = day + timedelta(db.session.scalar(settled) or 0)
    rows = [
        (
            own, one.program_id, number, one.goods_cents, one.freight_cents, one.tax_cents, one.total_cents,
            due if one.total_cents > 0 else None,
        )
        for own, one, number in zip(ids, parts, next_numbers(day.year, len(parts)), strict=True)
    ]  # fmt: skip
    bulk_insert(ProgramAdjustment, _COLUMNS, rows, same={"invoice_id": invoice.id, "purchase_id": purchase.id})
