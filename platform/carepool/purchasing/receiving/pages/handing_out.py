"""The pick-up site: the list by program, and handing goods out against a name or a pick-up code."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import or_

from carepool.errors import NotFound, Refusal
from carepool.identity.rights import Permission
from carepool.programs.models import Program
from carepool.programs.queries import program_or_404
from carepool.purchasing.models.purchases import Purchase
from carepool.purchasing.queries import delivery_points, purchase_or_404
from carepool.purchasing.receiving import collecting_queries as queries
from carepool.purchasing.receiving.actions.collecting import Handing, hand_out
from carepool.purchasing.receiving.goods import collecting_programs
from carepool.purchasing.receiving.models.collecting import HandOut
from carepool.purchasing.receiving.pages.count_form import fresh_key
from carepool.purchasing.receiving.pages.frame import blueprint
from carepool.purchasing.receiving.pick_up_codes import is_code, pick_up_code
from carepool.sentences import Sentence, marked
from carepool.web.changes import done_or_shown
from carepool.web.forms import FormReader
from carepool.web.guards import needs, require
from carepool.web.paging import page_of
from carepool.web.requests import signed_in
from tenants.database import db

P = Permission
_PAGE = 25
_MOST = 10_000_000


def _site_purchase(purchase_id: UUID) -> Purchase:
    """Return a purchase whose goods the person hands out. Raises Forbidden, NotFound."""
    require(P.GOODS_RECEIVE)
    return purchase_or_404(purchase_id)


@blueprint.get("/purchases/<purchase:purchase_id>/hand-out")
@needs(P.GOODS_RECEIVE)
def pick_list(purchase_id: UUID) -> ResponseReturnValue:
    """Show who collects what at a pick-up site; a name, a license number or a pick-up code finds one."""
    own = _site_purchase(purchase_id)
    sites = [one for one in delivery_points(own.id) if one.kind == "site"]
    chosen = next((one for one in sites if str(one.id) == request.args.get("site")), None)
    words = request.args.get("words", "").replace("\0", "").strip()[:100]
    found = collecting_programs(own.id, chosen.id if chosen else None)
    if is_code(words):
        coded = [one.id for one in db.session.scalars(found) if pick_up_code(own.id, one.id) == words]
        if len(coded) == 1:
            return redirect(url_for(".hand_out_form", purchase_id=own.id, program_id=coded[0], code=words))
    if words:
        fits = or_(Program.name.icontains(words, autoescape=True), Program.licence_number == words)
        found = found.where(fits)
    page = page_of(found, [Program.name, Program.id], request.args.get("cursor"), _PAGE)
    goods = queries.to_collect(own.id, [one.id for one in page.rows])
    facts = {"purchase": own, "sites": sites, "site": chosen, "words": words, "page": page, "goods": goods}
    return render_template("receiving/pick_list.html", **facts)


@blueprint.get("/purchases/<purchase:purchase_id>/hand-out/<program:program_id>")
@needs(P.GOODS_RECEIVE)
def hand_out_form(purchase_id: UUID, program_id: UUID) -> ResponseReturnValue:
    """Show what a program collects, and ask who takes it."""
    own = _site_purchase(purchase_id)
    return _shown(own, program_or_404(program_id, P.GOODS_RECEIVE), {}, {})


@blueprint.post("/purchases/<purchase:purchase_id>/hand-out/<program:program_id>")
@needs(P.GOODS_RECEIVE)
def hand_out_goods(purchase_id: UUID, program_id: UUID) -> ResponseReturnValue:
    """Hand out all that is there, or the numbers that were typed."""
    own = _site_purchase(purchase_id)
    program = program_or_404(program_id, P.GOODS_RECEIVE)

    def give() -> Sentence:
        form = FormReader(request.form)
        every = request.form.get("act") != "some"
        eaches = None if every else _typed(form)
        handing = Handing(
            form.text("key", wanted=True, most=100), form.text("taken_by"), form.text("code", most=20), eaches
        )
        form.checked()
        hand_out(signed_in().actor, own.id, program.id, handing)
        return marked("Handed out to %(program)s.", program=program.name)

    def shown(refused: Refusal) -> str:
        errors = dict(refused.fields) or {"form": [refused.sentence]}
        again = _site_purchase(purchase_id)
        return _shown(again, program_or_404(program_id, P.GOODS_RECEIVE), errors, request.form)

    return done_or_shown(give, lambda: url_for(".hand_out_form", purchase_id=own.id, program_id=program.id), shown)


def _typed(form: FormReader) -> dict[UUID, int]:
    found: dict[UUID, int] = {}
    for name in request.form:
        if name.startswith("eaches."):
            try:
                item = UUID(name.removeprefix("eaches."))
            except ValueError:
                raise NotFound("item") from None
            found[item] = form.whole(name, most=_MOST) or 0
    return found


def _shown(own: Purchase, program: Program, errors: Mapping[str, Any], typed: Mapping[str, str]) -> str:
    given = page_of(queries.hand_outs(own.id, program.id), [HandOut.id], None, _PAGE, newest_first=True)
    return render_template(
        "receiving/hand_out.html",
        purchase=own,
        program=program,
        lines=queries.to_collect(own.id, [program.id])[program.id],
        given=given.rows,
        code=request.args.get("code", "") if is_code(request.args.get("code", "")) else "",
        key=fresh_key(),
        errors=errors,
        typed=typed,
    )
