"""What an order says in words where a format has no field of its own for it."""

from collections.abc import Iterator
from datetime import datetime

from carepool.vendors.documents.order import Order
from carepool.vendors.documents.parties import Address, Contact, Party

CANCELED = "CANCELED: deliver nothing of this order and bill nothing for it."
"""What a document of a canceled order says before anything else."""


def address_text(address: Address) -> str:
    """Return an address in one line, empty where there is none."""
    place = " ".join(part for part in (address.state, address.zip) if part)
    parts = (address.street, address.street_2, address.city, place)
    text = ", ".join(part for part in parts if part)
    return text if not text or address.country == "US" else f"{text}, {address.country}"


def contact_text(contact: Contact) -> str:
    """Return a contact in one line, empty where there is none."""
    return ", ".join(part for part in (contact.name, contact.phone, contact.email) if part)


def party_text(party: Party) -> str:
    """Return a party's name and address in one line."""
    return ", ".join(part for part in (party.name, address_text(party.address)) if part)


def instant_text(at: datetime) -> str:
    """Return an instant as `2026-03-12 17:00 UTC` or with its own zone's name."""
    return f"{at:%Y-%m-%d %H:%M} {at.tzname()}"


def remarks(order: Order) -> Iterator[str]:
    """Yield what has no field in UBL and cXML: cut-off, tax exemption, remit-to, notes; each names itself."""
    if order.canceled:
        yield CANCELED
    if order.cutoff_at is not None:
        yield f"Ordering cut-off: {instant_text(order.cutoff_at)}"
    if order.tax_exemption:
        yield f"Tax exemption: {order.tax_exemption}"
    if order.remit_to is not None:
        yield f"Remit to: {party_text(order.remit_to)}"
    if order.notes:
        yield order.notes
