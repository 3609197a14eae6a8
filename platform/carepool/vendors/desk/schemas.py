"""What comes in and goes out at the desk's API. Money in whole cents, quantities in cases, days and instants in ISO 8601."""

from marshmallow import Schema, fields, validate

from carepool.identity.rights import DeskRole
from carepool.vendors.answers.actions import MOST_CASES, MOST_CENTS
from carepool.vendors.changes.models import QuestionState
from carepool.vendors.desk.models import SaidKind, SaidState
from carepool.vendors.desk.saying import STANDINGS
from carepool.vendors.documents.statuses import LineStatus
from carepool.vendors.prices.models import PriceState
from carepool.web.bodies import IdOf, PageQuery, Strict, Text, Worded

_STATE = {"description": "Code of the state, such as `co`"}


class DeskOrderQuery(PageQuery):
    """Which orders: of one state, of one standing."""

    state = Text(load_default="", most=20)
    standing = fields.String(load_default="", validate=validate.OneOf(["", *STANDINGS]))


class DeskOrderOut(Schema):
    """An order in short."""

    id = fields.UUID(required=True)
    state = fields.String(required=True, metadata=_STATE)
    number = fields.String(required=True)
    version = fields.Integer(required=True)
    standing = fields.String(required=True, validate=validate.OneOf(STANDINGS))
    total_cents = fields.Integer(required=True)
    deliver_on = fields.Date(required=True, allow_none=True)
    cutoff_at = fields.AwareDateTime(required=True, allow_none=True)
    at = fields.AwareDateTime(required=True, metadata={"description": "When it was sent"})


class DeskSaidOut(Schema):
    """What the vendor said of an order, and whether the state has taken it in."""

    id = fields.UUID(required=True)
    kind = fields.String(required=True, validate=validate.OneOf([str(one) for one in SaidKind]))
    state = fields.String(required=True, validate=validate.OneOf([str(one) for one in SaidState]))
    error = Worded(required=True)
    at = fields.AwareDateTime(required=True)


class DeskQuestionLineOut(Schema):
    """A line that the state asks to change; null: a new one."""

    line = fields.Integer(required=True, allow_none=True)
    deliver_to = fields.String(required=True)
    sku = fields.String(required=True)
    name = fields.String(required=True)
    cases = fields.List(fields.Integer(), required=True, metadata={"description": "Before and after"})
    price_cents = fields.List(fields.Integer(), required=True, metadata={"description": "Before and after"})


class DeskQuestionOut(Schema):
    """A change that a state asks for after the cut-off: it counts only with your yes."""

    id = fields.UUID(required=True)
    state = fields.String(
        required=True,
        validate=validate.OneOf([str(one) for one in QuestionState]),
        metadata={"description": "waiting: say yes or no; withdrawn: nobody waits for the answer any more"},
    )
    cancels = fields.Boolean(required=True, metadata={"description": "The whole order is to be taken back"})
    total_cents = fields.List(fields.Integer(), required=True, metadata={"description": "Before and after"})
    lines = fields.List(fields.Nested(DeskQuestionLineOut), required=True)
    asked_at = fields.AwareDateTime(required=True)


class DeskOpenQuestionOut(DeskQuestionOut):
    """A question that waits, with the order that it is about."""

    order_id = fields.UUID(required=True)
    number = fields.String(required=True)


class DeskYesOrNoIn(Strict):
    """What you say to a change that a state asks for."""

    accepted = fields.Boolean(required=True)
    note = Text(load_default="", most=500)


class DeskWholeOrderOut(DeskOrderOut):
    """A whole order: the document as it was sent, what was said and decided by line, and what is asked after the cut-off."""

    document = fields.Dict(required=True)
    said = fields.Dict(
        required=True,
        metadata={"description": "The newest answer by line: [code, cases, cents a case, day, SKU and name instead]"},
    )
    decided = fields.Dict(required=True, metadata={"description": "What the state decided, by line"})
    waiting = fields.List(fields.Nested(DeskSaidOut), required=True)
    questions = fields.List(fields.Nested(DeskQuestionOut), required=True)


