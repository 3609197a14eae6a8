"""What a procurement file tells, as facts of one moment: the same facts are the same bytes, and the PDF follows from them."""

import json
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, func, select

from carepool.clock import day_here
from carepool.notifications.letters import Sender
from carepool.purchasing.models.catalogs import Contract
from carepool.purchasing.models.closings import Close, MemberBill
from carepool.purchasing.models.purchase_orders import PurchaseOrder, PurchaseOrderLine
from carepool.purchasing.models.purchases import BaselineKind, Purchase, PurchaseItem
from carepool.purchasing.queries import last_close_or_404
from carepool.purchasing.savings.models import Evidence, EvidenceItem, ProcurementRecord, SavingsSetting
from carepool.purchasing.savings.procurement import keep_until, least_method, limits_on
from carepool.purchasing.savings.queries import shown_by_evidence
from tenants.database import db, session
from tenants.registry import Vendor

FORMAT = "carepool procurement file 1"


def close_day(purchase: Purchase) -> date:
    """Return the day of a purchase's close on the state's calendar."""
    return day_here(purchase.cutoff_at or purchase.closes_at)


def owed_cents(purchase: Purchase) -> int:
    """Return what all programs owe for the newest close: goods, freight, handling and tax."""
    parts = MemberBill.goods_cents + MemberBill.freight_cents + MemberBill.handling_cents + MemberBill.tax_cents
    own = (MemberBill.purchase_id == purchase.id, MemberBill.version == purchase.close_version)
    return int(db.session.scalar(select(func.coalesce(func.sum(parts), 0)).where(*own)) or 0)


def bought_cents(purchase: Purchase) -> int:
    """Return what counts against the limits: all that was ordered from vendors, and the freight. One purchase is one."""
    return sum(int(one["ordered_cents"]) for one in vendors_of(purchase)) + purchase.freight_cents


def vendors_of(purchase: Purchase) -> list[dict[str, Any]]:
    """Return each contract that was bought from, with what was ordered in cents, by name."""
    order = and_(PurchaseOrder.tenant_id == PurchaseOrderLine.tenant_id,
                 PurchaseOrder.id == PurchaseOrderLine.purchase_order_id)  # fmt: skip
    item = and_(PurchaseItem.tenant_id == PurchaseOrderLine.tenant_id, PurchaseItem.id == PurchaseOrderLine.item_id)
    contract = and_(Contract.tenant_id == PurchaseItem.tenant_id, Contract.id == PurchaseItem.contract_id)
    query = (
        select(Vendor.name, Contract.number, Contract.title, func.sum(PurchaseOrderLine.amount_cents))
        .select_from(PurchaseOrderLine)
        .join(PurchaseOrder, order)
        .join(PurchaseItem, item)
        .join(Contract, contract)
        .join(Vendor, Vendor.id == Contract.vendor_id)
        .where(
            PurchaseOrderLine.tenant_id == session().scope.id,
            PurchaseOrder.purchase_id == purchase.id,
            PurchaseOrder.version == purchase.close_version,
        )
        .group_by(Vendor.name, Contract.number, Contract.title)
        .order_by(Vendor.name, Contract.number, Contract.title)
    )
    names = ("vendor", "contract", "title")
    return [{**dict(zip(names, row, strict=False)), "ordered_cents": int(row[3])} for row in db.session.execute(query)]


def canceled_of(purchase: Purchase) -> list[dict[str, Any]]:
    """Return the vendors from which nothing is ordered any more, though an earlier version did: their last orders, by name."""
    own = PurchaseOrder.tenant_id == session().scope.id, PurchaseOrder.purchase_id == purchase.id
    newest = select(PurchaseOrder.vendor_id, func.max(PurchaseOrder.version)).where(*own)
    last = dict(db.session.execute(newest.group_by(PurchaseOrder.vendor_id)).tuples().all())
    gone = {vendor: version for vendor, version in last.items() if version < purchase.close_version}
    found = []
    for vendor_id, version in gone.items():
        query = select(PurchaseOrder.number, PurchaseOrder.total_cents).where(
            *own, PurchaseOrder.vendor_id == vendor_id, PurchaseOrder.version == version
        )
        orders = db.session.execute(query.order_by(PurchaseOrder.number)).tuples().all()
        found.append(
            {
                "vendor": db.session.get_one(Vendor, vendor_id).name,
                "orders": [number for number, _ in orders],
                "version": version,
                "ordered_cents": sum(int(cents) for _, cents in orders),
            }
        )
    return sorted(found, key=lambda one: (one["vendor"], one["orders"]))


