"""Reads of evidence: documents of a purchase, and how each item stands to them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Subquery, and_, case, func, select, tuple_

from carepool.errors import NotFound
from carepool.files import StoredFile
from carepool.identity.models import Person
from carepool.purchasing.models.purchases import Purchase, PurchaseItem
from carepool.purchasing.savings import in_force
from carepool.purchasing.savings.models import Evidence, EvidenceItem
from carepool.purchasing.savings.proof import Proof, proof_of
from tenants.database import db, find, one_of

_ITEMS = in_force.items()
_OF_LINK = and_(EvidenceItem.tenant_id == Evidence.tenant_id, EvidenceItem.evidence_id == Evidence.id)


@dataclass(frozen=True)
class Piece:
    """A piece of evidence as it is shown: its document, the item's price in it in cents, and who added it."""

    document: Evidence
    price_cents: int | None
    who: str


def evidence_of(purchase: Purchase) -> Select[Any]:
    """Return all evidence of a purchase, that taken back, too."""
    return select(Evidence).where(Evidence.purchase_id == purchase.id)


def evidence_file_or_404(row: Evidence) -> StoredFile:
    """Return the stored file of a piece of evidence. Raises NotFound where its time is over."""
    found = find(StoredFile, row.file_id) if row.file_id else None
    if found is None:
        raise NotFound("file")
    return found


def pieces_of(item: PurchaseItem) -> list[Piece]:
    """Return the evidence of an item, the newest first, that taken back, too."""
    query = (
        select(Evidence, EvidenceItem.price_cents)
        .join(EvidenceItem, _OF_LINK)
        .where(EvidenceItem.item_id == item.id)
        .order_by(Evidence.added_at.desc(), Evidence.id)
    )
    found = db.session.execute(query).all()
    names = names_of(document.person_id for document, _ in found)
    return [Piece(document, price, names.get(document.person_id, "")) for document, price in found]


def names_of(ids: Iterable[UUID | None]) -> dict[UUID | None, str]:
    """Return {person id: name}."""
    wanted = {one for one in ids if one}
    query = select(Person.id, Person.name).where(one_of(Person.id, wanted))
    return dict(db.session.execute(query).tuples().all()) if wanted else {}


def items_of(ids: Iterable[UUID]) -> dict[UUID, list[tuple[UUID, int | None]]]:
    """Return {evidence id: [(item id, cents per case), ...]}."""
    found: dict[UUID, list[tuple[UUID, int | None]]] = {one: [] for one in ids}
    if found:
        query = select(EvidenceItem).where(one_of(EvidenceItem.evidence_id, found)).order_by(EvidenceItem.item_id)
        for link in db.session.scalars(query):
            found[link.evidence_id].append((link.item_id, link.price_cents))
    return found


def proofs_of(items: Iterable[PurchaseItem]) -> dict[UUID, Proof]:
    """Return how the baseline of each item stands to its evidence, in one statement."""
    own = list(items)
    query = (
        select(EvidenceItem.item_id, Evidence.kind, EvidenceItem.price_cents)
        .join(Evidence, _OF_LINK)
        .where(one_of(EvidenceItem.item_id, [item.id for item in own]), Evidence.withdrawn_at.is_(None))
    )
    shown: dict[tuple[UUID, str], list[int | None]] = {}
    for item_id, kind, price in db.session.execute(query):
        shown.setdefault((item_id, kind), []).append(price)
    return {item.id: proof_of(item.baseline_cents, shown.get((item.id, item.baseline_kind), ())) for item in own}


@dataclass(frozen=True)
class Shown:
    """How much of what was saved has evidence and how much has not, in cents; goods only, without freight and handling."""

    proved_cents: int = 0
    unproved_cents: int = 0


def sums_shown(table: Subquery) -> tuple[Any, Any]:
    """Return the sums of what was saved with evidence and without, as columns over rows in force of items or shares."""
    saved = table.c.baseline_cents - table.c.paid_cents
    # looked up in one set: a join may ask again for each share while PostgreSQL does not know how many there are
    is_proved = tuple_(table.c.tenant_id, table.c.item_id).in_(_proved_items())
    return (
        func.coalesce(func.sum(case((is_proved, saved), else_=0)), 0),
        func.coalesce(func.sum(case((is_proved, 0), else_=saved)), 0),
    )


def _proved_items() -> Select[tuple[int, UUID]]:
    """Return (tenant, item) of every item that is proved: `proof_of` in the database."""
    own = and_(PurchaseItem.tenant_id == EvidenceItem.tenant_id, PurchaseItem.id == EvidenceItem.item_id)
    lowest = func.min(func.coalesce(EvidenceItem.price_cents, PurchaseItem.baseline_cents))
    return (
        select(PurchaseItem.tenant_id, PurchaseItem.id)
        .join(EvidenceItem, own)
        .join(Evidence, _OF_LINK)
        .where(Evidence.kind == PurchaseItem.baseline_kind, Evidence.withdrawn_at.is_(None))
        .group_by(PurchaseItem.tenant_id, PurchaseItem.id)
        .having(lowest >= PurchaseItem.baseline_cents)
    )


def shown_by_evidence(purchase_id: UUID) -> Shown:
    """Return how much of a purchase's saving has evidence, as it is in force."""
    query = select(*sums_shown(_ITEMS)).where(_ITEMS.c.purchase_id == purchase_id)
    yes, no = db.session.execute(query).one()
    return Shown(int(yes), int(no))
