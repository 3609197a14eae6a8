"""JSON routes of a state: desks of its vendors, prices that they propose, their scorecards."""

from typing import Any
from uuid import UUID

from flask import Response, jsonify, make_response
from flask.views import MethodView

from carepool.errors import NotFound
from carepool.identity.rights import Permission
from carepool.vendors.desk import partners, schemas
from carepool.vendors.desk.addresses import address_at
from carepool.vendors.desk.models import DeskPartner
from carepool.vendors.desk.publishing import partner_of
from carepool.vendors.prices import deciding
from carepool.vendors.prices.models import PriceProposal
from carepool.vendors.prices.schemas import PriceDecisionIn, StateProposalOut, state_proposal
from carepool.vendors.scores.bodies import scorecard_body
from carepool.vendors.scores.queries import scorecard_of
from carepool.vendors.scores.schemas import ScorecardOut
from carepool.vendors.terms.actions import contract_of
from carepool.web.blueprints import ApiBlueprint
from carepool.web.bodies import PageQuery, page_body, page_schema
from carepool.web.etags import based_on, tag
from carepool.web.guards import needs, require
from carepool.web.idempotency import idempotent
from carepool.web.paging import Page, page_of
from carepool.web.requests import signed_in
from tenants.registry import desk_host_of

blueprint = ApiBlueprint("desk_partners", __name__, description="Desks of vendors, as a state works with them")
P = Permission
_OUT = schemas.DeskPartnerOut()


@blueprint.route("/contracts/<contract:contract_id>/desk")
class Desk(MethodView):
    """The desk of the vendor of a contract."""

    @needs(P.CATALOGS_WRITE)
    @blueprint.response(200, schemas.DeskPartnerOut)
    def get(self, contract_id: UUID) -> Response:
        """Read what this state shows there; 404 until the vendor was given a desk. The ETag is its version."""
        require(P.CATALOGS_WRITE)
        return _answer(_partner(contract_id))

    @needs(P.CATALOGS_WRITE)
    @blueprint.arguments(schemas.DeskGiftIn)
    @idempotent
    @blueprint.response(202, schemas.DeskPartnerOut)
    def post(self, body: dict[str, Any], contract_id: UUID) -> Response:
        """Give the vendor a desk, or show orders at the one that it has."""
        require(P.CATALOGS_WRITE)
        return _answer(partners.give_desk(signed_in().actor, contract_id, body["name"], body["email"]), 202)

    @needs(P.CATALOGS_WRITE)
    @blueprint.arguments(schemas.DeskPartnerIn)
    @idempotent
    @blueprint.response(200, schemas.DeskPartnerOut)
    def put(self, body: dict[str, Any], contract_id: UUID) -> Response:
        """Choose what is shown; send If-Match with the ETag that you read."""
        require(P.CATALOGS_WRITE)
        own = _partner(contract_id)
        return _answer(partners.change_partner(signed_in().actor, own.id, body, based_on()))


def _partner(contract_id: UUID) -> DeskPartner:
    own = partner_of(contract_of(contract_id).vendor_id)
    if own is None:
        raise NotFound("desk")
    return own


def _answer(own: DeskPartner, status: int = 200) -> Response:
    host = desk_host_of(own.vendor_id)
    names = ("id", "shown", "notice_days", "shares_forecast", "invited_name", "invited_email", "given_at")
    told = {name: getattr(own, name) for name in names}
    body = _OUT.dump({**told, "address": address_at(host, "desk_pages.orders") if host else ""})
    return tag(make_response(jsonify(body), status), own.version)


@blueprint.route("/contracts/<contract:contract_id>/scorecard")
class VendorScorecard(MethodView):
    """How well the vendor of a contract delivers to this state."""

    @needs(P.CATALOGS_WRITE)
    @blueprint.response(200, ScorecardOut)
    def get(self, contract_id: UUID) -> dict[str, Any]:
        """Give the scorecard from this state's own purchases."""
        require(P.CATALOGS_WRITE)
        return scorecard_body(scorecard_of(contract_of(contract_id).vendor_id))


@blueprint.route("/price-proposals")
class PriceProposals(MethodView):
    """Prices that vendors propose."""

    @needs(P.CATALOGS_WRITE)
    @blueprint.arguments(PageQuery, location="query")
    @blueprint.response(200, page_schema(StateProposalOut))
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List them, the newest first."""
        require(P.CATALOGS_WRITE)
        found = deciding.proposals_of_state()
        page = page_of(found, [PriceProposal.id], query["cursor"], query["limit"], newest_first=True)
        return page_body(Page([state_proposal(one) for one in page.rows], page.next_cursor))


@blueprint.route("/price-proposals/<price_proposal:proposal_id>")
class OnePriceProposal(MethodView):
    """A proposal."""

    @needs(P.CATALOGS_WRITE)
    @blueprint.response(200, StateProposalOut)
    def get(self, proposal_id: UUID) -> dict[str, Any]:
        """Read it with its items."""
        require(P.CATALOGS_WRITE)
        return state_proposal(deciding.own_proposal_or_404(proposal_id))


@blueprint.route("/price-proposals/<price_proposal:proposal_id>/accept")
class Accepting(MethodView):
    """A proposal that waits."""

    @needs(P.CATALOGS_WRITE)
    @idempotent
    @blueprint.response(200, StateProposalOut)
    def post(self, proposal_id: UUID) -> dict[str, Any]:
        """Accept it: its prices hold from its day; purchases that are open keep theirs."""
        require(P.CATALOGS_WRITE)
        return state_proposal(deciding.accept(signed_in().actor, proposal_id))


@blueprint.route("/price-proposals/<price_proposal:proposal_id>/decline")
class Declining(MethodView):
    """A proposal that waits."""

    @needs(P.CATALOGS_WRITE)
    @blueprint.arguments(PriceDecisionIn)
    @idempotent
    @blueprint.response(200, StateProposalOut)
    def post(self, body: dict[str, Any], proposal_id: UUID) -> dict[str, Any]:
        """Decline it with a reason, which the vendor reads."""
        require(P.CATALOGS_WRITE)
        return state_proposal(deciding.decline(signed_in().actor, proposal_id, body["reason"]))
