"""JSON routes of programs' sales tax certificates."""

from typing import Any
from uuid import UUID

from flask import Response
from flask.views import MethodView
from marshmallow import Schema, fields

from carepool.identity.rights import Permission
from carepool.programs.queries import program_or_404
from carepool.purchasing.sales_tax import actions as exemptions
from carepool.web.blueprints import ApiBlueprint
from carepool.web.bodies import Strict, Text
from carepool.web.etags import based_on, tagged
from carepool.web.guards import needs, require
from carepool.web.idempotency import idempotent
from carepool.web.requests import signed_in

blueprint = ApiBlueprint("tax", __name__, description="Programs that pay no sales tax")
P = Permission


class ExemptionIn(Strict):
    """A program's exemption certificate: its number, "" for none, and its last day; null: it does not end."""

    certificate = Text(required=True, most=60)
    expires_on = fields.Date(load_default=None, allow_none=True)


class ExemptionOut(Schema):
    """A program's exemption certificate; without a number the program pays sales tax."""

    certificate = fields.String(required=True)
    expires_on = fields.Date(required=True, allow_none=True)
    version = fields.Integer(required=True)


_OUT = ExemptionOut()


@blueprint.route("/programs/<program:program_id>/tax-exemption")
class TaxExemption(MethodView):
    """A program's exemption certificate."""

    @needs(P.ORDERS_READ)
    @blueprint.response(200, ExemptionOut)
    def get(self, program_id: UUID) -> Response:
        """Read it; the ETag is its version, 0 where none was ever kept."""
        return tagged(_OUT, exemptions.exemption_of(program_or_404(program_id, P.ORDERS_READ).id))

    @needs(P.PROGRAMS_WRITE)
    @blueprint.arguments(ExemptionIn)
    @idempotent
    @blueprint.response(200, ExemptionOut)
    def put(self, body: dict[str, Any], program_id: UUID) -> Response:
        """Keep it, or take it away with a number of ""; send If-Match with the ETag that you read.

        It counts for every purchase that is not closed yet. A certificate must hold on the day of the close.
        """
        require(P.PROGRAMS_WRITE)
        program = program_or_404(program_id, P.PROGRAMS_WRITE)
        return tagged(_OUT, exemptions.set_exemption(signed_in().actor, program.id, body, based_on()))
