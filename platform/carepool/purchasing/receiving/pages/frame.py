"""What all pages of receiving share: their blueprint, and how a change made on one is answered."""

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, flash, redirect
from flask.typing import ResponseReturnValue

from carepool.errors import NotFound, Refusal
from carepool.identity.rights import Permission
from carepool.purchasing.models.purchases import Purchase
from carepool.purchasing.queries import purchase_or_404
from carepool.sentences import Sentence
from carepool.ui.formats import in_words
from carepool.web.guards import require
from tenants.database import db

blueprint = Blueprint("receiving_pages", "carepool.purchasing.receiving", template_folder="templates")


def own_purchase(purchase_id: UUID) -> Purchase:
    """Return a purchase that the person runs. Raises Forbidden, NotFound."""
    require(Permission.PURCHASES_WRITE)
    return purchase_or_404(purchase_id)


def changing(
    change: Callable[[], Sentence], address: Callable[[], str], shown: Callable[[Refusal], str]
) -> ResponseReturnValue:
    """Do a change and lead to an address with the sentence that it returns; a refusal shows the page as it was typed."""
    try:
        told = change()
    except NotFound:
        raise
    except Refusal as refused:
        db.session.rollback()
        return shown(refused), refused.status
    flash(in_words(told), "success")
    return redirect(address())
