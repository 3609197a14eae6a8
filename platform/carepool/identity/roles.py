"""Verbs of roles: end a membership, and let someone act for another for a while."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select, true

from carepool import events
from carepool.errors import Forbidden, Invalid, NotFound, Refusal
from carepool.identity.actions import SignedIn
from carepool.identity.models import Delegation, Membership, Person
from carepool.identity.queries import administrators
from carepool.identity.rights import EVERYWHERE, Everywhere, Permission, Role, limited, place_of
from carepool.outbox import Activity, Actor, record_event
from carepool.sentences import marked
from tenants.database import db, find
from tenants.ids import new_id

LONGEST_DELEGATION = timedelta(days=366)
DONE_WITH: dict[Permission, tuple[str, ...]] = {
    Permission.PROGRAMS_WRITE: ("program", "import"),
    Permission.CATALOGS_WRITE: ("contract", "catalog_item", "import", "ordering_terms", "desk", "prices"),
    Permission.PURCHASES_WRITE: (
        "purchase", "saved_set", "packing", "order_delivery", "order_answer", "order_proposal", "arrival", "vendor_claim",
        "leftovers", "evidence", "procurement",
    ),
    Permission.GOODS_RECEIVE: ("receipt", "goods", "site_paper"),
    Permission.MONEY_WRITE: (
        "vendor_invoice", "program_invoice", "payment", "write_off", "bank_account", "ach_origin", "ach_file",
        "card_provider", "match_tolerance",
    ),
    Permission.ORDERS_WRITE: ("order", "favourite"),
    Permission.ORDERS_APPROVE: ("order", "spending_rule"),
    Permission.ALLIANCES_WRITE: ("alliance",),
    Permission.DELIVERIES_WRITE: ("delivery", "address"),
    Permission.STATE_WRITE: ("state", "webhook", "retention", "isolation"),
}  # fmt: skip
"""What is done with a permission that can be given on: the first words of the topics in the log."""


def end_membership(by: Actor, membership_id: UUID, at: datetime) -> Membership:
    """End a role now; ending twice changes nothing. Raises NotFound, and Refusal for the last state administrator."""
    own = find(Membership, membership_id)
    if own is None:
        raise NotFound("membership")
    if own.role == Role.STATE_ADMINISTRATOR:
        _refuse_last_administrator(own)
    if own.valid_to is None or own.valid_to > at:
        own.valid_to = at
        record_event(events.MEMBERSHIP_ENDED, own.id, by, {"valid_to": [None, at.isoformat()]})
        db.session.flush()
    return own


def _refuse_last_administrator(own: Membership) -> None:
    """Refuse to end the role of the last administrator. All of them are locked, so that two cannot end each other's."""
    # the time after the wait for the lock: a role that was ended meanwhile counts no more
    now_held = administrators(func.clock_timestamp()).with_only_columns(Membership.id)
    all_of_them = now_held.order_by(Membership.id).with_for_update(of=Membership)
    if set(db.session.scalars(all_of_them)) <= {own.id}:
        sentence = marked("This is the state's last administrator. Make another person administrator first.")
        raise Refusal("last-administrator", sentence)


def delegate(
    who: SignedIn, person_id: UUID, permissions: Iterable[str], valid_to: datetime, at: datetime
) -> Delegation:
    """Let another person act for the caller, limited to permissions that the caller has, until a day.

    The right to change people cannot be given on. Raises NotFound, Invalid and Forbidden.
    """
    wanted = limited(permissions)
    if not wanted or Permission.PEOPLE_WRITE in wanted:
        sentence = marked("Name at least one permission; the right to change people cannot be given on.")
        raise Invalid("bad-delegation", sentence, {"permissions": [sentence]})
    if not at < valid_to <= at + LONGEST_DELEGATION:
        sentence = marked("It must end within 366 days.")
        raise Invalid("bad-delegation", sentence, {"valid_to": [sentence]})
    if find(Person, person_id) is None:
        raise NotFound("person")
    if person_id == who.person.id:
        sentence = marked("Nobody acts for themselves.")
        raise Invalid("bad-delegation", sentence, {"person_id": [sentence]})
    if not all(who.rights.has_of_own(permission) for permission in wanted):
        raise Forbidden()
    made = Delegation(
        id=new_id(), person_id=person_id, for_person_id=who.person.id, permissions=sorted(wanted), valid_from=at,
        valid_to=valid_to,
    )  # fmt: skip
    db.session.add(made)
    facts = {"person": [None, str(person_id)], "permissions": [None, sorted(wanted)]}
    record_event(events.DELEGATION_MADE, made.id, who.actor, {**facts, "valid_to": [None, valid_to.isoformat()]})
    db.session.flush()
    return made


def delegation_or_404(who: SignedIn, delegation_id: UUID) -> Delegation:
    """Return a delegation that the caller gave, holds, or may see as one who changes people. Raises NotFound."""
    own = find(Delegation, delegation_id)
    if own is None or not (
        who.person.id in (own.person_id, own.for_person_id) or who.rights.may(Permission.PEOPLE_WRITE)
    ):
        raise NotFound("delegation")
    return own


def end_delegation(who: SignedIn, delegation_id: UUID, at: datetime) -> None:
    """End a delegation now. Raises NotFound."""
    own = delegation_or_404(who, delegation_id)
    if own.valid_to > at:
        record_event(
            events.DELEGATION_ENDED, own.id, who.actor, {"valid_to": [own.valid_to.isoformat(), at.isoformat()]}
        )
        own.valid_to = at
        db.session.flush()


def log_of(who: SignedIn, own: Delegation) -> Select[Any]:
    """Return the query of what the person who acts did, while it held, where the other had a role then.

    That is everywhere for one who had a state role, else what was done to the programs and alliances of the other. Who may
    not read the records of the state sees of it what the delegation allowed, and only as one who gave or holds it. Raises
    Forbidden.
    """
    while_it_held = Activity.at >= own.valid_from, Activity.at < own.valid_to
    roles = select(Membership.program_id, Membership.alliance_id).where(
        Membership.person_id == own.for_person_id,
        Membership.valid_from < own.valid_to,
        (Membership.valid_to.is_(None)) | (Membership.valid_to > own.valid_from),
    )
    places = [place_of(program, alliance) for program, alliance in db.session.execute(roles.distinct())]
    ids = [place.id for place in places if not isinstance(place, Everywhere)]
    here = true() if EVERYWHERE in places else Activity.subject_id.in_(ids)
    found = select(Activity).where(Activity.person_id == own.person_id, *while_it_held, here)
    if who.rights.may(Permission.RECORDS_READ):
        return found
    if who.person.id not in (own.person_id, own.for_person_id):
        raise Forbidden()
    kinds = sorted({kind for permission in limited(own.permissions) for kind in DONE_WITH.get(permission, ())})
    return found.where(func.split_part(Activity.verb, ".", 1).in_(kinds))
