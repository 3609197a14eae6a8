"""What comes in and goes out of the receiving API. Quantities in eaches or cases as named, money in whole cents."""

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from carepool.purchasing.receiving.actions.claiming import Settling
from carepool.purchasing.receiving.actions.counting import MOST_CASES, MOST_EACHES, Count, LineOfCount
from carepool.purchasing.receiving.actions.terms import ReceivingTerms
from carepool.purchasing.receiving.models.claims import ClaimKind, ClaimState
from carepool.purchasing.receiving.models.documents import SiteKind
from carepool.ui.languages import LOCALES
from carepool.web.bodies import IdOf, Strict, Text

MOST_LINES = 2000


def _number(least: int, most: int, **options: Any) -> fields.Integer:
    return fields.Integer(strict=True, validate=validate.Range(least, most), **options)


def key_field() -> Text:
    """What the device that counts calls the count, such as a UUID; the same key again is the same count."""
    return Text(required=True, least=8, most=100)


class CountLineIn(Strict):
    """One line of a count: `cases` that stand there; the rest in eaches."""

    line = _number(1, 1_000_000, required=True)
    cases = _number(0, MOST_CASES, load_default=0)
    short = _number(0, MOST_EACHES, load_default=0)
    damaged = _number(0, MOST_EACHES, load_default=0)
    substitute = _number(0, MOST_EACHES, load_default=0)
    substitute_name = Text(load_default="")
    substitute_sku = Text(load_default="", most=80)
    substitute_accepted = fields.Boolean(load_default=False, truthy={True}, falsy={False})
    lot = Text(load_default="", most=80)
    expires_on = fields.Date(load_default=None, allow_none=True)
    note = Text(load_default="", most=500)

    @post_load
    def _made(self, data: dict[str, Any], **_: Any) -> LineOfCount:
        return LineOfCount(**data)


class CountIn(Strict):
    """A count of an order as a device made it; `key` is the device's own, `counted_at` by its clock."""

    key = key_field()
    counted_at = fields.AwareDateTime(load_default=None, allow_none=True)
    note = Text(load_default="", most=500)
    lines = fields.List(fields.Nested(CountLineIn), required=True, validate=validate.Length(1, MOST_LINES))

    @post_load
    def _made(self, data: dict[str, Any], **_: Any) -> Count:
        return Count(data["key"], data["lines"], data["note"], "", data["counted_at"])


class CorrectionLineIn(Strict):
    """One line of a correction: what is added to the counts before; below 0 takes away."""

    line = _number(1, 1_000_000, required=True)
    cases = _number(-MOST_CASES, MOST_CASES, load_default=0)
    short = _number(-MOST_EACHES, MOST_EACHES, load_default=0)
    damaged = _number(-MOST_EACHES, MOST_EACHES, load_default=0)

    @post_load
    def _made(self, data: dict[str, Any], **_: Any) -> LineOfCount:
        return LineOfCount(**data)


class CorrectionIn(Strict):
    """A correction of earlier counts, and why."""

    key = key_field()
    cause = Text(required=True, least=1, most=500)
    lines = fields.List(fields.Nested(CorrectionLineIn), required=True, validate=validate.Length(1, MOST_LINES))

    @post_load
    def _made(self, data: dict[str, Any], **_: Any) -> Count:
        return Count(data["key"], data["lines"], "", data["cause"])


class ReceiptLineOut(Schema):
    """One line of a count."""

    line = fields.Integer(required=True)
    cases = fields.Integer(required=True)
    short = fields.Integer(required=True)
    damaged = fields.Integer(required=True)
    substitute = fields.Integer(required=True)
    substitute_name = fields.String(required=True)
    substitute_sku = fields.String(required=True)
    substitute_accepted = fields.Boolean(required=True)
    lot = fields.String(required=True)
    expires_on = fields.Date(required=True, allow_none=True)
    note = fields.String(required=True)


