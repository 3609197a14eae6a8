"""Verbs of signed links: make one for a message, find its order, open it, revoke it."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from carepool import events
from carepool.clock import now
from carepool.errors import NotFound
from carepool.identity.tokens import WrittenToken, fresh_token, read_token
from carepool.outbox import Actor, record_event
from carepool.purchasing.actions.purchases import locked_purchase
from carepool.vendors.answers.models import OrderAnswer
from carepool.vendors.changes.models import OrderQuestion
from carepool.vendors.deliveries.actions import note_step
from carepool.vendors.deliveries.models import OrderDelivery, OrderStage
from carepool.vendors.links.models import OrderLink
from tenants.database import db, find
from tenants.ids import new_id

KIND = "order"
LIFE = timedelta(days=120)
"""How long a link lives: longer than any order takes from close to invoice."""


def make_link(delivery_id: UUID) -> WrittenToken:
    """Make a link to a message; its secret is known only here. Earlier ones keep working: their letters may arrive."""
    written = fresh_token(KIND, new_id())
    db.session.add(OrderLink(id=written.id, delivery_id=delivery_id, secret_hash=written.hash, expires_at=now() + LIFE))
    db.session.flush()
    return written


@dataclass(frozen=True)
class Opened:
    """A link that holds, and the message that it leads to."""

    link: OrderLink
    delivery: OrderDelivery


def read_link(token: str) -> Opened:
    """Return what a link leads to. Raises NotFound for one that is unknown, of another state, expired or revoked."""
    written = read_token(token, KIND)
    link = find(OrderLink, written.id) if written else None
    delivery = find(OrderDelivery, link.delivery_id) if link else None
    if (
        written is None
        or link is None
        or delivery is None
        or not written.proves(link.secret_hash)
        or link.revoked_at is not None
        or link.expires_at <= now()
    ):
        raise NotFound("order link")
    return Opened(link, _order_of(delivery))


def _order_of(delivery: OrderDelivery) -> OrderDelivery:
    """Return the order that a message is about: itself, the one whose answer it replies to, or that it asks about."""
    question = find(OrderQuestion, delivery.question_id) if delivery.question_id else None
    if question is not None:
        return find(OrderDelivery, question.delivery_id) or delivery
    answer = find(OrderAnswer, delivery.answer_id) if delivery.answer_id else None
    order = find(OrderDelivery, answer.delivery_id) if answer else None
    return order or delivery


def open_order(opened: Opened) -> None:
    """Write down, once, that somebody pressed the button that opens the order."""
    link, delivery = _held(opened)
    if link.opened_at is None:
        link.opened_at = now()
        if delivery.opened_at is None:
            note_step(Actor.vendor(), delivery, OrderStage.OPENED, events.ORDER_OPENED, evidence=f"link {link.id}")
    db.session.flush()


def acknowledge(opened: Opened) -> None:
    """Write down, once, that the vendor says that it has the order."""
    link, delivery = _held(opened)
    if delivery.acknowledged_at is None:
        evidence = f"link {link.id}"
        note_step(Actor.vendor(), delivery, OrderStage.ACKNOWLEDGED, events.ORDER_ACKNOWLEDGED, evidence=evidence)
    db.session.flush()


def revoke_links(by: Actor, delivery_id: UUID) -> int:
    """End all links of a message at once; return how many. Raises NotFound."""
    if find(OrderDelivery, delivery_id) is None:
        raise NotFound("order delivery")
    own = select(OrderLink).where(OrderLink.delivery_id == delivery_id, OrderLink.revoked_at.is_(None))
    found = list(db.session.scalars(own.with_for_update()))
    for one in found:
        one.revoked_at = now()
    if found:
        record_event(events.ORDER_LINK_REVOKED, delivery_id, by, {"links": len(found)})
    db.session.flush()
    return len(found)


def _held(opened: Opened) -> tuple[OrderLink, OrderDelivery]:
    """Lock what a link leads to, in the order in which everyone does: purchase, message, link."""
    if opened.delivery.purchase_id:
        locked_purchase(opened.delivery.purchase_id)
    db.session.refresh(opened.delivery, with_for_update=True)
    db.session.refresh(opened.link, with_for_update=True)
    return opened.link, opened.delivery
