"""What is left, at cost: a program sees what is near and takes it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from carepool.errors import Refusal
from carepool.identity.rights import Permission
from carepool.programs.models import Program
from carepool.programs.queries import program_or_404
from carepool.purchasing.receiving import collecting_queries as queries
from carepool.purchasing.receiving.actions.collecting import Taking, take_leftover
from carepool.purchasing.receiving.models.collecting import Leftover
from carepool.purchasing.receiving.pages.count_form import fresh_key
from carepool.purchasing.receiving.pages.frame import blueprint
from carepool.sentences import Sentence, marked
from carepool.web.changes import done_or_shown
from carepool.web.forms import FormReader
from carepool.web.guards import needs
from carepool.web.paging import page_of
from carepool.web.requests import signed_in

P = Permission
_PAGE = 25
_MOST = 10_000_000


@blueprint.get("/programs/<program:program_id>/leftovers")
@needs(P.ORDERS_READ)
def leftovers(program_id: UUID) -> ResponseReturnValue:
    """Show what is left in a program's county, or everywhere in the state."""
    return _shown(program_or_404(program_id, P.ORDERS_READ), {}, {}, None)


@blueprint.post("/programs/<program:program_id>/leftovers/<leftover:leftover_id>")
@needs(P.ORDERS_WRITE)
def take(program_id: UUID, leftover_id: UUID) -> ResponseReturnValue:
    """Take some of what is left."""
    program = program_or_404(program_id, P.ORDERS_WRITE)
    offer = queries.leftover_or_404(leftover_id)

    def take_it() -> Sentence:
        form = FormReader(request.form)
        eaches = form.whole("eaches", least=1, most=_MOST)
        key = form.text("key", wanted=True, most=100)
        if eaches is None and not form.faults:
            form.refuse("eaches", marked("Write how many you take."))
        form.checked()
        take_leftover(signed_in().actor, offer.id, program.id, Taking(key, eaches or 0))
        return marked("They are yours. Collect them where they are; they stand on your pick-up card.")

    def shown(refused: Refusal) -> str:
        errors = {f"{name}-{leftover_id}": told for name, told in refused.fields.items()}
        again = program_or_404(program_id, P.ORDERS_WRITE)
        return _shown(again, errors or {"form": [refused.sentence]}, request.form, leftover_id)

    return done_or_shown(take_it, lambda: url_for(".leftovers", program_id=program_id, where=_where()), shown)


def _where() -> str | None:
    return "all" if request.values.get("where") == "all" else None


def _shown(program: Program, errors: Mapping[str, Any], typed: Mapping[str, str], about: UUID | None) -> str:
    everywhere = _where() is not None
    found = queries.leftovers_for(program, everywhere=everywhere)
    page = page_of(found, [Leftover.id], request.args.get("cursor"), _PAGE)
    return render_template(
        "receiving/leftovers.html",
        program=program,
        everywhere=everywhere,
        offers=queries.offer_bodies(page.rows),
        next_cursor=page.next_cursor,
        may_take=signed_in().rights.may(P.ORDERS_WRITE, program.id),
        key=fresh_key,
        errors=errors,
        typed=typed,
        about=about,
    )
