"""Verbs of API tokens: make one's own, list, end, and warn before one ends."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import literal, tuple_

from carepool.errors import Forbidden, Invalid, NotFound
from carepool.identity.account import end_own
from carepool.identity.actions import SignedIn, issue_api_token, revoke_token
from carepool.identity.models import AccessToken, Person, TokenKind
from carepool.identity.queries import administrators_here, in_force
from carepool.identity.rights import Permission, limited
from carepool.identity.tokens import WrittenToken
from carepool.identity.vendor_models import here
from carepool.notifications.actions import tell
from carepool.notifications.desk_letters import LetterNotTaken
from carepool.notifications.notices import Notice
from carepool.sentences import Sentence, marked
from tenants.database import db, find

WARNED_BEFORE = timedelta(days=14)
_WARNINGS = {WARNED_BEFORE: "", timedelta(days=2): "2 days"}
"""How long before its end is told of a token, and the occasion by which each warning is one."""
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
    """Tell of tokens that end soon: 14 days and 2 days before, once each, the owner and the administrators.

    In a state and at a vendor's desk alike. One that was made for no longer than that needs no warning. Everyone is tried
    before LetterNotTaken is raised for a letter to a desk that surely did not leave.
    """
    own = here(AccessToken)
    soon = in_force(TokenKind.API, at).where(own.expires_at <= at + WARNED_BEFORE)
    administrators, after = list(administrators_here(at)), None
    failed: list[LetterNotTaken] = []
    while True:
        rest = soon if after is None else soon.where(tuple_(own.expires_at, own.id) > after)
        page = list(db.session.scalars(rest.order_by(own.expires_at, own.id).limit(_AT_ONCE)))
        for token in page:
            failed += _warn(token, administrators, at)
        if len(page) < _AT_ONCE:
            break
        after = tuple_(literal(page[-1].expires_at), literal(page[-1].id))
    if failed:
        raise failed[0]


def _warn(token: AccessToken, administrators: Sequence[UUID], at: datetime) -> Iterator[LetterNotTaken]:
    """Tell of one token; yield what was wrong with letters that did not leave."""
    before = min(one for one in _WARNINGS if token.expires_at <= at + one)
    if token.expires_at - token.created_at <= before:
        return
    facts = {"title": token.label, "on": token.expires_at.isoformat()}
    owner = find(here(Person), token.person_id)
    others = [one for one in administrators if one != token.person_id]
    named = {**facts, "owner": owner.name if owner else ""}
    for people, told in (([token.person_id], facts), (others, named)):
        try:
            tell(people, Notice.TOKEN_ENDS, token.id, told, _WARNINGS[before])
        except LetterNotTaken as wrong:
            yield wrong
