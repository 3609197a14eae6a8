"""What a purchase freezes when it opens: the terms of its items on that day, as the state's calendar has it."""

from collections.abc import Iterator
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select

from carepool.clock import day_here
from carepool.errors import Refusal
from carepool.purchasing.ladder import BadLadder, check_ladder
from carepool.purchasing.models.catalogs import CatalogItem, Contract
from carepool.purchasing.models.purchases import PurchaseItem
from carepool.sentences import NOTHING, Sentence, marked
from tenants.database import db

FROZEN = ("sku", "gtin", "name", "unit", "pack_text", "case_size", "min_cases", "taxable")
"""Terms that are taken over as they are; the ladder is taken over in cents per case."""
_MOST_TOLD = 50


def freeze_terms(purchase_id: UUID, at: datetime) -> None:
    """Freeze the terms of all items as they are at the instant `at` of opening.

    Raises Refusal that names the first item that cannot be bought then, and lists the others under `items`.
    """
    day = day_here(at)
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
    faults: list[tuple[str, Sentence]] = []
    for frozen, item, contract in rows:
        faults += _faults(item, contract, day)
        for name in FROZEN:
            setattr(frozen, name, getattr(item, name))
        frozen.ladder = item.firm_rungs
    if faults:
        kind, told = faults[0]
        if len(faults) > 1:
            told = marked("%(first)s There are %(more)s more like this.", first=told, more=len(faults) - 1)
        raise Refusal(kind, told, {"items": [one for _, one in faults[:_MOST_TOLD]]})


def _faults(item: CatalogItem, contract: Contract, day: date) -> Iterator[tuple[str, Sentence]]:
    """Yield (kind, sentence) of why an item cannot be bought on a day; at most one."""
    name, sku = item.name, item.sku
    if item.gone_at is not None:
        yield (
            "item-gone",
            marked("%(item)s (%(sku)s) is no longer in the catalog. Take it out first.", item=name, sku=sku),
        )
    elif not _holds(contract.valid_from, contract.valid_to, day):
        told = marked(
            "%(item)s (%(sku)s): contract %(contract)s holds %(dates)s, and the purchase opens on %(day)s."
            " Take the item out.",
            item=name,
            sku=sku,
            contract=contract.number,
            dates=_dates(contract.valid_from, contract.valid_to),
            day=day,
        )
        yield "contract-not-in-force", told
    elif not _holds(item.valid_from, item.valid_to, day):
        told = marked(
            "%(item)s (%(sku)s) is offered %(dates)s, and the purchase opens on %(day)s. Take it out first.",
            item=name,
            sku=sku,
            dates=_dates(item.valid_from, item.valid_to),
            day=day,
        )
        yield "item-not-valid", told
    else:
        try:
            check_ladder(item.firm_rungs)
        except BadLadder as error:
            told = marked(
                "%(item)s (%(sku)s): its price ladder cannot be used, %(place)s: %(reason)s Take the item out.",
                item=name,
                sku=sku,
                place=error.at,
                reason=error.sentence,
            )
            yield "bad-ladder", told


def _holds(since: date | None, until: date | None, day: date) -> bool:
    return (since is None or since <= day) and (until is None or day <= until)


def _dates(since: date | None, until: date | None) -> Sentence:
    if since and until:
        return marked("from %(since)s to %(until)s", since=since, until=until)
    if since:
        return marked("from %(since)s", since=since)
    return marked("to %(until)s", until=until) if until else NOTHING
