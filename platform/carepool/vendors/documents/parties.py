"""Who takes part in a document, and where they are."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Contact:
    """A person or office to ask; each part may be empty."""

    name: str = ""
    email: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address. `state`: two letters; `country`: ISO 3166-1 alpha-2. Each part may be empty but the country."""

    street: str = ""
    street_2: str = ""
    city: str = ""
    state: str = ""
    zip: str = ""
    country: str = "US"


NO_CONTACT, NO_ADDRESS = Contact(), Address()


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An electronic address of documents.

    `scheme`: a code of the Peppol EAS list, such as `0060` (D-U-N-S), `0088` (GLN) or `9959` (EIN); empty: agreed on
    between the two, as with most X12 sender ids.
    """

    number: str
    scheme: str = ""


@dataclass(frozen=True, slots=True)
class Party:
    """One side of a document. `number`: how the other side counts it (our account with the vendor, their vendor number)."""

    name: str
    number: str = ""
    address: Address = NO_ADDRESS
    contact: Contact = NO_CONTACT
    mailbox: Mailbox | None = None


@dataclass(frozen=True, slots=True)
class Sender:
    """What an incoming document says of the vendor that it comes from; each part may be empty."""

    name: str = ""
    #: Electronic addresses that it writes from.
    mailboxes: tuple[str, ...] = ()
    #: Numbers that we gave it.
    numbers: tuple[str, ...] = ()


NO_SENDER = Sender()
