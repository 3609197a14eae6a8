"""The page behind a signed link: a vendor without an account sees, acknowledges and answers an order.

Whoever opens the address sees that there is an order and presses a button to open it. Only that press is kept as "opened":
mail scanners and previews of chat programs follow links, but press nothing, so what is kept says that a person looked.
A GET changes nothing anywhere here. The secret is in the address, so nothing of these pages is kept by anyone between
(`no-store`) or listed by search engines, and no other site is told the address (Referrer-Policy of all pages).
"""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from carepool.errors import NotFound, Refusal
from carepool.notifications.letters import Sender
from carepool.outbox import Actor
from carepool.purchasing.models.purchases import Purchase
from carepool.sentences import Sentence, marked
from carepool.vendors.answers.actions import answers_of, lines_of, record_answer
from carepool.vendors.answers.form import typed_answer
from carepool.vendors.answers.models import OrderAnswer, OrderAnswerLine
from carepool.vendors.answers.proposals import states_of
from carepool.vendors.answers.undecided import count_undecided
from carepool.vendors.changes.actions import answer_question, questions_about
from carepool.vendors.changes.versions import last_sent_before, since_last_sent
from carepool.vendors.deliveries.contents import orders_of_delivery
from carepool.vendors.deliveries.exemptions import documents_of
from carepool.vendors.deliveries.letters import certificates_of, order_of
from carepool.vendors.deliveries.models import OrderDelivery, OrderStage
from carepool.vendors.deliveries.standing import is_canceled, is_current
from carepool.vendors.documents.faults import CannotWrite
from carepool.vendors.documents.order import Order
from carepool.vendors.documents_written import FORMATS, written_documents
from carepool.vendors.inbox.actions import take_file
from carepool.vendors.inbox.models import Door
from carepool.vendors.inbox.queries import files_of_purchase
from carepool.vendors.links.actions import Opened, acknowledge, open_order, read_link
from carepool.vendors.links.invoices import bring_invoice, invoices_of
from carepool.vendors.order_page import OrderDoors, as_archive, as_file, order_page
from carepool.vendors.terms.actions import terms_of
from carepool.web.changes import done_or_shown, faults_of
from carepool.web.forms import FormReader
from carepool.web.guards import open_to_all
from tenants.database import find

blueprint = Blueprint("order_pages", __name__, template_folder="../templates")
_ANSWERED = marked("Thank you. Your answer is with the people who ordered.")


@blueprint.after_request
def _keep_from_others(answer: Response) -> Response:
    """Let nobody between keep or list what only the holder of the link may see."""
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    return answer


@blueprint.get("/vendor-orders/<token>")
@open_to_all
def cover(token: str) -> ResponseReturnValue:
    """Say that there is an order, and ask for a press that opens it."""
    opened = read_link(token)
    if opened.link.opened_at is not None:
        return redirect(url_for(".order", token=token))
    purchase = find(Purchase, opened.delivery.purchase_id) if opened.delivery.purchase_id else None
    canceled = opened.delivery.cancels
    return render_template("vendors/order_cover.html", token=token, purchase=purchase, canceled=canceled)


@blueprint.post("/vendor-orders/<token>")
@open_to_all
def open_it(token: str) -> ResponseReturnValue:
    """Open the order."""
    open_order(read_link(token))
    return redirect(url_for(".order", token=token))


@blueprint.get("/vendor-orders/<token>/order")
@open_to_all
def order(token: str) -> ResponseReturnValue:
    """Show the order, to be read, printed and answered; before it was opened, lead to the button."""
    opened = read_link(token)
    if opened.link.opened_at is None:
        return redirect(url_for(".cover", token=token))
    return _shown(token, opened, {}, {})


@blueprint.post("/vendor-orders/<token>/acknowledge")
@open_to_all
def acknowledge_it(token: str) -> ResponseReturnValue:
    """Write down that the vendor has the order."""
    acknowledge(_opened(token))
    flash(_("Thank you. We know now that you have the order."), "success")
    return redirect(url_for(".order", token=token))


@blueprint.post("/vendor-orders/<token>/answer")
@open_to_all
def answer(token: str) -> ResponseReturnValue:
    """Write down what the vendor says of each line."""

    def record(opened: Opened) -> Sentence:
        said, note = typed_answer(_order(opened))
        record_answer(Actor.vendor(), opened.delivery, said, note, "link")
        return _ANSWERED

    return _changed(token, record)


@blueprint.post("/vendor-orders/<token>/file")
@open_to_all
def answer_file(token: str) -> ResponseReturnValue:
    """Take an answer, a receipt or a ship notice as a file."""

    def take(opened: Opened) -> Sentence:
        file, own = request.files.get("file"), opened.delivery
        if file is None or own.purchase_id is None:
            raise NotFound("file")
        taken = take_file(Actor.vendor(), own.vendor_id, file.stream, file.filename or "", Door.LINK, own)
        if taken.is_new:
            return marked("Thank you. Your file is with the people who ordered.")
        return marked("This file was taken before, so nothing changed.")

    # the page has another box for a file, that of the invoice
    return _changed(token, take, named={"file": "answer_file"})


