"""JSON routes of a state's OpenID provider."""

from typing import Any
from uuid import UUID

from flask import g
from flask.views import MethodView

from carepool.errors import NotFound
from carepool.identity.queries import person_or_404
from carepool.identity.rights import Permission
from carepool.oidc import actions, queries, schemas
from carepool.oidc.door import address_back
from carepool.oidc.models import SignInProvider
from carepool.oidc.trying import findings
from carepool.web.blueprints import ApiBlueprint
from carepool.web.guards import needs, require
from carepool.web.idempotency import idempotent
from carepool.web.requests import signed_in
from tenants.database import db

blueprint = ApiBlueprint("provider", __name__, description="Signing in with the state's own OpenID provider")

_NONE: dict[str, Any] = {
    "switched_on": False,
    "issuer": "",
    "client_id": "",
    "label_en": "",
    "label_es": "",
    "domains": [],
    "factor_values": [],
    "newcomer_role": None,
    "changed_at": None,
}


@blueprint.route("/sign-in-provider")
class Provider(MethodView):
    """The state's provider."""

    @needs(Permission.STATE_WRITE)
    @blueprint.response(200, schemas.ProviderOut)
    def get(self) -> SignInProvider | dict[str, Any]:
        """Show how the provider is set up, empty where none is; the secret is never shown."""
        require(Permission.STATE_WRITE)
        return queries.provider() or _NONE

    @needs(Permission.STATE_WRITE)
    @blueprint.arguments(schemas.ProviderIn)
    @idempotent
    @blueprint.response(200, schemas.ProviderOut)
    def put(self, body: dict[str, Any]) -> SignInProvider:
        """Set the provider up, or change it; needs people:write too, as the provider says who may be whom."""
        require(Permission.STATE_WRITE)
        # nobody is given this right by another, so that no delegate comes as far
        require(Permission.PEOPLE_WRITE)
        secret = body.pop("client_secret")
        facts = {**body, "domains": [one.lower() for one in body["domains"]]}
        return actions.save_provider(signed_in().actor, g.tenant.public_id, facts, secret)


@blueprint.route("/sign-in-provider/try")
class Trying(MethodView):
    """A trial of the provider."""

    @needs(Permission.STATE_WRITE)
    @blueprint.response(200, schemas.FindingsOut)
    def post(self) -> dict[str, Any]:
        """Ask the provider for its description and keys, and whether it takes the client; nobody is signed in."""
        require(Permission.STATE_WRITE)
        own = _own()
        # no connection is held while the provider is asked
        db.session.commit()
        found = findings(own, address_back())
        return {"right": all(one.right for one in found), "redirect_address": address_back(), "findings": found}


@blueprint.route("/people/<person:person_id>/sign-in-provider")
class Link(MethodView):
    """The link of a person with the provider."""

    @needs(Permission.PEOPLE_WRITE)
    @blueprint.response(204)
    def delete(self, person_id: UUID) -> None:
        """Forget as whom the provider knows the person; the next sign-in links anew."""
        require(Permission.PEOPLE_WRITE)
        actions.unlink(signed_in().actor, person_or_404(person_id).id)


def _own() -> SignInProvider:
    own = queries.provider()
    if own is None:
        raise NotFound("provider")
    return own
