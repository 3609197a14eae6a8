"""What comes in and goes out of the API of group purchases, their delivery points and items."""

from marshmallow import Schema, fields, validate

from carepool.purchasing.allocation import Policy
from carepool.purchasing.charges import ShareRule
from carepool.purchasing.minimums.rules import MOST_DAYS
from carepool.purchasing.models.purchases import BaselineKind, MinimumRule, PurchaseState
from carepool.purchasing.sales_tax.rates import LARGEST_RATE
from carepool.purchasing.schemas.fields import TAX, cents, count, word
from carepool.web.bodies import IdOf, PageQuery, Strict, Text
from tenants.vocabularies import ProgramType

OWNER = "The alliance that owns it, whose members alone may join; null: the state. Left out, the owner of a draft stays"


class LadderOut(Schema):
    """Where an item stands now and what the next step would bring (see `view_ladder`)."""

    cases = fields.Integer(required=True)
    price_cents = fields.Integer(required=True, allow_none=True)
    wanted = fields.Integer(required=True)
    next_from = fields.Integer(required=True, allow_none=True)
    more_cases = fields.Integer(required=True, allow_none=True)
    percent_less = fields.Integer(required=True, allow_none=True)
    you_save_cents = fields.Integer(required=True, allow_none=True)
    loose_eaches = fields.Integer(required=True)
    to_fill_case = fields.Integer(required=True)


class ClosingTimeIn(Strict):
    """When an open purchase is to close."""

    closes_at = fields.AwareDateTime(required=True)


class PurchaseIn(Strict):
    """The terms of a group purchase."""

    title = Text(required=True, least=1)
    alliance_id = IdOf("alliance", allow_none=True, metadata={"description": OWNER})
    opens_at = fields.AwareDateTime(required=True)
    closes_at = fields.AwareDateTime(required=True)
    program_types = fields.List(
        fields.Enum(ProgramType, by_value=True), load_default=list, validate=validate.Length(max=20)
    )
    counties = fields.List(Text(least=1), load_default=list, validate=validate.Length(max=300))
    shortage_policy = fields.Enum(Policy, by_value=True, load_default=Policy.PROPORTIONAL)
    freight_cents = cents(load_default=0)
    freight_rule = fields.Enum(ShareRule, by_value=True, load_default=ShareRule.BY_VALUE)
    handling_cents = cents(load_default=0)
    handling_rule = fields.Enum(ShareRule, by_value=True, load_default=ShareRule.EQUAL)
    tax_millionths = count(0, LARGEST_RATE, load_default=0, metadata={"description": TAX})
    minimum_rule = fields.Enum(MinimumRule, by_value=True, load_default=MinimumRule.FAIL)
    extend_days = count(0, MOST_DAYS, load_default=0)


class PurchaseOut(Schema):
    """A group purchase."""

    id = fields.UUID(required=True)
    number = fields.String(required=True, allow_none=True)
    title = fields.String(required=True)
    alliance_id = fields.UUID(required=True, allow_none=True, metadata={"description": OWNER})
    state = word(PurchaseState)
    opens_at = fields.AwareDateTime(required=True)
    closes_at = fields.AwareDateTime(required=True)
    program_types = fields.List(fields.String(), required=True)
    counties = fields.List(fields.String(), required=True)
    shortage_policy = fields.String(required=True)
    freight_cents = fields.Integer(required=True)
    freight_rule = fields.String(required=True)
    handling_cents = fields.Integer(required=True)
    handling_rule = fields.String(required=True)
    tax_millionths = fields.Integer(required=True, metadata={"description": TAX})
    minimum_rule = word(MinimumRule)
    extend_days = fields.Integer(required=True)
    extended_at = fields.AwareDateTime(required=True, allow_none=True)
    version = fields.Integer(required=True)
    close_version = fields.Integer(required=True)
    job_id = fields.UUID(required=True, allow_none=True, metadata={"description": "The job of its close"})


class PurchaseQuery(PageQuery):
    """Which purchases to list."""

    state = fields.Enum(PurchaseState, by_value=True, load_default=None, allow_none=True)


class PointIn(Strict):
    """A delivery point: a pick-up site, or each program's door."""

    kind = fields.String(load_default="site", validate=validate.OneOf(["site", "door"]))
    name = Text(required=True, least=1)
    address = Text(load_default="")
    hours = Text(load_default="")
    receiving_hours = Text(load_default="", metadata={"description": "When the vendor may deliver"})
    dock = Text(load_default="")
    contact = Text(load_default="", metadata={"description": "Whom the vendor's driver calls"})


class PointOut(Schema):
    """A delivery point."""

    id = fields.UUID(required=True)
    kind = fields.String(required=True)
    name = fields.String(required=True)
    address = fields.String(required=True)
    hours = fields.String(required=True)
    receiving_hours = fields.String(required=True)
    dock = fields.String(required=True)
    contact = fields.String(required=True)


class NewItem(Strict):
    """A catalog item for a purchase, with the price its saving is compared with."""

    catalog_item_id = IdOf("catalog_item", required=True)
    baseline_kind = fields.Enum(BaselineKind, by_value=True, required=True)
    baseline_cents = cents(load_default=None, allow_none=True)
    eaches_per_place = count(1, 10_000, load_default=None, allow_none=True)


class NewItems(Strict):
    """Items for a draft."""

    items = fields.List(fields.Nested(NewItem), required=True, validate=validate.Length(1, 1000))


class PurchaseItemOut(Schema):
    """An item of a purchase with its frozen terms."""

    id = fields.UUID(required=True)
    sku = fields.String(required=True)
    name = fields.String(required=True)
    unit = fields.String(required=True)
    pack_text = fields.String(required=True)
    case_size = fields.Integer(required=True)
    min_cases = fields.Integer(required=True)
    ladder = fields.List(fields.List(fields.Integer()), required=True)
    baseline_kind = fields.String(required=True)
    baseline_cents = fields.Integer(required=True)
    eaches_per_place = fields.Integer(required=True, allow_none=True)
    taxable = fields.Boolean(required=True)


class LiveItemOut(PurchaseItemOut):
    """An item and where its ladder stands now."""

    live = fields.Nested(LadderOut, required=True)


class AddedItems(Schema):
    """The items that were added."""

    items = fields.List(fields.Nested(PurchaseItemOut), required=True)
