"""The verb that freezes what a purchase saved: its sums are kept with who said so and when, and its evidence stands."""

from dataclasses import asdict
from uuid import UUID

from carepool import events
from carepool.errors import Refusal
from carepool.outbox import Actor, record_event
from carepool.purchasing.actions.purchases import locked_purchase
from carepool.purchasing.models.purchases import Purchase, PurchaseState
from carepool.purchasing.receiving.counts import terms_of
from carepool.purchasing.savings.models import SavingsFreeze
from carepool.purchasing.savings.queries import shown_by_evidence
from carepool.purchasing.savings.sums import By, Counted, Sums, sums_by
from carepool.sentences import Sentence, marked
from tenants.database import db, find


def freeze_of(purchase_id: UUID) -> SavingsFreeze | None:
    """Return how the savings of a purchase were frozen, or None."""
    return find(SavingsFreeze, purchase_id)


def why_not_frozen(purchase: Purchase) -> Sentence | None:
    """Return why the savings of a purchase cannot be frozen yet, with what to do; None where they can be."""
    if purchase.state == PurchaseState.SETTLED:
        return None
    if purchase.state != PurchaseState.RECEIVING or not terms_of(purchase.id).arrival_version:
        return marked("Savings are frozen when the goods came and are shared out. Count them first.")
    return None


def freeze_savings(by: Actor, purchase_id: UUID, zone: str) -> SavingsFreeze:
    """Keep what a purchase saved as it stands now; frozen twice, the first stays. Raises NotFound and Refusal.

    `zone`: that of the state's calendar. From now on no evidence is added or taken back.
    """
    purchase = locked_purchase(purchase_id)
    known = freeze_of(purchase.id)
    if known is not None:
        return known
    if (why_not := why_not_frozen(purchase)) is not None:
        raise Refusal("cannot-be-frozen", why_not)
    sums = sums_by(By.PURCHASE, Counted(zone), [purchase.id]).get(purchase.id, Sums())
    shown = shown_by_evidence(purchase.id)
    kept = {
        **asdict(sums),
        "gross_cents": sums.gross_cents,
        "net_cents": sums.net_cents,
        "proved_cents": shown.proved_cents,
    }
    own = SavingsFreeze(purchase_id=purchase.id, sums=kept, person_id=by.person_id)
    db.session.add(own)
    record_event(events.SAVINGS_FROZEN, purchase.id, by, kept)
    db.session.flush()
    return own
