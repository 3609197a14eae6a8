"""JSON routes of programs."""

from typing import Any
from uuid import UUID

from flask.views import MethodView

from carepool.identity.rights import Permission
from carepool.programs import actions, queries, schemas
from carepool.programs.models import Program
from carepool.web.blueprints import ApiBlueprint
from carepool.web.bodies import page_body, page_schema
from carepool.web.guards import needs, require
from carepool.web.idempotency import idempotent
from carepool.web.paging import page_of
from carepool.web.requests import signed_in

blueprint = ApiBlueprint("programs", __name__, description="Licensed programs")


@blueprint.route("/programs")
class Programs(MethodView):
    """The programs of this state."""

    @needs(Permission.PROGRAMS_READ)
    @blueprint.arguments(schemas.ProgramQuery, location="query")
    @blueprint.response(200, page_schema(schemas.ProgramOut))
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List the programs that the caller may see, by name."""
        return page_body(
            page_of(queries.programs_seen(query), [Program.name, Program.id], query["cursor"], query["limit"])
        )

    @needs(Permission.PROGRAMS_WRITE)
    @blueprint.arguments(schemas.ProgramIn)
    @idempotent
    @blueprint.response(201, schemas.ProgramOut)
    def post(self, body: dict[str, Any]) -> Program:
        """Add a program that no roster holds."""
        require(Permission.PROGRAMS_WRITE)
        return actions.add_program(signed_in().actor, body)


@blueprint.route("/programs/<program:program_id>")
class OneProgram(MethodView):
    """One program."""

    @needs(Permission.PROGRAMS_READ)
    @blueprint.response(200, schemas.ProgramOut)
    def get(self, program_id: UUID) -> Program:
        """Read one program."""
        return queries.program_or_404(program_id)
