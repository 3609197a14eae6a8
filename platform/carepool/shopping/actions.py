"""Verbs of favourites."""

from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from carepool import events
from carepool.outbox import Actor, record_event
from carepool.purchasing.models.catalogs import CatalogItem
from carepool.shopping.models import Favourite
from tenants.database import db


def mark(by: Actor, program_id: UUID, item: CatalogItem) -> None:
    """Make an item a favourite of a program; doing it twice changes nothing."""
    key = {"program_id": program_id, "contract_id": item.contract_id, "sku": item.sku}
    made = db.session.execute(insert(Favourite).values(key).on_conflict_do_nothing().returning(Favourite.sku))
    if made.first():
        record_event(events.FAVOURITE_MARKED, program_id, by, {"sku": [None, item.sku]})


def unmark(by: Actor, program_id: UUID, item: CatalogItem) -> None:
    """Take an item out of a program's favourites; doing it twice changes nothing."""
    mine = (Favourite.program_id == program_id, Favourite.contract_id == item.contract_id, Favourite.sku == item.sku)
    gone = db.session.execute(delete(Favourite).where(*mine).returning(Favourite.sku))
    if gone.first():
        record_event(events.FAVOURITE_UNMARKED, program_id, by, {"sku": [item.sku, None]})
