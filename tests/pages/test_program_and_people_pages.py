"""Programs are found and added, people are invited, roles begin and end, and the last administrator stays."""

import re
import threading

from sqlalchemy import select

from carepool.clock import now
from carepool.identity import actions, roles
from carepool.identity.models import Membership
from carepool.identity.rights import Role
from carepool.outbox import Actor
from tenants.database import db
from tests.cast import State
from tests.importing import import_file, roster


def test_programs_are_searched_filtered_and_read_page_by_page(here: State) -> None:
    import_file(here, roster(60))
    browser = here.browser(here.administrator)
    seen: list[str] = []
    at: str | None = "/programs?search=place"
    while at:
        page = browser.client.get(at).text
        seen += re.findall(r">(Place \d+)</a>", page)
        found = re.search(r'rel="next" href="([^"]+)"', page)
        at = found.group(1).replace("&amp;", "&") if found else None
    assert sorted(seen) == sorted(f"Place {n}" for n in range(60))
    assert re.findall(r">(Place \d+)</a>", browser.client.get("/programs?search=R-5&county=Adams").text)
    assert "No program was found" in browser.client.get("/programs?status=closed").text
    assert "Place 7" in browser.client.get("/programs?type=center&search=e 7").text


def test_a_program_is_added_by_hand_and_every_fault_is_named(here: State) -> None:
    browser = here.browser(here.administrator)
    bad = browser.submit("/programs/new", "POST", {"capacity": "0", "email": "x", "type": "spaceship"})
    assert bad.status_code == 422
    for field in ("licence_number", "name", "capacity", "email", "type"):
        assert f'href="#{field}"' in bad.text
    good = {"licence_number": "H-1", "name": "Tiny Home", "type": "family_home", "street": "5 Secret Lane"}
    answer = browser.submit("/programs/new", "POST", good)
    assert answer.status_code == 302
    assert "5 Secret Lane" in browser.client.get(answer.headers["Location"]).text
    assert browser.submit("/programs/new", "POST", good).status_code == 409
    # another program's director sees neither the program nor its address
    director = here.browser(here.director).client
    assert director.get(answer.headers["Location"]).status_code == 404
    assert "Tiny Home" not in director.get("/programs").text
    assert director.get("/programs/new").status_code == 403


def test_a_program_sees_its_own_page(here: State) -> None:
    page = here.browser(here.director).client.get(f"/programs/{here.director.program_id}")
    assert page.status_code == 200
    assert "Sunny Hill" in page.text
    assert "director@example.org" not in page.text.split("<main")[1]


def _number(here: State) -> str:
    return str(here.api("GET", f"/programs/{here.director.program_id}", here.administrator).json["licence_number"])


def test_a_person_is_invited_into_a_program_and_signs_in_with_the_link(here: State) -> None:
    browser = here.browser(here.administrator)
    form = {"email": "New@Example.org", "name": "New One", "role": "program_director"}
    unknown = browser.submit("/people/new", "POST", {**form, "licence_number": "none"})
    assert unknown.status_code == 422
    assert "No program has this license number" in unknown.text
    assert "New One" not in browser.client.get("/people").text
    answer = browser.submit("/people/new", "POST", {**form, "licence_number": _number(here)})
    path = answer.headers["Location"]
    made = browser.submit(f"{path}/link", "POST")
    assert made.headers["Cache-Control"] == "no-store"
    link = re.search(r"<code[^>]*>([^<]+)</code>", made.text)
    assert link
    assert "cp_link" not in browser.client.get(path).text
    client = here.client()
    written = link.group(1).split("/sign-in/")[1]
    token = re.search(r'csrf_token" value="([^"]+)"', client.get(f"/sign-in/{written}").text)
    assert token
    assert client.post(f"/sign-in/{written}", data={"csrf_token": token.group(1)}).status_code == 302
    assert "Sunny Hill" in client.get(f"/programs/{here.director.program_id}").text


def test_a_role_is_ended_at_once_and_can_be_given_again(here: State) -> None:
    browser = here.browser(here.administrator)
    director = here.browser(here.director).client
    path = f"/people/{here.director.id}"
    end = re.search(r'href="(/memberships/[^"]+)"', browser.client.get(path).text)
    assert end
    assert browser.submit(end.group(1), "POST").status_code == 302
    assert director.get("/").status_code == 403
    assert "has no role" in browser.client.get(path).text
    again = {"role": "program_director", "licence_number": _number(here)}
    assert browser.submit(f"{path}/roles", "POST", again).status_code == 302
    assert director.get("/").status_code == 200


def test_the_last_administrator_stays(here: State) -> None:
    browser = here.browser(here.administrator)
    path = f"/people/{here.administrator.id}"
    end = re.search(r'href="(/memberships/[^"]+)"', browser.client.get(path).text)
    assert end
    browser.submit(end.group(1), "POST")
    assert "last administrator" in browser.client.get(path).text
    assert browser.client.get("/people").status_code == 200


def test_two_administrators_cannot_end_each_other_at_once(here: State) -> None:
    with here.scope():
        actions.grant_role(Actor.operator(), here.coordinator.id, Role.STATE_ADMINISTRATOR)
        held = select(Membership.id).where(Membership.role == Role.STATE_ADMINISTRATOR)
        both = list(db.session.scalars(held))
    assert len(both) == 2
    start = threading.Barrier(2)
    refused: list[str] = []

    def end(membership: object) -> None:
        start.wait()
        try:
            with here.scope():
                roles.end_membership(Actor.operator(), membership, now())  # type: ignore[arg-type]
        except Exception as error:
            refused.append(type(error).__name__)

    threads = [threading.Thread(target=end, args=(one,)) for one in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused == ["Refusal"]
    with here.scope():
        assert len(list(db.session.scalars(held.where(Membership.valid_to.is_(None))))) == 1


def test_a_coordinator_reads_people_but_changes_none(here: State) -> None:
    browser = here.browser(here.coordinator)
    page = browser.client.get(f"/people/{here.director.id}")
    assert page.status_code == 200
    assert "End this role" not in page.text
    assert browser.submit(f"/people/{here.director.id}/link", "POST").status_code == 403
    assert browser.submit("/people/new", "POST", {}).status_code == 403
    assert here.browser(here.director).client.get("/people").status_code == 403
