"""Service contracts on pages, without scripts: a coordinator drafts and closes, a director reads, signs and enrolls."""

import html
import io
import re
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update

from carepool.clock import now
from carepool.enrolling.models.contracts import ServiceContract
from carepool.identity.models import Person
from carepool.notifications.calendar import written_calendar
from carepool.notifications.letters import short_form
from carepool.notifications.models import Message
from tenants.database import db
from tests.buying import work
from tests.cast import Browser, State
from tests.contracting import PDF, Service, agreed, let_begin, offered, terms


def _form(**more: Any) -> dict[str, Any]:
    told = terms()
    at = now()
    return {
        "kind": "waste",
        "vendor_name": "Green Bins",
        "title": "Trash pick-up",
        "title_es": "Recolección de basura",
        "description": "Twice a week.",
        "opens_at": f"{at - timedelta(days=1):%Y-%m-%dT%H:%M}",
        "closes_at": f"{at + timedelta(days=10):%Y-%m-%dT%H:%M}",
        "starts_on": told["starts_on"],
        "ends_on": told["ends_on"],
        "pricing": "rate",
        "basis": "program",
        "per": "month",
        "from_1": "1",
        "value_1": "45.50",
        "from_2": "3",
        "value_2": "39",
        "min_members": "1",
        "if_short": "fail",
        **more,
    }


