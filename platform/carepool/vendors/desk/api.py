"""JSON routes at a vendor's host, for the vendor's own tokens: orders of all states, answers, price proposals."""

from collections import defaultdict
from typing import Any
from uuid import UUID

from flask.views import MethodView
from sqlalchemy import select

from carepool.clock import now
from carepool.errors import Invalid, NotFound
from carepool.identity.rights import Permission
from carepool.identity.vendor_models import VendorPerson
from carepool.sentences import marked
from carepool.vendors.answers.actions import LineSaid
from carepool.vendors.changes.models import OrderQuestion
from carepool.vendors.desk import people, saying, schemas
from carepool.vendors.desk.models import DeskItem, DeskOrder, DeskPartner, DeskSaid
from carepool.vendors.forecasts.queries import own_forecast
from carepool.vendors.prices import proposing
from carepool.vendors.prices.models import PriceProposal
from carepool.vendors.scores.bodies import measured, scorecard_body
from carepool.vendors.scores.queries import own_scorecard
from carepool.vendors.scores.schemas import OwnScorecardOut
from carepool.web.blueprints import ApiBlueprint
from carepool.web.bodies import PageQuery, listed, page_body, page_schema
from carepool.web.guards import needs
from carepool.web.idempotency import idempotent
from carepool.web.paging import Page, page_of
from carepool.web.requests import signed_in
from tenants.registry import tenant_entry

blueprint = ApiBlueprint("desk", __name__, description="A vendor's desk; asked at the vendor's own host")
P = Permission


@blueprint.route("/desk/orders")
class Orders(MethodView):
    """Orders of this vendor from all states."""

    @needs(P.DESK_READ)
    @blueprint.arguments(schemas.DeskOrderQuery, location="query")
    @blueprint.response(200, page_schema(schemas.DeskOrderOut))
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List them, the newest first."""
        state = _state_number(query["state"]) if query["state"] else None
        found = saying.orders_at_desk(state, query["standing"])
        page = page_of(found, [DeskOrder.id], query["cursor"], query["limit"], newest_first=True)
        return page_body(Page([_short(one) for one in page.rows], page.next_cursor))


@blueprint.route("/desk/orders/<desk_order:order_id>")
class OneOrder(MethodView):
    """An order."""

    @needs(P.DESK_READ)
    @blueprint.response(200, schemas.DeskWholeOrderOut)
    def get(self, order_id: UUID) -> dict[str, Any]:
        """Give it whole; that it was read is told to the state, once."""
        own = saying.order_or_404(order_id)
        saying.open_order(signed_in(), own)
        whole = {name: getattr(own, name) for name in ("document", "said", "decided")}
        asked = saying.questions_about(own)
        return {**_short(own), **whole, "waiting": saying.not_taken(own), "questions": asked}


@blueprint.route("/desk/orders/<desk_order:order_id>/acknowledge")
class Acknowledging(MethodView):
    """An order that was sent."""

    @needs(P.DESK_WRITE)
    @idempotent
    @blueprint.response(202, schemas.DeskOrderOut)
    def post(self, order_id: UUID) -> dict[str, Any]:
        """Say that the vendor has it."""
        own = saying.order_or_404(order_id)
        saying.acknowledge(signed_in(), own)
        return _short(own)


@blueprint.route("/desk/orders/<desk_order:order_id>/answers")
class Answers(MethodView):
    """Answers to an order."""

    @needs(P.DESK_WRITE)
    @blueprint.arguments(schemas.DeskAnswerIn)
    @idempotent
    @blueprint.response(202, schemas.DeskSaidOut)
    def post(self, body: dict[str, Any], order_id: UUID) -> DeskSaid:
        """Answer line by line; the state's side takes it in in a moment."""
        own = saying.order_or_404(order_id)
        said = {one["line"]: LineSaid(**{name: one[name] for name in one if name != "line"}) for one in body["lines"]}
        return saying.answer(signed_in(), own, said, body["note"])


@blueprint.route("/desk/questions")
class Questions(MethodView):
    """Changes that states ask for after the cut-off."""

    @needs(P.DESK_READ)
    @blueprint.arguments(PageQuery, location="query")
    @blueprint.response(200, page_schema(schemas.DeskOpenQuestionOut))
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List those that wait for a yes or no, the oldest first."""
        found = saying.open_questions()
        page = page_of(found, [OrderQuestion.id], query["cursor"], query["limit"])
        orders = saying.orders_asked_about(page.rows)
        names = ("id", "state", "cancels", "total_cents", "lines", "asked_at")
        rows = [
            {**{name: getattr(one, name) for name in names}, "order_id": order.id, "number": order.number}
            for one in page.rows
            if (order := orders.get(one.id))
        ]
        return page_body(Page(rows, page.next_cursor))


@blueprint.route("/desk/questions/<order_question:question_id>/answer")
class AnsweringQuestion(MethodView):
    """A change that waits for a yes or no."""

    @needs(P.DESK_WRITE)
    @blueprint.arguments(schemas.DeskYesOrNoIn)
    @idempotent
    @blueprint.response(202, schemas.DeskSaidOut)
    def post(self, body: dict[str, Any], question_id: UUID) -> DeskSaid:
        """Say yes or no; the state's side takes it in in a moment."""
        question, own = saying.question_or_404(question_id)
        return saying.answer_question(signed_in(), own, question, body["note"], accepted=body["accepted"])


