"""What a purchase freezes when it opens: the terms of its items on that day, as the state's calendar has it."""

from collections.abc import Iterator
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from carepool.errors import Refusal
from carepool.purchasing.ladder import BadLadder, check_ladder
from carepool.purchasing.models.catalogs import CatalogItem, Contract
from carepool.purchasing.models.purchases import PurchaseItem
from tenants.database import db, session
from tenants.registry import Tenant

FROZEN = ("sku", "gtin", "name", "unit", "pack_text", "case_size", "min_cases")
"""Terms that are taken over as they are; the ladder is taken over in cents per case."""
_MOST_TOLD = 50


def freeze_terms(purchase_id: UUID, at: datetime) -> None:
    """Freeze the terms of all items as they are at the instant `at` of opening.

    Raises Refusal that names the first item that cannot be bought then, and lists the others under `items`.
    """
    zone = db.session.scalars(select(Tenant.zone).where(Tenant.id == session().scope.id)).one()
    day = at.astimezone(ZoneInfo(zone)).date()
    rows = db.session.execute(
        select(PurchaseItem, CatalogItem, Contract)
        .join(
            CatalogItem,
            (CatalogItem.tenant_id == PurchaseItem.tenant_id) & (CatalogItem.id == PurchaseItem.catalog_item_id),
        )
        .join(Contract, (Contract.tenant_id == CatalogItem.tenant_id) & (Contract.id == CatalogItem.contract_id))
        .where(PurchaseItem.purchase_id == purchase_id)
        .order_by(PurchaseItem.name, PurchaseItem.id)
    ).all()
    faults: list[tuple[str, str]] = []
    for frozen, item, contract in rows:
        faults += _faults(item, contract, day)
        for name in FROZEN:
            setattr(frozen, name, getattr(item, name))
        frozen.ladder = item.firm_rungs
    if faults:
        kind, first = faults[0]
        more = f" There are {len(faults) - 1} more like this." if len(faults) > 1 else ""
        raise Refusal(kind, first + more, {"items": [sentence for _, sentence in faults[:_MOST_TOLD]]})


def _faults(item: CatalogItem, contract: Contract, day: date) -> Iterator[tuple[str, str]]:
    """Yield (kind, sentence) of why an item cannot be bought on a day; at most one."""
    named = f"{item.name} ({item.sku})"
    if item.gone_at is not None:
        yield "item-gone", f"{named} is no longer in the catalog. Take it out first."
    elif not _holds(contract.valid_from, contract.valid_to, day):
        dates = _dates(contract.valid_from, contract.valid_to)
        yield (
            "contract-not-in-force",
            f"{named}: contract {contract.number} holds {dates}, and the purchase opens on {day}. Take the item out.",
        )
    elif not _holds(item.valid_from, item.valid_to, day):
        dates = _dates(item.valid_from, item.valid_to)
        yield "item-not-valid", f"{named} is offered {dates}, and the purchase opens on {day}. Take it out first."
    else:
        try:
            check_ladder(item.firm_rungs)
        except BadLadder as error:
            yield "bad-ladder", f"{named}: its price ladder cannot be used, {error.at}: {error} Take the item out."


def _holds(since: date | None, until: date | None, day: date) -> bool:
    return (since is None or since <= day) and (until is None or day <= until)


def _dates(since: date | None, until: date | None) -> str:
    return " ".join(part for part in (f"from {since}" if since else "", f"to {until}" if until else "") if part)
