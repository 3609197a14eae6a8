"""JSON routes of receiving: counts at the door, what they come to, and claims to vendors."""

from contextlib import closing
from typing import Any
from uuid import UUID

from flask import Response
from flask.views import MethodView

from carepool.errors import Invalid
from carepool.files import file_answer
from carepool.identity.rights import Permission
from carepool.programs.queries import program_or_404
from carepool.purchasing.models.purchase_orders import PurchaseOrder
from carepool.purchasing.models.purchases import Purchase
from carepool.purchasing.queries import purchase_or_404
from carepool.purchasing.receiving import queries, schemas
from carepool.purchasing.receiving.actions import claiming, counting, picturing, printing, sharing, terms
from carepool.purchasing.receiving.counts import LineCount, finished_orders, terms_of
from carepool.purchasing.receiving.models.claims import VendorClaim
from carepool.purchasing.receiving.models.counting import Receipt, ReceiptPhoto
from carepool.purchasing.receiving.models.documents import SiteDocument
from carepool.purchasing.receiving.models.sharing import Arrival, ArrivalShare, Credit
from carepool.purchasing.schemas import PurchaseOrderOut, PurchaseOut
from carepool.sentences import marked
from carepool.web.blueprints import ApiBlueprint
from carepool.web.bodies import PageQuery, listed, page_schema
from carepool.web.etags import based_on, tagged
from carepool.web.guards import needs, require
from carepool.web.idempotency import idempotent
from carepool.web.requests import signed_in

blueprint = ApiBlueprint("receiving", __name__, description="Goods that arrive")
P = Permission
_TERMS_OUT, _CLAIM_OUT = schemas.ReceivingTermsOut(), schemas.VendorClaimOut()


@blueprint.route("/receiving")
class ToReceive(MethodView):
    """Orders on their way or arriving."""

    @needs(P.GOODS_RECEIVE)
    @blueprint.arguments(PageQuery, location="query")
    @blueprint.response(200, page_schema(PurchaseOrderOut))
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List the purchase orders that the caller may count: all of the state, or those of one's own door."""
        return listed(queries.orders_to_receive(), [PurchaseOrder.number, PurchaseOrder.id], query)


@blueprint.route("/purchases/<purchase:purchase_id>/orders-sent")
class OrdersSent(MethodView):
    """That the orders went to the vendors."""

    @needs(P.PURCHASES_WRITE)
    @blueprint.response(200, PurchaseOut)
    def post(self, purchase_id: UUID) -> Purchase:
        """Say that the purchase orders were sent; said again, it changes nothing."""
        require(P.PURCHASES_WRITE)
        return terms.mark_ordered(signed_in().actor, purchase_or_404(purchase_id).id)


@blueprint.route("/purchases/<purchase:purchase_id>/receiving-terms")
class Terms(MethodView):
    """How a purchase is received."""

    @needs(P.PURCHASES_WRITE)
    @blueprint.response(200, schemas.ReceivingTermsOut)
    def get(self, purchase_id: UUID) -> Response:
        """Read what is taken too much and until when goods wait; the ETag is its version, 0 before anything was set."""
        require(P.PURCHASES_WRITE)
        return tagged(_TERMS_OUT, terms_of(purchase_or_404(purchase_id).id))

    @needs(P.PURCHASES_WRITE)
    @blueprint.arguments(schemas.ReceivingTermsIn)
    @idempotent
    @blueprint.response(200, schemas.ReceivingTermsOut)
    def put(self, body: terms.ReceivingTerms, purchase_id: UUID) -> Response:
        """Set them; send If-Match with the ETag that you read."""
        require(P.PURCHASES_WRITE)
        own = purchase_or_404(purchase_id)
        return tagged(_TERMS_OUT, terms.set_terms(signed_in().actor, own.id, body, based_on()))