@blueprint.route("/desk/items")
class Items(MethodView):
    """Items that states buy from this vendor."""

    @needs(P.DESK_READ)
    @blueprint.arguments(schemas.ItemQuery, location="query")
    @blueprint.response(200, page_schema(schemas.DeskItemOut))
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List them by item number."""
        found = proposing.items_of(_state_number(query["state"]) if query["state"] else None)
        page = page_of(found, [DeskItem.sku, DeskItem.id], query["cursor"], query["limit"])
        names = ("id", "contract", "sku", "name", "price_basis", "ladder", "list_cents")
        rows = [{**{name: getattr(one, name) for name in names}, "state": _code_of(one.tenant_id)} for one in page.rows]
        return page_body(Page(rows, page.next_cursor))


@blueprint.route("/desk/price-proposals")
class PriceProposals(MethodView):
    """Prices that this vendor proposes."""

    @needs(P.DESK_READ)
    @blueprint.arguments(PageQuery, location="query")
    @blueprint.response(200, page_schema(schemas.PriceProposalOut))
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List proposals, the newest first."""
        return listed(proposing.proposals_at_desk(), [PriceProposal.id], query, newest_first=True)

    @needs(P.DESK_WRITE)
    @blueprint.arguments(schemas.PriceProposalIn)
    @idempotent
    @blueprint.response(202, schemas.PriceProposalOut)
    def post(self, body: dict[str, Any]) -> PriceProposal:
        """Propose prices to the state whose items are named."""
        prices: dict[UUID, dict[int, int]] = defaultdict(dict)
        for one in body["prices"]:
            prices[one["item_id"]][one["from_cases"]] = one["price_cents"]
        items = [proposing.item_or_404(one) for one in prices]
        if len({one.tenant_id for one in items}) > 1:
            sentence = marked("Name items of one state only.")
            raise Invalid("several-states", sentence, {"prices": [sentence]})
        wanted = [proposing.new_terms(one, prices[one.id]) for one in items]
        partner = _partner(items[0].tenant_id)
        return proposing.propose(signed_in(), partner, wanted, body["effective_on"], body["note"])


@blueprint.route("/desk/price-proposals/<price_proposal:proposal_id>")
class OnePriceProposal(MethodView):
    """A proposal."""

    @needs(P.DESK_READ)
    @blueprint.response(200, schemas.PriceProposalOut)
    def get(self, proposal_id: UUID) -> PriceProposal:
        """Say what became of it."""
        return proposing.proposal_or_404(proposal_id)


@blueprint.route("/desk/scorecard")
class OwnScorecard(MethodView):
    """How well this vendor delivers."""

    @needs(P.DESK_READ)
    @blueprint.response(200, OwnScorecardOut)
    def get(self) -> dict[str, Any]:
        """Give the scorecard in sum, by quarter and by state."""
        card = own_scorecard()
        states = [{"state": _code_of(one), **measured(counts)} for one, counts in card.by_state.items()]
        return {**scorecard_body(card), "states": states}


@blueprint.route("/desk/forecast")
class Forecast(MethodView):
    """What is coming."""

    @needs(P.DESK_READ)
    @blueprint.response(200, schemas.ForecastsOut)
    def get(self) -> dict[str, Any]:
        """Give sums by state and month, where states allow it."""
        rows = own_forecast()
        return {"items": [{"state": _code_of(one.tenant_id), "month": one.month, "cents": one.cents} for one in rows]}


@blueprint.route("/desk/people")
class DeskPeople(MethodView):
    """People of the desk."""

    @needs(P.DESK_PEOPLE)
    @blueprint.arguments(PageQuery, location="query")
    @blueprint.response(200, page_schema(schemas.DeskPersonOut))
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List them."""
        return listed(select(VendorPerson), [VendorPerson.id], query)

    @needs(P.DESK_PEOPLE)
    @blueprint.arguments(schemas.DeskPersonIn)
    @idempotent
    @blueprint.response(201, schemas.DeskPersonOut)
    def post(self, body: dict[str, Any]) -> VendorPerson:
        """Invite someone; a link to sign in goes out by e-mail."""
        return people.invite(signed_in(), body["email"], body["name"], body["role"])


@blueprint.route("/desk/people/<vendor_person:person_id>")
class OneDeskPerson(MethodView):
    """Someone of the desk."""

    @needs(P.DESK_PEOPLE)
    @blueprint.arguments(schemas.DeskRoleIn)
    @idempotent
    @blueprint.response(200, schemas.DeskPersonOut)
    def put(self, body: dict[str, Any], person_id: UUID) -> VendorPerson:
        """Change the role, or disable and enable."""
        return people.change_person(signed_in(), person_id, body["role"], enabled=body["enabled"], at=now())


def _short(own: DeskOrder) -> dict[str, Any]:
    names = ("id", "number", "version", "total_cents", "deliver_on", "cutoff_at", "at")
    told = {name: getattr(own, name) for name in names}
    return {**told, "state": _code_of(own.tenant_id), "standing": saying.standing_of(own)}


def _code_of(state: int) -> str:
    entry = tenant_entry(state)
    return entry.code if entry else ""


def _partner(state: int) -> DeskPartner:
    found = next((one for one in proposing.partners_at_desk() if one.tenant_id == state), None)
    if found is None:
        raise NotFound("state")
    return found


def _state_number(code: str) -> int:
    """Return the number of a state that works with this desk; -1, of which there is nothing, for any other code."""
    entries = (tenant_entry(one) for one in saying.states_at_desk())
    return next((one.id for one in entries if one and one.code == code), -1)
