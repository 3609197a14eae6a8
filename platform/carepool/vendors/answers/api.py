"""JSON routes of vendors' answers: the changes that they propose, accepted or declined."""

from typing import Any
from uuid import UUID

from flask.views import MethodView

from carepool.identity.rights import Permission
from carepool.purchasing.queries import purchase_or_404
from carepool.vendors.answers import proposals, schemas
from carepool.vendors.answers.models import OrderProposal
from carepool.web.blueprints import ApiBlueprint
from carepool.web.bodies import PageQuery, listed, page_schema
from carepool.web.guards import needs, require
from carepool.web.requests import signed_in

blueprint = ApiBlueprint("vendor_answers", __name__, description="What vendors answer to orders")
P = Permission


@blueprint.route("/purchases/<purchase:purchase_id>/proposals")
class Proposals(MethodView):
    """Changes that vendors answered with."""

    @needs(P.PURCHASES_WRITE)
    @blueprint.arguments(PageQuery, location="query")
    @blueprint.response(200, page_schema(schemas.ProposalOut))
    def get(self, query: dict[str, Any], purchase_id: UUID) -> dict[str, Any]:
        """List them, the oldest first."""
        require(P.PURCHASES_WRITE)
        own = purchase_or_404(purchase_id)
        return listed(proposals.proposals_of(own.id), [OrderProposal.id], query)


@blueprint.route("/order-proposals/<order_proposal:proposal_id>/accept")
class Accepting(MethodView):
    """A change that waits."""

    @needs(P.PURCHASES_WRITE)
    @blueprint.arguments(schemas.AcceptedWith, location="query")
    @blueprint.response(202, schemas.ProposalOut)
    def post(self, query: dict[str, Any], proposal_id: UUID) -> OrderProposal:
        """Accept it; the purchase is worked out again in a moment, and the vendor gets the new version.

        Programs that do not take a substitute get and owe nothing of it; `same_brand` counts for those that take only the same.
        """
        require(P.PURCHASES_WRITE)
        return proposals.accept(signed_in().actor, proposal_id, **query)


@blueprint.route("/order-proposals/<order_proposal:proposal_id>/decline")
class Declining(MethodView):
    """A change that waits."""

    @needs(P.PURCHASES_WRITE)
    @blueprint.response(200, schemas.ProposalOut)
    def post(self, proposal_id: UUID) -> OrderProposal:
        """Decline it: the order stands as it was sent; the vendor sees that on its page."""
        require(P.PURCHASES_WRITE)
        return proposals.decline(signed_in().actor, proposal_id)
