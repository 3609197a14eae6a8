"""Pages of a vendor's desk on which it proposes other prices to a state, by item or as a file."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from carepool.errors import NotFound
from carepool.identity.rights import Permission
from carepool.purchasing.ladder import PriceBasis
from carepool.sentences import Sentence, marked
from carepool.tabular.csv_lines import csv_bytes
from carepool.vendors.desk.models import DeskItem, DeskPartner
from carepool.vendors.prices import proposing
from carepool.vendors.prices.file import HEADERS
from carepool.vendors.prices.models import PriceProposal
from carepool.vendors.prices.words import STATES
from carepool.web.changes import done_or_shown, faults_of
from carepool.web.forms import FormReader, amount_text
from carepool.web.guards import needs
from carepool.web.paging import page_of
from carepool.web.requests import signed_in
from tenants.database import db
from tenants.registry import TenantEntry, tenant_entry

blueprint = Blueprint("desk_price_pages", __name__, template_folder="../templates")
_READS = needs(Permission.DESK_READ)
_WRITES = needs(Permission.DESK_WRITE)
_PAGE = 25


@blueprint.get("/desk/prices")
@_READS
def prices() -> ResponseReturnValue:
    """List the states with what was proposed to them."""
    page = page_of(
        proposing.proposals_at_desk(), [PriceProposal.id], request.args.get("cursor"), _PAGE, newest_first=True
    )
    return render_template("desk/prices.html", page=page, states=_states(), names=_names(), words=STATES)


@blueprint.get("/desk/prices/<desk_partner:partner_id>")
@_READS
def items(partner_id: UUID) -> ResponseReturnValue:
    """List a state's items with their prices, and the form for a file."""
    return _items(_partner_or_404(partner_id), {}, {})


@blueprint.post("/desk/prices/<desk_partner:partner_id>")
@_WRITES
def bring(partner_id: UUID) -> ResponseReturnValue:
    """Propose the prices of a file."""
    partner = _partner_or_404(partner_id)

    def bringing() -> Sentence:
        form = FormReader(request.form)
        day, note = form.day("effective_on"), form.text("note", most=1000)
        file = request.files.get("file")
        if file is None or not file.filename:
            form.refuse("file", marked("Choose a file first."))
        form.checked()
        if file is None:
            raise NotFound("file")
        wanted = proposing.read_file(partner, file.stream)
        proposing.propose(signed_in(), partner, wanted, day, note)
        return marked("Proposed. The state decides, and you see here what it says.")

    return _done(bringing, lambda refused: _items(_partner_or_404(partner_id), request.form, faults_of(refused)))


@blueprint.get("/desk/prices/<desk_partner:partner_id>/file")
@_READS
def file(partner_id: UUID) -> ResponseReturnValue:
    """Give the prices that hold now as a file, to write new ones into."""
    partner = _partner_or_404(partner_id)
    found = db.session.scalars(proposing.items_of(partner.tenant_id).order_by(DeskItem.sku, DeskItem.id))
    rows = [row for item in found for row in _rows(item)]
    answer = Response(csv_bytes([(*HEADERS, "Price now", "Item"), *rows]), mimetype="text/csv")
    answer.headers.set("Content-Disposition", "attachment", filename="prices.csv")
    return answer


def _rows(item: DeskItem) -> list[tuple[Any, ...]]:
    if item.price_basis == PriceBasis.PERCENT_OFF:
        return [(item.sku, item.contract, 1, "", amount_text(item.list_cents), item.name)]
    return [(item.sku, item.contract, start, "", amount_text(cents), item.name) for start, cents in item.ladder]


@blueprint.get("/desk/items/<desk_item:item_id>")
@_READS
def item(item_id: UUID) -> ResponseReturnValue:
    """Show an item's prices and the form that proposes others."""
    return _item(proposing.item_or_404(item_id), {}, {})


@blueprint.post("/desk/items/<desk_item:item_id>")
@_WRITES
def propose(item_id: UUID) -> ResponseReturnValue:
    """Propose other prices for an item."""
    own = proposing.item_or_404(item_id)

    def proposing_it() -> Sentence:
        form = FormReader(request.form)
        day, note = form.day("effective_on"), form.text("note", most=1000)
        typed = {start: form.cents(f"price_{start}") for start in _starts(own)}
        form.checked()
        wanted = proposing.new_terms(own, {start: cents for start, cents in typed.items() if cents is not None})
        proposing.propose(signed_in(), _partner_of(own.tenant_id), [wanted], day, note)
        return marked("Proposed. The state decides, and you see here what it says.")

    return _done(proposing_it, lambda refused: _item(proposing.item_or_404(item_id), request.form, faults_of(refused)))


@blueprint.get("/desk/price-proposals/<price_proposal:proposal_id>")
@_READS
def proposal(proposal_id: UUID) -> ResponseReturnValue:
    """Show a proposal and what became of it."""
    own = proposing.proposal_or_404(proposal_id)
    return render_template(
        "desk/price_proposal.html", own=own, lines=proposing.lines_of(own), words=STATES, names=_names()
    )


def _done(change: Callable[[], Sentence], shown: Callable[[Any], str]) -> ResponseReturnValue:
    return done_or_shown(change, lambda: url_for(".prices"), shown)


def _starts(item: DeskItem) -> list[int]:
    """Return from how many cases each price of an item holds; one that has a list price has one."""
    return [1] if item.price_basis == PriceBasis.PERCENT_OFF else [start for start, _ in item.ladder]


def _item(own: DeskItem, typed: Mapping[str, str], errors: Mapping[str, Any]) -> str:
    percent = own.price_basis == PriceBasis.PERCENT_OFF
    now = {1: own.list_cents} if percent else dict(own.ladder)
    partner = _partner_of(own.tenant_id)
    return render_template(
        "desk/item.html",
        own=own,
        now=now,
        percent=percent,
        partner=partner,
        state=_state_of(partner),
        least=proposing.first_day(partner),
        typed=typed or {f"price_{start}": amount_text(cents) for start, cents in now.items()},
        errors=errors,
    )


def _items(partner: DeskPartner, typed: Mapping[str, str], errors: Mapping[str, Any]) -> str:
    found = proposing.items_of(partner.tenant_id)
    page = page_of(found, [DeskItem.sku, DeskItem.id], request.args.get("cursor"), _PAGE)
    return render_template(
        "desk/items.html",
        page=page,
        partner=partner,
        state=_state_of(partner),
        least=proposing.first_day(partner),
        typed=typed,
        errors=errors,
    )


def _partner_or_404(partner_id: UUID) -> DeskPartner:
    return next((one for one in proposing.partners_at_desk() if one.id == partner_id), None) or _missing()


def _partner_of(state: int) -> DeskPartner:
    return next((one for one in proposing.partners_at_desk() if one.tenant_id == state), None) or _missing()


def _missing() -> DeskPartner:
    raise NotFound("state")


def _state_of(partner: DeskPartner) -> TenantEntry | None:
    return tenant_entry(partner.tenant_id)


def _states() -> list[tuple[DeskPartner, str]]:
    names = _names()
    return [(one, names.get(one.tenant_id, "")) for one in proposing.partners_at_desk()]


def _names() -> dict[int, str]:
    found = (tenant_entry(one.tenant_id) for one in proposing.partners_at_desk())
    return {one.id: one.name for one in found if one}
