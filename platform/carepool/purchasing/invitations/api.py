"""JSON routes of invitations and of reminders by hand."""

from typing import Any
from uuid import UUID

from flask.views import MethodView
from marshmallow import Schema, fields, validate
from sqlalchemy import func, select

from carepool.identity.rights import Permission
from carepool.purchasing import queries
from carepool.purchasing.actions import inviting
from carepool.purchasing.models.invitations import HandReminder, Invitation, InvitedProgram
from carepool.purchasing.models.purchases import Purchase
from carepool.web.blueprints import ApiBlueprint
from carepool.web.bodies import IdOf, PageQuery, Strict, Text, listed, page_schema
from carepool.web.guards import needs, require
from carepool.web.idempotency import idempotent
from carepool.web.requests import signed_in
from tenants.database import db, find
from tenants.vocabularies import ProgramType

blueprint = ApiBlueprint("invitations", __name__, description="Who is told of a purchase, and reminders by hand")
P = Permission


class InvitationIn(Strict):
    """Whom to tell among those who may join; `program_ids` are told in any case, with `only_named` nobody else."""

    program_types = fields.List(
        fields.Enum(ProgramType, by_value=True), load_default=list, validate=validate.Length(max=20)
    )
    counties = fields.List(Text(least=1), load_default=list, validate=validate.Length(max=300))
    only_named = fields.Boolean(load_default=False, truthy={True}, falsy={False})
    program_ids = fields.List(IdOf("program"), load_default=list, validate=validate.Length(max=inviting.MOST_NAMED))


class InvitationOut(Schema):
    """Whom a purchase tells: what was chosen, programs told so far and programs to be told."""

    program_types = fields.List(fields.String(), required=True)
    counties = fields.List(fields.String(), required=True)
    only_named = fields.Boolean(required=True)
    program_ids = fields.List(fields.UUID(), required=True)
    told = fields.Integer(required=True)
    to_tell = fields.Integer(required=True)


class ReminderOut(Schema):
    """A reminder by hand: on which day of the state's calendar, and how many programs."""

    day = fields.Date(required=True)
    programs = fields.Integer(required=True)
    at = fields.AwareDateTime(required=True)


def standing_of(purchase: Purchase) -> dict[str, Any]:
    """Return what was chosen for a purchase and how many programs were told and will be."""
    row = find(Invitation, purchase.id)
    rows = db.session.execute(
        select(InvitedProgram.program_id, InvitedProgram.named, InvitedProgram.told_at).where(
            InvitedProgram.purchase_id == purchase.id
        )
    ).all()
    to_tell = select(func.count()).select_from(inviting.to_be_told(purchase).subquery())
    return {
        "program_types": row.program_types if row else [],
        "counties": row.counties if row else [],
        "only_named": row.only_named if row else False,
        "program_ids": [one for one, named, _ in rows if named],
        "told": sum(1 for _, _, told in rows if told),
        "to_tell": int(db.session.scalar(to_tell) or 0),
    }


@blueprint.route("/purchases/<purchase:purchase_id>/invitation")
class Inviting(MethodView):
    """Whom a purchase tells."""

    @needs(P.PURCHASES_WRITE)
    @blueprint.response(200, InvitationOut)
    def get(self, purchase_id: UUID) -> dict[str, Any]:
        """Read what was chosen, and how many programs were told and will be."""
        require(P.PURCHASES_WRITE)
        return standing_of(queries.purchase_or_404(purchase_id))

    @needs(P.PURCHASES_WRITE)
    @blueprint.arguments(InvitationIn)
    @idempotent
    @blueprint.response(200, InvitationOut)
    def put(self, body: dict[str, Any], purchase_id: UUID) -> dict[str, Any]:
        """Choose whom to tell; nobody is told by this. The answer counts them."""
        require(P.PURCHASES_WRITE)
        named = body.pop("program_ids")
        return standing_of(inviting.choose_invited(signed_in().actor, purchase_id, body, named))

    @needs(P.PURCHASES_WRITE)
    @idempotent
    @blueprint.response(202, InvitationOut)
    def post(self, purchase_id: UUID) -> dict[str, Any]:
        """Tell those who were chosen and not told yet that the purchase is open; each program is told once."""
        require(P.PURCHASES_WRITE)
        return standing_of(inviting.invite_now(signed_in().actor, purchase_id))


@blueprint.route("/purchases/<purchase:purchase_id>/reminders")
class Reminders(MethodView):
    """Reminders by hand."""

    @needs(P.PURCHASES_WRITE)
    @blueprint.arguments(PageQuery, location="query")
    @blueprint.response(200, page_schema(ReminderOut))
    def get(self, query: dict[str, Any], purchase_id: UUID) -> dict[str, Any]:
        """List the reminders that went out by hand, the newest first."""
        require(P.PURCHASES_WRITE)
        own = queries.purchase_or_404(purchase_id)
        found = select(HandReminder).where(HandReminder.purchase_id == own.id)
        return listed(found, [HandReminder.day], query, newest_first=True)

    @needs(P.PURCHASES_WRITE)
    @idempotent
    @blueprint.response(202, ReminderOut)
    def post(self, purchase_id: UUID) -> HandReminder:
        """Remind the programs whose lines are not sent; at most once a day."""
        require(P.PURCHASES_WRITE)
        return inviting.remind_now(signed_in().actor, purchase_id)
