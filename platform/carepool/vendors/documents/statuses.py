"""What a vendor says becomes of a line: X12 data element 668 (004010), the vocabulary of answers on every channel."""

from enum import StrEnum

from carepool.sentences import Sentence, marked


class Outcome(StrEnum):
    """What a line status means for the goods."""

    ACCEPTED = "accepted"
    CHANGED = "changed"
    BACKORDERED = "backordered"
    HELD = "held"
    REJECTED = "rejected"


class LineStatus(StrEnum):
    """A code of X12 element 668."""

    ACCEPTED_FORWARDED = "AA"
    ACCEPTED_SHIPPED = "AC"
    ACCEPTED_RELEASED = "AR"
    PART_SHIPPED = "BP"
    DATE_MOVED = "DR"
    ACCEPTED = "IA"
    BACKORDERED = "IB"
    CHANGED = "IC"
    DELETED = "ID"
    PRICE_PENDING = "IE"
    HELD_DESCRIPTION = "IF"
    HELD = "IH"
    PRICE_CHANGED = "IP"
    QUANTITY_CHANGED = "IQ"
    REJECTED = "IR"
    SUBSTITUTED = "IS"
    HELD_WAIVER = "IW"
    REJECTED_NOT_ON_CONTRACT = "R1"
    REJECTED_ITEM_NUMBER = "R2"
    REJECTED_UNIT = "R3"
    REJECTED_NOT_AVAILABLE = "R4"
    REJECTED_JUST_IN_TIME = "R5"
    REJECTED_EXTENDED_DELIVERY = "R6"
    REJECTED_DROP_SHIPMENT = "R7"
    REJECTED_SURGE = "R8"
    DATE_PENDING = "SP"

    @property
    def outcome(self) -> Outcome:
        """What it means for the goods."""
        return _OUTCOMES.get(self, Outcome.REJECTED if self.value.startswith("R") else Outcome.CHANGED)

    @property
    def meaning(self) -> Sentence:
        """The code in words."""
        return _MEANINGS[self]


_S = LineStatus
_OUTCOMES = {
    _S.ACCEPTED_FORWARDED: Outcome.ACCEPTED,
    _S.ACCEPTED_SHIPPED: Outcome.ACCEPTED,
    _S.ACCEPTED_RELEASED: Outcome.ACCEPTED,
    _S.ACCEPTED: Outcome.ACCEPTED,
    _S.PART_SHIPPED: Outcome.BACKORDERED,
    _S.BACKORDERED: Outcome.BACKORDERED,
    _S.DELETED: Outcome.REJECTED,
    _S.REJECTED: Outcome.REJECTED,
    _S.PRICE_PENDING: Outcome.HELD,
    _S.DATE_PENDING: Outcome.HELD,
    _S.HELD: Outcome.HELD,
    _S.HELD_DESCRIPTION: Outcome.HELD,
    _S.HELD_WAIVER: Outcome.HELD,
}
_MEANINGS = {
    _S.ACCEPTED_FORWARDED: marked("Accepted, sent on to another location of the vendor"),
    _S.ACCEPTED_SHIPPED: marked("Accepted and shipped"),
    _S.ACCEPTED_RELEASED: marked("Accepted and released for shipping"),
    _S.PART_SHIPPED: marked("Part shipped, the rest backordered"),
    _S.DATE_MOVED: marked("Accepted for another date"),
    _S.ACCEPTED: marked("Accepted"),
    _S.BACKORDERED: marked("Backordered"),
    _S.CHANGED: marked("Accepted with changes"),
    _S.DELETED: marked("Taken off the order"),
    _S.PRICE_PENDING: marked("Accepted, price still to come"),
    _S.HELD_DESCRIPTION: marked("On hold: the description is incomplete"),
    _S.HELD: marked("On hold"),
    _S.PRICE_CHANGED: marked("Accepted at another price"),
    _S.QUANTITY_CHANGED: marked("Accepted in another quantity"),
    _S.REJECTED: marked("Rejected"),
    _S.SUBSTITUTED: marked("Accepted with a substitute"),
    _S.HELD_WAIVER: marked("On hold: a waiver is needed"),
    _S.REJECTED_NOT_ON_CONTRACT: marked("Rejected: not on the contract"),
    _S.REJECTED_ITEM_NUMBER: marked("Rejected: the item number is not valid"),
    _S.REJECTED_UNIT: marked("Rejected: the unit is not valid"),
    _S.REJECTED_NOT_AVAILABLE: marked("Rejected: not available"),
    _S.REJECTED_JUST_IN_TIME: marked("Rejected: order it as a just-in-time order"),
    _S.REJECTED_EXTENDED_DELIVERY: marked("Rejected: order it to come over a longer time"),
    _S.REJECTED_DROP_SHIPMENT: marked("Rejected: order it as a drop shipment"),
    _S.REJECTED_SURGE: marked("Rejected: order it as a surge order"),
    _S.DATE_PENDING: marked("Accepted, date still to come"),
}
_WORDS = {
    "accepted": _S.ACCEPTED,
    "accept": _S.ACCEPTED,
    "yes": _S.ACCEPTED,
    "ok": _S.ACCEPTED,
    "confirmed": _S.ACCEPTED,
    "shipped": _S.ACCEPTED_SHIPPED,
    "backordered": _S.BACKORDERED,
    "backorder": _S.BACKORDERED,
    "back order": _S.BACKORDERED,
    "bo": _S.BACKORDERED,
    "partial": _S.PART_SHIPPED,
    "substituted": _S.SUBSTITUTED,
    "substitute": _S.SUBSTITUTED,
    "sub": _S.SUBSTITUTED,
    "price changed": _S.PRICE_CHANGED,
    "quantity changed": _S.QUANTITY_CHANGED,
    "changed": _S.CHANGED,
    "rejected": _S.REJECTED,
    "reject": _S.REJECTED,
    "no": _S.REJECTED,
    "out of stock": _S.REJECTED_NOT_AVAILABLE,
    "not available": _S.REJECTED_NOT_AVAILABLE,
    "discontinued": _S.REJECTED_NOT_AVAILABLE,
    "deleted": _S.DELETED,
    "canceled": _S.DELETED,
    "cancelled": _S.DELETED,
    "on hold": _S.HELD,
    "hold": _S.HELD,
    "rescheduled": _S.DATE_MOVED,
}


def status_of_code(code: str) -> LineStatus | None:
    """Return the status of a 668 code; None for unknown ones."""
    try:
        return LineStatus(code.strip().upper())
    except ValueError:
        return None


def status_of_words(text: str) -> LineStatus | None:
    """Return the status that a code or a person's word means, such as `IA`, `Accepted` or `back-order`."""
    word = " ".join(text.lower().replace("-", " ").replace("_", " ").split())
    return _WORDS.get(word) or status_of_code(text)
