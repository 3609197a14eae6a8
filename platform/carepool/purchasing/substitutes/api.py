"""JSON routes of what programs say about substitutes."""

from typing import Any
from uuid import UUID

from flask.views import MethodView
from marshmallow import Schema, fields

from carepool.identity.rights import Permission
from carepool.programs.queries import program_or_404
from carepool.purchasing.substitutes import actions
from carepool.purchasing.substitutes.choices import USUAL, Choice
from carepool.web.blueprints import ApiBlueprint
from carepool.web.bodies import IdOf, Strict
from carepool.web.guards import needs
from carepool.web.idempotency import idempotent
from carepool.web.requests import signed_in

blueprint = ApiBlueprint("substitutes", __name__, description="What programs take instead of an item")
P = Permission


class ChoiceIn(Strict):
    """A choice. Without an item it counts for all others; a choice of null follows what counts for all."""

    catalog_item_id = IdOf("catalog_item", load_default=None, allow_none=True)
    choice = fields.Enum(Choice, by_value=True, required=True, allow_none=True)


class ItemChoiceOut(Schema):
    """A choice for one item."""

    catalog_item_id = fields.UUID(required=True)
    choice = fields.String(required=True)


class ChoicesOut(Schema):
    """What counts for all items, and what was chosen for single ones."""

    all = fields.String(required=True)
    items = fields.List(fields.Nested(ItemChoiceOut), required=True)


def _told(program_id: UUID) -> dict[str, Any]:
    chosen = actions.choices_of(program_id)
    single = sorted((str(item), choice) for item, choice in chosen.items() if item is not None)
    return {
        "all": str(chosen.get(None, USUAL)),
        "items": [{"catalog_item_id": item, "choice": str(choice)} for item, choice in single],
    }


@blueprint.route("/programs/<program:program_id>/substitutes")
class Substitutes(MethodView):
    """What a program takes instead of an item that a vendor cannot bring."""

    @needs(P.ORDERS_READ)
    @blueprint.response(200, ChoicesOut)
    def get(self, program_id: UUID) -> dict[str, Any]:
        """Read it."""
        return _told(program_or_404(program_id, P.ORDERS_READ).id)

    @needs(P.ORDERS_WRITE)
    @blueprint.arguments(ChoiceIn)
    @idempotent
    @blueprint.response(200, ChoicesOut)
    def put(self, body: dict[str, Any], program_id: UUID) -> dict[str, Any]:
        """Choose for an item or for all; it counts for every substitute that is not decided about yet."""
        program = program_or_404(program_id, P.ORDERS_WRITE)
        actions.choose(signed_in().actor, program.id, body["catalog_item_id"], body["choice"])
        return _told(program.id)
