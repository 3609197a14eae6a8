"""Verbs of notices: record one message a person and occasion, and send it by mail once."""

import smtplib
from collections.abc import Iterable, Mapping, Sequence
from email.message import EmailMessage
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import UUID

from flask import current_app
from flask_babel import force_locale
from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from carepool import events
from carepool.clock import now
from carepool.identity.models import Membership, Person
from carepool.notifications.models import Delivery, DeliveryState, Message
from carepool.notifications.notices import Notice, sentence_of
from carepool.outbox import hand_over
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


def read_messages(person_id: UUID) -> None:
    """Mark all messages of a person as read."""
    unread = update(Message).where(Message.person_id == person_id, Message.read_at.is_(None))
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
        row = insert(Delivery).values(
            message_id=message_id, channel="mail", address=person.email, state=DeliveryState.SENDING, attempts=1
        )
        if db.session.execute(row.on_conflict_do_nothing().returning(Delivery.message_id)).first():
            return True
        cut_off = update(Delivery).where(Delivery.message_id == message_id, Delivery.state == DeliveryState.SENDING)
        db.session.execute(cut_off.values(state=DeliveryState.UNKNOWN, error="The answer of the mail server was lost."))
        return False


def _note(message_id: UUID, state: DeliveryState, error: str) -> None:
    with visiting(session().scope):
        done = update(Delivery).where(Delivery.message_id == message_id, Delivery.channel == "mail")
        db.session.execute(done.values(state=state, error=error, changed_at=func.now()))


def _letter(person: Person, message: Message) -> EmailMessage:
    with force_locale("es_US" if person.language == "es" else "en_US"):
        sentence = sentence_of(message)
    letter = EmailMessage()
    letter["From"] = current_app.config["MAIL_FROM"]
    letter["To"] = person.email
    letter["Subject"] = sentence[:150]
    letter["Message-ID"] = f"<{message.id}@{current_app.config['CAREPOOL_BASE_DOMAIN']}>"
    letter.set_content(sentence)
    return letter


def _post(letter: EmailMessage) -> None:
    parts = urlsplit(current_app.config["SMTP_URL"])
    door = smtplib.SMTP_SSL if parts.scheme == "smtps" else smtplib.SMTP
    with door(parts.hostname or "localhost", parts.port or 25, timeout=30) as server:
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        server.send_message(letter)
