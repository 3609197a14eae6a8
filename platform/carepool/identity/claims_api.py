"""JSON routes of claims: who says that they run which program, and what staff decide."""

from typing import Any
from uuid import UUID

from flask.views import MethodView
from sqlalchemy import select

from carepool.clock import now
from carepool.identity import claims, schemas
from carepool.identity.models import Claim
from carepool.identity.rights import Permission
from carepool.web.blueprints import ApiBlueprint
from carepool.web.bodies import page_body, page_schema
from carepool.web.guards import needs, require
from carepool.web.paging import page_of
from carepool.web.requests import signed_in

blueprint = ApiBlueprint("claims", __name__, description="Requests to manage a program")
P = Permission


@blueprint.route("/claims")
class Claims(MethodView):
    """Requests to manage a program."""

    @needs(P.PEOPLE_WRITE)
    @blueprint.arguments(schemas.ClaimQuery, location="query")
    @blueprint.response(200, page_schema(schemas.ClaimOut))
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List the claims of one state of things, waiting ones by default, the oldest first."""
        require(P.PEOPLE_WRITE)
        found = select(Claim).where(Claim.state == query["state"])
        return page_body(page_of(found, [Claim.id], query["cursor"], query["limit"]))


@blueprint.route("/claims/<claim:claim_id>/approve")
class Approving(MethodView):
    """A claim that is right."""

    @needs(P.PEOPLE_WRITE)
    @blueprint.response(200, schemas.ClaimOut)
    def post(self, claim_id: UUID) -> Claim:
        """Make the claimant the director of the program."""
        require(P.PEOPLE_WRITE)
        return claims.approve_claim(signed_in().actor, claim_id)


@blueprint.route("/claims/<claim:claim_id>/decline")
class Declining(MethodView):
    """A claim that is not right."""

    @needs(P.PEOPLE_WRITE)
    @blueprint.arguments(schemas.DeclineIn)
    @blueprint.response(200, schemas.ClaimOut)
    def post(self, body: dict[str, Any], claim_id: UUID) -> Claim:
        """Decline with a reason that the claimant reads."""
        require(P.PEOPLE_WRITE)
        return claims.decline_claim(signed_in().actor, claim_id, body["reason"])


@blueprint.route("/claims/<claim:claim_id>/code")
class Coding(MethodView):
    """A code by letter or phone."""

    @needs(P.PEOPLE_WRITE)
    @blueprint.response(201, schemas.CodeOut)
    def post(self, claim_id: UUID) -> dict[str, Any]:
        """Make a code that proves the claim; one made before stops working."""
        require(P.PEOPLE_WRITE)
        at = now()
        return {"code": claims.make_code(signed_in().actor, claim_id, at), "expires_at": at + claims.CODE_LIFE}
