"""Pages of alliances: state staff found them and add members, hub staff land on theirs, programs see theirs."""

import re
from datetime import timedelta
from typing import Any

from carepool.clock import now
from carepool.identity.rights import Role
from carepool.outbox import Actor
from carepool.programs.actions import add_program
from tests.buying import draft, open_buy
from tests.cast import State
from tests.hubs import ended, founded, hub_staff, joined, left

_FACTS = {"name": "Front Range", "shape": "membership", "hub_name": "Hub House", "started_on": "2026-01-01"}


def _main(page: str) -> str:
    return page.split("<main")[1]


def _number(state: State) -> str:
    return str(state.api("GET", f"/programs/{state.director.program_id}", state.administrator).json["licence_number"])


def test_a_state_without_alliances_is_led_to_found_one(here: State) -> None:
    browser = here.browser(here.coordinator)
    page = browser.client.get("/alliances").text
    assert "There is no alliance yet" in page and 'href="/alliances/new"' in page
    bad = browser.submit(
        "/alliances/new", "POST", {"name": "", "contact_email": "x", "shape": "club", "started_on": "?"}
    )
    assert bad.status_code == 422
    for field in ("name", "hub_name", "contact_email", "shape", "started_on"):
        assert f'href="#{field}"' in bad.text
    made = browser.submit("/alliances/new", "POST", {**_FACTS, "contact_name": "Hana"})
    assert made.status_code == 302
    shown = browser.client.get(made.headers["Location"]).text
    for words in (
        "Front Range",
        "Hub House",
        "Hana",
        "Membership: independent owners",
        "The alliance has no members yet",
    ):
        assert words in shown
    again = browser.submit("/alliances/new", "POST", _FACTS)
    assert again.status_code == 409 and "has this name already" in again.text
    assert "Front Range" in browser.client.get("/alliances").text


def test_an_alliance_is_changed_on_what_was_read(here: State) -> None:
    alliance = founded(here)
    browser, path = here.browser(here.coordinator), f"/alliances/{alliance}/facts"
    assert "Hub House" in browser.client.get(path).text
    assert browser.submit(path, "POST", {**_FACTS, "version": "1"}).status_code == 302
    late = browser.submit(path, "POST", {**_FACTS, "hub_name": "Late House", "version": "1"})
    assert late.status_code == 412 and "Late House" in late.text
    assert "Late House" not in browser.client.get(f"/alliances/{alliance}").text


def test_members_are_found_by_name_and_added_one_by_one(here: State) -> None:
    alliance = founded(here, here.fellow)
    browser = here.browser(here.coordinator)
    page = browser.client.get(f"/alliances/{alliance}/members/new?words=s").text
    # who is a member is not offered again
    assert "Sunny Hill" in page and "Casa Luna" not in _main(page)
    sent = {"program_id": str(here.director.program_id), "words": "s"}
    added = browser.submit(f"/alliances/{alliance}/members", "POST", sent)
    assert added.headers["Location"].endswith("/members/new?words=s")
    assert "Sunny Hill is a member now." in browser.client.get(added.headers["Location"]).text
    again = browser.submit(f"/alliances/{alliance}/members", "POST", sent)
    assert again.status_code == 409 and "Sunny Hill is a member already." in again.text
    nobody = browser.submit(f"/alliances/{alliance}/members", "POST", {"program_id": ""})
    assert nobody.status_code == 422
    assert "No program that is not a member" in browser.client.get(f"/alliances/{alliance}/members/new?words=zz").text


def test_a_pasted_list_names_each_line_that_cannot_be_taken_and_keeps_what_was_typed(here: State) -> None:
    alliance, number = founded(here), _number(here)
    browser, path = here.browser(here.coordinator), f"/alliances/{alliance}/members/pasted"
    wrong = "\n".join([number, *(f"X-{one}" for one in range(30))])
    refused = browser.submit(path, "POST", {"numbers": wrong})
    assert refused.status_code == 422
    assert "X-0: no program has this license number" in refused.text and "10 more like these" in refused.text
    assert f">\n{number}\nX-0\n" in refused.text.replace("\r", "")
    assert browser.submit(path, "POST", {"numbers": " \n"}).status_code == 422
    assert browser.submit(path, "POST", {"numbers": number, "joined_on": "2999-01-01"}).status_code == 422
    added = browser.submit(path, "POST", {"numbers": f"\n{number}\n\n{number}\n"})
    assert added.status_code == 302
    assert "Added: 1. Members already: 0." in browser.client.get(added.headers["Location"]).text


