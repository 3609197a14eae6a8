"""The page on which a program says what it takes instead of an item that a vendor cannot bring."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from carepool.identity.rights import Permission
from carepool.programs.queries import program_or_404
from carepool.purchasing.pages.frame import blueprint
from carepool.purchasing.substitutes import actions
from carepool.purchasing.substitutes.choices import USUAL, WORDS, Choice
from carepool.sentences import Sentence, marked
from carepool.web.changes import done_or_shown, faults_of
from carepool.web.forms import FormReader
from carepool.web.guards import needs
from carepool.web.requests import signed_in

P = Permission


@blueprint.get("/programs/<program:program_id>/substitutes")
@needs(P.ORDERS_READ)
def substitutes(program_id: UUID) -> ResponseReturnValue:
    """Show what the program takes."""
    return _shown(program_id, {}, {})


@blueprint.post("/programs/<program:program_id>/substitutes")
@needs(P.ORDERS_WRITE)
def choose_substitutes(program_id: UUID) -> ResponseReturnValue:
    """Keep all that is chosen."""
    program_or_404(program_id, P.ORDERS_WRITE)

    def keep() -> Sentence:
        form = FormReader(request.form)
        items: list[UUID | None] = [None, *(one.id for one in actions.items_of(program_id))]
        chosen = {}
        for item in items:
            name = f"choice.{item}" if item else "choice"
            if name in request.form:
                typed = form.choice(name, Choice, USUAL)
                chosen[item] = typed if request.form[name] else None
        form.checked()
        for item, choice in chosen.items():
            actions.choose(signed_in().actor, program_id, item, choice)
        return marked("Kept. It counts from now on, also for orders that are out.")

    return done_or_shown(
        keep,
        lambda: url_for(".substitutes", program_id=program_id),
        lambda refused: _shown(program_id, request.form, faults_of(refused)),
    )


def _shown(program_id: UUID, typed: Mapping[str, str], errors: Mapping[str, Any]) -> str:
    return render_template(
        "purchasing/substitutes.html",
        program=program_or_404(program_id, P.ORDERS_READ),
        items=actions.items_of(program_id),
        chosen=actions.choices_of(program_id),
        usual=USUAL,
        words=WORDS,
        typed=typed,
        errors=errors,
        may_change=signed_in().rights.may(P.ORDERS_WRITE, program_id),
    )
