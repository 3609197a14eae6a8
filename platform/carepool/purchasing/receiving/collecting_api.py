"""JSON routes of collecting: what is there for a program, hand-outs, and leftovers at cost."""

from typing import Any
from uuid import UUID

from flask.views import MethodView

from carepool.identity.rights import Permission
from carepool.programs.queries import program_or_404
from carepool.purchasing.queries import purchase_or_404
from carepool.purchasing.receiving import collecting_queries as queries
from carepool.purchasing.receiving import collecting_schemas as schemas
from carepool.purchasing.receiving.actions import collecting
from carepool.purchasing.receiving.models.collecting import HandOut, Leftover, LeftoverTaking
from carepool.web.blueprints import ApiBlueprint
from carepool.web.bodies import PageQuery, listed, page_schema
from carepool.web.guards import needs, require
from carepool.web.paging import page_of
from carepool.web.requests import signed_in

blueprint = ApiBlueprint("collecting", __name__, description="Hand-outs and leftovers")
P = Permission


@blueprint.route("/purchases/<purchase:purchase_id>/goods/<program:program_id>")
class GoodsOfProgram(MethodView):
    """What is there for a program."""

    @needs(P.ORDERS_READ)
    @blueprint.response(200, schemas.GoodsOut)
    def get(self, purchase_id: UUID, program_id: UUID) -> dict[str, Any]:
        """Read what a program collects, and the code of its pick-up card."""
        own = purchase_or_404(purchase_id)
        return queries.goods_body(own, program_or_404(program_id, P.ORDERS_READ).id)


@blueprint.route("/purchases/<purchase:purchase_id>/goods/<program:program_id>/hand-outs")
class HandOuts(MethodView):
    """Goods handed out to a program."""

    @needs(P.ORDERS_READ)
    @blueprint.arguments(PageQuery, location="query")
    @blueprint.response(200, page_schema(schemas.HandOutOut))
    def get(self, query: dict[str, Any], purchase_id: UUID, program_id: UUID) -> dict[str, Any]:
        """List who took what and when."""
        own = purchase_or_404(purchase_id)
        return listed(queries.hand_outs(own.id, program_or_404(program_id, P.ORDERS_READ).id), [HandOut.id], query)

    @needs(P.GOODS_RECEIVE)
    @blueprint.arguments(schemas.HandOutIn)
    @blueprint.response(201, schemas.HandOutOut)
    def post(self, body: collecting.Handing, purchase_id: UUID, program_id: UUID) -> HandOut:
        """Hand goods out against a name or code; the same key again is the same hand-out."""
        require(P.GOODS_RECEIVE)
        own = purchase_or_404(purchase_id)
        return collecting.hand_out(signed_in().actor, own.id, program_or_404(program_id, P.GOODS_RECEIVE).id, body)


@blueprint.route("/programs/<program:program_id>/leftovers")
class Leftovers(MethodView):
    """What is left for a program to take."""

    @needs(P.ORDERS_READ)
    @blueprint.arguments(schemas.LeftoverQuery, location="query")
    @blueprint.response(200, page_schema(schemas.LeftoverOut))
    def get(self, query: dict[str, Any], program_id: UUID) -> dict[str, Any]:
        """List goods that nobody collected, at cost: in the program's county, or in the whole state."""
        program = program_or_404(program_id, P.ORDERS_READ)
        found = queries.leftovers_for(program, everywhere=query["everywhere"])
        page = page_of(found, [Leftover.id], query["cursor"], query["limit"])
        return {"items": queries.offer_bodies(page.rows), "next_cursor": page.next_cursor}


@blueprint.route("/programs/<program:program_id>/leftovers/<leftover:leftover_id>/takings")
class Takings(MethodView):
    """Taking what is left."""

    @needs(P.ORDERS_WRITE)
    @blueprint.arguments(schemas.TakingIn)
    @blueprint.response(201, schemas.TakingOut)
    def post(self, body: collecting.Taking, program_id: UUID, leftover_id: UUID) -> LeftoverTaking:
        """Take some at cost, first come, first served; the same key again is the same taking."""
        program = program_or_404(program_id, P.ORDERS_WRITE)
        offer = queries.leftover_or_404(leftover_id)
        return collecting.take_leftover(signed_in().actor, offer.id, program.id, body)
