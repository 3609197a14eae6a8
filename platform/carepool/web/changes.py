"""How a change that a form of a page asks for is answered: done and led on, or shown again with what is wrong."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect
from flask.typing import ResponseReturnValue

from carepool.errors import NotFound, Refusal
from carepool.sentences import Sentence
from carepool.ui.formats import in_words
from tenants.database import db


def faults_of(refused: Refusal) -> dict[str, Any]:
    """Return what is wrong by field; `form` where the fault lies in no field."""
    return dict(refused.fields) or {"form": [refused.sentence]}


def done_or_shown(
    change: Callable[[], Sentence | None], address: Callable[[], str], shown: Callable[[Refusal], str]
) -> ResponseReturnValue:
    """Do a change and lead to an address with the sentence that it returns; a refusal shows the page as it was typed.

    `address` is asked after the change, `shown` after what it did was undone. Raises NotFound.
    """
    return made_or_shown(lambda: (change(), address()), shown)


def made_or_shown(
    make: Callable[[], tuple[Sentence | None, str]], shown: Callable[[Refusal], str]
) -> ResponseReturnValue:
    """Do the same for what makes something: it returns what is said, and the address of what was made. Raises NotFound."""
    try:
        told, address = make()
    except NotFound:
        raise
    except Refusal as refused:
        db.session.rollback()
        return shown(refused), refused.status
    if told is not None:
        flash(in_words(told), "success")
    return redirect(address)