def test_members_are_searched_and_read_page_by_page_and_those_who_left_apart(here: State) -> None:
    alliance, numbers = founded(here), [f"M-{one:02}" for one in range(30)]
    with here.scope():
        for number in numbers:
            add_program(Actor.operator(), {"licence_number": number, "name": f"Place {number}"})
    body = {"licence_numbers": numbers}
    here.api("POST", f"/alliances/{alliance}/members/by-licence", here.coordinator, json=body)
    left(here, alliance, joined(here, alliance, here.director.program_id))
    client, path = here.browser(here.coordinator).client, f"/alliances/{alliance}"
    first = client.get(path).text
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following is not None
    second = client.get(following.group(1).replace("&amp;", "&")).text
    seen = re.findall(r">Place (M-\d\d)</a>", first) + re.findall(r">Place (M-\d\d)</a>", second)
    assert sorted(seen) == numbers
    assert re.findall(r">Place (M-\d\d)</a>", client.get(f"{path}?words=M-07").text) == ["M-07"]
    assert "Sunny Hill" not in _main(first) and "Sunny Hill" in client.get(f"{path}?left=1").text
    assert "No member was found" in client.get(f"{path}?words=zebra").text


def test_a_members_time_is_ended_after_a_question(here: State) -> None:
    alliance = founded(here)
    path = f"/alliances/{alliance}/members/{joined(here, alliance, here.director.program_id)}/end"
    browser = here.browser(here.coordinator)
    assert "End this membership?" in browser.client.get(path).text
    assert browser.submit(path, "POST", {"left_on": "2999-01-01"}).status_code == 422
    assert browser.submit(path, "POST", {"left_on": "2020-01-01"}).status_code == 422
    assert browser.submit(path, "POST", {"left_on": ""}).status_code == 302
    assert "This program left on" in browser.client.get(path).text


def test_an_alliance_is_ended_after_a_question_and_not_while_a_purchase_is_open(here: State) -> None:
    alliance = founded(here, here.director)
    buy = open_buy(here, alliance_id=alliance)
    browser, path = here.browser(here.coordinator), f"/alliances/{alliance}/end"
    assert "End this alliance?" in browser.client.get(path).text
    refused = browser.submit(path, "POST", {"version": "1"})
    assert refused.status_code == 409 and "Fall supplies is a purchase of this alliance" in refused.text
    here.api("POST", buy.path("/cancel"), here.coordinator)
    assert browser.submit(path, "POST", {"version": "1"}).status_code == 302
    shown = browser.client.get(f"/alliances/{alliance}").text
    assert "Ended" in shown and "Add members" not in shown and "Change the alliance" not in shown


def test_hub_staff_are_invited_land_on_their_alliance_and_see_nothing_else(here: State) -> None:
    alliance, other = founded(here, here.director, name="Front Range"), founded(here, here.fellow, name="Western Slope")
    open_buy(here, alliance_id=alliance)
    draft(here, alliance_id=alliance, title="Not told yet")
    browser = here.browser(here.administrator)
    form = browser.client.get(f"/people/new?role=hub_staff&alliance_id={alliance}").text
    assert re.search(rf'<option value="{alliance}" selected>Front Range', form)
    sent = {"email": "hana@example.org", "name": "Hana", "role": "hub_staff"}
    nowhere = browser.submit("/people/new", "POST", sent)
    assert nowhere.status_code == 422 and 'href="#alliance_id"' in nowhere.text
    invited = browser.submit("/people/new", "POST", {**sent, "alliance_id": alliance})
    person = browser.client.get(invited.headers["Location"]).text
    assert "Hub staff" in person and "Front Range" in person and "In the whole state" not in person
    hub = here.browser(hub_staff(here, alliance)).client
    landed = hub.get("/")
    assert landed.headers["Location"] == f"/alliances/{alliance}"
    page = hub.get(landed.headers["Location"]).text
    for words in ("Front Range", "Sunny Hill", "Fall supplies", "Hana"):
        assert words in _main(page)
    for words in ("Casa Luna", "Western Slope", "Not told yet", "/programs/", "/purchases/", "/people/", "Add members"):
        assert words not in _main(page), words
    menu = str(re.findall(r"<nav[\s\S]*?</nav>", page))
    assert 'href="/alliances"' in menu and "/programs" not in menu and "/people" not in menu
    ledger = f"/alliances/{alliance}/ledger"
    assert f'href="{ledger}"' in page and hub.get(ledger).status_code == 200
    assert hub.get(f"/alliances/{other}").status_code == hub.get(f"/alliances/{other}/ledger").status_code == 404
    assert "Western Slope" not in hub.get("/alliances").text


