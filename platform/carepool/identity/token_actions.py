"""Verbs of API tokens: make one's own, list, end, and warn before one ends."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from carepool.errors import Forbidden, Invalid, NotFound
from carepool.identity.account import end_own
from carepool.identity.actions import SignedIn, issue_api_token, revoke_token
from carepool.identity.models import AccessToken, TokenKind
from carepool.identity.queries import in_force
from carepool.identity.rights import Permission, limited
from carepool.identity.tokens import WrittenToken
from carepool.identity.vendor_models import here
from carepool.notifications.actions import tell
from carepool.notifications.notices import Notice
from carepool.sentences import Sentence, marked
from tenants.database import db, find

WARNED_BEFORE = timedelta(days=14)
_AT_ONCE = 500

SCOPES: dict[Permission, Sentence] = {
    Permission.PROGRAMS_READ: marked("read programs"),
    Permission.PROGRAMS_WRITE: marked("change programs and bring rosters"),
    Permission.CATALOGS_READ: marked("read catalogs and contracts"),
    Permission.CATALOGS_WRITE: marked("change catalogs and contracts"),
    Permission.PURCHASES_READ: marked("read group purchases"),
    Permission.PURCHASES_WRITE: marked("run group purchases"),
    Permission.ORDERS_READ: marked("read orders"),
    Permission.ORDERS_WRITE: marked("place and change orders"),
    Permission.ORDERS_APPROVE: marked("approve orders that wait"),
    Permission.PEOPLE_READ: marked("read who the people are"),
    Permission.PEOPLE_WRITE: marked("invite people and change their roles"),
    Permission.MESSAGES_READ: marked("read messages"),
    Permission.DELIVERIES_WRITE: marked("settle deliveries of messages"),
    Permission.STATE_WRITE: marked("set up the state"),
    Permission.RECORDS_READ: marked("read the activity log and export records"),
    Permission.GOODS_RECEIVE: marked("count goods that arrive and hand them out"),
    Permission.MONEY_WRITE: marked("settle purchases, record invoices and payments"),
    Permission.ALLIANCES_READ: marked("read alliances, their members and ledgers"),
    Permission.ALLIANCES_WRITE: marked("found alliances and change their members"),
    Permission.DESK_READ: marked("read orders of all states"),
    Permission.DESK_WRITE: marked("answer orders and propose prices"),
    Permission.DESK_PEOPLE: marked("invite people to the desk"),
}
"""What each scope lets a token do; a test fails for one without words."""


def scopes_to_give(who: SignedIn) -> list[Permission]:
    """Return the scopes that a person may give a token: those held somewhere."""
    return [scope for scope in Permission if who.rights.may_anywhere(scope)]


def make_token(who: SignedIn, scopes: Iterable[str], label: str, days: int, at: datetime) -> WrittenToken:
    """Make an API token of one's own that may do no more than who asks; its secret is known only here.

    `days`: its life. Raises Forbidden for a scope that the person (or the token that asks) does not hold, and Invalid.
    """
    wanted = list(scopes)
    try:
        given = limited(wanted)
    except ValueError:
        sentence = marked("Choose from the list.")
        raise Invalid("unknown-scope", sentence, {"scopes": [sentence]}) from None
    if not given <= set(scopes_to_give(who)):
        raise Forbidden()
    return issue_api_token(who.actor, who.person.id, wanted, label, at + timedelta(days=days), at)


def end_token(who: SignedIn, token_id: UUID, at: datetime) -> None:
    """End an API token at once: one's own, or anyone's where one may change people. Raises NotFound."""
    token = find(here(AccessToken), token_id)
    if token is None or token.kind != TokenKind.API:
        raise NotFound("token")
    if who.rights.may(Permission.PEOPLE_WRITE) or who.rights.may(Permission.DESK_PEOPLE):
        revoke_token(who.actor, token_id, at)
    else:
        end_own(who, token_id, at)


def warn_of_ends(at: datetime) -> None:
    """Tell the owners of tokens that end soon, once a token."""
    own = here(AccessToken)
    soon = in_force(TokenKind.API, at).where(own.expires_at <= at + WARNED_BEFORE)
    # one that was made for a short time needs no warning
    long = soon.where(own.expires_at - own.created_at > WARNED_BEFORE)
    for token in db.session.scalars(long.order_by(own.expires_at).limit(_AT_ONCE)):
        tell([token.person_id], Notice.TOKEN_ENDS, token.id, {"title": token.label})
