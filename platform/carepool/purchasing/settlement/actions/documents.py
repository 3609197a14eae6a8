"""The verb that records an invoice from a vendor's document, whatever format it came in."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import select

from carepool.clock import now
from carepool.errors import NotFound
from carepool.outbox import Actor
from carepool.purchasing.models.purchase_orders import PurchaseOrder
from carepool.purchasing.models.purchases import Purchase
from carepool.purchasing.receiving.counts import LineCount
from carepool.purchasing.settlement.actions.invoicing import (
    WrittenInvoice,
    WrittenLine,
    counts_of_vendor,
    record_invoice,
)
from carepool.purchasing.settlement.models.invoices import VendorInvoice
from carepool.quantities import Eaches
from carepool.vendors.documents.invoice import Charge, ChargeKind, Invoice, InvoicedLine
from carepool.vendors.documents.units import CASE, EACH, Quantity
from tenants.database import db, find, session

_SINGLE = frozenset({EACH.code, "C62", "H87"})


def record_document(by: Actor, vendor_id: int, document: Invoice) -> VendorInvoice:
    """Keep and match an invoice that was read from a vendor's document. Raises NotFound for an order of nobody here.

    Its order is found by number; what stands in no line of it is told as a difference, and so is an allowance, which
    leaves the total below the lines: a person decides.
    """
    query = select(PurchaseOrder.purchase_id).where(
        PurchaseOrder.tenant_id == session().scope.id,
        PurchaseOrder.vendor_id == vendor_id,
        PurchaseOrder.number == document.order_number,
    )
    purchase_id = db.session.scalars(query.order_by(PurchaseOrder.version.desc()).limit(1)).first()
    purchase = find(Purchase, purchase_id) if purchase_id else None
    if purchase is None:
        raise NotFound("purchase order")
    counts = counts_of_vendor(purchase, vendor_id)
    return record_invoice(by, purchase.id, vendor_id, written_from(document, counts))


def written_from(document: Invoice, counts: Sequence[LineCount]) -> WrittenInvoice:
    """Return a document as an invoice that was written; `counts`: the order lines of the vendor in the purchase."""
    sums = {kind: _sum(document.charges, kind) for kind in ChargeKind}
    lines = [_line(one, document.order_number, counts) for one in document.lines]
    if (other := sums[ChargeKind.OTHER]) > 0:
        notes = (one.note for one in document.charges if one.kind is ChargeKind.OTHER and one.note)
        lines.append(WrittenLine(other, name=", ".join(notes)[:200]))
    return WrittenInvoice(
        number=document.number,
        invoiced_on=document.invoiced_on or now().date(),
        lines=lines,
        total_cents=abs(document.total_cents),
        freight_cents=abs(sums[ChargeKind.FREIGHT]),
        tax_cents=abs(sums[ChargeKind.TAX]),
        is_credit=document.credit,
    )


def _sum(charges: Iterable[Charge], kind: ChargeKind) -> int:
    return sum(one.amount_cents for one in charges if one.kind is kind)


def _line(line: InvoicedLine, order_number: str, counts: Sequence[LineCount]) -> WrittenLine:
    wanted = line.order_number or order_number
    of_order = [one for one in counts if one.order.number == wanted]
    order_id: UUID | None = of_order[0].order.id if of_order else None
    meant = [one for one in of_order if (one.line.line == line.line if line.line else one.line.sku == line.sku)]
    size = meant[0].line.case_size if len(meant) == 1 else 1
    cases, eaches = _counted(line.quantity, size)
    # a unit that is neither pieces nor cases of ours says nothing of how much: the amount differs then
    return WrittenLine(
        abs(line.amount_cents), order_id, line.line, sku=line.sku if line.line is None else "", name=line.name,
        cases=cases, eaches=eaches,
    )  # fmt: skip


def _counted(quantity: Quantity, size: int) -> tuple[int, int]:
    if quantity.unit.code in _SINGLE:
        return 0, abs(quantity.number)
    cases = quantity.cases(Eaches(size), CASE)
    return (abs(int(cases)), 0) if cases is not None else (0, 0)
