"""API tokens on pages: made within one's rights, shown once, listed, ended, and warned of before they end."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update

from carepool.identity.models import AccessToken
from carepool.identity.rights import Permission
from carepool.identity.token_actions import SCOPES
from tenants.database import db
from tests.cast import Browser, State
from workers.sweeps import SWEEPS


def _made(browser: Browser, **form: Any) -> Any:
    return browser.submit("/tokens", "POST", {"label": "Accounting", "scopes": ["programs:read"], "days": "90", **form})


def _secret(page: str) -> str:
    found = re.search(r"cp_api_[0-9a-f]+_[0-9a-f]{64}", page)
    assert found, page[:500]
    return found.group()


def _ask(state: State, token: str, path: str = "/programs") -> int:
    answer = state.client().get(f"/api/v1{path}", headers={"Authorization": f"Bearer {token}"})
    return int(answer.status_code)


def test_every_scope_has_words() -> None:
    assert set(SCOPES) == set(Permission)


def test_a_token_is_made_shown_once_used_and_ended(here: State) -> None:
    browser = here.browser(here.administrator)
    made = _made(browser)
    token = _secret(made.text)
    assert made.headers["Cache-Control"] == "no-store"
    page = browser.client.get("/tokens").text
    assert token not in page
    assert "Accounting" in page
    assert "read programs" in page
    assert _ask(here, token) == 200
    assert _ask(here, token, "/people") == 403
    listed = here.api("GET", "/me/tokens", here.administrator).json["items"]
    own = next(one for one in listed if one["label"] == "Accounting")
    assert own["seen_at"] is not None, "its last use is known"
    assert browser.submit(f"/tokens/{own['id']}/end", "POST").status_code == 302
    assert _ask(here, token) == 401
    assert "Accounting" not in browser.client.get("/tokens").text


def test_nobody_gives_a_token_more_than_they_have(here: State) -> None:
    browser = here.browser(here.director)
    page = browser.client.get("/tokens").text
    assert 'value="orders:write"' in page
    assert 'value="people:write"' not in page
    assert _made(browser, scopes=["people:write"]).status_code == 403
    assert _made(browser, scopes=["programs:read", "records:read"]).status_code == 403
    narrow = _secret(_made(browser, scopes=["programs:read"]).text)
    asked = here.client().post(
        "/api/v1/me/tokens", json={"scopes": ["orders:write"]}, headers={"Authorization": f"Bearer {narrow}"}
    )
    assert asked.status_code == 403, "a token cannot make a wider one"


def test_what_is_wrong_is_told_by_its_field(here: State) -> None:
    browser = here.browser(here.director)
    for change, field in (({"label": ""}, "label"), ({"scopes": []}, "scopes"), ({"days": "900"}, "days")):
        refused = _made(browser, **change)
        assert refused.status_code == 422, change
        assert f'href="#{field}"' in refused.text
    assert _made(browser, scopes=["zebra"]).status_code == 422


def test_an_administrator_sees_and_ends_the_tokens_of_everyone(here: State) -> None:
    token = _secret(_made(here.browser(here.director), label="Of the director").text)
    administrator = here.browser(here.administrator)
    page = administrator.client.get("/tokens/all").text
    assert "Of the director" in page
    assert "director@example.org" in page
    with here.scope():
        own = db.session.scalars(select(AccessToken.id).where(AccessToken.label == "Of the director")).one()
    fellow = here.browser(here.fellow)
    assert fellow.client.get("/tokens/all").status_code == 403
    assert fellow.submit(f"/tokens/{own}/end", "POST").status_code == 404
    assert _ask(here, token) == 200
    session = _session_of(here, here.director.id)
    assert administrator.submit(f"/tokens/{session}/end", "POST").status_code == 404, "a session is no token"
    assert administrator.submit(f"/tokens/{own}/end", "POST", {"from": "all"}).status_code == 302
    assert _ask(here, token) == 401


def _session_of(state: State, person: UUID) -> UUID:
    with state.scope():
        mine = select(AccessToken.id).where(AccessToken.person_id == person, AccessToken.kind == "session")
        return db.session.scalars(mine.limit(1)).one()


def test_its_owner_is_told_once_before_it_ends(here: State) -> None:
    browser = here.browser(here.director)
    _made(browser, label="Long")
    _made(browser, label="Short", days="7")
    with here.scope():
        soon = func.now() + timedelta(days=13)
        old = update(AccessToken).where(AccessToken.label == "Long")
        db.session.execute(old.values(created_at=func.now() - timedelta(days=77), expires_at=soon))
    for _round in range(2):
        with here.scope():
            SWEEPS["warn_of_tokens"]()
    page = browser.client.get("/messages").text
    assert page.count("Your API token “Long” ends: ") == 1
    assert "Short" not in page
    assert "Ends soon" in browser.client.get("/tokens").text
