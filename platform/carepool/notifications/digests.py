"""The daily summary: what waited for it becomes one message with one letter."""

from collections import defaultdict
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update

from carepool.identity.models import Person
from carepool.notifications.actions import tell
from carepool.notifications.models import Delivery, DeliveryState, Message
from carepool.notifications.notices import Notice
from carepool.notifications.planning import CLOSED, DIGEST
from tenants.database import db, one_of, session

_AT_A_TIME = 2000
"""People whose summaries one round makes."""


def send_digests() -> int:
    """Make the summaries that are due; return how many. A person's are in one, and what is in one is never in another."""
    key = func.hashtextextended(f"{session().scope} summaries", 0)
    if not db.session.scalar(select(func.pg_try_advisory_xact_lock(key))):
        # another round of this state is at it
        return 0
    same = (Message.tenant_id == Delivery.tenant_id) & (Message.id == Delivery.message_id)
    due = select(Delivery.message_id, Message.person_id).join(Message, same)
    due = due.where(Delivery.channel == DIGEST, Delivery.due_at <= func.now())
    people = due.with_only_columns(Message.person_id).distinct().order_by(Message.person_id).limit(_AT_A_TIME)
    mine = one_of(Message.person_id, db.session.scalars(people).all())
    waiting: dict[UUID, list[UUID]] = defaultdict(list)
    for message_id, person_id in db.session.execute(due.where(mine).order_by(Delivery.message_id)):
        waiting[person_id].append(message_id)
    closed = Person.disabled_at.is_not(None), one_of(Person.id, list(waiting))
    gone = set(db.session.scalars(select(Person.id).where(*closed)))
    for person_id, messages in waiting.items():
        own = update(Delivery).where(Delivery.channel == DIGEST, one_of(Delivery.message_id, messages))
        came: dict[str, Any] = {"state": DeliveryState.SENT}
        if person_id in gone:
            came = {"state": DeliveryState.REFUSED, "error": CLOSED}
        else:
            _tell(person_id, messages)
        done = own.values(**came, due_at=None, changed_at=func.now())
        db.session.execute(done.execution_options(synchronize_session=False))
    return len(waiting) - len(gone)


def _tell(person_id: UUID, messages: list[UUID]) -> None:
    facts = {"count": len(messages), "messages": [str(one) for one in messages]}
    tell([person_id], Notice.DIGEST, person_id, facts, str(messages[0]))
