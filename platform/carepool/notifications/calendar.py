"""A person's calendar of purchases: its address is a secret of its own, stored hashed, and can be stopped."""

from collections.abc import Iterator
from datetime import date, timedelta
from uuid import UUID

from flask_babel import gettext as _
from icalendar import Calendar, Event
from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert

from carepool.clock import now
from carepool.enrolling.models.contracts import ContractState, ServiceContract
from carepool.enrolling.queries import contracts_for, taken_by, title_in
from carepool.identity.models import Membership, Person
from carepool.identity.rights import Grant, Rights, Role, place_of
from carepool.identity.tokens import WrittenToken, fresh_token, read_token
from carepool.notifications.letters import Sender
from carepool.notifications.models import CalendarFeed
from carepool.purchasing.models.purchases import Purchase, PurchaseState
from carepool.purchasing.queries import purchases_for
from carepool.ui.formats import spoken_language
from tenants.database import db, find
from tenants.ids import new_id

KIND = "calendar"
_PAST = timedelta(days=90)
_MOST = 1000


def new_feed(person_id: UUID) -> WrittenToken:
    """Make a person's calendar address; the one before stops working."""
    written = fresh_token(KIND, new_id())
    values = {"token_id": written.id, "secret_hash": written.hash, "made_at": now()}
    kept = insert(CalendarFeed).values(person_id=person_id, **values)
    db.session.execute(kept.on_conflict_do_update(index_elements=["tenant_id", "person_id"], set_=values))
    return written


def revoke_feed(person_id: UUID) -> None:
    """Stop a person's calendar address."""
    own = find(CalendarFeed, person_id)
    if own is not None:
        db.session.delete(own)
        db.session.flush()


def has_feed(person_id: UUID) -> bool:
    """Tell whether a person's calendar address works now."""
    return find(CalendarFeed, person_id) is not None


def reader_of(written: str) -> Person | None:
    """Return whose calendar an address opens, or None where it proves nothing."""
    token = read_token(written, KIND)
    if token is None:
        return None
    own = db.session.scalars(select(CalendarFeed).where(CalendarFeed.token_id == token.id)).one_or_none()
    if own is None or not token.proves(own.secret_hash):
        return None
    person = find(Person, own.person_id)
    return person if person is not None and person.disabled_at is None else None


def written_calendar(person: Person) -> bytes:
    """Return the purchases that a person may see as iCalendar (RFC 5545): one entry for the opening, one for the close.

    Service contracts: the last instant to enroll, the last day to give notice and the last day of those of the person.
    """
    sender = Sender.here()
    calendar = Calendar()
    calendar.add("prodid", "-//Carepool//Purchases//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", sender.shown(spoken_language()).title)
    recent = purchases_for(_rights_of(person.id), None).where(
        Purchase.closes_at > now() - _PAST, Purchase.state.not_in((PurchaseState.DRAFT, PurchaseState.CANCELLED))
    )
    for purchase in db.session.scalars(recent.order_by(Purchase.closes_at, Purchase.id).limit(_MOST)):
        page = sender.address("purchasing_pages.purchase", purchase_id=purchase.id)
        opens = _("%(title)s opens", title=purchase.title)
        closes = _("%(title)s closes", title=purchase.title)
        for what, at, words in (("opens", purchase.opens_at, opens), ("closes", purchase.closes_at, closes)):
            calendar.add_component(_entry(f"{purchase.id}-{what}@{sender.host}", at, words, page, purchase.version))
    for entry in _of_contracts(person, sender):
        calendar.add_component(entry)
    return bytes(calendar.to_ical())


def _of_contracts(person: Person, sender: Sender) -> Iterator[Event]:
    """Yield the last instant to enroll in each service contract on offer, and the last days of those of the person."""
    rights, today = _rights_of(person.id), now().date()
    offered = contracts_for(rights, ContractState.OPEN).order_by(ServiceContract.closes_at, ServiceContract.id)
    for own in db.session.scalars(offered.limit(_MOST)):
        page, title = _page_of(own, sender), title_in(own, spoken_language())
        words = _("Last day to enroll: %(title)s", title=title)
        yield _entry(f"{own.id}-enroll@{sender.host}", own.closes_at, words, page, own.version)
    for own in db.session.scalars(taken_by(rights).where(ServiceContract.ends_on >= today).limit(_MOST)):
        page, title = _page_of(own, sender), title_in(own, spoken_language())
        days = {"ends": (own.ends_on, _("%(title)s ends", title=title))}
        if own.notice_days:
            days["notice"] = (own.notice_on, _("Last day to give notice: %(title)s", title=title))
        for what, (at, words) in days.items():
            yield _entry(f"{own.id}-{what}@{sender.host}", at, words, page, own.version)


def _page_of(own: ServiceContract, sender: Sender) -> str:
    return sender.address("enrolling_pages.contract", contract_id=own.id)


def _entry(uid: str, at: date, words: str, page: str, version: int) -> Event:
    entry = Event()
    entry.add("uid", uid)
    entry.add("dtstamp", now())
    entry.add("dtstart", at)
    entry.add("summary", words)
    entry.add("url", page)
    entry.add("sequence", version)
    return entry


def _rights_of(person_id: UUID) -> Rights:
    at = now()
    held = select(Membership.role, Membership.program_id, Membership.alliance_id).where(
        Membership.person_id == person_id,
        Membership.valid_from <= at,
        or_(Membership.valid_to.is_(None), Membership.valid_to > at),
    )
    places = db.session.execute(held)
    return Rights(tuple(Grant(Role(role), place_of(program, alliance)) for role, program, alliance in places))
