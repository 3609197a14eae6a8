"""JSON routes of alliances, their members and their purchases."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Response, jsonify, make_response
from flask.views import MethodView

from carepool.alliances import actions, queries, schemas
from carepool.alliances.models import Alliance, AllianceMember
from carepool.identity.rights import Permission
from carepool.purchasing.models.purchases import Purchase
from carepool.purchasing.schemas import PurchaseOut
from carepool.web.blueprints import ApiBlueprint
from carepool.web.bodies import PageQuery, listed, page_schema
from carepool.web.etags import based_on, tag
from carepool.web.guards import needs, require
from carepool.web.idempotency import idempotent
from carepool.web.paging import page_of
from carepool.web.requests import signed_in

blueprint = ApiBlueprint("alliances", __name__, description="Alliances and their members")
P = Permission
_ALLIANCE = schemas.AllianceOut()
_OWN = [name for name in _ALLIANCE.fields if name != "members"]


def _bodies(rows: Sequence[Alliance]) -> list[dict[str, Any]]:
    members = queries.count_members(one.id for one in rows)
    return [{**{name: getattr(one, name) for name in _OWN}, "members": members[one.id]} for one in rows]


def _answer(own: Alliance, status: int = 200) -> Response:
    return tag(make_response(jsonify(_ALLIANCE.dump(_bodies([own])[0])), status), own.version)


def _members(rows: Sequence[AllianceMember]) -> list[dict[str, Any]]:
    programs = queries.programs_of(rows)
    public = ("licence_number", "name", "type", "county")
    return [
        {
            **{name: getattr(one, name) for name in ("id", "program_id", "joined_on", "left_on")},
            **{name: getattr(programs[one.program_id], name) for name in public},
        }
        for one in rows
    ]


@blueprint.route("/alliances")
class Alliances(MethodView):
    """The alliances of this state."""

    @needs(P.ALLIANCES_READ)
    @blueprint.arguments(PageQuery, location="query")
    @blueprint.response(200, page_schema(schemas.AllianceOut))
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List the alliances: all for state staff, for hub staff their own."""
        found = page_of(queries.alliances_seen(), [Alliance.id], query["cursor"], query["limit"])
        return {"items": _bodies(found.rows), "next_cursor": found.next_cursor}

    @needs(P.ALLIANCES_WRITE)
    @blueprint.arguments(schemas.AllianceIn)
    @idempotent
    @blueprint.response(201, schemas.AllianceOut)
    def post(self, body: dict[str, Any]) -> Response:
        """Found an alliance."""
        require(P.ALLIANCES_WRITE)
        return _answer(actions.found_alliance(signed_in().actor, body), 201)


@blueprint.route("/alliances/<alliance:alliance_id>")
class OneAlliance(MethodView):
    """One alliance."""

    @needs(P.ALLIANCES_READ)
    @blueprint.response(200, schemas.AllianceOut)
    def get(self, alliance_id: UUID) -> Response:
        """Read an alliance; the ETag is its version."""
        return _answer(queries.alliance_or_404(alliance_id))

    @needs(P.ALLIANCES_WRITE)
    @blueprint.arguments(schemas.AllianceChange)
    @idempotent
    @blueprint.response(200, schemas.AllianceOut)
    def patch(self, body: dict[str, Any], alliance_id: UUID) -> Response:
        """Change what is sent of an alliance; send If-Match with the ETag that you read."""
        require(P.ALLIANCES_WRITE)
        return _answer(actions.change_alliance(signed_in().actor, alliance_id, body, based_on()))


@blueprint.route("/alliances/<alliance:alliance_id>/end")
class AllianceEnding(MethodView):
    """Ending an alliance."""

    @needs(P.ALLIANCES_WRITE)
    @blueprint.arguments(schemas.AllianceEnd)
    @idempotent
    @blueprint.response(200, schemas.AllianceOut)
    def post(self, body: dict[str, Any], alliance_id: UUID) -> Response:
        """End an alliance, its members' time and the roles of its hub's people; send If-Match with the ETag."""
        require(P.ALLIANCES_WRITE)
        return _answer(actions.end_alliance(signed_in().actor, alliance_id, body["ended_on"], based_on()))


@blueprint.route("/alliances/<alliance:alliance_id>/members")
class AllianceMembers(MethodView):
    """The members of an alliance."""

    @needs(P.ALLIANCES_READ)
    @blueprint.arguments(schemas.AllianceMemberQuery, location="query")
    @blueprint.response(200, page_schema(schemas.AllianceMemberOut))
    def get(self, query: dict[str, Any], alliance_id: UUID) -> dict[str, Any]:
        """List the members of now, or those who left, in the order in which they were added."""
        own = queries.alliance_or_404(alliance_id)
        asked = queries.members_of(own.id, left=query["left"])
        found = page_of(asked, [AllianceMember.id], query["cursor"], query["limit"])
        return {"items": _members(found.rows), "next_cursor": found.next_cursor}

    @needs(P.ALLIANCES_WRITE)
    @blueprint.arguments(schemas.AllianceMemberIn)
    @idempotent
    @blueprint.response(201, schemas.AllianceMemberOut)
    def post(self, body: dict[str, Any], alliance_id: UUID) -> dict[str, Any]:
        """Make a program a member."""
        require(P.ALLIANCES_WRITE)
        made = actions.add_member(signed_in().actor, alliance_id, body["program_id"], body["joined_on"])
        return _members([made])[0]


@blueprint.route("/alliances/<alliance:alliance_id>/members/by-licence")
class AllianceMembersByLicence(MethodView):
    """Many members at once."""

    @needs(P.ALLIANCES_WRITE)
    @blueprint.arguments(schemas.AllianceMembersIn)
    @idempotent
    @blueprint.response(201, schemas.AllianceMembersAdded)
    def post(self, body: dict[str, Any], alliance_id: UUID) -> actions.Added:
        """Make the programs of many license numbers members, all or none; members of now stay as they are."""
        require(P.ALLIANCES_WRITE)
        return actions.add_members(signed_in().actor, alliance_id, body["licence_numbers"], body["joined_on"])


@blueprint.route("/alliances/<alliance:alliance_id>/members/<alliance_member:member_id>/end")
class AllianceMemberEnding(MethodView):
    """Ending a member's time."""

    @needs(P.ALLIANCES_WRITE)
    @blueprint.arguments(schemas.AllianceMemberEnd)
    @idempotent
    @blueprint.response(200, schemas.AllianceMemberOut)
    def post(self, body: dict[str, Any], alliance_id: UUID, member_id: UUID) -> dict[str, Any]:
        """End a member's time; what it ordered stands. Ending twice changes nothing."""
        require(P.ALLIANCES_WRITE)
        return _members([actions.end_member(signed_in().actor, alliance_id, member_id, body["left_on"])])[0]


@blueprint.route("/alliances/<alliance:alliance_id>/purchases")
class AlliancePurchases(MethodView):
    """The group purchases of an alliance."""

    @needs(P.ALLIANCES_READ)
    @blueprint.arguments(PageQuery, location="query")
    @blueprint.response(200, page_schema(PurchaseOut))
    def get(self, query: dict[str, Any], alliance_id: UUID) -> dict[str, Any]:
        """List the purchases that the alliance owns, the newest first, without what members order; drafts for state staff."""
        own = queries.alliance_or_404(alliance_id)
        return listed(queries.purchases_of(own.id), [Purchase.id], query, newest_first=True)