class AnsweredLineIn(Strict):
    """What comes of one line; what is left out is as ordered."""

    line = fields.Integer(required=True, validate=validate.Range(1, 1_000_000))
    status = fields.Enum(LineStatus, by_value=True, load_default=LineStatus.ACCEPTED,
                         metadata={"description": "X12 element 668"})  # fmt: skip
    cases = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(0, MOST_CASES))
    price_cents = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(0, MOST_CENTS))
    promised_on = fields.Date(load_default=None, allow_none=True)
    substitute_sku = Text(load_default="", most=60)
    substitute_name = Text(load_default="", most=200)


class DeskAnswerIn(Strict):
    """An answer; lines that are not named come as ordered."""

    lines = fields.List(
        fields.Nested(AnsweredLineIn), load_default=list, validate=validate.Length(max=20_000)
    )  # fmt: skip
    note = Text(load_default="", most=1000)


class DeskItemOut(Schema):
    """An item that a state buys from this vendor, with its price terms."""

    id = fields.UUID(required=True)
    state = fields.String(required=True, metadata=_STATE)
    contract = fields.String(required=True)
    sku = fields.String(required=True)
    name = fields.String(required=True)
    price_basis = fields.String(required=True, metadata={"description": "firm, or percent_off the list price"})
    ladder = fields.List(fields.List(fields.Integer()), required=True)
    list_cents = fields.Integer(required=True, allow_none=True)


class ItemQuery(PageQuery):
    """The items of which state; of all without one."""

    state = Text(load_default="", most=20, metadata=_STATE)


class PriceIn(Strict):
    """A price of a case, from so many cases on."""

    item_id = IdOf("desk_item", required=True)
    from_cases = fields.Integer(load_default=1, validate=validate.Range(1, 1_000_000))
    price_cents = fields.Integer(required=True, validate=validate.Range(1, MOST_CENTS))


class PriceProposalIn(Strict):
    """Prices for one state; all items must be of that state."""

    effective_on = fields.Date(required=True)
    note = Text(load_default="", most=1000)
    prices = fields.List(fields.Nested(PriceIn), required=True, validate=validate.Length(1, 20_000))


class ForecastOut(Schema):
    """What open purchases of a state come to in the month of their close; null where too few programs have ordered."""

    state = fields.String(required=True, metadata=_STATE)
    month = fields.Date(required=True, metadata={"description": "The first day of the month"})
    cents = fields.Integer(required=True, allow_none=True)


class ForecastsOut(Schema):
    """All that states let this vendor see."""

    items = fields.List(fields.Nested(ForecastOut), required=True)


class DeskPersonOut(Schema):
    """Someone of the desk."""

    id = fields.UUID(required=True)
    email = fields.String(required=True)
    name = fields.String(required=True)
    role = fields.String(required=True, validate=validate.OneOf([str(one) for one in DeskRole]))
    disabled_at = fields.AwareDateTime(required=True, allow_none=True)


class DeskPersonIn(Strict):
    """Whom to invite."""

    email = Text(required=True, least=3, most=254)
    name = Text(required=True, least=1)
    role = fields.Enum(DeskRole, by_value=True, load_default=DeskRole.STAFF)


class DeskRoleIn(Strict):
    """What someone may do."""

    role = fields.Enum(DeskRole, by_value=True, required=True)
    enabled = fields.Boolean(required=True)


class DeskPartnerIn(Strict):
    """What a state shows at a desk."""

    shown = fields.Boolean(required=True)
    notice_days = fields.Integer(required=True, validate=validate.Range(0, 365))
    shares_forecast = fields.Boolean(required=True)


class DeskGiftIn(Strict):
    """The first person of a desk; asked only where the vendor has no desk yet."""

    name = Text(load_default="")
    email = Text(load_default="", most=254)


class DeskPartnerOut(DeskPartnerIn):
    """A desk that a state works with. `address` is empty until it is opened."""

    id = fields.UUID(required=True)
    address = fields.String(required=True)
    invited_name = fields.String(required=True)
    invited_email = fields.String(required=True)
    given_at = fields.AwareDateTime(required=True)


class PriceProposalOut(Schema):
    """A proposal and what became of it."""

    id = fields.UUID(required=True)
    effective_on = fields.Date(required=True)
    note = fields.String(required=True)
    state = fields.String(
        required=True, validate=validate.OneOf([str(one) for one in PriceState])
    )  # fmt: skip
    reason = fields.String(required=True)
    at = fields.AwareDateTime(required=True)
    decided_at = fields.AwareDateTime(required=True, allow_none=True)
