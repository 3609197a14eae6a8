"""What comes in and goes out of changes of orders that are out. Quantities as named, money in whole cents."""

from typing import Any

from marshmallow import Schema, fields, validate

from carepool.vendors.changes.models import EditState, QuestionState
from carepool.vendors.changes.versions import LineChange
from carepool.web.bodies import IdOf, Strict, Text

_PAIR = {"description": "Before and after"}


def _pair(inner: Any) -> Any:
    return fields.List(inner, required=True, validate=validate.Length(equal=2), metadata=_PAIR)


class WishedLineIn(Strict):
    """How many eaches of an item a program gets at most; 0 takes the line away, extra and boost with it."""

    item_id = IdOf("purchase_item", required=True)
    wanted = fields.Integer(required=True, strict=True, validate=validate.Range(0, 1_000_000))


class ProgramWishIn(Strict):
    """What changes for one program; lines that are not named stay. Without an order that counts, its draft counts then."""

    program_id = IdOf("program", required=True)
    lines = fields.List(fields.Nested(WishedLineIn), load_default=list, validate=validate.Length(max=500))
    withdrawn = fields.Boolean(load_default=False, metadata={"description": "Take the whole order back"})


class EditIn(Strict):
    """A set of changes to look at."""

    programs = fields.List(fields.Nested(ProgramWishIn), required=True, validate=validate.Length(1, 50))


class ConfirmedEditIn(EditIn):
    """A set of changes to make. `key`: what you call it; the same sent twice is one."""

    key = Text(required=True, least=1, most=100)
    reason = Text(required=True, least=1, most=300)


class OrderLineDifferenceOut(Schema):
    """A line of an order to a vendor that differs."""

    deliver_to = fields.String(required=True)
    sku = fields.String(required=True)
    name = fields.String(required=True)
    cases = _pair(fields.Integer())
    price_cents = _pair(fields.Integer())


class ProgramDifferenceOut(Schema):
    """A program that is affected: its bill, and [item, eaches before, after, cents before, after] of lines that differ."""

    program_id = fields.UUID(required=True)
    bill_cents = _pair(fields.Integer())
    lines = fields.List(fields.List(fields.Raw()), required=True)


class OrderDifferenceOut(Schema):
    """What follows from a set of changes. `order_cents`: by how much the vendors' bills differ."""

    order_cents = fields.Integer(required=True)
    lines = fields.List(fields.Nested(OrderLineDifferenceOut), required=True)
    line_count = fields.Integer(
        required=True, metadata={"description": "All lines that differ; `lines` are the first 200"}
    )
    affected = fields.Integer(required=True)
    less = fields.Integer(required=True)
    more = fields.Integer(required=True)
    programs = fields.List(fields.Nested(ProgramDifferenceOut), required=True)


class EditPreviewOut(Schema):
    """What would follow; nothing is written."""

    version = fields.Integer(required=True, metadata={"description": "Send it as If-Match when you confirm"})
    asks_vendor = fields.Boolean(
        required=True, metadata={"description": "A vendor past its cut-off must say yes first"}
    )
    cancels = fields.List(
        fields.UUID(), required=True, metadata={"description": "Vendors whose whole order would be canceled"}
    )
    difference = fields.Nested(OrderDifferenceOut, required=True)


class EditOut(Schema):
    """A set of changes that was confirmed."""

    id = fields.UUID(required=True)
    purchase_id = fields.UUID(required=True)
    state = fields.String(required=True, validate=validate.OneOf([str(one) for one in EditState]))
    reason = fields.String(required=True)
    based_on = fields.Integer(required=True)
    into_version = fields.Integer(required=True, allow_none=True)
    consequences = fields.Nested(OrderDifferenceOut, required=True)
    made_at = fields.AwareDateTime(required=True)
    decided_at = fields.AwareDateTime(required=True, allow_none=True)


class QuestionOut(Schema):
    """What a vendor is asked."""

    id = fields.UUID(required=True)
    edit_id = fields.UUID(required=True)
    delivery_id = fields.UUID(required=True)
    lines = fields.List(fields.Dict(), required=True)
    total_cents = _pair(fields.Integer())
    cancels = fields.Boolean(
        required=True, metadata={"description": "Nothing would be left: the whole order is to be taken back"}
    )
    state = fields.String(required=True, validate=validate.OneOf([str(one) for one in QuestionState]))
    source = fields.String(required=True)
    note = fields.String(required=True)
    asked_at = fields.AwareDateTime(required=True)
    answered_at = fields.AwareDateTime(required=True, allow_none=True)


class AnsweredIn(Strict):
    """What the vendor said to a person. `note`: who, and how."""

    accepted = fields.Boolean(required=True)
    note = Text(required=True, least=1, most=500)


class VersionOut(Schema):
    """A version of a purchase's orders."""

    version = fields.Integer(required=True)
    computed_at = fields.AwareDateTime(required=True)
    sha256 = fields.String(required=True)


class VersionsOut(Schema):
    """All versions, the oldest first."""

    items = fields.List(fields.Nested(VersionOut), required=True)


class TwoVersions(Schema):
    """Which versions are compared; the newest with the one before it where none is named."""

    before = fields.Integer(load_default=None, data_key="from", validate=validate.Range(1, 2**31 - 1))
    after = fields.Integer(load_default=None, data_key="to", validate=validate.Range(1, 2**31 - 1))


class ChangedLineOut(Schema):
    """A line that differs; null where it is not there."""

    change = fields.String(required=True, validate=validate.OneOf([str(one) for one in LineChange]))
    order_number = fields.String(required=True)
    deliver_to = fields.String(required=True)
    line = _pair(fields.Integer(allow_none=True))
    sku = _pair(fields.String(allow_none=True))
    name = _pair(fields.String(allow_none=True))
    cases = _pair(fields.Integer())
    price_cents = _pair(fields.Integer(allow_none=True))


class VendorDifferenceOut(Schema):
    """What differs for one vendor."""

    vendor_id = fields.UUID(required=True, attribute="vendor.public_id")
    vendor = fields.String(required=True, attribute="vendor.name")
    canceled = fields.Boolean(
        required=True, metadata={"description": "The later version orders nothing from it any more"}
    )
    total_cents = _pair(fields.Integer())
    deliver_on = _pair(fields.Date(allow_none=True))
    lines = fields.List(fields.Nested(ChangedLineOut), required=True)


class VersionDifferenceOut(Schema):
    """What differs between two versions, vendor by vendor."""

    items = fields.List(fields.Nested(VendorDifferenceOut), required=True)
