"""Verbs of choices about substitutes: keep one, and tell what programs chose for an item."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import delete, or_, select
from sqlalchemy.dialects.postgresql import insert

from carepool import events
from carepool.errors import NotFound
from carepool.outbox import Actor, record_event
from carepool.purchasing.models.catalogs import CatalogItem
from carepool.purchasing.models.orders import Wish
from carepool.purchasing.models.purchases import PurchaseItem
from carepool.purchasing.substitutes.choices import USUAL, Choice
from carepool.purchasing.substitutes.models import SubstituteChoice
from tenants.database import db, find, one_of, session
from tenants.ids import new_id

MOST_ITEMS = 200
"""Items that a program's page shows: those that it chose for and those that it asked for last."""


def choose(by: Actor, program_id: UUID, catalog_item_id: UUID | None, choice: Choice | None) -> None:
    """Keep what a program takes instead of an item, or of all (None); a choice of None follows what counts for all.

    It counts for every substitute that is not decided about yet. Raises NotFound for an item of another state.
    """
    if catalog_item_id is not None and find(CatalogItem, catalog_item_id) is None:
        raise NotFound("catalog item")
    before = choices_of(program_id).get(catalog_item_id)
    if before == choice:
        return
    mine = (
        SubstituteChoice.program_id == program_id,
        SubstituteChoice.catalog_item_id.is_not_distinct_from(catalog_item_id),
    )
    if choice is None:
        db.session.execute(delete(SubstituteChoice).where(*mine).execution_options(synchronize_session=False))
    else:
        facts = {
            "tenant_id": session().scope.id,
            "id": new_id(),
            "program_id": program_id,
            "catalog_item_id": catalog_item_id,
            "choice": str(choice),
        }
        kept = insert(SubstituteChoice).values(facts)
        key = ["tenant_id", "program_id", "catalog_item_id"]
        db.session.execute(kept.on_conflict_do_update(index_elements=key, set_={"choice": str(choice)}))
    diff = {"choice": [before and str(before), choice and str(choice)], "item": str(catalog_item_id or "")}
    record_event(events.SUBSTITUTES_CHOSEN, program_id, by, diff)
    db.session.flush()


def choices_of(program_id: UUID) -> dict[UUID | None, Choice]:
    """Return what a program chose, by catalog item; under None what counts for all others."""
    mine = select(SubstituteChoice.catalog_item_id, SubstituteChoice.choice).where(
        SubstituteChoice.program_id == program_id
    )
    return {item: Choice(choice) for item, choice in db.session.execute(mine)}


def choice_for(chosen: Mapping[UUID | None, Choice], catalog_item_id: UUID) -> Choice:
    """Return what counts for an item. Pure."""
    return chosen.get(catalog_item_id) or chosen.get(None) or USUAL


def items_of(program_id: UUID) -> list[CatalogItem]:
    """Return the items that a program chose for or asked for, by name."""
    chosen = select(SubstituteChoice.catalog_item_id).where(
        SubstituteChoice.program_id == program_id, SubstituteChoice.catalog_item_id.is_not(None)
    )
    asked = (
        select(PurchaseItem.catalog_item_id)
        .join(Wish, (Wish.tenant_id == PurchaseItem.tenant_id) & (Wish.item_id == PurchaseItem.id))
        .where(Wish.program_id == program_id)
    )
    own = select(CatalogItem).where(or_(CatalogItem.id.in_(chosen), CatalogItem.id.in_(asked)))
    return list(db.session.scalars(own.order_by(CatalogItem.name, CatalogItem.id).limit(MOST_ITEMS)))


def choices_in_pool(item: PurchaseItem, pool_id: UUID) -> dict[UUID, Choice]:
    """Return what each program chose that asked for an item of a purchase at a place."""
    there = select(Wish.program_id).where(
        Wish.purchase_id == item.purchase_id, Wish.item_id == item.id, Wish.pool_id == pool_id
    )
    programs: Sequence[UUID] = list(db.session.scalars(there.distinct().order_by(Wish.program_id)))
    found = select(SubstituteChoice).where(
        one_of(SubstituteChoice.program_id, programs),
        or_(SubstituteChoice.catalog_item_id == item.catalog_item_id, SubstituteChoice.catalog_item_id.is_(None)),
    )
    chosen: dict[UUID, dict[UUID | None, Choice]] = {}
    for one in db.session.scalars(found):
        chosen.setdefault(one.program_id, {})[one.catalog_item_id] = Choice(one.choice)
    return {program: choice_for(chosen.get(program, {}), item.catalog_item_id) for program in programs}
