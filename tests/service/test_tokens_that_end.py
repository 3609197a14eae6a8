"""API tokens that end: told 14 days and 2 days before, once each, to the owner and the administrators, here and at desks."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, update

from carepool.clock import now
from carepool.identity import actions
from carepool.identity.models import AccessToken
from carepool.identity.rights import DeskRole, Permission
from carepool.identity.token_actions import warn_of_ends
from carepool.identity.vendor_models import VendorToken
from carepool.notifications.channels import Answer, Letter
from carepool.notifications.channels.mail import MailChannel
from carepool.notifications.models import DeliveryState, Message
from carepool.outbox import Actor
from tenants.database import db
from tests.cast import State
from tests.desks import Desk, colleague, desk_of
from tests.inbox import Inbox, listening
from workers.sweeps import sweep

DAY = timedelta(days=1)
Place = State | Desk


def _token(place: Place, person: UUID, days: float, label: str = "Ordering system", life: int = 90) -> UUID:
    """A token of someone, that ends in so many days and was made for so long."""
    model: Any = AccessToken if isinstance(place, State) else VendorToken
    scope = Permission.PURCHASES_READ if isinstance(place, State) else Permission.DESK_READ
    ends = now() + days * DAY
    with place.scope():
        written = actions.issue_api_token(Actor.operator(), person, [scope], label, now() + DAY, now())
        mine = update(model).where(model.id == written.id)
        db.session.execute(mine.values(created_at=ends - life * DAY, expires_at=ends))
        return written.id


def _told(state: State, token: UUID) -> list[tuple[UUID, str, str]]:
    """Return (person, occasion, owner) of every message about a token."""
    with state.scope():
        found = db.session.scalars(select(Message).where(Message.subject_id == token).order_by(Message.id))
        return [(one.person_id, one.occasion, str(one.facts.get("owner", ""))) for one in found]


def _swept(app: Flask) -> Inbox:
    with listening(app) as inbox:
        sweep(app, "warn_of_tokens")
    return inbox


def test_in_a_state_owner_and_administrators_hear_it_twice_and_not_oftener(app: Flask, here: State) -> None:
    owner, administrator = here.coordinator.id, here.administrator.id
    token = _token(here, owner, 13)
    for _ in range(2):
        with here.scope():
            warn_of_ends(now())
    assert [one[:2] for one in _told(here, token)] == [(owner, ""), (administrator, "")]
    assert _told(here, token)[1][2], "an administrator is told whose it is"
    for later in (11.5 * DAY, 12 * DAY):
        with here.scope():
            warn_of_ends(now() + later)
    assert [one[1] for one in _told(here, token)] == ["", "", "2 days", "2 days"]


def test_at_a_desk_it_is_the_same_by_letter(app: Flask, here: State) -> None:
    desk = desk_of(here)
    staff = colleague(desk)
    _token(desk, staff.id, 13, "Warehouse")
    inbox = _swept(app)
    [to_owner], [to_administrator] = inbox.texts(staff.email), inbox.texts(desk.administrator.email)
    assert "Your API token “Warehouse” ends:" in to_owner and f"http://{desk.host}" in to_owner
    assert "/tokens" in to_owner
    assert "The API token “Warehouse” of Cole Vendor ends:" in to_administrator
    second = _swept(app)
    assert not second.texts(staff.email) and not second.texts(desk.administrator.email), "once"
    with desk.scope():
        db.session.execute(update(VendorToken).where(VendorToken.label == "Warehouse").values(expires_at=now() + DAY))
    again = _swept(app)
    assert len(again.texts(staff.email)) == 1 and len(again.texts(desk.administrator.email)) == 1
    assert not _swept(app).texts(staff.email)


def test_an_administrator_who_owns_it_hears_it_once_and_disabled_people_do_not(app: Flask, here: State) -> None:
    desk = desk_of(here)
    second = colleague(desk, DeskRole.ADMINISTRATOR)
    _token(desk, desk.administrator.id, 1, "Mine")
    inbox = _swept(app)
    assert len(inbox.texts(desk.administrator.email)) == 1 and len(inbox.texts(second.email)) == 1


@pytest.mark.parametrize(
    ("days", "life", "warned"),
    [(15, 90, False), (13, 90, True), (6, 7, False), (1.5, 7, True), (1, 2, False), (-1, 90, False)],
)
def test_only_what_ends_soon_and_was_not_made_for_so_short_is_told_of(
    here: State, days: float, life: int, warned: bool
) -> None:
    token = _token(here, here.coordinator.id, days, life=life)
    with here.scope():
        warn_of_ends(now())
    assert bool(_told(here, token)) is warned


def test_a_token_that_was_ended_is_not_told_of(here: State) -> None:
    token = _token(here, here.coordinator.id, 1)
    with here.scope():
        actions.revoke_token(Actor.operator(), token, now())
        warn_of_ends(now())
    assert _told(here, token) == []


def test_none_is_forgotten_where_there_are_more_than_are_looked_at_at_once(
    here: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("carepool.identity.token_actions._AT_ONCE", 2)
    tokens = [_token(here, here.coordinator.id, 3 + place, f"T{place}") for place in range(5)]
    with here.scope():
        warn_of_ends(now())
    assert all(_told(here, one) for one in tokens)


def test_an_address_that_takes_no_letter_keeps_nobody_else_from_theirs(
    app: Flask, here: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = desk_of(here)
    staff, second = colleague(desk), colleague(desk)
    _token(desk, staff.id, 3, "First")
    _token(desk, second.id, 5, "Second")
    send, full = MailChannel.send, staff.email

    def sends(self: MailChannel, letter: Letter, address: str) -> Answer:
        return Answer(DeliveryState.WAITING, "452 full") if address == full else send(self, letter, address)

    monkeypatch.setattr(MailChannel, "send", sends)
    inbox = _swept(app)
    assert len(inbox.texts(second.email)) == 1, "the token after it is told of"
    assert len(inbox.texts(desk.administrator.email)) == 2
    monkeypatch.setattr(MailChannel, "send", send)
    assert len(_swept(app).texts(staff.email)) == 1, "it is tried again"
