"""Order messages put into words and documents: the letter, its documents, the link to answer."""

from dataclasses import replace
from typing import Any

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select

from carepool.notifications.letters import Sender
from carepool.purchasing.models.purchases import Purchase
from carepool.sentences import Sentence
from carepool.ui.languages import LOCALES, SOURCE
from carepool.vendors.answers.models import OrderProposal
from carepool.vendors.answers.undecided import count_undecided
from carepool.vendors.changes.models import OrderQuestion
from carepool.vendors.changes.versions import last_sent_before, since_last_sent
from carepool.vendors.channels.outgoing import AskedLine, Decided, Outgoing
from carepool.vendors.deliveries.contents import neutral_order, orders_of_delivery, test_order
from carepool.vendors.deliveries.exemptions import Certificate, documents_of, exemptions_of
from carepool.vendors.deliveries.models import OrderDelivery
from carepool.vendors.desk.addresses import desk_address
from carepool.vendors.desk.publishing import publish
from carepool.vendors.documents.faults import CannotWrite
from carepool.vendors.documents.order import Order
from carepool.vendors.documents_written import carries_one_place, written_documents
from carepool.vendors.links.actions import make_link
from carepool.vendors.terms.actions import own_vendor_mail
from carepool.vendors.terms.models import ChannelName, OrderingTerms
from tenants.database import db, find


