"""What goes out of the API of closes: tries, records, purchase orders, shares and what a program owes, in cents."""

from marshmallow import Schema, fields

from carepool.purchasing.schemas.fields import TAX


class DryRunOut(Schema):
    """A tried close; `sha256` is null until a worker computed it."""

    id = fields.UUID(required=True)
    job_id = fields.UUID(required=True, allow_none=True)
    sha256 = fields.String(required=True, allow_none=True)
    sums = fields.Dict(required=True)
    lines = fields.List(fields.Dict(), required=True)
    asked_at = fields.AwareDateTime(required=True)
    done_at = fields.AwareDateTime(required=True, allow_none=True)


class CloseOut(Schema):
    """A computed close."""

    version = fields.Integer(required=True)
    cutoff_at = fields.AwareDateTime(required=True)
    rule_version = fields.String(required=True)
    sha256 = fields.String(required=True)
    sums = fields.Dict(required=True)


class RecordOut(Schema):
    """The record of a close (see `close_record`); `member_columns` names the cells of each line's members."""

    rule = fields.String(required=True)
    policy = fields.String(required=True)
    charges = fields.List(fields.Raw(), required=True)
    contracts = fields.List(fields.List(fields.Raw()), required=True)
    exempt = fields.List(fields.String(), metadata={"description": "License numbers of those who pay no tax"})
    member_columns = fields.List(fields.String(), required=True)
    lines = fields.List(fields.Dict(), required=True)
    tax_millionths = fields.Integer(metadata={"description": TAX})


class PurchaseOrderLineOut(Schema):
    """One line of a purchase order."""

    line = fields.Integer(required=True)
    sku = fields.String(required=True)
    name = fields.String(required=True)
    case_size = fields.Integer(required=True)
    cases = fields.Integer(required=True)
    price_cents = fields.Integer(required=True)
    amount_cents = fields.Integer(required=True)


class PurchaseOrderOut(Schema):
    """A purchase order to one vendor for one delivery point."""

    id = fields.UUID(required=True)
    number = fields.String(required=True)
    version = fields.Integer(required=True)
    deliver_to = fields.String(required=True)
    total_cents = fields.Integer(required=True)
    content_sha256 = fields.String(required=True)


class PurchaseOrderWithLines(PurchaseOrderOut):
    """A purchase order with its lines."""

    lines = fields.List(fields.Nested(PurchaseOrderLineOut), required=True)


class ShareOut(Schema):
    """What a program got of one item, what it pays, and why (`reason`)."""

    item_id = fields.UUID(required=True)
    program_id = fields.UUID(required=True)
    wanted = fields.Integer(required=True)
    extra = fields.Integer(required=True)
    boost = fields.Integer(required=True)
    got = fields.Integer(required=True)
    amount_cents = fields.Integer(required=True)
    baseline_cents = fields.Integer(required=True)
    reason = fields.String(required=True)


class ExplainedShareOut(ShareOut):
    """A share with what was bought for all, and the sentence that explains it in the caller's language (`why`)."""

    sku = fields.String(required=True)
    name = fields.String(required=True)
    case_size = fields.Integer(required=True)
    taxable = fields.Boolean(required=True)
    cases = fields.Integer(required=True)
    wanted_in_all = fields.Integer(required=True)
    price_cents = fields.Integer(required=True, allow_none=True)
    why = fields.String(required=True)


class ResultOut(Schema):
    """What a close means for one program, in cents; `certificate` is what it pays no tax for, "" where it pays.

    Tax is not in `saved_cents`: baselines are prices without tax.
    """

    goods_cents = fields.Integer(required=True)
    freight_cents = fields.Integer(required=True)
    handling_cents = fields.Integer(required=True)
    taxable_cents = fields.Integer(required=True)
    tax_millionths = fields.Integer(required=True, metadata={"description": TAX})
    tax_cents = fields.Integer(required=True)
    certificate = fields.String(required=True)
    total_cents = fields.Integer(required=True)
    saved_cents = fields.Integer(required=True)
    shares = fields.List(fields.Nested(ExplainedShareOut), required=True)
