"""How a purchase stands, in one table: ordered, received, billed and paid, kept apart, by vendor and line."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from carepool.purchasing.models.purchase_orders import PurchaseOrder
from carepool.purchasing.models.purchases import Purchase, PurchaseItem
from carepool.purchasing.receiving.counting import owed
from carepool.purchasing.receiving.counts import LineCount, line_counts, newest_orders
from carepool.purchasing.settlement.accounts import Account
from carepool.purchasing.settlement.actions.booking import booked_cents
from carepool.purchasing.settlement.actions.settling import hindrance, settlement_of
from carepool.purchasing.settlement.billed_lines import keys_now, written_key
from carepool.purchasing.settlement.models.bills import Settlement
from carepool.purchasing.settlement.models.invoices import BOOKED, VendorInvoice, VendorInvoiceLine
from carepool.purchasing.settlement.models.ledger import OF_ENTRY, Cause, LedgerEntry, LedgerLine
from carepool.sentences import Sentence
from tenants.database import db, session
from tenants.registry import Vendor


@dataclass
class LineStanding:
    """One line of a purchase order: eaches and cents ordered, received and billed by booked invoices."""

    order_id: UUID
    order_number: str
    line: int
    contract_id: UUID
    sku: str
    name: str
    case_size: int
    ordered_eaches: int
    ordered_cents: int
    received_eaches: int
    received_cents: int
    billed_eaches: int = 0
    billed_cents: int = 0


@dataclass
class VendorStanding:
    """What a vendor was ordered, delivered, billed and was paid, in cents; freight, tax and what fits no line beside."""

    vendor_id: int
    vendor: str
    vendor_public_id: UUID
    lines: list[LineStanding] = field(default_factory=list)
    ordered_cents: int = 0
    received_cents: int = 0
    billed_goods_cents: int = 0
    billed_freight_cents: int = 0
    billed_tax_cents: int = 0
    billed_cents: int = 0
    paid_cents: int = 0

    @property
    def canceled(self) -> bool:
        """Whether it had an order, and nothing is ordered from it any more."""
        return not self.lines


@dataclass(frozen=True)
class PurchaseStanding:
    """A purchase from order to payment. `hindrance`: why it cannot be settled yet; None where it can, or is."""

    purchase: Purchase
    settlement: Settlement | None
    hindrance: Sentence | None
    vendors: list[VendorStanding]
    sums: dict[str, int]


def standing_of(purchase: Purchase) -> PurchaseStanding:
    """Return how a purchase stands now; nothing is kept of it, all is added up anew."""
    vendors = _vendors(purchase)
    settlement = settlement_of(purchase.id)
    settled = settlement is not None and settlement.settled_at is not None
    names = ("ordered", "received", "billed_goods", "billed_freight", "billed_tax", "billed", "paid")
    sums = {f"{name}_cents": sum(getattr(one, f"{name}_cents") for one in vendors) for name in names}
    charges = (Cause.PROGRAM_INVOICE, Cause.PROGRAM_ADJUSTMENT)
    charged = sum(booked_cents(purchase.id, one, Account.RECEIVABLE) for one in charges)
    open_ = _of_purchase(purchase.id, LedgerLine.account == Account.RECEIVABLE)
    sums |= {
        "programs_cents": charged,
        "programs_paid_cents": charged - open_,
        "programs_owe_cents": open_,
        "owner_cents": _of_purchase(purchase.id, LedgerLine.account == Account.OWNER),
        "tax_to_hand_in_cents": -_of_purchase(purchase.id, LedgerLine.account == Account.SALES_TAX),
        "vendors_owed_cents": -_of_purchase(purchase.id, LedgerLine.account == Account.PAYABLE),
    }
    why_not = None if settled else hindrance(purchase, leave_unbilled=False)
    return PurchaseStanding(purchase, settlement, why_not, vendors, sums)


def _vendors(purchase: Purchase) -> list[VendorStanding]:
    orders = newest_orders(purchase)
    entries = {one.id: one for one in db.session.scalars(select(Vendor).where(Vendor.id.in_(_ever_ordered(purchase))))}
    found = {key: VendorStanding(key, entries[key].name, entries[key].public_id) for key in entries}
    lines: dict[tuple[UUID, int], LineStanding] = {}
    items = select(PurchaseItem.id, PurchaseItem.contract_id).where(PurchaseItem.purchase_id == purchase.id)
    contracts = dict(db.session.execute(items).tuples().all())
    for one in line_counts(purchase.id, orders) if orders else []:
        line = lines[(one.order.id, one.line.line)] = _line(one, contracts[one.line.item_id])
        own = found[one.order.vendor_id]
        own.lines.append(line)
        own.ordered_cents += line.ordered_cents
        own.received_cents += line.received_cents
    _add_billed(purchase.id, found, lines)
    for vendor in found.values():
        vendor.paid_cents = _paid(purchase.id, vendor.vendor_id)
    return sorted(found.values(), key=lambda one: (one.vendor, one.vendor_id))


def _ever_ordered(purchase: Purchase) -> set[int]:
    """Return the vendors that had an order in any version: one whose order was canceled may bill something yet."""
    own = PurchaseOrder.tenant_id == session().scope.id, PurchaseOrder.purchase_id == purchase.id
    return set(db.session.scalars(select(PurchaseOrder.vendor_id).where(*own).distinct()))


def _line(one: LineCount, contract_id: UUID) -> LineStanding:
    usable = one.standing.usable if one.is_known else 0
    return LineStanding(
        order_id=one.order.id,
        order_number=one.order.number,
        line=one.line.line,
        contract_id=contract_id,
        sku=one.line.sku,
        name=one.line.name,
        case_size=one.line.case_size,
        ordered_eaches=one.ordered.eaches,
        ordered_cents=one.line.amount_cents,
        received_eaches=usable,
        received_cents=owed(usable, one.ordered),
    )


def _add_billed(
    purchase_id: UUID, vendors: dict[int, VendorStanding], lines: dict[tuple[UUID, int], LineStanding]
) -> None:
    booked = (VendorInvoice.purchase_id == purchase_id, VendorInvoice.state.in_(BOOKED))
    for invoice in db.session.scalars(select(VendorInvoice).where(*booked)):
        own, sign = vendors[invoice.vendor_id], -1 if invoice.is_credit else 1
        own.billed_freight_cents += sign * invoice.freight_cents
        own.billed_tax_cents += sign * invoice.tax_cents
        own.billed_cents += sign * invoice.total_cents
    join = (VendorInvoice.tenant_id == VendorInvoiceLine.tenant_id) & (VendorInvoice.id == VendorInvoiceLine.invoice_id)
    query = select(VendorInvoiceLine, VendorInvoice.is_credit, VendorInvoice.vendor_id).join(VendorInvoice, join)
    rows = db.session.execute(query.where(*booked)).tuples().all()
    keys = keys_now(purchase_id, [one for one, _, _ in rows])
    for one, is_credit, vendor_id in rows:
        sign = -1 if is_credit else 1
        vendors[vendor_id].billed_goods_cents += sign * one.amount_cents
        key = written_key(one)
        line = lines.get(keys[key]) if key is not None else None
        if line is not None:
            line.billed_eaches += sign * one.eaches
            line.billed_cents += sign * one.amount_cents


def _paid(purchase_id: UUID, vendor_id: int) -> int:
    """Return what payments for a purchase brought to a vendor, less what was reversed."""
    causes = LedgerEntry.cause.in_((Cause.PAYMENT, Cause.PAYMENT_REVERSED))
    return _of_purchase(purchase_id, LedgerLine.vendor_id == vendor_id, causes)


def _of_purchase(purchase_id: UUID, *conditions: Any) -> int:
    query = select(func.sum(LedgerLine.debit_cents - LedgerLine.credit_cents)).join(LedgerEntry, OF_ENTRY)
    return int(db.session.scalar(query.where(LedgerEntry.purchase_id == purchase_id, *conditions)) or 0)
