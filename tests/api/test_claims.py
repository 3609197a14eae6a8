"""Someone claims a program: proved by the address on file, by staff, or by a code, and by nothing else."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from carepool.identity.claims import CODE_TRIES
from carepool.identity.models import Claim
from carepool.outbox import Activity, Actor
from carepool.programs.actions import add_program
from tenants.database import db
from tests.buying import work
from tests.cast import Player, State, posted
from tests.inbox import Inbox, listening
from tests.isolation.statements import counting
from tests.provider import running, set_up

CLAIMANT = "flora@example.org"


@pytest.fixture
def inbox(app: Flask) -> Iterator[Inbox]:
    with listening(app) as made:
        yield made


def _program(state: State, number: str = "F-1", email: str = "") -> str:
    with state.scope():
        facts = {"licence_number": number, "name": f"Fern {number}", "email": email}
        return str(add_program(Actor.operator(), facts).id)


def _join(state: State, number: str = "F-1", **form: str) -> Any:
    fields = {"licence_number": number, "name": "Flora Fern", "email": CLAIMANT, **form}
    answer = posted(state.client(), "/join", fields)
    assert answer.status_code == 200, answer.text
    return answer


def _claims(state: State, wanted: str = "waiting", player: Player | None = None) -> Any:
    answer = state.api("GET", f"/claims?state={wanted}", player or state.administrator)
    assert answer.status_code == 200, answer.text
    return answer.json["items"]


def _decide(state: State, how: str, body: Any = None, player: Player | None = None) -> Any:
    [claim] = _claims(state)
    return state.api("POST", f"/claims/{claim['id']}/{how}", player or state.administrator, json=body)


def _sees(state: State, inbox: Inbox) -> str:
    """Sign in with the link that the claimant got, and return what the first page shows."""
    client = state.client()
    assert posted(client, inbox.path_in(CLAIMANT)).status_code == 302
    return str(client.get("/").text)


def test_the_answer_is_the_same_whatever_the_number_by_the_same_statements(app: Flask, here: State) -> None:
    _program(here)
    client, answers, statements = here.client(), [], []
    for number in ("WARM", "F-1", "NOT-THERE"):
        form = {"licence_number": number, "name": "Flora", "email": CLAIMANT}
        with counting(app) as asked:
            answers.append(posted(client, "/join", form).text)
        statements.append(asked)
    assert answers[1] == answers[2]
    assert statements[1] == statements[2]


def test_the_address_on_file_proves_a_claim(here: State, inbox: Inbox) -> None:
    _program(here, email="Desk@Example.org")
    _join(here)
    work(here)
    assert inbox.texts(CLAIMANT) == []
    [text] = inbox.texts("Desk@Example.org")
    assert "Flora Fern (flora@example.org) asks to manage Fern F-1" in text
    path = inbox.path_in("Desk@Example.org")
    assert "May Flora Fern manage Fern F-1?" in here.client().get(path).text
    assert _claims(here, "approved") == []
    assert posted(here.client(), path).status_code == 200
    assert here.client().get(path).status_code == 401
    [claim] = _claims(here, "approved")
    assert claim["way"] == "email"
    work(here)
    assert "You can now order for Fern F-1" in inbox.texts(CLAIMANT)[0]
    assert "Group purchases" in _sees(here, inbox)


def test_staff_approve_and_one_person_may_have_several_programs(here: State, inbox: Inbox) -> None:
    wanted = {_program(here, "F-1"), _program(here, "F-2")}
    for number in ("F-1", "F-2"):
        _join(here, number)
        assert _decide(here, "approve").json["state"] == "approved"
    with here.scope():
        [person] = set(db.session.scalars(select(Claim.person_id)))
    held = here.api("GET", f"/people/{person}/memberships", here.administrator).json["items"]
    assert {one["program_id"] for one in held} == wanted
    assert {one["role"] for one in held} == {"program_director"}


def test_a_declined_claim_gives_nothing_and_says_why(here: State, inbox: Inbox) -> None:
    _program(here)
    _join(here)
    assert _decide(here, "decline", {"reason": ""}).status_code == 422
    assert _decide(here, "decline", {"reason": "You left in May."}).json["state"] == "declined"
    work(here)
    assert "declined: You left in May." in inbox.texts(CLAIMANT)[0]
    [claim] = _claims(here, "declined")
    for how, body in (("approve", None), ("decline", {"reason": "x"}), ("code", None)):
        assert here.api("POST", f"/claims/{claim['id']}/{how}", here.administrator, json=body).status_code == 409
    with here.scope():
        seen = select(Activity.verb, Activity.person_id).where(Activity.verb == "claim.declined")
        assert list(db.session.execute(seen).tuples()) == [("claim.declined", here.administrator.id)]


def test_a_number_that_no_roster_holds_cannot_be_approved(here: State) -> None:
    _join(here, "NOT-THERE")
    assert _decide(here, "approve").status_code == 409
    assert len(_claims(here)) == 1


def test_only_who_may_change_people_decides(here: State) -> None:
    _program(here)
    _join(here)
    for player in (here.coordinator, here.director):
        assert _decide(here, "approve", player=player).status_code == 403
        assert here.api("GET", "/claims", player).status_code == 403


def _code(state: State, code: str, number: str = "F-1") -> int:
    form = {"licence_number": number, "code": code}
    return int(posted(state.client(), "/join/code", form).status_code)


def test_a_code_proves_a_claim_once_and_the_link_goes_to_the_claimant(here: State, inbox: Inbox) -> None:
    _program(here)
    _join(here)
    old = _decide(here, "code").json["code"]
    code = _decide(here, "code").json["code"]
    assert len(code.replace("-", "")) == 8
    assert _code(here, old) == 422
    assert _code(here, code.lower().replace("-", " ")) == 200
    assert _code(here, code) == 422
    work(here)
    assert "Group purchases" in _sees(here, inbox)


def test_five_wrong_codes_end_it_and_an_old_one_is_refused(here: State) -> None:
    _program(here)
    _join(here)
    code = _decide(here, "code").json["code"]
    assert [_code(here, "AAAA-AAAA") for _ in range(CODE_TRIES)] == [422] * CODE_TRIES
    assert _code(here, code) == 422
    code = _decide(here, "code").json["code"]
    with here.scope():
        claim = db.session.scalars(select(Claim)).one()
        claim.code_expires_at = claim.created_at
    assert _code(here, code) == 422
    assert len(_claims(here)) == 1


def test_staff_decide_on_the_page(here: State) -> None:
    _program(here)
    _join(here)
    browser = here.browser(here.administrator)
    [claim] = _claims(here)
    shown = browser.submit(f"/claims/{claim['id']}", "POST", {"act": "code"})
    assert "Code: " in shown.text
    assert browser.submit(f"/claims/{claim['id']}", "POST", {"act": "decline"}).status_code == 302
    assert "Say why" in browser.submit("/claims", "GET").text
    browser.submit(f"/claims/{claim['id']}", "POST", {"act": "approve"})
    assert [one["state"] for one in _claims(here, "approved")] == ["approved"]


def test_the_page_that_confirms_shows_who_asks_and_changes_nothing_until_the_press(
    app: Flask, here: State, inbox: Inbox
) -> None:
    _program(here, email="desk@example.org")
    _join(here)
    work(here)
    path, client = inbox.path_in("desk@example.org"), here.client()
    page = client.get(path)
    assert (page.status_code, "May Flora Fern manage Fern F-1?" in page.text) == (200, True)
    assert CLAIMANT in page.text and "F-1" in page.text and "only if you know this person" in page.text
    spanish = here.client().get(f"{path}?lang=es").text
    assert 'lang="es"' in spanish and "Flora Fern" in spanish and "manage" not in spanish
    # a mail scanner that opens the link decides nothing, and a form without its token neither
    assert [one["name"] for one in _claims(here)] == ["Flora Fern"]
    assert client.post(path).status_code == 400
    assert _claims(here)
    done = posted(client, path)
    assert (done.status_code, "can now order for Fern F-1" in done.text) == (200, True)
    assert _claims(here, "approved") and not _claims(here)
    for used in (client.get(path), posted(here.client(), path, page="/join")):
        assert (used.status_code, "Flora" in used.text) == (401, False)
    made_up = f"/join/{path.removeprefix('/join/')[:-4]}0000"
    refused = client.get(made_up)
    assert refused.status_code == 401
    assert _bare(refused.text) == _bare(client.get(path).text)


def _bare(page: str) -> str:
    """A page without what differs by its address."""
    return re.sub(r'href="[^"]*lang=[^"]*"', "", page)


def test_who_only_asked_to_manage_a_program_is_invited_like_anybody(here: State, inbox: Inbox) -> None:
    _program(here, email="desk@example.org")
    _join(here, name="Nobody Knows")
    work(here)
    assert inbox.texts(CLAIMANT) == []
    body = {"email": CLAIMANT, "name": "Flora Fern", "language": "es", "role": "purchasing_coordinator"}
    answer = here.api("POST", "/people", here.administrator, json=body)
    assert (answer.json["name"], answer.json["language"]) == ("Flora Fern", "es")
    work(here)
    assert len(inbox.texts(CLAIMANT)) == 1
    # once: who has a role is invited already
    here.api("POST", "/people", here.administrator, json=body)
    work(here)
    assert len(inbox.texts(CLAIMANT)) == 1


def test_who_only_asked_to_manage_a_program_comes_in_by_the_states_own_accounts(app: Flask, here: State) -> None:
    _program(here, email="desk@example.org")
    _join(here)
    with running(app) as provider:
        provider.account("s-flora", CLAIMANT, name="Flora Of The Agency")
        set_up(here, provider, newcomer_role="purchasing_coordinator")
        work(here)
        client = here.client()
        there = client.get("/sign-in/provider").headers["Location"]
        assert client.get(provider.agree(there, "s-flora")).status_code == 302
        assert "Flora Of The Agency" in client.get("/account").text
        # whose role ended is no newcomer
        held = here.api("GET", "/people", here.administrator).json["items"]
        [own] = [one["id"] for one in held if one["email"] == CLAIMANT]
        [role] = here.api("GET", f"/people/{own}/memberships", here.administrator).json["items"]
        here.api("DELETE", f"/memberships/{role['id']}", here.administrator)
        there = client.get("/sign-in/provider").headers["Location"]
        assert client.get(provider.agree(there, "s-flora")).status_code == 401
