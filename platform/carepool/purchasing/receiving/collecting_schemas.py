"""What comes in and goes out of the API of hand-outs and leftovers. Quantities in eaches, money in whole cents."""

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from carepool.purchasing.receiving.actions.collecting import Handing, Taking
from carepool.purchasing.receiving.schemas import key_field
from carepool.web.bodies import IdOf, PageQuery, Strict, Text

_MOST = 10_000_000


class HandOutLineIn(Strict):
    """Eaches of one item."""

    item_id = IdOf("purchase_item", required=True)
    eaches = fields.Integer(strict=True, required=True, validate=validate.Range(1, _MOST))


class HandOutIn(Strict):
    """Goods that go to a program, against a name or the code of its card; without lines, all that is there for it."""

    key = key_field()
    taken_by = Text(load_default="")
    code = Text(load_default="", most=20)
    lines = fields.List(
        fields.Nested(HandOutLineIn), load_default=None, allow_none=True, validate=validate.Length(1, 5000)
    )

    @post_load
    def _made(self, data: dict[str, Any], **_: Any) -> Handing:
        lines = data["lines"]
        eaches = None if lines is None else {one["item_id"]: one["eaches"] for one in lines}
        return Handing(data["key"], data["taken_by"], data["code"], eaches)


class HandOutOut(Schema):
    """A hand-out."""

    id = fields.UUID(required=True)
    program_id = fields.UUID(required=True)
    key = fields.String(required=True, attribute="count_key")
    taken_by = fields.String(required=True)
    person_id = fields.UUID(required=True, allow_none=True)
    at = fields.AwareDateTime(required=True)


class ToCollectOut(Schema):
    """What one program collects of one item: its share, what it took of leftovers, handed out, gone on, still there."""

    item_id = fields.UUID(required=True)
    sku = fields.String(required=True)
    name = fields.String(required=True)
    share = fields.Integer(required=True)
    took = fields.Integer(required=True)
    handed = fields.Integer(required=True)
    given_on = fields.Integer(required=True)
    remaining = fields.Integer(required=True)


class GoodsOut(Schema):
    """What is there for a program, and its pick-up code."""

    code = fields.String(required=True)
    lines = fields.List(fields.Nested(ToCollectOut), required=True)


class LeftoverQuery(PageQuery):
    """Only what is in the program's county, or all of the state."""

    everywhere = fields.Boolean(load_default=False)


class LeftoverOut(Schema):
    """Goods that are left, at cost: `each_cents` is half up, `left` eaches can be taken now."""

    id = fields.UUID(required=True)
    purchase_id = fields.UUID(required=True)
    item_id = fields.UUID(required=True)
    name = fields.String(required=True)
    sku = fields.String(required=True)
    place = fields.String(required=True)
    county = fields.String(required=True)
    left = fields.Integer(required=True)
    each_cents = fields.Integer(required=True)
    offered_at = fields.AwareDateTime(required=True)


class TakingIn(Strict):
    """How many eaches a program takes."""

    key = key_field()
    eaches = fields.Integer(strict=True, required=True, validate=validate.Range(1, _MOST))

    @post_load
    def _made(self, data: dict[str, Any], **_: Any) -> Taking:
        return Taking(data["key"], data["eaches"])


class TakingOut(Schema):
    """What a program took, and what it pays."""

    id = fields.UUID(required=True)
    leftover_id = fields.UUID(required=True)
    program_id = fields.UUID(required=True)
    eaches = fields.Integer(required=True)
    amount_cents = fields.Integer(required=True)
    at = fields.AwareDateTime(required=True)