class CannotBeWritten(Exception):
    """An order that the chosen format cannot carry; `sentence` says what is missing."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def outgoing_of(own: OrderDelivery, terms: OrderingTerms, secret: str) -> Outgoing:
    """Put a message into words and documents; it gets a link of its own, whose secret is only in it.

    Raises CannotBeWritten.
    """
    sender = Sender.here()
    link = _link_of(own, sender)
    order = order_of(own, terms, sender, link)
    try:
        documents = written_documents(order, own.format, own.control, test=own.is_test, secret=secret)
        if (gone := _places_taken_back(own, order, terms, sender)) is not None:
            documents += written_documents(gone, own.format, own.control, secret=secret)
    except CannotWrite as refused:
        raise CannotBeWritten(refused.sentence) from refused
    if own.is_order and not own.cancels and own.channel in (ChannelName.MAIL, ChannelName.SFTP, ChannelName.WEBHOOK):
        documents += documents_of(certificates_of(own, terms))
    language = terms.language if terms.language in LOCALES else SOURCE
    decided = decisions_of(own) if own.answer_id else []
    asked = asked_of(own) if own.question_id else ()
    changed = () if decided or asked or own.is_test or own.cancels else since_last_sent(own)
    facts = {
        "order": order,
        "terms": terms,
        "sender": sender,
        "test": own.is_test,
        "language": language,
        "decided": decided,
        "at_desk": own.channel == ChannelName.DESK and own.is_order,
        "asked": asked,
        "asked_to_cancel": asked_to_cancel(own),
        "not_made": own.not_made,
        "changed": changed,
        "undecided": bool(changed and own.purchase_id and count_undecided(own.purchase_id, own.vendor_id)),
    }
    with force_locale(LOCALES[language]):
        subject = _subject(order, sender, own)
        text, html = (_rendered(name, facts) for name in ("order_mail.txt", "order_mail.html"))
    return Outgoing(
        id=own.id,
        number=order.number,
        version=order.version,
        test=own.is_test,
        terms=terms,
        secret=secret,
        host=sender.host,
        site=sender.tenant.title,
        reply_to=sender.tenant.brand.contact_email,
        language=language,
        subject=subject,
        text=text,
        html=html,
        link=link,
        documents=documents,
        canceled=own.cancels,
        not_made=own.not_made,
        decisions=tuple(decided),
        asked=asked,
        mail_to=tuple(terms.mail_to) or tuple(filter(None, (own_vendor_mail(own.vendor_id),))),
    )


def _places_taken_back(own: OrderDelivery, order: Order, terms: OrderingTerms, sender: Sender) -> Order | None:
    """Return what the vendor has for places at which nothing is ordered any more, as a canceled order; None for none.

    Only in a format whose files carry one place each: there a place that is left out would stand as it was.
    """
    last = last_sent_before(own) if carries_one_place(own.format) and own.is_order and not own.cancels else None
    if last is None or last.cancels:
        return None
    had = order_of(last, terms, sender, "")
    gone = {one.number for one in had.points} - {one.number for one in order.points}
    if not gone:
        return None
    return replace(
        had,
        version=order.version,
        issued_at=order.issued_at,
        points=tuple(one for one in had.points if one.number in gone),
        lines=tuple(one for one in had.lines if one.point in gone),
        replaces=last.version,
        canceled=True,
        link=order.link,
    )


def _link_of(own: OrderDelivery, sender: Sender) -> str:
    """Return where the vendor sees the order: at its desk, where it is put now, or behind a fresh link."""
    if own.channel == ChannelName.DESK and own.is_order:
        return desk_address("desk_pages.order", own.vendor_id, order_id=publish(own).id)
    return sender.address("order_pages.cover", token=str(make_link(own.id)))


def certificates_of(own: OrderDelivery, terms: OrderingTerms) -> tuple[Certificate, ...]:
    """Return the exemption certificates that an order names."""
    purchase = find(Purchase, own.purchase_id) if own.purchase_id else None
    if purchase is None or own.cancels:
        return ()
    return exemptions_of(purchase, own.version, own.vendor_id, terms).certificates


def order_of(own: OrderDelivery, terms: OrderingTerms, sender: Sender, link: str) -> Order:
    """Return the neutral order that a message carries."""
    if own.is_test:
        return test_order(own, terms, sender, link)
    return neutral_order(orders_of_delivery(own), own, terms, sender, link)


def _subject(order: Order, sender: Sender, own: OrderDelivery) -> str:
    told = {"number": order.number, "state": sender.tenant.title}
    if own.answer_id:
        return str(_("About your answer to order %(number)s from %(state)s", **told))
    if own.not_made:
        return str(_("Order %(number)s from %(state)s is not changed", **told))
    if own.question_id:
        return str(_("Can order %(number)s from %(state)s be changed?", **told))
    if own.cancels:
        return str(_("CANCELED: purchase order %(number)s from %(state)s", **told))
    if own.is_test:
        return str(_("Test order %(number)s from %(state)s: deliver nothing", **told))
    if order.version > 1:
        return str(_("Purchase order %(number)s, version %(version)s, from %(state)s", version=order.version, **told))
    return str(_("Purchase order %(number)s from %(state)s", **told))


def decisions_of(own: OrderDelivery) -> list[Decided]:
    """Return what was decided about each line of the answer that a message replies to, in the order of the lines."""
    told = select(OrderProposal).where(OrderProposal.answer_id == own.answer_id)
    states = {(one.purchase_order_id, one.line): str(one.state) for one in db.session.scalars(told)}
    return [
        Decided(number, line.sku, line.name, states[order.id, line.line])
        for number, (order, line) in orders_of_delivery(own).numbered().items()
        if (order.id, line.line) in states
    ]


def asked_of(own: OrderDelivery) -> tuple[AskedLine, ...]:
    """Return the changes that a message asks for, or says are not made."""
    question = find(OrderQuestion, own.question_id)
    lines = question.lines if question else []
    return tuple(
        AskedLine(**{**one, "cases": tuple(one["cases"]), "price_cents": tuple(one["price_cents"])}) for one in lines
    )


def asked_to_cancel(own: OrderDelivery) -> bool:
    """Tell whether a message asks for the whole order to be taken back."""
    question = find(OrderQuestion, own.question_id) if own.question_id else None
    return question is not None and question.cancels


def _rendered(name: str, facts: dict[str, Any]) -> str:
    # without the frame that pages have: nobody asks for this one
    return current_app.jinja_env.get_template(f"vendors/{name}").render(**facts)
