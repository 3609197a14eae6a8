"""Sending messages: what is planned, claimed, sent and noted, so that nobody gets one twice and nothing is lost.

A delivery that waits is in one of two hands: an outbox row's (`due_at` is null) or the sweep's (`due_at` says when).
"""

from collections.abc import Sequence
from contextlib import ExitStack
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

import structlog
from flask import current_app
from prometheus_client import Counter
from sqlalchemy import func, or_, select, update

from carepool import events
from carepool.clock import now
from carepool.errors import NotFound, Refusal
from carepool.identity.models import Person
from carepool.notifications.channels import CHANNELS, Answer, Channel, Letter
from carepool.notifications.letters import Sender, letter_of
from carepool.notifications.models import Delivery, DeliveryState, Message, MessageTimes
from carepool.notifications.notices import NEEDED
from carepool.notifications.planning import CLOSED, SILENCED, is_silenced, plan_deliveries, quiet_until
from carepool.notifications.standing import NOT_SET_UP, note_standings, standings
from carepool.outbox import Actor, hand_over, record_event
from carepool.sentences import marked
from tenants.database import db, find, session
from tenants.scope import visiting

FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
GIVEN_UP = timedelta(days=3)
"""Age at which a message that could not be sent is old news."""
_AT_A_TIME = 1000
_SENT = Counter("carepool_deliveries_total", "Attempts to deliver a message, by what came of it", ["channel", "state"])


def send_messages(message_ids: Sequence[UUID]) -> None:
    """Send messages on every channel that their people chose, one connection a channel for all of them.

    A crash after `sending` leaves a delivery unknown for a person to look at; never sent twice.
    """
    sender = Sender.here()
    with ExitStack() as open_channels:
        channels: dict[str, Channel] = {}
        for message_id in message_ids:
            for name in _planned(message_id):
                if name not in channels and CHANNELS[name].configured():
                    channels[name] = open_channels.enter_context(CHANNELS[name]())
                claimed = _claim(sender, message_id, name)
                if claimed is not None:
                    letter, address = claimed
                    _note(message_id, name, channels[name].send(letter, address))


def _planned(message_id: UUID) -> list[str]:
    """Write a message's deliveries, once, and return the channels that are to be tried now."""
    with visiting(session().scope):
        plan_deliveries(message_id)
        open_now = Delivery.state.in_((DeliveryState.WAITING, DeliveryState.SENDING))
        mine = select(Delivery.channel).where(Delivery.message_id == message_id, open_now, Delivery.due_at.is_(None))
        return list(db.session.scalars(mine.order_by(Delivery.channel)))


def _claim(sender: Sender, message_id: UUID, channel: str) -> tuple[Letter, str] | None:
    """Commit `sending` before anything leaves; a delivery found in `sending` was cut off and becomes unknown."""
    with visiting(session().scope):
        waits = or_(Delivery.due_at.is_(None), Delivery.state == DeliveryState.SENDING)
        mine = select(Delivery).where(Delivery.message_id == message_id, Delivery.channel == channel, waits)
        own = db.session.scalars(mine.with_for_update()).one_or_none()
        message = find(Message, message_id)
        person = find(Person, message.person_id) if message else None
        if own is None or message is None or person is None:
            return None
        if own.state == DeliveryState.SENDING:
            own.state, own.changed_at = DeliveryState.UNKNOWN, now()
            own.error = marked("The answer of the other side was lost.")
        elif own.state == DeliveryState.WAITING and not _hindered(own, message, person):
            own.state, own.attempts, own.error, own.changed_at = DeliveryState.SENDING, own.attempts + 1, "", now()
            return letter_of(sender, person, message), own.address
    return None