class PhotoOut(Schema):
    """A photo of a line of a count."""

    id = fields.UUID(required=True)
    line = fields.Integer(required=True)
    sha256 = fields.String(required=True)
    added_at = fields.AwareDateTime(required=True)


class ReceiptOut(Schema):
    """A count; a correction has a cause."""

    id = fields.UUID(required=True)
    purchase_order_id = fields.UUID(required=True)
    key = fields.String(required=True, attribute="count_key")
    person_id = fields.UUID(required=True, allow_none=True)
    counted_at = fields.AwareDateTime(required=True)
    received_at = fields.AwareDateTime(required=True)
    note = fields.String(required=True)
    cause = fields.String(required=True)


class ReceiptWithLines(ReceiptOut):
    """A count with its lines and photos."""

    lines = fields.List(fields.Nested(ReceiptLineOut), required=True)
    photos = fields.List(fields.Nested(PhotoOut), required=True)


class PhotoFile(Schema):
    """The photo itself; it is wanted."""

    photo = fields.Raw(load_default=None, metadata={"type": "string", "format": "binary"})


class PhotoForm(Schema):
    """Of which line it is."""

    line = fields.Integer(load_default=1, validate=validate.Range(1, 1_000_000))


class LineStandingOut(Schema):
    """What the counts of a line come to; `usable`, `refused` and what is missing in eaches."""

    line = fields.Integer(required=True)
    item_id = fields.UUID(required=True)
    sku = fields.String(required=True)
    name = fields.String(required=True)
    case_size = fields.Integer(required=True)
    ordered_cases = fields.Integer(required=True)
    counted_cases = fields.Integer(required=True)
    is_counted = fields.Boolean(required=True)
    is_tracked = fields.Boolean(required=True)
    usable = fields.Integer(required=True)
    refused = fields.Integer(required=True)
    short = fields.Integer(required=True)
    damaged = fields.Integer(required=True)
    wrong = fields.Integer(required=True)


class OrderStandingOut(Schema):
    """What came of an order, line by line."""

    purchase_order_id = fields.UUID(required=True)
    number = fields.String(required=True)
    deliver_to = fields.String(required=True)
    is_finished = fields.Boolean(required=True)
    lines = fields.List(fields.Nested(LineStandingOut), required=True)


class TermsIn(Strict):
    """How a purchase is received: what is taken too much, which items have lots, until when goods wait."""

    over_percent = _number(0, 100, load_default=0)
    over_cases = _number(0, MOST_CASES, load_default=0)
    offer_from = fields.Date(load_default=None, allow_none=True)
    tracked_items = fields.List(IdOf("purchase_item"), load_default=list, validate=validate.Length(0, 5000))

    @post_load
    def _made(self, data: dict[str, Any], **_: Any) -> ReceivingTerms:
        return ReceivingTerms(**{**data, "tracked_items": frozenset(data["tracked_items"])})


class TermsOut(Schema):
    """How a purchase is received; `arrival_version` is the result in force, 0 before the first."""

    over_percent = fields.Integer(required=True)
    over_cases = fields.Integer(required=True)
    offer_from = fields.Date(required=True, allow_none=True)
    orders_sent_at = fields.AwareDateTime(required=True, allow_none=True)
    arrival_version = fields.Integer(required=True)


class ArrivalOut(Schema):
    """What arrived, shared out. `computed_at` is null until its job is done; `before_version` 0 is the close."""

    id = fields.UUID(required=True)
    purchase_id = fields.UUID(required=True)
    version = fields.Integer(required=True)
    close_version = fields.Integer(required=True)
    before_version = fields.Integer(required=True, allow_none=True)
    job_id = fields.UUID(required=True)
    policy = fields.String(required=True)
    rule_version = fields.String(required=True)
    sha256 = fields.String(required=True, allow_none=True)
    sums = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    asked_at = fields.AwareDateTime(required=True)
    computed_at = fields.AwareDateTime(required=True, allow_none=True)


