"""What a channel is given to send, and what it answers."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from carepool.sentences import NOTHING, Sentence
from carepool.vendors.deliveries.models import OrderStage
from carepool.vendors.terms.models import OrderingTerms


@dataclass(frozen=True)
class Document:
    """A written document: its file name, its media type, its bytes."""

    name: str
    content_type: str
    data: bytes


@dataclass(frozen=True)
class Decided:
    """What was decided about a line that a vendor answered otherwise: its number in the message, its item, the state."""

    line: int
    sku: str
    name: str
    state: str


@dataclass(frozen=True)
class AskedLine:
    """What the buyer asks to change of a line: its number in the message (None: a new line), cases and cents as pairs."""

    line: int | None
    deliver_to: str
    sku: str
    name: str
    cases: tuple[int, int]
    price_cents: tuple[int, int]


@dataclass(frozen=True)
class Outgoing:
    """An order message put into words and documents."""

    #: The delivery's id, by which the other side knows a second one.
    id: UUID
    number: str
    version: int
    test: bool
    terms: OrderingTerms
    #: The secret of its channel, opened: what signs, or the private key.
    secret: str
    #: The state's host, which names the state in a Message-ID; the name of its site, and who answers for it.
    host: str
    site: str
    reply_to: str
    #: `en` or `es`.
    language: str
    subject: str
    text: str
    html: str
    #: Where the vendor sees and answers it.
    link: str
    documents: tuple[Document, ...]
    #: The message says that the order is canceled; its documents say so, too.
    canceled: bool = False
    #: Where the message replies to an answer; empty for an order.
    decisions: tuple[Decided, ...] = ()
    #: Where the message asks for a change, or (`not_made`) says that it is not made after all; empty for an order.
    asked: tuple[AskedLine, ...] = ()
    not_made: bool = False
    #: Who gets the letter.
    mail_to: tuple[str, ...] = ()


@dataclass(frozen=True)
class Result:
    """What is known of a send.

    `stage`: sent (the other side's server took it), delivered (the vendor's own system has it), queued (surely not sent,
    to be tried again), refused (surely not sent, and no later try will do), unknown (the answer was lost). `evidence`:
    what the other side said, literally.
    """

    stage: OrderStage
    evidence: str = ""
    reference: str = ""
    error: Sentence = NOTHING


class OrderChannel(Protocol):
    """A way out."""

    def __call__(self, outgoing: Outgoing) -> Result:
        """Send and tell what happened. Never raises for the other side."""
