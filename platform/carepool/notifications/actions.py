"""Verbs of notices: record one message a person and occasion, and send it by mail once."""

import smtplib
from collections.abc import Iterable, Mapping, Sequence
from email.message import EmailMessage
from enum import StrEnum
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import UUID

from flask import current_app
from flask_babel import force_locale
from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from carepool import events
from carepool.clock import now
from carepool.errors import NotFound, Refusal
from carepool.identity.links import link_for_letter
from carepool.identity.models import Membership, Person
from carepool.notifications.models import Delivery, DeliveryState, Message
from carepool.notifications.notices import LINK_LIFE, Notice, sentence_of, words_of_link
from carepool.outbox import Actor, hand_over, record_event
from carepool.sentences import marked
from tenants.database import bulk_insert, db, find, session
from tenants.ids import new_id
from tenants.scope import visiting


def tell(
    person_ids: Iterable[UUID], notice: Notice, subject_id: UUID, facts: Mapping[str, Any], occasion: str = ""
) -> None:
    """Record a notice for people; the same notice, subject and occasion reaches a person once."""
    rows = [(new_id(), one) for one in dict.fromkeys(person_ids)]
    same = {"kind": str(notice), "subject_id": subject_id, "occasion": occasion}
    bulk_insert(Message, ("id", "person_id", "facts"), ((*row, dict(facts)) for row in rows), same=same, keep=True)
    if current_app.config["SMTP_URL"]:
        fresh = select(Message.id).where(Message.id.in_([message for message, _ in rows]))
        hand_over(events.MESSAGE_WAITING, db.session.scalars(fresh))


def people_of(program_ids: Sequence[UUID]) -> list[UUID]:
    """Return the people who have a role in these programs now."""
    at = now()
    query = select(Membership.person_id).where(
        Membership.program_id.in_(program_ids), (Membership.valid_to.is_(None)) | (Membership.valid_to > at)
    )
    return list(db.session.scalars(query.distinct()))


def count_unread(person_id: UUID) -> int:
    """Return how many messages of a person were not read yet."""
    unread = select(func.count()).where(Message.person_id == person_id, Message.read_at.is_(None))
    return db.session.scalar(unread) or 0


def read_messages(person_id: UUID, up_to: UUID | None = None) -> None:
    """Mark the messages of a person as read: all, or those up to one; ids follow time."""
    unread = update(Message).where(Message.person_id == person_id, Message.read_at.is_(None))
    if up_to is not None:
        unread = unread.where(Message.id <= up_to)
    db.session.execute(unread.values(read_at=func.now()).execution_options(synchronize_session=False))


def send_message(message_id: UUID) -> None:
    """Send a message by mail. A crash after `sending` leaves it unknown for a person to look at; never sent twice."""
    if not _claim(message_id):
        return
    message = find(Message, message_id)
    person = find(Person, message.person_id) if message else None
    if message is None or person is None:
        return
    state, error = DeliveryState.SENT, ""
    try:
        _post(_letter(person, message))
    except smtplib.SMTPRecipientsRefused as refused:
        state, error = DeliveryState.REFUSED, str(refused)[:500]
    except (OSError, smtplib.SMTPException) as failed:
        state, error = DeliveryState.UNKNOWN, str(failed)[:500]
    _note(message_id, state, error)


def _claim(message_id: UUID) -> bool:
    """Commit `sending` before anything leaves; a delivery found in `sending` was cut off and becomes unknown."""
    with visiting(session().scope):
        message = find(Message, message_id)
        person = find(Person, message.person_id) if message else None
        if message is None or person is None:
            return False
        sending = {"address": _address(person, message), "state": DeliveryState.SENDING, "changed_at": func.now()}
        row = insert(Delivery).values(message_id=message_id, channel="mail", attempts=1, error="", **sending)
        # a delivery that waits is one that a person wants to be sent again
        claimed = row.on_conflict_do_update(
            index_elements=["tenant_id", "message_id", "channel"],
            set_={**sending, "attempts": Delivery.attempts + 1, "error": ""},
            where=Delivery.state == DeliveryState.WAITING,
        )
        if db.session.execute(claimed.returning(Delivery.message_id)).first():
            return True
        cut_off = update(Delivery).where(Delivery.message_id == message_id, Delivery.state == DeliveryState.SENDING)
        sentence = marked("The answer of the mail server was lost.")
        db.session.execute(cut_off.values(state=DeliveryState.UNKNOWN, error=sentence, changed_at=func.now()))
        return False


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
    own.changed_at = now()
    facts = {"channel": channel, "state": [DeliveryState.UNKNOWN, own.state]}
    record_event(events.DELIVERY_REPEATED if again else events.DELIVERY_SETTLED, message_id, by, facts)
    db.session.flush()
    return own


def _note(message_id: UUID, state: DeliveryState, error: str) -> None:
    with visiting(session().scope):
        done = update(Delivery).where(Delivery.message_id == message_id, Delivery.channel == "mail")
        db.session.execute(done.values(state=state, error=error, changed_at=func.now()))


def _address(person: Person, message: Message) -> str:
    """Return where a letter goes: to the person, or to the address that its facts name."""
    return str(message.facts.get("to") or person.email)


def _letter(person: Person, message: Message) -> EmailMessage:
    with force_locale("es_US" if person.language == "es" else "en_US"):
        sentence, more = sentence_of(message), _more(person, message)
    letter = EmailMessage()
    letter["From"] = current_app.config["MAIL_FROM"]
    letter["To"] = _address(person, message)
    letter["Subject"] = sentence[:150]
    letter["Message-ID"] = f"<{message.id}@{current_app.config['CAREPOOL_BASE_DOMAIN']}>"
    letter.set_content(f"{sentence}\n\n{more}" if more else sentence)
    return letter


def _more(person: Person, message: Message) -> str:
    """Return what a letter says below its sentence; a link is made here, so once for each time a letter is written."""
    notice = Notice(message.kind)
    return words_of_link(notice, link_for_letter(notice, person.id, message.subject_id)) if notice in LINK_LIFE else ""


def _post(letter: EmailMessage) -> None:
    parts = urlsplit(current_app.config["SMTP_URL"])
    door = smtplib.SMTP_SSL if parts.scheme == "smtps" else smtplib.SMTP
    with door(parts.hostname or "localhost", parts.port or 25, timeout=30) as server:
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        server.send_message(letter)
