"""The daily summary: what waited for it becomes one message with one letter."""

from collections import defaultdict
from uuid import UUID

from sqlalchemy import func, select, update

from carepool.notifications.actions import tell
from carepool.notifications.models import Delivery, DeliveryState, Message
from carepool.notifications.notices import Notice
from carepool.notifications.planning import DIGEST
from tenants.database import db

_AT_A_TIME = 5000


def send_digests() -> int:
    """Make the summaries that are due; return how many. What is in one is never in another."""
    due = (
        select(Delivery.message_id, Message.person_id)
        .join(Message, (Message.tenant_id == Delivery.tenant_id) & (Message.id == Delivery.message_id))
        .where(Delivery.channel == DIGEST, Delivery.due_at <= func.now())
        .order_by(Delivery.message_id)
        .limit(_AT_A_TIME)
        .with_for_update(of=Delivery, skip_locked=True)
    )
    waiting: dict[UUID, list[UUID]] = defaultdict(list)
    for message_id, person_id in db.session.execute(due):
        waiting[person_id].append(message_id)
    for person_id, messages in waiting.items():
        facts = {"count": len(messages), "messages": [str(one) for one in messages]}
        tell([person_id], Notice.DIGEST, person_id, facts, str(messages[0]))
        taken = update(Delivery).where(Delivery.channel == DIGEST, Delivery.message_id.in_(messages))
        done = taken.values(state=DeliveryState.SENT, due_at=None, changed_at=func.now())
        db.session.execute(done.execution_options(synchronize_session=False))
    return len(waiting)
