"""JSON routes of roles: who has which, who acts for whom."""

from typing import Any
from uuid import UUID

from flask.views import MethodView
from sqlalchemy import or_, select

from carepool.clock import now
from carepool.errors import NotFound
from carepool.identity import actions, roles, schemas
from carepool.identity.models import Delegation, Membership, Person
from carepool.identity.rights import Permission
from carepool.outbox import Activity
from carepool.web.blueprints import ApiBlueprint
from carepool.web.bodies import PageQuery, page_body, page_schema
from carepool.web.guards import needs, needs_sign_in, require
from carepool.web.idempotency import idempotent
from carepool.web.paging import page_of
from carepool.web.requests import signed_in
from tenants.database import db, find

blueprint = ApiBlueprint("roles", __name__, description="Roles, and who acts for whom")
P = Permission


@blueprint.route("/people/<person:person_id>/memberships")
class Roles(MethodView):
    """The roles of a person."""

    @needs(P.PEOPLE_READ)
    @blueprint.arguments(PageQuery, location="query")
    @blueprint.response(200, page_schema(schemas.RoleOut))
    def get(self, query: dict[str, Any], person_id: UUID) -> dict[str, Any]:
        """List the roles of a person, also those that ended."""
        require(P.PEOPLE_READ)
        if find(Person, person_id) is None:
            raise NotFound("person")
        theirs = select(Membership).where(Membership.person_id == person_id)
        return page_body(page_of(theirs, [Membership.id], query["cursor"], query["limit"]))

    @needs(P.PEOPLE_WRITE)
    @blueprint.arguments(schemas.RoleIn)
    @idempotent
    @blueprint.response(201, schemas.RoleOut)
    def post(self, body: dict[str, Any], person_id: UUID) -> Membership:
        """Give a role; one that ended begins again."""
        require(P.PEOPLE_WRITE)
        actions.grant_role(signed_in().actor, person_id, body["role"], body["program_id"], body["alliance_id"])
        same = select(Membership).where(
            Membership.person_id == person_id,
            Membership.role == body["role"],
            Membership.program_id.is_not_distinct_from(body["program_id"]),
            Membership.alliance_id.is_not_distinct_from(body["alliance_id"]),
        )
        return db.session.scalars(same.execution_options(populate_existing=True)).one()


@blueprint.route("/memberships/<membership:membership_id>")
class OneRole(MethodView):
    """One role of a person."""

    @needs(P.PEOPLE_WRITE)
    @blueprint.response(200, schemas.RoleOut)
    def delete(self, membership_id: UUID) -> Membership:
        """End the role now; it stays in the history. The last state administrator cannot be removed."""
        require(P.PEOPLE_WRITE)
        return roles.end_membership(signed_in().actor, membership_id, now())


@blueprint.route("/me/delegations")
class Delegations(MethodView):
    """Who acts for the caller, and for whom the caller acts."""

    @needs_sign_in
    @blueprint.arguments(PageQuery, location="query")
    @blueprint.response(200, page_schema(schemas.DelegationOut))
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List the delegations that the caller gave or holds, the newest first, also those that ended."""
        mine = signed_in().person.id
        both = select(Delegation).where(or_(Delegation.person_id == mine, Delegation.for_person_id == mine))
        return page_body(page_of(both, [Delegation.id], query["cursor"], query["limit"], newest_first=True))

    @needs_sign_in
    @blueprint.arguments(schemas.DelegationIn)
    @idempotent
    @blueprint.response(201, schemas.DelegationOut)
    def post(self, body: dict[str, Any]) -> Delegation:
        """Let someone act for the caller, limited to permissions that the caller has, until a moment."""
        return roles.delegate(signed_in(), body["person_id"], body["permissions"], body["valid_to"], now())


@blueprint.route("/delegations/<delegation:delegation_id>")
class OneDelegation(MethodView):
    """Someone acts for another."""

    @needs_sign_in
    @blueprint.response(204)
    def delete(self, delegation_id: UUID) -> None:
        """End it now."""
        roles.end_delegation(signed_in(), delegation_id, now())


@blueprint.route("/delegations/<delegation:delegation_id>/log")
class DelegationLog(MethodView):
    """What was done by who acts for another."""

    @needs_sign_in
    @blueprint.arguments(PageQuery, location="query")
    @blueprint.response(200, page_schema(schemas.ActivityOut))
    def get(self, query: dict[str, Any], delegation_id: UUID) -> dict[str, Any]:
        """List what the person who acts did while it held, the newest first.

        With `records:read` everything; else those who gave or hold it see what was done with what was given.
        """
        found = roles.log_of(signed_in(), roles.delegation_or_404(signed_in(), delegation_id))
        return page_body(page_of(found, [Activity.id], query["cursor"], query["limit"], newest_first=True))