def _hindered(own: Delivery, message: Message, person: Person) -> bool:
    """Refuse or put off a delivery that may not leave now: what was chosen or happened since it was planned counts."""
    if person.disabled_at is not None:
        # also what everyone needs: whose account is closed gets no link to sign in
        own.state, own.error, own.changed_at = DeliveryState.REFUSED, CLOSED, now()
        return True
    if not CHANNELS[own.channel].configured():
        too_old = now() - message.created_at > GIVEN_UP
        own.state = DeliveryState.REFUSED if too_old else DeliveryState.WAITING
        own.error, own.due_at = NOT_SET_UP, None if too_old else now() + LONGEST_WAIT
        return True
    if message.kind in NEEDED:
        return False
    if is_silenced(own.channel, own.address):
        own.state, own.error = DeliveryState.REFUSED, SILENCED
        return True
    own.due_at = quiet_until(find(MessageTimes, message.person_id))
    return own.due_at is not None


def _note(message_id: UUID, channel: str, answer: Answer) -> None:
    """Write down what came of an attempt; one that surely did not go out is tried again, later each time."""
    _SENT.labels(channel, str(answer.state)).inc()
    with visiting(session().scope):
        own = find(Delivery, message_id, channel)
        message = find(Message, message_id)
        if own is None or message is None:
            return
        own.state, own.error, own.changed_at = answer.state, answer.error, now()
        own.reference = answer.reference or own.reference
        own.due_at = None
        if answer.state is DeliveryState.WAITING:
            if now() - message.created_at > GIVEN_UP:
                own.state = DeliveryState.REFUSED
                return
            own.due_at = now() + min(FIRST_WAIT * 2 ** min(own.attempts - 1, 12), LONGEST_WAIT)


def send_due() -> int:
    """Hand over the deliveries whose time to be tried has come; return how many messages. A stuck channel is logged."""
    # those of the daily summary are not its own
    mine = Delivery.due_at <= func.now(), Delivery.channel.in_(CHANNELS)
    due = select(Delivery.message_id, Delivery.channel).where(*mine)
    taken = due.order_by(Delivery.due_at).limit(_AT_A_TIME).with_for_update(skip_locked=True)
    rows = db.session.execute(taken).tuples().all()
    messages = list(dict.fromkeys(message for message, _ in rows))
    for channel in CHANNELS:
        these = Delivery.message_id.in_([message for message, name in rows if name == channel])
        handed = update(Delivery).where(these, Delivery.channel == channel, Delivery.due_at <= func.now())
        db.session.execute(handed.values(due_at=None).execution_options(synchronize_session=False))
    if messages:
        hand_over(events.MESSAGE_WAITING, messages)
    _tell_stuck()
    return len(messages)


def _tell_stuck() -> None:
    """Log stuck channels, and note for operators where all stand."""
    found = standings()
    note_standings(current_app.config["REDIS_URL"], session().scope, found)
    for one in found:
        if one.stuck:
            log = structlog.get_logger("carepool.notifications")
            log.error("channel_stuck", channel=one.channel, waiting=one.waiting, error=one.error)


class Outcome(StrEnum):
    """What a person says of a delivery whose outcome is unknown."""

    SENT = "sent"
    SEND_AGAIN = "send_again"


def resolve_delivery(by: Actor, message_id: UUID, channel: str, outcome: Outcome) -> Delivery:
    """Settle a delivery whose outcome is unknown: it was sent, or it waits to be sent again.

    Raises NotFound, and Refusal where it is not unknown, so that of two presses at once one counts.
    """
    own = find(Delivery, message_id, channel)
    if own is None:
        raise NotFound("delivery")
    db.session.refresh(own, with_for_update=True)
    if own.state != DeliveryState.UNKNOWN:
        raise Refusal("delivery-settled", marked("This delivery is not in doubt; there is nothing to settle."))
    again = outcome is Outcome.SEND_AGAIN
    own.state = DeliveryState.WAITING if again else DeliveryState.SENT
    own.due_at, own.changed_at = None, now()
    facts = {"channel": channel, "state": [DeliveryState.UNKNOWN, own.state]}
    record_event(events.DELIVERY_REPEATED if again else events.DELIVERY_SETTLED, message_id, by, facts)
    db.session.flush()
    return own