@blueprint.route("/purchase-orders/<purchase_order:order_id>/receipts")
class Receipts(MethodView):
    """Counts of an order."""

    @needs(P.GOODS_RECEIVE)
    @blueprint.arguments(PageQuery, location="query")
    @blueprint.response(200, page_schema(schemas.ReceiptOut))
    def get(self, query: dict[str, Any], order_id: UUID) -> dict[str, Any]:
        """List the counts and corrections of an order."""
        return listed(queries.receipts_of(queries.order_to_receive_or_404(order_id)), [Receipt.id], query)

    @needs(P.GOODS_RECEIVE)
    @blueprint.arguments(schemas.CountIn)
    @blueprint.response(201, schemas.ReceiptWithLines)
    def post(self, body: counting.Count, order_id: UUID) -> dict[str, Any]:
        """Send a count; sent again with the same key it is the same count, whoever sends it."""
        order = queries.order_to_receive_or_404(order_id)
        return queries.receipt_body(counting.record_count(signed_in().actor, order.id, body))


@blueprint.route("/purchase-orders/<purchase_order:order_id>/corrections")
class Corrections(MethodView):
    """Corrections of counts."""

    @needs(P.GOODS_RECEIVE)
    @blueprint.arguments(schemas.CorrectionIn)
    @blueprint.response(201, schemas.ReceiptWithLines)
    def post(self, body: counting.Count, order_id: UUID) -> dict[str, Any]:
        """Correct earlier counts by what is more or fewer, with a cause; nothing is overwritten."""
        order = queries.order_to_receive_or_404(order_id)
        return queries.receipt_body(counting.record_count(signed_in().actor, order.id, body))


@blueprint.route("/purchase-orders/<purchase_order:order_id>/receiving")
class OrderStanding(MethodView):
    """What came of an order."""

    @needs(P.GOODS_RECEIVE)
    @blueprint.response(200, schemas.OrderStandingOut)
    def get(self, order_id: UUID) -> dict[str, Any]:
        """Read what the counts come to, line by line."""
        return _standing(queries.order_to_receive_or_404(order_id))

    @needs(P.GOODS_RECEIVE)
    @blueprint.response(200, schemas.OrderStandingOut)
    def post(self, order_id: UUID) -> dict[str, Any]:
        """Say that all of the order has come; what is missing is claimed and all is shared out. Again: nothing more."""
        order = queries.order_to_receive_or_404(order_id)
        return _standing(counting.finish_order(signed_in().actor, order.id))


def _standing(order: PurchaseOrder) -> dict[str, Any]:
    return {
        "purchase_order_id": order.id,
        "number": order.number,
        "deliver_to": order.deliver_to,
        "is_finished": bool(finished_orders([order.id])),
        "lines": [_line(one) for one in queries.counts_of(order)],
    }


def _line(one: LineCount) -> dict[str, Any]:
    found = one.standing
    return {
        **{name: getattr(one.line, name) for name in ("line", "item_id", "sku", "name", "case_size")},
        "ordered_cases": one.line.cases,
        "counted_cases": one.counted.cases,
        "is_counted": one.is_counted,
        "is_tracked": one.is_tracked,
        "usable": found.usable,
        "refused": found.refused,
        **{str(kind): eaches if one.is_known else 0 for kind, eaches in found.missing.items()},
    }


@blueprint.route("/receipts/<receipt:receipt_id>")
class OneReceipt(MethodView):
    """One count."""

    @needs(P.GOODS_RECEIVE)
    @blueprint.response(200, schemas.ReceiptWithLines)
    def get(self, receipt_id: UUID) -> dict[str, Any]:
        """Read a count with its lines and photos."""
        return queries.receipt_body(queries.receipt_or_404(receipt_id))


@blueprint.route("/receipts/<receipt:receipt_id>/photos")
class Photos(MethodView):
    """Photos of a count."""

    @needs(P.GOODS_RECEIVE)
    @blueprint.arguments(schemas.PhotoForm, location="form")
    @blueprint.arguments(schemas.PhotoFile, location="files")
    @blueprint.response(201, schemas.PhotoOut)
    def post(self, form: dict[str, Any], files: dict[str, Any], receipt_id: UUID) -> ReceiptPhoto:
        """Add a photo of a line; the same photo again is the same one."""
        own = queries.receipt_or_404(receipt_id)
        if files["photo"] is None:
            sentence = marked("Choose a photo.")
            raise Invalid("no-photo", sentence, {"photo": [sentence]})
        with closing(files["photo"]) as upload:
            return picturing.add_photo(signed_in().actor, own.id, form["line"], upload.stream)


