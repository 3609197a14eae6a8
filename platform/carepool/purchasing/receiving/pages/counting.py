"""The door: find an order by its number or the code on a case, count it on a phone, correct a count."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Response, current_app, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from carepool.errors import Invalid, NotFound, Refusal
from carepool.files import file_answer
from carepool.identity.rights import Permission
from carepool.purchasing.models.purchase_orders import PurchaseOrder
from carepool.purchasing.receiving import queries
from carepool.purchasing.receiving.actions import counting, picturing
from carepool.purchasing.receiving.actions.counting import Count, LineOfCount
from carepool.purchasing.receiving.counts import LineCount, finished_orders
from carepool.purchasing.receiving.models.counting import Receipt
from carepool.purchasing.receiving.pages.count_form import (
    NUMBERS,
    TypedCount,
    all_as_ordered,
    fresh_key,
    photos_of,
    typed_count,
)
from carepool.purchasing.receiving.pages.frame import blueprint
from carepool.sentences import Sentence, marked
from carepool.ui.formats import in_words
from carepool.vendors.inbox.queries import expected_for
from carepool.web.changes import done_or_shown
from carepool.web.forms import FormReader
from carepool.web.guards import needs, open_to_all
from carepool.web.paging import page_of
from carepool.web.requests import signed_in
from tenants.database import db

P = Permission
_PAGE = 25
_LINES = 100
"""Lines of an order on one page."""
_CORRECTED = ("cases", "short", "damaged")
WORKER = "receive-worker.js"


@blueprint.get("/receive")
@needs(P.GOODS_RECEIVE)
def to_receive() -> ResponseReturnValue:
    """List the orders on their way, or those that a number or the code on a case tells of."""
    words = request.args.get("number", "").replace("\0", "").strip()[:100]
    found = queries.orders_with(words) if words else queries.orders_to_receive()
    page = page_of(found, [PurchaseOrder.number, PurchaseOrder.id], request.args.get("cursor"), _PAGE)
    if words and len(page.rows) == 1:
        return redirect(url_for(".receive", order_id=page.rows[0].id))
    done = finished_orders([one.id for one in page.rows])
    return render_template("receiving/to_receive.html", page=page, words=words, finished=done)


@blueprint.get("/receive/worker.js")
@open_to_all
def worker() -> Response:
    """Send the script that keeps the pages of the door at hand while there is no connection."""
    manifest = current_app.extensions["carepool_assets"]
    answer = Response(
        (manifest.folder / manifest.files[WORKER]).read_bytes(), content_type="text/javascript; charset=utf-8"
    )
    answer.headers["Service-Worker-Allowed"] = "/receive"
    answer.headers["Cache-Control"] = "no-cache"
    return answer


@blueprint.get("/receive/<purchase_order:order_id>")
@needs(P.GOODS_RECEIVE)
def receive(order_id: UUID) -> ResponseReturnValue:
    """Show an order to be counted, line by line."""
    return _shown(queries.order_to_receive_or_404(order_id), {}, {})


@blueprint.post("/receive/<purchase_order:order_id>")
@needs(P.GOODS_RECEIVE)
def count(order_id: UUID) -> ResponseReturnValue:
    """Take a count; from a device's queue it is answered without a page."""
    order = queries.order_to_receive_or_404(order_id)
    queued = request.headers.get("X-Count") is not None
    typed: TypedCount | None = None
    try:
        if not _is_known(order):
            every = request.form.get("act") == "all"
            typed = (all_as_ordered if every else typed_count)(request.form, queries.counts_of(order))
            _take(order, typed)
    except NotFound:
        raise
    except Refusal as refused:
        db.session.rollback()
        errors: dict[str, Any] = typed.on_boxes(refused.fields) if typed else dict(refused.fields)
        errors = errors or {"form": [refused.sentence]}
        if queued:
            told = dict.fromkeys(in_words(one) for some in errors.values() for one in some)
            return jsonify({"message": " ".join(told)}), refused.status
        return _shown(queries.order_to_receive_or_404(order_id), errors, request.form), refused.status
    flash(in_words(marked("The count is in.")), "success")
    part = request.args.get("part")
    return ("", 204) if queued else redirect(url_for(".receive", order_id=order.id, part=part))


@dataclass(frozen=True)
class Parts:
    """Which part of a long order is shown, from 1, and of how many."""

    shown: int
    all: int


