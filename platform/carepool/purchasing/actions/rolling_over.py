"""Verbs that move what could not be bought to a new draft: by the rule of the purchase at its close, or by hand after it."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select

from carepool import events
from carepool.errors import Refusal
from carepool.outbox import Actor, record_event
from carepool.purchasing.actions.copying import draft_like, items_still_offered
from carepool.purchasing.actions.purchases import locked_purchase
from carepool.purchasing.calculation import DecidedLines
from carepool.purchasing.models.minimums import RollOver
from carepool.purchasing.models.purchases import MinimumRule, Purchase, PurchaseState
from carepool.sentences import marked
from tenants.database import db, find


def contracts_to_roll_over(purchase: Purchase, lines: DecidedLines) -> frozenset[UUID]:
    """Return the contracts whose orders move to a new purchase at the close: by the rule, or as the coordinator decided."""
    by_rule = lines.missed if purchase.minimum_rule == MinimumRule.ROLL_OVER else frozenset()
    return by_rule | lines.to_roll_over


def roll_over(by: Actor, purchase_id: UUID) -> Purchase:
    """Move all that could not be bought in a purchase that was closed to a new draft, once a close; return the draft.

    Asking again gives the same draft, or a new one where that was cancelled. Raises Refusal where nothing was missed or
    nothing is offered any more, NotFound.
    """
    purchase = locked_purchase(purchase_id)
    if purchase.state not in (PurchaseState.FAILED_MINIMUM, PurchaseState.CLOSED, PurchaseState.ORDERED):
        raise Refusal("wrong-state", marked("Orders can be moved only after the close."))
    moved = rolled_into(purchase)
    if moved is not None:
        return moved
    lines = DecidedLines.read(purchase.id)
    contracts = lines.missed | lines.left_out
    if not contracts:
        raise Refusal("nothing-missed", marked("No vendor's minimum was missed. There is nothing to move."))
    draft = roll_over_contracts(by, purchase, contracts)
    if draft is None:
        raise Refusal(
            "nothing-offered", marked("None of these items is in a catalog any more. There is nothing to move.")
        )
    return draft


def roll_over_contracts(by: Actor, purchase: Purchase, contracts: Collection[UUID]) -> Purchase | None:
    """Draft a purchase of the contracts' items for a locked purchase; None where no catalog holds any of them.

    Programs' lines follow when the draft opens (see `carrying`).
    """
    items = [item for item in items_still_offered(purchase.id) if item.contract_id in contracts]
    if not items:
        return None
    draft = draft_like(by, purchase, items)
    made = find(RollOver, purchase.id, purchase.close_version)
    before = str(made.into_id) if made else None
    made = made or RollOver(purchase_id=purchase.id, version=purchase.close_version)
    made.into_id = draft.id
    db.session.add(made)
    record_event(events.PURCHASE_ROLLED_OVER, purchase.id, by, {"into": [before, str(draft.id)]})
    db.session.flush()
    return draft


def rolled_into(purchase: Purchase) -> Purchase | None:
    """Return the purchase that the orders of the newest close moved to, or None; one that was cancelled holds none."""
    query = (
        select(Purchase)
        .join(RollOver, (RollOver.tenant_id == Purchase.tenant_id) & (RollOver.into_id == Purchase.id))
        .where(
            RollOver.purchase_id == purchase.id,
            RollOver.version == purchase.close_version,
            Purchase.state != PurchaseState.CANCELLED,
        )
    )
    return db.session.scalars(query).one_or_none()


def keep_from_both(purchase: Purchase) -> None:
    """Refuse to work a locked purchase out again whose orders moved on: the same goods would be bought twice."""
    if rolled_into(purchase) is not None:
        raise Refusal(
            "moved-on", marked("Its orders moved to a new purchase. Cancel the new purchase first, then do this again.")
        )