@blueprint.route("/receipt-photos/<receipt_photo:photo_id>/file")
class PhotoFile(MethodView):
    """The file of a photo."""

    @needs(P.GOODS_RECEIVE)
    @blueprint.response(200, {"type": "string", "format": "binary"}, content_type="image/*")
    def get(self, photo_id: UUID) -> Response:
        """Read a photo."""
        return file_answer(queries.photo_or_404(photo_id))


@blueprint.route("/purchases/<purchase:purchase_id>/arrivals")
class Arrivals(MethodView):
    """Results: what arrived, shared out."""

    @needs(P.PURCHASES_WRITE)
    @blueprint.arguments(PageQuery, location="query")
    @blueprint.response(200, page_schema(schemas.ArrivalOut))
    def get(self, query: dict[str, Any], purchase_id: UUID) -> dict[str, Any]:
        """List the results of a purchase, the newest first."""
        require(P.PURCHASES_WRITE)
        return listed(queries.arrivals_of(purchase_or_404(purchase_id)), [Arrival.id], query, newest_first=True)

    @needs(P.PURCHASES_WRITE)
    @blueprint.response(202, schemas.ArrivalOut)
    def post(self, purchase_id: UUID) -> Arrival:
        """Share out what arrived, as it is counted now; without a new count it is the same result."""
        require(P.PURCHASES_WRITE)
        return sharing.ask_sharing(signed_in().actor, purchase_or_404(purchase_id).id)


@blueprint.route("/arrivals/<arrival:arrival_id>")
class OneArrival(MethodView):
    """One result."""

    @needs(P.PURCHASES_WRITE)
    @blueprint.response(200, schemas.ArrivalOut)
    def get(self, arrival_id: UUID) -> Arrival:
        """Read a result."""
        require(P.PURCHASES_WRITE)
        return queries.arrival_or_404(arrival_id)


@blueprint.route("/arrivals/<arrival:arrival_id>/shares")
class ArrivalShares(MethodView):
    """What everyone gets of what arrived."""

    @needs(P.PURCHASES_WRITE)
    @blueprint.arguments(PageQuery, location="query")
    @blueprint.response(200, page_schema(schemas.ArrivalShareOut))
    def get(self, query: dict[str, Any], arrival_id: UUID) -> dict[str, Any]:
        """List the shares of a result."""
        require(P.PURCHASES_WRITE)
        found = queries.arrival_shares(queries.arrival_or_404(arrival_id))
        return listed(found, [ArrivalShare.item_id, ArrivalShare.program_id], query)


@blueprint.route("/arrivals/<arrival:arrival_id>/record")
class ArrivalRecordFile(MethodView):
    """The record of a result."""

    @needs(P.PURCHASES_WRITE)
    @blueprint.response(200, {"type": "object"})
    def get(self, arrival_id: UUID) -> Response:
        """Read the canonical JSON of what arrived and who got what; its SHA-256 is that of the result."""
        require(P.PURCHASES_WRITE)
        return file_answer(queries.arrival_file_or_404(queries.arrival_or_404(arrival_id)))


@blueprint.route("/purchases/<purchase:purchase_id>/arrived/<program:program_id>")
class Arrived(MethodView):
    """What arrived for one program."""

    @needs(P.ORDERS_READ)
    @blueprint.response(200, schemas.ArrivedOut)
    def get(self, purchase_id: UUID, program_id: UUID) -> dict[str, Any]:
        """Read what a program gets of what arrived, what it pays, and why."""
        own = purchase_or_404(purchase_id)
        return queries.arrived_for(own, program_or_404(program_id, P.ORDERS_READ).id)


