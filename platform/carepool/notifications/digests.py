"""The daily summary: what waited for it becomes one message with one letter."""

from collections import defaultdict
from uuid import UUID

from sqlalchemy import func, select, update

from carepool.notifications.actions import tell
from carepool.notifications.models import Delivery, DeliveryState, Message, MessageTimes
from carepool.notifications.notices import Notice
from carepool.notifications.planning import DIGEST
from tenants.database import db, one_of

_AT_A_TIME = 2000
"""People whose summaries one round makes."""


def send_digests() -> int:
    """Make the summaries that are due; return how many. A person's are in one, and what is in one is never in another."""
    same = (Message.tenant_id == Delivery.tenant_id) & (Message.id == Delivery.message_id)
    due = select(Delivery.message_id, Message.person_id).join(Message, same)
    due = due.where(Delivery.channel == DIGEST, Delivery.due_at <= func.now())
    # whoever holds a person's row makes that person's summary
    people = select(MessageTimes.person_id).where(due.where(Message.person_id == MessageTimes.person_id).exists())
    taken = people.order_by(MessageTimes.person_id).limit(_AT_A_TIME).with_for_update(skip_locked=True)
    mine = one_of(Message.person_id, db.session.scalars(taken).all())
    waiting: dict[UUID, list[UUID]] = defaultdict(list)
    for message_id, person_id in db.session.execute(due.where(mine).order_by(Delivery.message_id)):
        waiting[person_id].append(message_id)
    for person_id, messages in waiting.items():
        facts = {"count": len(messages), "messages": [str(one) for one in messages]}
        tell([person_id], Notice.DIGEST, person_id, facts, str(messages[0]))
        own = update(Delivery).where(Delivery.channel == DIGEST, one_of(Delivery.message_id, messages))
        done = own.values(state=DeliveryState.SENT, due_at=None, changed_at=func.now())
        db.session.execute(done.execution_options(synchronize_session=False))
    return len(waiting)
