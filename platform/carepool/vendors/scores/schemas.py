"""What goes out of scorecards. Shares in millionths: 950000 is 95 %."""

from marshmallow import Schema, fields


class CountsOut(Schema):
    """Measures with the counts from which they are worked out; null: not known yet."""

    fill_rate = fields.Integer(required=True, allow_none=True)
    on_time = fields.Integer(required=True, allow_none=True)
    price_drift = fields.Integer(required=True, allow_none=True)
    invoice_accuracy = fields.Integer(required=True, allow_none=True)
    ordered_eaches = fields.Integer(required=True)
    received_eaches = fields.Integer(required=True)
    dated_orders = fields.Integer(required=True)
    timely_orders = fields.Integer(required=True)
    ordered_cents = fields.Integer(required=True)
    billed_cents = fields.Integer(required=True)
    invoices = fields.Integer(required=True)
    right_invoices = fields.Integer(required=True)


class QuarterOut(CountsOut):
    """One quarter of a year."""

    year = fields.Integer(required=True)
    quarter = fields.Integer(required=True)


class StatePartOut(CountsOut):
    """What one state measured."""

    state = fields.String(required=True, metadata={"description": "Code of the state, such as `co`"})


class ScorecardOut(Schema):
    """A scorecard: in sum, and by quarter, the newest first."""

    whole = fields.Nested(CountsOut, required=True)
    quarters = fields.List(fields.Nested(QuarterOut), required=True)


class OwnScorecardOut(ScorecardOut):
    """A vendor's own scorecard, across states."""

    states = fields.List(fields.Nested(StatePartOut), required=True)