def _inputs(page: str) -> dict[str, str]:
    """The hidden boxes of the last form that signs."""
    part = page[page.rindex('name="document"') - 400 :] if 'name="document"' in page else page
    return {name: html.unescape(value) for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', part)}


def _sign(browser: Browser, path: str, **more: str) -> Any:
    page = browser.submit(path, "GET").text
    found = _inputs(page)
    sent = {"document": found.get("document", ""), "typed_name": "Dora Finch", "consent": "1", **more}
    return browser.submit(path, "POST", sent)


def test_a_contract_is_drafted_offered_signed_and_closed_on_pages(here: State) -> None:
    desk, director = here.browser(here.coordinator), here.browser(here.director)
    made = desk.submit("/service-contracts/new", "POST", _form())
    assert made.status_code == 302, made.text
    place = made.headers["Location"]
    assert director.submit(place, "GET").status_code == 404
    file = {"name": "Agreement", "file": (io.BytesIO(PDF), "agreement.pdf")}
    assert desk.submit(f"{place}/documents", "POST", file).status_code == 302
    assert desk.submit(f"{place}/open", "POST").status_code == 302
    path = f"{place}/programs/{here.director.program_id}"
    page = director.submit(path, "GET").text
    assert "$546.00" in page and "The most it can cost until the end" in page
    assert "2 more programs and all pay:" not in page and "3 more programs and all pay:" in page
    refused = director.submit(path, "POST", {"typed_name": "Dora Finch", "consent": "1"})
    assert refused.status_code == 422 and "The documents changed" in refused.text
    assert _sign(director, path, earlier_cents="60").status_code == 302
    page = director.submit(path, "GET").text
    assert "$174.00" in page and "Saved against what you paid before" in page
    signature = re.search(r"/service-signatures/[0-9a-f-]+", page)
    assert signature
    shown = director.submit(signature[0], "GET").text
    assert "Dora Finch" in shown and "Checksum" in shown
    assert director.submit(f"{signature[0]}/file", "GET").data == PDF
    assert here.browser(here.fellow).submit(signature[0], "GET").status_code == 404
    version = re.search(r'name="version" value="(\d+)"', desk.submit(place, "GET").text)
    assert version
    unsure = desk.submit(f"{place}/close", "POST", {"version": version[1]})
    assert unsure.status_code == 422 and "Tick this box first" in unsure.text
    for status in (302, 302):
        assert desk.submit(f"{place}/close", "POST", {"version": version[1], "sure": "1"}).status_code == status
    assert "Agreed" in desk.submit(place, "GET").text
    listed = desk.submit(f"{place}/members.csv", "GET")
    assert listed.data.decode("utf-8-sig").splitlines()[1].startswith("Sunny Hill,")


def test_terms_that_were_typed_wrong_are_told_on_their_boxes(here: State) -> None:
    desk = here.browser(here.coordinator)
    wrong = desk.submit("/service-contracts/new", "POST", _form(value_2="50", starts_on="", title=""))
    assert wrong.status_code == 422
    for name in ("title", "starts_on"):
        assert f'id="{name}-error"' in wrong.text
    steps = desk.submit("/service-contracts/new", "POST", _form(value_2="50"))
    assert 'id="value_2-error"' in steps.text and "Each step must cost less" in steps.text
    percent = desk.submit("/service-contracts/new", "POST", _form(pricing="percent_off", value_1="5.255"))
    assert 'id="value_1-error"' in percent.text


def test_the_terms_of_a_draft_come_back_as_they_were_typed(here: State) -> None:
    desk = here.browser(here.coordinator)
    typed = _form(
        pricing="percent_off", value_1="6.25", value_2="10", list_cents="100", if_short="extend", extend_days="3"
    )
    place = desk.submit("/service-contracts/new", "POST", typed).headers["Location"]
    page = desk.submit(f"{place}/terms", "GET").text
    for value in ("6.25", "100.00", "Recolección de basura"):
        assert f'value="{value}"' in page
    version = {"version": "1"}
    again = _form(**{**typed, "vendor_name": "Green Bins", "title": "Bins", **version})
    assert desk.submit(f"{place}/terms", "POST", again).status_code == 302
    stale = desk.submit(f"{place}/terms", "POST", again)
    assert stale.status_code == 412


def test_seats_are_asked_for_before_the_cost_is_shown(here: State) -> None:
    own = offered(here, basis="seat", document=False)
    director = here.browser(here.director)
    path = own.path(f"/programs/{here.director.program_id}")
    assert "How many seats?" in (page := director.submit(path, "GET").text) and "The most it can cost" not in page
    assert director.submit(f"{path}?seats=many", "GET").status_code == 422
    assert "$3,600.00" in director.submit(f"{path}?seats=3", "GET").text
    assert director.submit(path, "POST", {"seats": "3"}).status_code == 302
    assert own.of(here.director)["units"] == 3


def test_a_caller_is_entered_and_its_director_signs(here: State) -> None:
    own = offered(here)
    desk, director = here.browser(here.coordinator), here.browser(here.director)
    found = desk.submit(own.path("/members?words=Sunny"), "GET").text
    path = own.path(f"/programs/{here.director.program_id}")
    assert path in found
    assert "Enter the program" in desk.submit(path, "GET").text
    assert desk.submit(path, "POST").status_code == 302
    assert "Waits for a signature" in desk.submit(own.path("/members"), "GET").text
    page = director.submit(path, "GET").text
    assert "State staff entered your program" in page
    assert _sign(director, path, version="1").status_code == 302
    assert own.of(here.director)["state"] == "enrolled"
    assert director.submit(f"{path}/withdrawal", "POST", {"version": "2"}).status_code == 302
    assert own.of(here.director)["state"] == "withdrawn"


def test_a_director_approves_or_declines_what_waits(here: State) -> None:
    own = offered(here)
    director = here.browser(here.director)
    path = own.path(f"/programs/{here.director.program_id}")
    for act, state in (("decline", "withdrawn"), ("approve", "enrolled")):
        at = own.of(here.director)
        own.enrol(here.director, etag=f'"{at["version"]}"' if at else None)
        with here.scope():
            from carepool.enrolling.models.enrolments import Enrolment

            mine = update(Enrolment).where(Enrolment.contract_id == UUID(own.id))
            db.session.execute(mine.values(state="asked"))
        version = own.of(here.director)["version"]
        assert "Your decision" in director.submit(path, "GET").text
        assert director.submit(f"{path}/approval", "POST", {"act": act, "version": version}).status_code == 302
        assert own.of(here.director)["state"] == state


def test_a_member_is_ended_with_a_reason_that_it_reads(here: State) -> None:
    own = agreed(here)
    let_begin(own)
    desk, path = here.browser(here.coordinator), own.path(f"/programs/{here.director.program_id}")
    body = {"last_day": now().date().isoformat(), "reason": "", "version": "1"}
    assert desk.submit(f"{path}/ending", "POST", body).status_code == 422
    assert desk.submit(f"{path}/ending", "POST", {**body, "reason": "Closed its doors"}).status_code == 302
    assert "Closed its doors" in here.browser(here.director).submit(path, "GET").text


def test_titles_are_said_in_the_language_of_the_reader(here: State) -> None:
    own = offered(here)
    director = here.browser(here.director)
    assert "Seguro de responsabilidad" in director.submit("/service-contracts?lang=es", "GET").text
    work(here)
    assert "Se ofrece Seguro de responsabilidad" in director.submit("/messages", "GET").text
    assert own.path() in director.submit("/messages", "GET").text
    with here.scope():
        message = db.session.scalars(select(Message).where(Message.kind == "service.opened").limit(1)).one()
        assert "Liability insurance" in short_form("Site", message, {})


def test_the_calendar_holds_the_last_day_to_enroll_to_give_notice_and_of_the_contract(here: State) -> None:
    offered(here, title="Open one")
    own = agreed(here, title="Running one")

    def calendar(player: Any) -> str:
        with here.scope():
            person = db.session.get_one(Person, (here.tenant.id, player.id))
            return written_calendar(person).decode().replace("\r\n ", "")

    mine = calendar(here.director)
    for words in ("Last day to enroll: Open one", "Running one ends", "Last day to give notice: Running one"):
        assert words in mine
    assert f"/service-contracts/{own.id}" in mine
    other = calendar(here.fellow)
    assert "Last day to enroll: Open one" in other and "Running one ends" not in other


def test_a_contract_that_is_over_shows_why(here: State) -> None:
    own = offered(here)
    own.enrol(here.director)
    desk = here.browser(here.coordinator)
    unsure = desk.submit(own.path("/cancellation"), "POST", {"reason": "The vendor left."})
    assert unsure.status_code == 422
    sure = {"reason": "The vendor left.", "sure": "1"}
    assert desk.submit(own.path("/cancellation"), "POST", sure).status_code == 302
    assert "The vendor left." in here.browser(here.director).submit(own.path(), "GET").text


def test_a_renewal_leads_from_one_term_to_the_next(here: State) -> None:
    own = agreed(here)
    desk = here.browser(here.coordinator)
    places = {desk.submit(own.path("/renewal"), "POST").headers["Location"] for _ in range(2)}
    [place] = places
    assert desk.submit(f"{place}/open", "POST").status_code == 302
    fresh = Service(here, place.rsplit("/", 1)[1], own.documents)
    page = here.browser(here.director).submit(fresh.path(f"/programs/{here.director.program_id}"), "GET").text
    assert "You were in it for the term before" in page
    with here.scope():
        count = select(func.count()).select_from(ServiceContract)
        assert db.session.scalar(count) == 2


def test_the_step_that_is_marked_is_the_one_that_the_rate_today_comes_from(here: State) -> None:
    own = offered(here, min_members=2)
    page = here.browser(here.director).submit(f"/service-contracts/{own.id}", "GET").text
    assert re.findall(r"<li>([^<]*) <strong>\(the rate today\)", page) == ["From 2 members: $80.00 a month"]