class ArrivalShareOut(Schema):
    """What a program gets of an item, in eaches, and pays."""

    item_id = fields.UUID(required=True)
    program_id = fields.UUID(required=True)
    got = fields.Integer(required=True)
    amount_cents = fields.Integer(required=True)
    reason = fields.String(required=True)


class ArrivedShareOut(Schema):
    """A program's share beside what was ordered for it, and why; in eaches. `..._here`: at its delivery point, for all."""

    item_id = fields.UUID(required=True)
    sku = fields.String(required=True)
    name = fields.String(required=True)
    wanted = fields.Integer(required=True)
    ordered = fields.Integer(required=True)
    got = fields.Integer(required=True)
    ordered_cents = fields.Integer(required=True)
    amount_cents = fields.Integer(required=True)
    reason = fields.String(required=True)
    arrived_here = fields.Integer(required=True)
    ordered_here = fields.Integer(required=True)
    why = fields.String(required=True)


class ArrivedOut(Schema):
    """What arrived for one program; `credit_cents` is what it owes less than at the close, below 0: more."""

    version = fields.Integer(required=True)
    goods_cents = fields.Integer(required=True)
    freight_cents = fields.Integer(required=True)
    handling_cents = fields.Integer(required=True)
    ordered_cents = fields.Integer(required=True)
    credit_cents = fields.Integer(required=True)
    shares = fields.List(fields.Nested(ArrivedShareOut), required=True)


class PaperIn(Strict):
    """Which paper, in which language."""

    kind = fields.Enum(SiteKind, by_value=True, required=True)
    language = fields.String(load_default="en", validate=validate.OneOf(sorted(LOCALES)))


class PaperOut(Schema):
    """A paper for the pick-up site; `file_id` is null until its job is done, then its file can be read."""

    id = fields.UUID(required=True)
    kind = fields.String(required=True, validate=validate.OneOf([str(one) for one in SiteKind]))
    language = fields.String(required=True)
    version = fields.Integer(required=True)
    job_id = fields.UUID(required=True)
    file_id = fields.UUID(required=True, allow_none=True)
    asked_at = fields.AwareDateTime(required=True)


class CreditOut(Schema):
    """What a program owes less (above 0) or more (below 0), and why."""

    id = fields.UUID(required=True)
    program_id = fields.UUID(required=True)
    cause = fields.String(required=True)
    cause_id = fields.UUID(required=True)
    amount_cents = fields.Integer(required=True)
    at = fields.AwareDateTime(required=True)


class VendorClaimOut(Schema):
    """A claim to a vendor for one line of an order."""

    id = fields.UUID(required=True)
    purchase_order_id = fields.UUID(required=True)
    line = fields.Integer(required=True)
    kind = fields.String(required=True, validate=validate.OneOf([str(one) for one in ClaimKind]))
    round = fields.Integer(required=True)
    eaches = fields.Integer(required=True)
    amount_cents = fields.Integer(required=True)
    state = fields.String(required=True, validate=validate.OneOf([str(one) for one in ClaimState]))
    accepted_cents = fields.Integer(required=True)
    note = fields.String(required=True)
    made_at = fields.AwareDateTime(required=True)


SETTLED = (ClaimState.SENT, ClaimState.ACCEPTED, ClaimState.REFUSED)
"""What a person says of a claim; that it is withdrawn follows from a count."""


class SettlingIn(Strict):
    """What became of a claim; accepted without an amount means all of it."""

    state = fields.Enum(ClaimState, by_value=True, required=True, validate=validate.OneOf(SETTLED))
    accepted_cents = _number(0, 10**12, load_default=None, allow_none=True)
    note = Text(load_default="", most=500)

    @post_load
    def _made(self, data: dict[str, Any], **_: Any) -> Settling:
        return Settling(data["state"], data["accepted_cents"], data["note"])