@blueprint.post("/vendor-orders/<token>/change")
@open_to_all
def answer_change(token: str) -> ResponseReturnValue:
    """Write down whether the vendor takes a change that the buyer asks for."""

    def say(opened: Opened) -> Sentence:
        form = FormReader(request.form)
        wanted, said = form.id("question"), request.form.get("said", "")
        if said not in ("yes", "no"):
            form.refuse("change_note", marked("Press yes or no."))
        note = form.text("change_note", most=500)
        form.checked()
        if wanted not in {one.id for one in questions_about(opened.delivery)}:
            raise NotFound("question")
        answer_question(Actor.vendor(), wanted, said == "yes", note, "link")
        return _ANSWERED

    return _changed(token, say)


@blueprint.post("/vendor-orders/<token>/invoice")
@open_to_all
def invoice(token: str) -> ResponseReturnValue:
    """Keep an invoice."""

    def bring(opened: Opened) -> Sentence:
        file = request.files.get("file")
        if file is None:
            raise NotFound("file")
        bring_invoice(opened.delivery, file.stream, file.filename or "")
        return marked("Thank you. Your invoice is with the people who ordered.")

    return _changed(token, bring)


@blueprint.get("/vendor-orders/<token>/document")
@open_to_all
def document(token: str) -> ResponseReturnValue:
    """Give the order as a file in one of the formats."""
    opened = read_link(token)
    wanted = request.args.get("format", "")
    if wanted not in FORMATS or opened.link.opened_at is None:
        raise NotFound("file")
    own = opened.delivery
    try:
        # without our secret, which only the vendor's own system may see
        written = written_documents(_order(opened), wanted, own.control, test=own.is_test)
    except CannotWrite as refused:
        raise Refusal("format-cannot", refused.sentence) from refused
    return as_file(written, wanted)


@blueprint.get("/vendor-orders/<token>/certificates")
@open_to_all
def certificates(token: str) -> ResponseReturnValue:
    """Give the exemption certificates that the order names, as one archive."""
    own = _opened(token).delivery
    written = documents_of(certificates_of(own, terms_of(own.vendor_id)), None)
    if not written:
        raise NotFound("file")
    return as_archive(written, "certificates")


def _opened(token: str) -> Opened:
    """Return what a link leads to, once it was opened. Raises NotFound."""
    opened = read_link(token)
    if opened.link.opened_at is None:
        raise NotFound("order link")
    return opened


def _order(opened: Opened) -> Order:
    own = opened.delivery
    return order_of(own, terms_of(own.vendor_id), Sender.here(), "")


def _changed(
    token: str, change: Callable[[Opened], Sentence], named: Mapping[str, str] | None = None
) -> ResponseReturnValue:
    """Do what a form of the page asks for. `named`: boxes whose name on the page is another than the verb's."""
    opened = _opened(token)

    def shown(refused: Refusal) -> str:
        faults = {(named or {}).get(name, name): told for name, told in faults_of(refused).items()}
        return _shown(token, read_link(token), request.form, faults)

    return done_or_shown(lambda: change(opened), lambda: url_for(".order", token=token), shown)


def _shown(token: str, opened: Opened, typed: Mapping[str, str], errors: Mapping[str, Any]) -> str:
    own = opened.delivery
    purchase = find(Purchase, own.purchase_id) if own.purchase_id else None
    answers = answers_of(own)
    shown, last = _order(opened), last_sent_before(own)
    exempt = [one for one in certificates_of(own, terms_of(own.vendor_id)) if one.file_id]
    return order_page(
        shown,
        doors=OrderDoors(
            acknowledge=url_for(".acknowledge_it", token=token),
            answer=url_for(".answer", token=token),
            invoice=url_for(".invoice", token=token),
            documents={one: url_for(".document", token=token, format=one) for one in FORMATS},
            change=url_for(".answer_change", token=token),
            answer_file=url_for(".answer_file", token=token),
            certificates=url_for(".certificates", token=token) if exempt else "",
        ),
        test=own.is_test,
        current=own.is_test or (purchase is not None and is_current(purchase, own)),
        canceled=purchase is not None and purchase.shows_result and is_canceled(purchase, own.vendor_id),
        acknowledged=own.state == OrderStage.ACKNOWLEDGED or own.acknowledged_at is not None,
        answered=[one.at for one in answers],
        said=_said(own, answers),
        decided=_decided(own, answers),
        questions=questions_about(own),
        changed=() if last is None or own.cancels else since_last_sent(own),
        changed_from=last.version if last else 0,
        undecided=bool(last and purchase and not own.cancels and count_undecided(purchase.id, own.vendor_id)),
        invoices=[(one.name, one.at) for one in ([] if own.is_test else invoices_of(own))],
        files=files_of_purchase(own.purchase_id, own.vendor_id) if own.purchase_id else (),
        typed=typed,
        errors=errors,
    )


def _said(own: OrderDelivery, answers: list[OrderAnswer]) -> dict[int, OrderAnswerLine | None]:
    """Return what the newest answer says by the message's line numbers."""
    if not answers:
        return {}
    told = lines_of(answers[0])
    numbered = orders_of_delivery(own).numbered()
    return {number: told.get((order.id, line.line)) for number, (order, line) in numbered.items()}


def _decided(own: OrderDelivery, answers: list[OrderAnswer]) -> dict[int, str]:
    """Return what was decided about the changes of the newest answer, by the message's line numbers."""
    if not answers:
        return {}
    told = states_of(answers[0].id)
    numbered = orders_of_delivery(own).numbered()
    return {number: told.get((order.id, line.line), "") for number, (order, line) in numbered.items()}