def test_the_ledger_is_offered_to_those_who_may_read_it(here: State) -> None:
    alliance = founded(here)
    until = (now() + timedelta(days=5)).isoformat()
    body = {"person_id": str(here.director.id), "permissions": ["alliances:read"], "valid_to": until}
    assert here.api("POST", "/me/delegations", here.coordinator, json=body).status_code == 201
    for reader, opens in ((here.coordinator, True), (hub_staff(here, alliance), True), (here.director, False)):
        page = here.browser(reader).client.get(f"/alliances/{alliance}")
        assert page.status_code == 200
        assert (f"/alliances/{alliance}/ledger" in page.text) is opens
        assert here.browser(reader).client.get(f"/alliances/{alliance}/ledger").status_code == (200 if opens else 404)


def test_one_who_serves_two_hubs_lands_on_the_list(here: State) -> None:
    alliance, other = founded(here, name="Front Range"), founded(here, name="Western Slope")
    hub = hub_staff(here, alliance)
    body = {"role": "hub_staff", "alliance_id": other}
    here.api("POST", f"/people/{hub.id}/memberships", here.administrator, json=body)
    client = here.browser(hub).client
    assert client.get("/").headers["Location"] == "/alliances"
    page = client.get("/alliances").text
    assert "Front Range" in page and "Western Slope" in page and "Found an alliance" not in page


def test_a_role_in_an_alliance_is_shown_with_it_and_is_ended(here: State) -> None:
    alliance = founded(here, name="Front Range")
    hub = hub_staff(here, alliance)
    browser = here.browser(here.administrator)
    person = browser.client.get(f"/people/{hub.id}").text
    assert f'href="/alliances/{alliance}"' in person
    assert "Hub staff, Front Range" in browser.client.get("/people?q=hub-").text
    path = re.search(r'href="(/memberships/[^"]+/end)"', person)
    assert path is not None and "Front Range" in browser.client.get(path.group(1)).text
    assert browser.submit(path.group(1), "POST").status_code == 302
    assert here.api("GET", f"/alliances/{alliance}", hub).status_code == 403


def test_without_an_alliance_nobody_is_invited_to_a_hub(here: State) -> None:
    client = here.browser(here.administrator).client
    assert Role.HUB_STAFF.value not in client.get("/people/new").text
    alliance = founded(here)
    assert Role.HUB_STAFF.value in client.get("/people/new").text
    assert "desk_administrator" not in client.get("/people/new").text
    ended(here, alliance)
    assert Role.HUB_STAFF.value not in client.get("/people/new").text


def test_a_program_sees_of_which_alliances_it_is_a_member(here: State) -> None:
    founded(here, here.director, name="Front Range", contact_name="Hana", contact_phone="303-555-0100")
    path = f"/programs/{here.director.program_id}"
    page = here.browser(here.director).client.get(path).text
    assert "Front Range" in page and "Hana" in page and "303-555-0100" in page
    assert "/alliances/" not in _main(page)
    assert "/alliances/" in _main(here.browser(here.coordinator).client.get(path).text)
    assert (
        "This program is a member of"
        not in here.browser(here.fellow).client.get(f"/programs/{here.fellow.program_id}").text
    )


def _terms(**facts: Any) -> dict[str, Any]:
    return {"title": "Fall", "opens_at": "2026-01-01T09:00", "closes_at": "2099-01-01T09:00", **facts}


def test_the_owner_is_chosen_on_the_form_of_a_draft(here: State) -> None:
    browser = here.browser(here.coordinator)
    assert "Whose purchase is it?" not in browser.client.get("/purchases/new").text
    alliance, over = founded(here, name="Front Range"), founded(here, name="Over and done")
    ended(here, over)
    form = browser.client.get("/purchases/new").text
    assert "Front Range" in form and "Over and done" not in form
    made = browser.submit("/purchases/new", "POST", _terms(alliance_id=alliance)).headers["Location"]
    page = browser.client.get(made).text
    assert "The alliance Front Range; only its members may join" in page
    assert re.search(rf'<option value="{alliance}" selected>', browser.client.get(f"{made}/terms").text)
    refused = browser.submit("/purchases/new", "POST", _terms(alliance_id=over))
    assert refused.status_code == 409 and 'href="#alliance_id"' in refused.text
    changed = browser.submit(f"{made}/terms", "POST", _terms(alliance_id="", version="1"))
    assert changed.status_code == 302
    assert "The alliance Front Range; only" not in browser.client.get(made).text


def test_a_draft_whose_alliance_ended_keeps_its_owner_on_the_form(here: State) -> None:
    alliance = founded(here, name="Front Range")
    purchase = draft(here, alliance_id=alliance)
    ended(here, alliance)
    browser = here.browser(here.coordinator)
    form = browser.client.get(f"/purchases/{purchase}/terms").text
    assert re.search(rf'<option value="{alliance}" selected>Front Range', form)
    refused = browser.submit(f"/purchases/{purchase}/terms", "POST", _terms(alliance_id=alliance, version="1"))
    assert refused.status_code == 409 and "The alliance Front Range ended." in refused.text
