"""What comes in and goes out of the API of programs' orders, in eaches."""

from marshmallow import Schema, fields, validate

from carepool.purchasing.actions.ordering import LARGEST_QUANTITY
from carepool.purchasing.models.orders import OrderState
from carepool.purchasing.schemas.fields import count, word
from carepool.purchasing.schemas.purchases import LadderOut
from carepool.web.bodies import IdOf, PageQuery, Strict


class LineIn(Strict):
    """What a program asks for of one item, in eaches."""

    item_id = IdOf("purchase_item", required=True)
    wanted = count(0, LARGEST_QUANTITY, required=True)
    extra = count(0, LARGEST_QUANTITY, load_default=0)
    boost = count(0, LARGEST_QUANTITY, load_default=0)


class OrderIn(Strict):
    """The whole order of a program: an item left out is no longer asked for."""

    delivery_point_id = IdOf("delivery_point", load_default=None, allow_none=True)
    lines = fields.List(fields.Nested(LineIn), required=True, validate=validate.Length(max=5000))
    place = fields.Boolean(required=True, truthy={True}, falsy={False}, metadata={"description": "False keeps a draft"})


class PlainLineOut(Schema):
    """What is asked for of one item, in eaches."""

    item_id = fields.UUID(required=True)
    wanted = fields.Integer(required=True)
    extra = fields.Integer(required=True)
    boost = fields.Integer(required=True)


class LineOut(PlainLineOut):
    """A line and the live ladder of its item."""

    ladder = fields.Nested(LadderOut, required=True)


class LastTimeOut(Schema):
    """Lines of the order that a program placed last; empty where there is none."""

    lines = fields.List(fields.Nested(PlainLineOut), required=True)


class _OrderHead(Schema):
    """Where a program's order stands."""

    program_id = fields.UUID(required=True)
    state = word(OrderState)
    version = fields.Integer(required=True)
    delivery_point_id = fields.UUID(required=True)
    placed_at = fields.AwareDateTime(required=True, allow_none=True)


class OrderOut(_OrderHead):
    """A program's order: what counts (`lines`) and what was typed and not sent (`unsent`)."""

    lines = fields.List(fields.Nested(LineOut), required=True)
    unsent = fields.List(fields.Nested(LineOut), required=True)


class ProgramOrderOut(_OrderHead):
    """One program's order in a purchase."""

    changed_at = fields.AwareDateTime(required=True)


class OrdersQuery(PageQuery):
    """Which orders to list."""

    state = fields.Enum(OrderState, by_value=True, load_default=None, allow_none=True)
