"""What a state's own systems hear of orders on their way to vendors: ids, versions, channels and states; no names."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from carepool import events
from carepool.publishing import Fact, publishes
from carepool.sentences import marked
from carepool.vendors.answers.models import OrderAnswer
from carepool.vendors.deliveries.models import OrderDelivery
from tenants.database import find


@publishes(events.ORDER_SENT, "order_delivery.sent", marked("An order went to a vendor"))
@publishes(events.ORDER_TROUBLE, "order_delivery.trouble", marked("An order to a vendor does not get through"))
@publishes(events.ORDER_OPENED, "order_delivery.opened", marked("A vendor opens an order"))
@publishes(events.ORDER_ACKNOWLEDGED, "order_delivery.acknowledged", marked("A vendor acknowledges an order"))
def delivery_facts(delivery_id: UUID, _diff: Mapping[str, Any]) -> Iterator[Fact]:
    """Tell a message's id, purchase (none: a test), version, channel and state, and whether it cancels an order."""
    own = find(OrderDelivery, delivery_id)
    if own is not None:
        told = {
            "order_delivery_id": str(own.id),
            "purchase_id": str(own.purchase_id) if own.purchase_id else None,
            "version": own.version,
            "channel": str(own.channel),
            "state": str(own.state),
            "cancels": own.cancels,
        }
        yield Fact(own.id, told)


@publishes(events.ORDER_ANSWERED, "order_answer.made", marked("A vendor answers an order"))
def answer_facts(answer_id: UUID, _diff: Mapping[str, Any]) -> Iterator[Fact]:
    """Tell an answer's id, number, purchase and the message that it answers."""
    own = find(OrderAnswer, answer_id)
    if own is not None:
        told = {"purchase_id": str(own.purchase_id), "order_delivery_id": str(own.delivery_id), "number": own.number}
        yield Fact(own.id, {"order_answer_id": str(own.id), **told})
