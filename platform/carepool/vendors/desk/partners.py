"""Verbs of a state: give a vendor a desk, and choose what is shown there."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy.dialects.postgresql import insert

from carepool import events
from carepool.email_addresses import NOT_ONE, is_address
from carepool.errors import Invalid, NotFound, Refusal, Stale
from carepool.outbox import Actor, record_event
from carepool.sentences import Sentence, marked
from carepool.vendors.desk.models import DeskPartner
from carepool.vendors.desk.people import invite_first
from carepool.vendors.desk.publishing import partner_of, publish_all
from carepool.vendors.forecasts.foreseeing import foresee
from carepool.vendors.terms.actions import contract_of
from tenants import lifecycle
from tenants.database import db, find, session
from tenants.ids import new_id
from tenants.registry import Vendor, desk_host_of
from tenants.scope import Scope, visiting

MOST_NOTICE = 365


def give_desk(by: Actor, contract_id: UUID, name: str, email: str) -> DeskPartner:
    """Work with the vendor of a contract at a desk; a worker opens it and invites its first administrator by mail.

    A vendor that has a desk keeps it and its people: `name` and `email` are not asked then. Only the state that entered
    the vendor into the directory opens its desk. Pressed twice, once done. Raises NotFound, Invalid, Refusal.
    """
    vendor = db.session.get_one(Vendor, contract_of(contract_id).vendor_id)
    known = partner_of(vendor.id)
    if known is not None:
        return known
    invited = {"invited_name": "", "invited_email": ""}
    if desk_host_of(vendor.id) is None:
        if vendor.registered_by != session().scope.id:
            sentence = marked("Another state entered this vendor, and only that state can give it a desk. Ask it to.")
            raise Refusal("desk-of-another", sentence)
        invited = _invited(name, email)
    values = {"id": new_id(), "vendor_id": vendor.id, **invited}
    db.session.execute(insert(DeskPartner).values(values).on_conflict_do_nothing())
    own = partner_of(vendor.id)
    if own is None:
        raise LookupError(f"The desk of vendor {vendor.id} was not given.")
    if own.id == values["id"]:
        record_event(events.DESK_GIVEN, own.id, by, {"email": [None, own.invited_email]})
    db.session.flush()
    return own


def _invited(name: str, email: str) -> dict[str, str]:
    plain, address = " ".join(name.replace("\0", "").split()), email.strip().lower()
    faults: dict[str, list[Sentence]] = {}
    if not 1 <= len(plain) <= 200:
        faults["name"] = [marked("Write a name of at most 200 characters.")]
    if not is_address(address):
        faults["email"] = [NOT_ONE]
    if faults:
        raise Invalid("bad-invitation", marked("Some of what was typed must be mended."), faults)
    return {"invited_name": plain, "invited_email": address}


def open_desk(partner_id: UUID) -> None:
    """Open the desk that was given: its host name, its first administrator, and what is shown there. Safe to run again.

    A task calls this in the scope of the state; registry and vendor are visited in scopes of their own. Raises NotFound.
    """
    own = find(DeskPartner, partner_id)
    if own is None:
        raise NotFound("desk")
    if own.invited_email:
        lifecycle.open_desk(own.vendor_id, current_app.config["CAREPOOL_BASE_DOMAIN"])
        with visiting(Scope.vendor(own.vendor_id)):
            invite_first(own.invited_email, own.invited_name)
    publish_all(own.vendor_id)


def change_partner(by: Actor, partner_id: UUID, facts: Mapping[str, Any], based_on: int | None) -> DeskPartner:
    """Choose what is shown at a desk. `facts`: shown, notice_days, shares_forecast. Raises NotFound, Invalid, Stale."""
    own = find(DeskPartner, partner_id)
    if own is None:
        raise NotFound("desk")
    db.session.refresh(own, with_for_update=True)
    if own.version != based_on:
        raise Stale()
    if not 0 <= facts["notice_days"] <= MOST_NOTICE:
        sentence = marked("Write a whole number from %(least)s to %(most)s.", least=0, most=MOST_NOTICE)
        raise Invalid("bad-notice", sentence, {"notice_days": [sentence]})
    diff = {name: [getattr(own, name), value] for name, value in facts.items() if getattr(own, name) != value}
    for name, (_, value) in diff.items():
        setattr(own, name, value)
    own.version += 1
    record_event(events.DESK_CHANGED, own.id, by, diff)
    db.session.flush()
    return own


def work_out(partner_id: UUID) -> None:
    """Do what follows from another choice: show what was not shown yet. A task calls this. Raises NotFound."""
    own = find(DeskPartner, partner_id)
    if own is None:
        raise NotFound("desk")
    if own.shown:
        publish_all(own.vendor_id)
    foresee()
