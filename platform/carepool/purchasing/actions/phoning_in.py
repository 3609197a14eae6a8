"""The verb of an order that the coordinator enters for a program that phones in."""

from collections.abc import Sequence
from uuid import UUID

from carepool.identity.models import Person
from carepool.notifications.actions import people_of, tell
from carepool.notifications.notices import Notice
from carepool.outbox import Actor
from carepool.purchasing.actions.ordering import Line, Standing, save_order
from carepool.purchasing.models.purchases import Purchase
from tenants.database import find


def save_order_for(
    by: Actor,
    purchase_id: UUID,
    program_id: UUID,
    point_id: UUID | None,
    lines: Sequence[Line],
    *,
    place: bool,
    based_on: int | None,
) -> Standing:
    """Save an order as `save_order` does, and tell the program's people who did it for them.

    Who may order for any program needs no approval of it. The history has the order under the name of whoever entered
    it. A draft tells nobody. Raises as `save_order`.
    """
    standing = save_order(by, purchase_id, program_id, point_id, lines, place=place, based_on=based_on, approves=True)
    purchase = find(Purchase, purchase_id)
    if place and purchase is not None:
        person = find(Person, by.person_id) if by.person_id else None
        facts = {"title": purchase.title, "number": purchase.number, "who": person.name if person else ""}
        occasion = f"{program_id} {standing.version}"
        tell(people_of([program_id]), Notice.ORDERED_FOR_YOU, purchase.id, facts, occasion)
    return standing