def _part(counts: list[LineCount]) -> tuple[list[LineCount], Parts]:
    """Return the lines of the part that is asked for, by its number or by the number of a line in it."""
    line, wanted = _number("line"), _number("part")
    of_line = next((place for place, one in enumerate(counts) if one.line.line == line), None)
    many = max(1, -(-len(counts) // _LINES))
    part = of_line // _LINES + 1 if of_line is not None else min(max(1, wanted), many)
    return counts[(part - 1) * _LINES : part * _LINES], Parts(part, many)


def _number(name: str) -> int:
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0


def _is_known(order: PurchaseOrder) -> bool:
    """Tell whether this very count came before; what "all" means may be less by now, but it is the same count."""
    return request.form.get("act") == "all" and counting.is_counted(order.id, request.form.get("key", ""))


def _take(order: PurchaseOrder, typed: TypedCount) -> None:
    by = signed_in().actor
    receipt = counting.record_count(by, order.id, typed.count)
    for number in typed.numbers:
        for photo in photos_of(request.files, number):
            try:
                picturing.add_photo(by, receipt.id, number, photo.stream)
            except Invalid as refused:
                raise Invalid(refused.kind, refused.sentence, {f"photo.{number}": [refused.sentence]}) from None


def _shown(order: PurchaseOrder, errors: Mapping[str, Any], typed: Mapping[str, str]) -> str:
    counts, parts = _part(queries.counts_of(order))
    found = page_of(queries.receipts_of(order), [Receipt.id], None, _PAGE, newest_first=True)
    return render_template(
        "receiving/receive.html",
        order=order,
        counts=counts,
        parts=parts,
        receipts=[queries.receipt_body(one) for one in found.rows],
        finished=bool(finished_orders([order.id])),
        arriving=queries.arrives(order),
        expected=expected_for([order.id]),
        runs=signed_in().rights.may(P.PURCHASES_WRITE),
        key=fresh_key(),
        errors=errors,
        typed=typed,
    )


@blueprint.post("/receive/<purchase_order:order_id>/finish")
@needs(P.GOODS_RECEIVE)
def finish(order_id: UUID) -> ResponseReturnValue:
    """Say that all of an order has come."""
    order = queries.order_to_receive_or_404(order_id)

    def done() -> Sentence:
        counting.finish_order(signed_in().actor, order.id)
        return marked("Thank you. What came is shared out now, and what is missing is claimed from the vendor.")

    return done_or_shown(
        done,
        lambda: url_for(".receive", order_id=order.id),
        lambda refused: _shown(queries.order_to_receive_or_404(order_id), {"form": [refused.sentence]}, {}),
    )


@blueprint.get("/receive/<purchase_order:order_id>/correct")
@needs(P.GOODS_RECEIVE)
def correct_form(order_id: UUID) -> ResponseReturnValue:
    """Show the sums of an order's counts, to be corrected."""
    return _correction(queries.order_to_receive_or_404(order_id), {}, {})


@blueprint.post("/receive/<purchase_order:order_id>/correct")
@needs(P.GOODS_RECEIVE)
def correct(order_id: UUID) -> ResponseReturnValue:
    """Correct the counts of an order to what was typed, with a cause."""
    order = queries.order_to_receive_or_404(order_id)

    def done() -> Sentence:
        counting.record_count(signed_in().actor, order.id, _typed_correction(order))
        return marked("The correction is in. The first count stays in the history.")

    def shown(refused: Refusal) -> str:
        # a fault that lies in the sums of a line is told above all of them
        boxes = {name: told for name, told in refused.fields.items() if not name.startswith("lines.")}
        errors = boxes or {"form": list(dict.fromkeys(one for some in refused.fields.values() for one in some))}
        errors = errors if any(errors.values()) else {"form": [refused.sentence]}
        return _correction(queries.order_to_receive_or_404(order_id), errors, request.form)

    return done_or_shown(done, lambda: url_for(".receive", order_id=order.id), shown)


def _typed_correction(order: PurchaseOrder) -> Count:
    """Return what is more or fewer than the page showed. Raises Invalid."""
    form, lines = FormReader(request.form), []
    for one in queries.counts_of(order):
        number = one.line.line
        more: dict[str, Any] = {}
        for name in _CORRECTED:
            right = form.whole(f"{name}.{number}", most=NUMBERS[name])
            seen = form.whole(f"seen.{name}.{number}", most=NUMBERS[name])
            more[name] = (right or 0) - (seen or 0) if right is not None else 0
        if any(more.values()):
            lines.append(LineOfCount(number, **more))
    cause = form.text("cause", wanted=True, most=500)
    key = form.text("key", wanted=True, most=100)
    if not lines and not form.faults:
        form.refuse("form", marked("No number was changed, so there is nothing to correct."))
    form.checked()
    return Count(key, lines, "", cause)


def _correction(order: PurchaseOrder, errors: Mapping[str, Any], typed: Mapping[str, str]) -> str:
    counts, parts = _part([one for one in queries.counts_of(order) if one.is_known])
    facts = {"order": order, "counts": counts, "parts": parts, "errors": errors, "typed": typed, "key": fresh_key()}
    return render_template("receiving/correct.html", **facts)


@blueprint.get("/receipt-photos/<receipt_photo:photo_id>/file")
@needs(P.GOODS_RECEIVE)
def photo(photo_id: UUID) -> Response:
    """Give a photo of what came."""
    return file_answer(queries.photo_or_404(photo_id))
