"""Verbs of evidence: add a document to items of a purchase, take one back. Nothing changes once a purchase is settled."""

import hashlib
from typing import IO, Any
from uuid import UUID

from sqlalchemy import func, select

from carepool import events
from carepool.clock import now
from carepool.errors import Invalid, NotFound, Refusal
from carepool.files import keep_file
from carepool.outbox import Actor, record_event
from carepool.purchasing.actions.purchases import locked_purchase
from carepool.purchasing.models.purchases import BaselineKind, Purchase, PurchaseItem, PurchaseState
from carepool.purchasing.savings.content import content_type_of
from carepool.purchasing.savings.models import Evidence, EvidenceItem, SavingsFreeze
from carepool.sentences import marked
from tenants.database import bulk_insert, database_now, db, find
from tenants.ids import new_id

MOST = 500
"""Pieces of evidence that a purchase may have, those taken back among them."""
_OVER = (PurchaseState.SETTLED, PurchaseState.CANCELLED)


def add_evidence(
    by: Actor, purchase_id: UUID, item_id: UUID, facts: dict[str, Any], stream: IO[bytes], name: str
) -> Evidence:
    """Keep a document that shows what an item costs alone, and return it; sent twice, it is the same one.

    `facts`: kind, day, source, vendor_name (a quote must have one), price_cents per case (a quote must have it; None for
    others: it shows the baseline), whole_contract: it holds for all items of the contract that are compared with the same
    kind, too, and shows the baseline of each. Raises NotFound, Refusal, Invalid.
    """
    purchase = unsettled(purchase_id)
    item = _item(purchase, item_id)
    kind = BaselineKind(facts["kind"])
    _check(kind, facts)
    content_type = content_type_of(stream)
    sha256 = _digest(stream)
    if (known := _same(purchase, item, kind, facts, sha256)) is not None:
        return known
    if (db.session.scalar(select(func.count()).where(Evidence.purchase_id == purchase.id)) or 0) >= MOST:
        raise Refusal("too-much-evidence", marked("A purchase has at most %(most)s pieces of evidence.", most=MOST))
    stored = keep_file(stream, name, content_type)
    row = Evidence(
        id=new_id(),
        purchase_id=purchase.id,
        kind=kind,
        day=facts["day"],
        source=facts["source"],
        vendor_name=facts["vendor_name"],
        file_id=stored.id,
        file_name=stored.name,
        sha256=stored.sha256,
        size=stored.size,
        person_id=by.person_id,
    )
    db.session.add(row)
    db.session.flush()
    links = {item.id: facts["price_cents"]}
    if facts.get("whole_contract"):
        alike = select(PurchaseItem.id).where(
            PurchaseItem.purchase_id == purchase.id,
            PurchaseItem.contract_id == item.contract_id,
            PurchaseItem.baseline_kind == kind,
        )
        links = {**dict.fromkeys(db.session.scalars(alike)), **links}
    bulk_insert(EvidenceItem, ("item_id", "price_cents"), links.items(), same={"evidence_id": row.id})
    told = {"file": row.file_name, "kind": str(kind), "sku": item.sku, "sha256": row.sha256, "items": len(links)}
    record_event(events.EVIDENCE_ADDED, purchase.id, by, told)
    db.session.flush()
    return row


def withdraw_evidence(by: Actor, evidence_id: UUID, why: str) -> Evidence:
    """Take a piece of evidence back: it proves nothing from now on, and stays in the list with the reason.

    Taken back twice, the first reason stays. Raises NotFound, Refusal.
    """
    row = evidence_or_404(evidence_id)
    purchase = unsettled(row.purchase_id)
    db.session.refresh(row)
    if row.withdrawn_at is None:
        row.withdrawn_at, row.withdrawn_why = database_now(), why
        told = {"file": row.file_name, "sha256": row.sha256, "reason": why}
        record_event(events.EVIDENCE_WITHDRAWN, purchase.id, by, told)
        db.session.flush()
    return row


def evidence_or_404(evidence_id: UUID) -> Evidence:
    """Return a piece of evidence of this state. Raises NotFound."""
    row = find(Evidence, evidence_id)
    if row is None:
        raise NotFound("evidence")
    return row


def unsettled(purchase_id: UUID) -> Purchase:
    """Return a locked purchase whose savings may still change. Raises NotFound, Refusal."""
    purchase = locked_purchase(purchase_id)
    purchase.must_be(*(state for state in PurchaseState if state not in _OVER))
    if find(SavingsFreeze, purchase.id) is not None:
        raise Refusal("savings-frozen", marked("The savings of this purchase are frozen. Its evidence stands."))
    return purchase


def _item(purchase: Purchase, item_id: UUID) -> PurchaseItem:
    item = find(PurchaseItem, item_id)
    if item is None or item.purchase_id != purchase.id:
        raise NotFound("item")
    return item


def _check(kind: BaselineKind, facts: dict[str, Any]) -> None:
    faults = {}
    if kind is BaselineKind.DATED_QUOTE:
        if not facts["vendor_name"]:
            faults["vendor_name"] = [marked("Say which vendor quoted.")]
        if facts["price_cents"] is None:
            faults["price_cents"] = [marked("Write what a case costs in this quote.")]
        if facts.get("whole_contract"):
            faults["whole_contract"] = [marked("A quote is about one item. Add it to each item with its price.")]
    # a day ahead of this one in every time zone
    if (facts["day"] - now().date()).days > 1:
        faults["day"] = [marked("This day is still to come. Write the day that the document bears.")]
    if faults:
        raise Invalid("evidence-incomplete", marked("Some of what was typed must be mended."), faults)


def _digest(stream: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while block := stream.read(1 << 20):
        digest.update(block)
    stream.seek(0)
    return digest.hexdigest()


def _same(
    purchase: Purchase, item: PurchaseItem, kind: BaselineKind, facts: dict[str, Any], sha256: str
) -> Evidence | None:
    same = (
        select(Evidence)
        .join(
            EvidenceItem,
            (EvidenceItem.tenant_id == Evidence.tenant_id) & (EvidenceItem.evidence_id == Evidence.id),
        )
        .where(
            Evidence.purchase_id == purchase.id,
            Evidence.kind == kind,
            Evidence.day == facts["day"],
            Evidence.vendor_name == facts["vendor_name"],
            Evidence.sha256 == sha256,
            Evidence.withdrawn_at.is_(None),
            EvidenceItem.item_id == item.id,
            EvidenceItem.price_cents.is_not_distinct_from(facts["price_cents"]),
        )
    )
    return db.session.scalars(same.limit(1)).one_or_none()
