"""What comes in and goes out of price proposals at a state. Money in whole cents."""

from typing import Any

from marshmallow import Schema, fields, validate

from carepool.vendors.prices.models import PriceProposal, PriceState
from carepool.vendors.prices.proposing import lines_of
from carepool.web.bodies import Strict, Text
from tenants.database import db
from tenants.registry import Vendor


class PriceDecisionIn(Strict):
    """Why a proposal is declined."""

    reason = Text(required=True, least=1, most=500)


class ProposedLineOut(Schema):
    """One item, with rungs as the catalog keeps them and the list price of a case, before and after."""

    item_id = fields.UUID(required=True)
    sku = fields.String(required=True)
    name = fields.String(required=True)
    ladder_before = fields.List(fields.List(fields.Integer()), required=True)
    ladder = fields.List(fields.List(fields.Integer()), required=True)
    list_before = fields.Integer(required=True, allow_none=True)
    list_cents = fields.Integer(required=True, allow_none=True)


class StateProposalOut(Schema):
    """Prices that a vendor proposes to this state."""

    id = fields.UUID(required=True)
    vendor = fields.String(required=True)
    effective_on = fields.Date(required=True)
    note = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf([str(one) for one in PriceState]))
    reason = fields.String(required=True)
    at = fields.AwareDateTime(required=True)
    decided_at = fields.AwareDateTime(required=True, allow_none=True)
    in_force_at = fields.AwareDateTime(required=True, allow_none=True)
    lines = fields.List(fields.Nested(ProposedLineOut), required=True)


def state_proposal(own: PriceProposal) -> dict[str, Any]:
    """Return a proposal as its schema wants it."""
    names = ("id", "effective_on", "note", "state", "reason", "at", "decided_at", "in_force_at")
    told = {name: getattr(own, name) for name in names}
    return {**told, "vendor": db.session.get_one(Vendor, own.vendor_id).name, "lines": lines_of(own)}
