"""What comes in and goes out of vendors' answers. Quantities in cases and eaches as named, money in whole cents."""

from marshmallow import Schema, fields, validate

from carepool.vendors.answers.models import ProposalState
from carepool.vendors.documents.statuses import LineStatus


class AcceptedWith(Schema):
    """What a person says of a change that is accepted."""

    same_brand = fields.Boolean(load_default=False)
    based_on = fields.Integer(
        load_default=None,
        validate=validate.Range(min=1),
        metadata={"description": "Version of the close of which you read what follows; 412 where there is a newer one"},
    )


class ProposalOut(Schema):
    """A change that a vendor answered with.

    `changes`: {cases, price_cents, promised_on, substitute: [before, after]}. `consequences`: {bill_cents: [before,
    after], less, more: programs, programs: [[id, eaches before, after, cents before, after], ...]}, and for a substitute
    `substitutes`: {take, same_brand, refuse: programs, all_take, programs: [[id, choice], ...]}.
    """

    id = fields.UUID(required=True)
    purchase_id = fields.UUID(required=True)
    purchase_order_id = fields.UUID(required=True)
    line = fields.Integer(required=True)
    item_id = fields.UUID(required=True)
    code = fields.String(
        required=True,
        validate=validate.OneOf([str(one) for one in LineStatus]),
        metadata={"description": "X12 element 668"},
    )
    changes = fields.Dict(required=True)
    consequences = fields.Dict(required=True)
    state = fields.String(required=True, validate=validate.OneOf([str(one) for one in ProposalState]))
    decided_at = fields.AwareDateTime(required=True, allow_none=True)
    into_version = fields.Integer(
        required=True, allow_none=True, metadata={"description": "The close in which it is worked in"}
    )
    made_at = fields.AwareDateTime(required=True)
