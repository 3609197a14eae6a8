"""What comes in and goes out where a vendor's minimum is in danger. Money in whole cents, quantities as named."""

from marshmallow import Schema, fields, validate

from carepool.purchasing.models.minimums import Remedy
from carepool.web.bodies import Strict, Text


class Extension(Strict):
    """Until when a purchase is open now."""

    until = fields.AwareDateTime(required=True)


class RemedyIn(Strict):
    """What becomes of a vendor's orders in one purchase; `remedy` null takes a decision back.

    `minimum_cents` is needed to lower the minimum, and only then.
    """

    remedy = fields.Enum(Remedy, by_value=True, required=True, allow_none=True)
    minimum_cents = fields.Integer(strict=True, load_default=None, allow_none=True, validate=validate.Range(0, 10**12))
    reason = Text(required=True, least=1, most=500)


class FillerOut(Schema):
    """An item that would close the gap by itself."""

    name = fields.String(required=True)
    sku = fields.String(required=True)
    more_cases = fields.Integer(required=True)
    more_eaches = fields.Integer(required=True)


class VendorStandingOut(Schema):
    """How the orders under one contract stand to the vendor's minimum."""

    contract_id = fields.UUID(required=True)
    contract_number = fields.String(required=True)
    vendor = fields.String(required=True)
    order_cents = fields.Integer(required=True)
    minimum_cents = fields.Integer(required=True)
    contract_minimum_cents = fields.Integer(required=True)
    missing_cents = fields.Integer(required=True)
    remedy = fields.String(required=True, allow_none=True, validate=validate.OneOf([str(one) for one in Remedy]))
    reason = fields.String(required=True)
    fillers = fields.List(fields.Nested(FillerOut), required=True)


class VendorsStanding(Schema):
    """All vendors of a purchase."""

    items = fields.List(fields.Nested(VendorStandingOut), required=True)
