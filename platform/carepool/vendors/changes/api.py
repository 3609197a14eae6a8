"""JSON routes of changes of orders that are out: look, confirm, the vendor's word, and what differs between versions."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask.views import MethodView

from carepool.errors import Invalid
from carepool.identity.rights import Permission
from carepool.purchasing.queries import purchase_or_404
from carepool.sentences import marked
from carepool.vendors.changes import actions, schemas, versions
from carepool.vendors.changes.editing import ProgramWish
from carepool.vendors.changes.models import OrderEdit, OrderQuestion
from carepool.vendors.changes.queries import edits_of, public_ids, questions_of_purchase
from carepool.web.blueprints import ApiBlueprint
from carepool.web.bodies import PageQuery, listed, page_schema
from carepool.web.etags import based_on
from carepool.web.guards import needs, require
from carepool.web.idempotency import idempotent
from carepool.web.requests import signed_in

blueprint = ApiBlueprint("order_edits", __name__, description="Changes of orders after the close")
P = Permission


def wishes_in(body: dict[str, Any]) -> Sequence[ProgramWish]:
    """Return the changes of a loaded `EditIn`. Raises Invalid where an item is named twice."""
    found = []
    for place, one in enumerate(body["programs"]):
        wanted = {line["item_id"]: line["wanted"] for line in one["lines"]}
        if len(wanted) != len(one["lines"]):
            sentence = marked("An item is named twice.")
            raise Invalid("item-twice", marked("Name each item once."), {f"programs.{place}.lines": [sentence]})
        found.append(ProgramWish(one["program_id"], wanted, one["withdrawn"]))
    return found


@blueprint.route("/purchases/<purchase:purchase_id>/order-edits/preview")
class Preview(MethodView):
    """A set of changes after the close."""

    @needs(P.PURCHASES_WRITE)
    @blueprint.arguments(schemas.EditIn)
    @blueprint.response(200, schemas.EditPreviewOut)
    def post(self, body: dict[str, Any], purchase_id: UUID) -> dict[str, Any]:
        """Return what would follow: for orders, shares and bills, by the rules of the close. Nothing is written."""
        require(P.PURCHASES_WRITE)
        found = actions.preview(purchase_or_404(purchase_id).id, wishes_in(body))
        return {
            "version": found.version,
            "asks_vendor": found.asks,
            "cancels": public_ids(one.vendor_id for one in found.vendors if one.cancels),
            "difference": found.difference.kept(),
        }


@blueprint.route("/purchases/<purchase:purchase_id>/order-edits")
class Edits(MethodView):
    """Changes after the close."""

    @needs(P.PURCHASES_WRITE)
    @blueprint.arguments(PageQuery, location="query")
    @blueprint.response(200, page_schema(schemas.EditOut))
    def get(self, query: dict[str, Any], purchase_id: UUID) -> dict[str, Any]:
        """List them, the oldest first."""
        require(P.PURCHASES_WRITE)
        return listed(edits_of(purchase_or_404(purchase_id).id), [OrderEdit.id], query)

    @needs(P.PURCHASES_WRITE)
    @blueprint.arguments(schemas.ConfirmedEditIn)
    @idempotent
    @blueprint.response(202, schemas.EditOut)
    def post(self, body: dict[str, Any], purchase_id: UUID) -> OrderEdit:
        """Make a set of changes; send If-Match with the version that the preview told.

        It is worked in in a moment. Where a vendor's cut-off has passed, that vendor is asked first, and nothing changes
        before it says yes.
        """
        require(P.PURCHASES_WRITE)
        own = purchase_or_404(purchase_id)
        return actions.confirm(signed_in().actor, own.id, wishes_in(body), body["reason"], based_on(), body["key"])


@blueprint.route("/order-edits/<order_edit:edit_id>")
class OneEdit(MethodView):
    """A set of changes."""

    @needs(P.PURCHASES_WRITE)
    @blueprint.response(200, schemas.EditOut)
    def get(self, edit_id: UUID) -> OrderEdit:
        """Read how it stands."""
        require(P.PURCHASES_WRITE)
        return actions.edit_or_404(edit_id)

    @needs(P.PURCHASES_WRITE)
    @blueprint.response(200, schemas.EditOut)
    def delete(self, edit_id: UUID) -> OrderEdit:
        """Take it back while a vendor is asked."""
        require(P.PURCHASES_WRITE)
        return actions.withdraw(signed_in().actor, edit_id)


@blueprint.route("/purchases/<purchase:purchase_id>/order-questions")
class Questions(MethodView):
    """What vendors are asked to change."""

    @needs(P.PURCHASES_WRITE)
    @blueprint.arguments(PageQuery, location="query")
    @blueprint.response(200, page_schema(schemas.QuestionOut))
    def get(self, query: dict[str, Any], purchase_id: UUID) -> dict[str, Any]:
        """List them, the oldest first."""
        require(P.PURCHASES_WRITE)
        return listed(questions_of_purchase(purchase_or_404(purchase_id).id), [OrderQuestion.id], query)


@blueprint.route("/order-questions/<order_question:question_id>/answer")
class Answering(MethodView):
    """A vendor's word."""

    @needs(P.PURCHASES_WRITE)
    @blueprint.arguments(schemas.AnsweredIn)
    @blueprint.response(200, schemas.QuestionOut)
    def post(self, body: dict[str, Any], question_id: UUID) -> OrderQuestion:
        """Write down what the vendor told a person, with who said so and how."""
        require(P.PURCHASES_WRITE)
        actor = signed_in().actor
        return actions.answer_question(actor, question_id, body["accepted"], body["note"], "hand")


@blueprint.route("/purchases/<purchase:purchase_id>/order-versions")
class Versions(MethodView):
    """Versions of the orders of a purchase."""

    @needs(P.PURCHASES_WRITE)
    @blueprint.response(200, schemas.VersionsOut)
    def get(self, purchase_id: UUID) -> dict[str, Any]:
        """List them."""
        require(P.PURCHASES_WRITE)
        return {"items": versions.versions_of(purchase_or_404(purchase_id))}


@blueprint.route("/purchases/<purchase:purchase_id>/order-differences")
class Differences(MethodView):
    """What differs between two versions."""

    @needs(P.PURCHASES_WRITE)
    @blueprint.arguments(schemas.TwoVersions, location="query")
    @blueprint.response(200, schemas.VersionDifferenceOut)
    def get(self, query: dict[str, Any], purchase_id: UUID) -> dict[str, Any]:
        """Return the lines that were added, removed or changed: places, cases, prices, items, and the day asked for."""
        require(P.PURCHASES_WRITE)
        own = purchase_or_404(purchase_id)
        before = query["before"] or max(own.close_version - 1, 1)
        after = query["after"] or max(own.close_version, 1)
        return {"items": versions.differences(own, before, after)}
