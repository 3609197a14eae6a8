"""JSON routes of people and tokens."""

from typing import Any
from uuid import UUID

from flask.views import MethodView
from sqlalchemy import select

from carepool.clock import now
from carepool.identity import actions, schemas
from carepool.identity.account import end_own
from carepool.identity.links import address_of
from carepool.identity.models import AccessToken, Person, TokenKind
from carepool.identity.queries import in_force
from carepool.identity.rights import Permission, named_by
from carepool.identity.token_actions import end_token, make_token
from carepool.web.blueprints import ApiBlueprint
from carepool.web.bodies import PageQuery, page_body, page_schema
from carepool.web.guards import needs, needs_sign_in, require
from carepool.web.idempotency import idempotent
from carepool.web.paging import page_of
from carepool.web.requests import signed_in
from tenants.database import find

blueprint = ApiBlueprint("identity", __name__, description="People, roles and tokens")


@blueprint.route("/me")
class Me(MethodView):
    """The caller."""

    @needs_sign_in
    @blueprint.response(200, schemas.MeOut)
    def get(self) -> dict[str, Any]:
        """Say who the token belongs to and what it may do."""
        who = signed_in()
        person = {name: getattr(who.person, name) for name in ("id", "name", "email", "language")}
        return {**person, "roles": [{"role": own.role, **named_by(own.place)} for own in who.rights.of_own]}


@blueprint.route("/people")
class People(MethodView):
    """The people of this state."""

    @needs(Permission.PEOPLE_READ)
    @blueprint.arguments(PageQuery, location="query")
    @blueprint.response(200, page_schema(schemas.PersonOut))
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List the people of this state."""
        require(Permission.PEOPLE_READ)
        return page_body(page_of(select(Person), [Person.id], query["cursor"], query["limit"]))

    @needs(Permission.PEOPLE_WRITE)
    @blueprint.arguments(schemas.PersonIn)
    @idempotent
    @blueprint.response(201, schemas.PersonOut)
    def post(self, body: dict[str, Any]) -> Person:
        """Invite a person and give a role."""
        require(Permission.PEOPLE_WRITE)
        by = signed_in().actor
        person = actions.invite_person(by, body["email"], body["name"], body["language"])
        actions.grant_role(by, person.id, body["role"], body["program_id"], body["alliance_id"])
        return person


@blueprint.route("/people/<person:person_id>/links")
class Links(MethodView):
    """Sign-in links of a person."""

    @needs(Permission.PEOPLE_WRITE)
    @blueprint.response(201, schemas.LinkOut)
    def post(self, person_id: UUID) -> dict[str, Any]:
        """Make a link that signs the person in once, to hand over where no e-mail arrives."""
        require(Permission.PEOPLE_WRITE)
        at = now()
        written = actions.issue_link(signed_in().actor, person_id, at)
        return {"link": address_of(f"/sign-in/{written}"), "expires_at": at + actions.LINK_LIFE}


@blueprint.route("/people/<person:person_id>/unlock")
class Unlocking(MethodView):
    """A person who typed wrong passwords too often."""

    @needs(Permission.PEOPLE_WRITE)
    @blueprint.response(204)
    def post(self, person_id: UUID) -> None:
        """Let the person try to sign in again at once."""
        require(Permission.PEOPLE_WRITE)
        actions.unlock(signed_in().actor, person_id)


@blueprint.route("/me/tokens")
class MyTokens(MethodView):
    """The caller's API tokens."""

    @needs_sign_in
    @blueprint.arguments(PageQuery, location="query")
    @blueprint.response(200, page_schema(schemas.TokenOut))
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List the caller's API tokens, without their secrets."""
        mine = select(AccessToken).where(
            AccessToken.person_id == signed_in().person.id, AccessToken.kind == TokenKind.API
        )
        return page_body(page_of(mine, [AccessToken.id], query["cursor"], query["limit"]))

    @needs_sign_in
    @blueprint.arguments(schemas.TokenIn)
    @blueprint.response(201, schemas.NewTokenOut)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Make a token that may do no more than the one that asks."""
        written = make_token(signed_in(), body["scopes"], body["label"], body["days"], now())
        stored = find(AccessToken, written.id)
        names = ("id", "person_id", "label", "scopes", "created_at", "seen_at", "expires_at", "revoked_at")
        return {**{name: getattr(stored, name) for name in names}, "token": str(written)}


@blueprint.route("/me/tokens/<access_token:token_id>")
class MyToken(MethodView):
    """One of the caller's tokens."""

    @needs_sign_in
    @blueprint.response(204)
    def delete(self, token_id: UUID) -> None:
        """End a token at once."""
        end_own(signed_in(), token_id, now())


@blueprint.route("/tokens")
class Tokens(MethodView):
    """API tokens of everyone in the state."""

    @needs(Permission.PEOPLE_WRITE)
    @blueprint.arguments(PageQuery, location="query")
    @blueprint.response(200, page_schema(schemas.TokenOut))
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List the API tokens that work now, without their secrets."""
        require(Permission.PEOPLE_WRITE)
        return page_body(page_of(in_force(TokenKind.API, now()), [AccessToken.id], query["cursor"], query["limit"]))


@blueprint.route("/tokens/<access_token:token_id>")
class Token(MethodView):
    """An API token of anyone in the state."""

    @needs(Permission.PEOPLE_WRITE)
    @blueprint.response(204)
    def delete(self, token_id: UUID) -> None:
        """End a token at once."""
        require(Permission.PEOPLE_WRITE)
        end_token(signed_in(), token_id, now())
