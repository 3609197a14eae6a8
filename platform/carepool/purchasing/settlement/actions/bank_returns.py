"""The verb that takes in what the bank returned: each payment that it names is reversed, once."""

from dataclasses import dataclass
from enum import StrEnum
from typing import IO
from uuid import UUID

from sqlalchemy import Text, cast, func, select

from carepool.errors import Invalid
from carepool.outbox import Actor
from carepool.purchasing.settlement.actions.booking import hold_party
from carepool.purchasing.settlement.actions.paying import held_payment, reverse_payment
from carepool.purchasing.settlement.books import known_book
from carepool.purchasing.settlement.models.payments import Method, Payment, PaymentState
from carepool.purchasing.settlement.nacha_returns import BadReturns, ReturnedEntry, read_returns
from carepool.sentences import Sentence, marked
from tenants.database import db

MOST_BYTES = 10 * 1024 * 1024
_REFERENCE = 15
"""Characters of a payment's id that its entry carries."""
_LOCK = 0
"""Files of the bank are taken in one after another; no vendor has this number."""


class Outcome(StrEnum):
    """What became of a returned payment."""

    REVERSED = "reversed"
    #: It was reversed before.
    ALREADY = "already"
    #: No payment of this book, or none of this amount.
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class TakenReturn:
    """A return and what became of it; `payment_id` is None where it is unknown."""

    entry: ReturnedEntry
    outcome: Outcome
    payment_id: UUID | None


def take_returns(by: Actor, stream: IO[bytes], alliance_id: UUID | None = None) -> list[TakenReturn]:
    """Reverse each payment that the file of returns of an alliance's bank (None: of the state's) names.

    The same file again changes nothing. What is not known in the book is told and stops nothing. Raises NotFound, and
    Invalid for a file that cannot be read; it changes nothing.
    """
    known_book(alliance_id)
    content = stream.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise _wrong(marked("The file is too large. A file of returns has at most 10 MB."))
    try:
        entries = read_returns(content.decode("ascii"))
    except UnicodeDecodeError:
        raise _wrong(
            marked("This is no file in NACHA format. Take the file of returns as your bank gives it.")
        ) from None
    except BadReturns as bad:
        raise _wrong(bad.sentence) from None
    hold_party(_LOCK)
    return [_take(by, one, alliance_id) for one in entries]


def _wrong(sentence: Sentence) -> Invalid:
    return Invalid("bad-returns", sentence, {"file": [sentence]})


def _take(by: Actor, entry: ReturnedEntry, alliance_id: UUID | None) -> TakenReturn:
    own = _payment_of(entry, alliance_id)
    if own is None:
        return TakenReturn(entry, Outcome.UNKNOWN, None)
    payment = held_payment(own)
    if payment.state == PaymentState.REVERSED:
        return TakenReturn(entry, Outcome.ALREADY, own)
    if payment.state != PaymentState.DONE:
        return TakenReturn(entry, Outcome.UNKNOWN, own)
    reverse_payment(by, own, entry.reason, payment.version)
    return TakenReturn(entry, Outcome.REVERSED, own)


def _payment_of(entry: ReturnedEntry, alliance_id: UUID | None) -> UUID | None:
    """Return the payment of a book whose id ends like the entry's reference, of the same amount, where there is exactly one."""
    if len(entry.reference) != _REFERENCE:
        return None
    ending = func.right(func.replace(cast(Payment.id, Text), "-", ""), _REFERENCE)
    same = select(Payment.id).where(
        Payment.alliance_id == alliance_id,
        Payment.method == Method.ACH,
        Payment.ach_file_id.is_not(None),
        Payment.amount_cents == entry.cents,
        ending == entry.reference.lower(),
    )
    found = db.session.scalars(same.limit(2)).all()
    return found[0] if len(found) == 1 else None