@blueprint.route("/purchases/<purchase:purchase_id>/credits")
class Credits(MethodView):
    """What programs owe less or more after the close."""

    @needs(P.PURCHASES_WRITE)
    @blueprint.arguments(PageQuery, location="query")
    @blueprint.response(200, page_schema(schemas.CreditOut))
    def get(self, query: dict[str, Any], purchase_id: UUID) -> dict[str, Any]:
        """List the credits of a purchase."""
        require(P.PURCHASES_WRITE)
        return listed(queries.credits_of(purchase_or_404(purchase_id)), [Credit.id], query)


@blueprint.route("/purchases/<purchase:purchase_id>/vendor-claims")
class VendorClaims(MethodView):
    """Claims to vendors."""

    @needs(P.PURCHASES_WRITE)
    @blueprint.arguments(PageQuery, location="query")
    @blueprint.response(200, page_schema(schemas.VendorClaimOut))
    def get(self, query: dict[str, Any], purchase_id: UUID) -> dict[str, Any]:
        """List the claims of a purchase."""
        require(P.PURCHASES_WRITE)
        return listed(queries.vendor_claims(purchase_or_404(purchase_id)), [VendorClaim.id], query)


@blueprint.route("/vendor-claims/<vendor_claim:claim_id>")
class OneVendorClaim(MethodView):
    """One claim to a vendor."""

    @needs(P.PURCHASES_WRITE)
    @blueprint.response(200, schemas.VendorClaimOut)
    def get(self, claim_id: UUID) -> Response:
        """Read a claim; the ETag is its version."""
        require(P.PURCHASES_WRITE)
        return tagged(_CLAIM_OUT, queries.vendor_claim_or_404(claim_id))

    @needs(P.PURCHASES_WRITE)
    @blueprint.arguments(schemas.SettlingIn)
    @idempotent
    @blueprint.response(200, schemas.VendorClaimOut)
    def put(self, body: claiming.Settling, claim_id: UUID) -> Response:
        """Say that a claim was sent, or what the vendor answered; send If-Match with the ETag that you read."""
        require(P.PURCHASES_WRITE)
        own = queries.vendor_claim_or_404(claim_id)
        return tagged(_CLAIM_OUT, claiming.settle_claim(signed_in().actor, own.id, body, based_on()))


@blueprint.route("/purchases/<purchase:purchase_id>/papers")
class Papers(MethodView):
    """Labels and pick lists of a purchase."""

    @needs(P.GOODS_RECEIVE)
    @blueprint.arguments(PageQuery, location="query")
    @blueprint.response(200, page_schema(schemas.PaperOut))
    def get(self, query: dict[str, Any], purchase_id: UUID) -> dict[str, Any]:
        """List the labels and pick lists of the newest result."""
        require(P.GOODS_RECEIVE)
        return listed(queries.papers_of(purchase_or_404(purchase_id)), [SiteDocument.id], query)

    @needs(P.GOODS_RECEIVE)
    @blueprint.arguments(schemas.PaperIn)
    @idempotent
    @blueprint.response(202, schemas.PaperOut)
    def post(self, body: dict[str, Any], purchase_id: UUID) -> SiteDocument:
        """Ask for labels or the pick list, each with a square code; a worker makes the PDF."""
        require(P.GOODS_RECEIVE)
        own = purchase_or_404(purchase_id)
        return printing.ask_paper(signed_in().actor, own.id, body["kind"], body["language"])


@blueprint.route("/site-documents/<site_document:document_id>")
class OnePaper(MethodView):
    """One paper."""

    @needs(P.GOODS_RECEIVE)
    @blueprint.response(200, schemas.PaperOut)
    def get(self, document_id: UUID) -> SiteDocument:
        """Read whether it is made."""
        require(P.GOODS_RECEIVE)
        return queries.paper_or_404(document_id)


@blueprint.route("/site-documents/<site_document:document_id>/file")
class PaperFile(MethodView):
    """The file of a paper."""

    @needs(P.GOODS_RECEIVE)
    @blueprint.response(200, {"type": "string", "format": "binary"}, content_type="application/pdf")
    def get(self, document_id: UUID) -> Response:
        """Read the PDF, or the ZIP of several where it is long."""
        require(P.GOODS_RECEIVE)
        return file_answer(queries.paper_file_or_404(queries.paper_or_404(document_id)))
