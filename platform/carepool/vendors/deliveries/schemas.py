"""What comes in and goes out of order messages. Money in whole cents."""

from marshmallow import Schema, fields, validate

from carepool.vendors.deliveries.actions import Settlement
from carepool.vendors.deliveries.models import OrderStage
from carepool.vendors.terms.models import ChannelName
from carepool.web.bodies import SharedId, Strict, Text, Worded


class OrderDeliveryOut(Schema):
    """One order message: all purchase orders of a purchase and vendor on one channel; a test has no purchase."""

    id = fields.UUID(required=True)
    purchase_id = fields.UUID(required=True, allow_none=True)
    version = fields.Integer(required=True)
    cancels = fields.Boolean(
        required=True, metadata={"description": "It says that nothing is ordered any more; no lines are in it"}
    )
    channel = fields.String(required=True, validate=validate.OneOf([str(one) for one in ChannelName]))
    format = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf([str(one) for one in OrderStage]))
    address = fields.String(required=True)
    attempts = fields.Integer(required=True)
    due_at = fields.AwareDateTime(required=True, allow_none=True)
    error = Worded(required=True)
    reference = fields.String(required=True)
    deliver_on = fields.Date(required=True, allow_none=True)
    cutoff_at = fields.AwareDateTime(required=True, allow_none=True)
    opened_at = fields.AwareDateTime(required=True, allow_none=True)
    acknowledged_at = fields.AwareDateTime(required=True, allow_none=True)
    made_at = fields.AwareDateTime(required=True)


class OrderStepOut(Schema):
    """A step that a message took, with its proof."""

    at = fields.AwareDateTime(required=True)
    state = fields.String(required=True, validate=validate.OneOf([str(one) for one in OrderStage]))
    evidence = fields.String(required=True)
    error = Worded(required=True)


class OrderDeliveryWholeOut(OrderDeliveryOut):
    """An order message with every step, the oldest first."""

    steps = fields.List(fields.Nested(OrderStepOut), required=True)


class VendorOrderOut(Schema):
    """Where one vendor of a closed purchase stands."""

    vendor_id = fields.UUID(required=True, attribute="vendor.public_id")
    vendor = fields.String(required=True, attribute="vendor.name")
    total_cents = fields.Integer(required=True, attribute="orders.total_cents")
    channel = fields.String(required=True, attribute="terms.channel")
    sent = fields.Boolean(required=True)
    changed = fields.Boolean(
        required=True, metadata={"description": "An earlier version was sent, and the order is another now"}
    )
    canceled = fields.Boolean(
        required=True, metadata={"description": "The vendor had an order, and nothing is asked of it any more"}
    )
    deliveries = fields.List(fields.Nested(OrderDeliveryOut), required=True)


class VendorOrdersOut(Schema):
    """All vendors of a closed purchase, by name."""

    items = fields.List(fields.Nested(VendorOrderOut), required=True)


class QueuedOut(Schema):
    """How many messages are sent now."""

    queued = fields.Integer(required=True)


class ByHandIn(Strict):
    """A vendor that was ordered from outside of Carepool, and how."""

    vendor_id = SharedId(required=True)
    note = Text(required=True, least=1, most=500)


class SettleIn(Strict):
    """What is known of a message whose answer was lost."""

    settlement = fields.Enum(Settlement, by_value=True, required=True)


class RevokedOut(Schema):
    """How many links were ended."""

    links = fields.Integer(required=True)