def facts_of(purchase: Purchase, record: ProcurementRecord, own: SavingsSetting) -> dict[str, Any]:
    """Return what the file tells, JSON values only. `own`: the state's settings. Raises NotFound before a close."""
    close = last_close_or_404(purchase)
    day = close_day(purchase)
    limits = limits_on(day, own.thresholds)
    vendors = vendors_of(purchase)
    bought = bought_cents(purchase)
    evidence, at = _evidence(purchase)
    quotes = [one for one in evidence if one["kind"] == BaselineKind.DATED_QUOTE and not one["withdrawn"]]
    shown = shown_by_evidence(purchase.id)
    return {
        "format": FORMAT,
        "as_of": max([record.changed_at, close.computed_at, *at]).isoformat(),
        "site": _site(),
        "purchase": {
            "id": str(purchase.id),
            "number": purchase.number,
            "title": purchase.title,
            "closed": day.isoformat(),
        },
        "close": _close(close),
        "bought_cents": bought,
        "freight_cents": purchase.freight_cents,
        "owed_cents": owed_cents(purchase),
        "vendors": vendors,
        "canceled": canceled_of(purchase),
        "limits": {
            "first_day": limits.first_day.isoformat(),
            "micro_cents": limits.micro_cents,
            "small_cents": limits.small_cents,
            "source": limits.source,
        },
        "least_method": str(least_method(bought, limits)),
        "method": record.method,
        "decided_by": record.decided_by,
        "reason": record.reason,
        "record_version": record.version,
        "quotes_wanted": own.quotes_wanted,
        "quote_vendors": len({one["vendor"].casefold() for one in quotes}),
        "origin": record.origin,
        "origin_note": record.origin_note,
        "funding": dict(sorted(record.funding.items())),
        "proved_cents": shown.proved_cents,
        "unproved_cents": shown.unproved_cents,
        "kept_until": keep_until(day).isoformat(),
        "evidence": evidence,
    }


def canonical(facts: dict[str, Any]) -> bytes:
    """Return facts as JSON of one form, whatever their order."""
    return json.dumps(facts, sort_keys=True, ensure_ascii=False, indent=1).encode() + b"\n"


def _close(close: Close) -> dict[str, Any]:
    return {"version": close.version, "rule_version": close.rule_version, "sha256": close.sha256}


def _site() -> dict[str, str]:
    shown = Sender.here().tenant
    ask = " ".join(one for one in (shown.brand.contact_name, shown.brand.contact_phone) if one)
    return {"title": shown.title, "colour": shown.brand.colour, "ask": ask}


def _evidence(purchase: Purchase) -> tuple[list[dict[str, Any]], list[datetime]]:
    """Return the documents in the order in which they came, and when each came or was taken back."""
    query = select(Evidence).where(Evidence.purchase_id == purchase.id).order_by(Evidence.added_at, Evidence.id)
    documents = list(db.session.scalars(query))
    items: dict[Any, list[dict[str, Any]]] = {}
    links = (
        select(EvidenceItem.evidence_id, PurchaseItem.sku, PurchaseItem.name, EvidenceItem.price_cents)
        .join(
            PurchaseItem,
            and_(PurchaseItem.tenant_id == EvidenceItem.tenant_id, PurchaseItem.id == EvidenceItem.item_id),
        )
        .where(PurchaseItem.purchase_id == purchase.id)
        .order_by(PurchaseItem.sku, PurchaseItem.id)
    )
    for evidence_id, sku, name, price in db.session.execute(links):
        items.setdefault(evidence_id, []).append({"sku": sku, "name": name, "price_cents": price})
    found = [
        {
            "file": one.file_name,
            "sha256": one.sha256,
            "size": one.size,
            "kind": str(one.kind),
            "day": one.day.isoformat(),
            "source": one.source,
            "vendor": one.vendor_name,
            "withdrawn": one.withdrawn_why if one.withdrawn_at else None,
            "items": items.get(one.id, []),
        }
        for one in documents
    ]
    return found, [at for one in documents for at in (one.added_at, one.withdrawn_at) if at]
