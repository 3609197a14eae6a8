"""What comes in and goes out of files that vendors bring."""

from marshmallow import Schema, fields, validate

from carepool.vendors.inbox.models import Door, FileState
from carepool.web.bodies import SharedId, Strict, Worded


class VendorFileForm(Strict):
    """Whose file it is."""

    vendor_id = SharedId(required=True)


class VendorFileUpload(Schema):
    """A confirmation, receipt or ship notice in a format of the handbook for vendors."""

    file = fields.Raw(required=True, metadata={"type": "string", "format": "binary"})


class VendorFileOut(Schema):
    """A file that was taken; `documents`: [{kind: answer, receipt, shipment or invoice, order}, ...]."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    door = fields.String(required=True, validate=validate.OneOf([str(one) for one in Door]))
    format = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf([str(one) for one in FileState]))
    error = Worded(required=True)
    sha256 = fields.String(required=True)
    size = fields.Integer(required=True)
    documents = fields.List(fields.Dict(), required=True)
    at = fields.AwareDateTime(required=True)


class ExpectedLineOut(Schema):
    """Cases of a line of a purchase order that are on their way."""

    purchase_order_id = fields.UUID(required=True)
    line = fields.Integer(required=True)
    cases = fields.Integer(required=True)
    lot = fields.String(required=True)
    note = fields.String(required=True)


class ExpectedShipmentOut(Schema):
    """A shipment that a vendor announced, by its newest notice."""

    id = fields.UUID(required=True)
    number = fields.String(required=True)
    revision = fields.Integer(required=True)
    shipped_on = fields.Date(required=True, allow_none=True)
    arrives_on = fields.Date(required=True, allow_none=True)
    carrier = fields.String(required=True)
    tracking = fields.List(fields.String(), required=True)
    note = fields.String(required=True)
    lines = fields.List(fields.Nested(ExpectedLineOut), required=True)


class ExpectedShipmentsOut(Schema):
    """All of them, the earliest arrival first."""

    items = fields.List(fields.Nested(ExpectedShipmentOut), required=True)
