"""Payments by card: through the provider's own page, booked once, and a lost answer waits for a person."""

import secrets
from collections.abc import Iterator
from typing import Any

import pytest

from carepool.purchasing.settlement.models.payments import CardProvider
from tenants.database import db
from tests.buying import work
from tests.card_desk import CardDesk, card_desk
from tests.cast import Cast, State
from tests.settling import ledger, settled
from workers.sweeps import sweep

SECRET = "sk_test_0123456789"


@pytest.fixture
def desk(here: State) -> Iterator[CardDesk]:
    """A provider that the state has an account with."""
    with card_desk(here.app) as found:
        body = {"is_on": True, "secret": SECRET}
        answer = here.api("PUT", "/card-provider", here.administrator, json=body, headers={"If-Match": '"0"'})
        assert answer.status_code == 200, answer.text
        yield found


def _pay(state: State, key: str = "", cents: int = 2500) -> Any:
    path = f"/programs/{state.director.program_id}/card-payments"
    body = {"key": key or secrets.token_hex(8), "amount_cents": cents}
    return state.api("POST", path, state.director, json=body)


def _now(state: State, payment: dict[str, Any]) -> dict[str, Any]:
    return dict(state.api("GET", f"/payments/{payment['id']}", state.director).json)


def _look(state: State) -> None:
    sweep(state.app, "look_at_cards")
    work(state)


def test_a_program_pays_on_the_providers_page(here: State, desk: CardDesk) -> None:
    settled(here)
    before = len(ledger(here))
    one = _pay(here).json
    work(here)
    found = _now(here, one)
    assert (found["state"], found["card_page"]) == ("open", "https://pay.example.org/cs_1")
    assert desk.asked == [("POST", "/v1/checkout/sessions", f"Bearer {SECRET}")]
    _look(here)
    assert _now(here, one)["state"] == "open" and len(ledger(here)) == before
    desk.pay()
    for _ in range(2):
        _look(here)
    assert _now(here, one)["state"] == "done"
    assert len(ledger(here)) == before + 1


def test_a_double_press_opens_one_page(here: State, desk: CardDesk) -> None:
    for _ in range(2):
        assert _pay(here, key="the-same-key").status_code == 201
    work(here)
    assert len(desk.sessions) == 1


def test_a_lost_answer_waits_for_a_person(here: State, desk: CardDesk) -> None:
    desk.mode = "cut"
    one = _pay(here).json
    work(here)
    found = _now(here, one)
    assert found["state"] == "unknown"
    desk.mode = "ok"
    _look(here)
    assert _now(here, one)["state"] == "unknown", "it is not asked again by itself"
    tag = here.api("GET", f"/payments/{one['id']}", here.coordinator).headers["ETag"]
    body = {"state": "done", "reason": "Seen on the provider's pages"}
    path = f"/payments/{one['id']}/ending"
    for wanted in (200, 412):
        answer = here.api("PUT", path, here.coordinator, json=body, headers={"If-Match": tag})
        assert answer.status_code == wanted
    assert len(ledger(here)) == 1


def test_a_broken_provider_leaves_it_unknown_and_a_refusal_fails_it(here: State, desk: CardDesk) -> None:
    for mode, state in (("broken", "unknown"), ("refused", "failed")):
        desk.mode = mode
        one = _pay(here).json
        work(here)
        assert _now(here, one)["state"] == state
    assert ledger(here) == []


def test_an_answer_about_another_amount_books_nothing(here: State, desk: CardDesk) -> None:
    one = _pay(here).json
    work(here)
    desk.pay()
    desk.sessions["cs_1"]["amount_total"] = 1
    _look(here)
    assert _now(here, one)["state"] == "unknown"
    assert ledger(here) == []


def test_a_page_that_was_not_used_in_time_fails(here: State, desk: CardDesk) -> None:
    one = _pay(here).json
    work(here)
    desk.sessions["cs_1"]["status"] = "expired"
    _look(here)
    assert _now(here, one)["state"] == "failed"


def test_without_a_provider_no_card_is_taken(here: State) -> None:
    assert _pay(here).status_code == 409


def test_the_key_is_sealed_and_never_shown(cast: Cast, here: State, desk: CardDesk) -> None:
    shown = here.api("GET", "/card-provider", here.administrator)
    assert shown.json == {"is_on": True} and SECRET not in shown.text
    assert here.api("GET", "/card-provider", here.coordinator).status_code == 403
    assert cast.there.api("GET", "/card-provider", cast.there.administrator).json == {"is_on": False}
    with here.scope():
        assert SECRET not in db.session.query(CardProvider).one().sealed_secret
