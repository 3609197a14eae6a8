"""Service contracts through the API: offered, signed, closed once, lived in, renewed and ended."""

import csv
import hashlib
import io
import json
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from carepool.clock import now
from carepool.enrolling import notices
from carepool.enrolling.actions import closing
from carepool.enrolling.models.contracts import ServiceContract, ServiceRate
from carepool.enrolling.models.enrolments import Signature
from carepool.identity import actions as identity
from carepool.identity.models import Membership
from carepool.identity.rights import Permission, Role
from carepool.notifications.models import Message
from carepool.outbox import Activity, Actor
from carepool.programs.actions import add_program
from carepool.programs.models import Program
from tenants.database import db
from tests.buying import work
from tests.cast import Cast, Player, State
from tests.contracting import (
    PDF,
    Service,
    add_document,
    agreed,
    drafted,
    let_be_due,
    let_begin,
    let_close,
    offered,
    terms,
)
from tests.waiting import until_someone_waits


def _fields(answer: Any) -> set[str]:
    assert answer.status_code == 422, answer.text
    return {one["field"] for one in answer.json["errors"]}


def _told(state: State, player: Player) -> list[str]:
    work(state)
    with state.scope():
        own = select(Message.kind).where(Message.person_id == player.id, Message.kind.startswith("service."))
        return list(db.session.scalars(own.order_by(Message.id)))


def _events(state: State, verb: str) -> int:
    with state.scope():
        return db.session.scalar(select(func.count()).select_from(Activity).where(Activity.verb == verb)) or 0


def _staff(state: State, program: UUID) -> Player:
    with state.scope():
        person = identity.invite_person(Actor.operator(), "staff@example.org", "Sam Staff")
        identity.grant_role(Actor.operator(), person.id, Role.PROGRAM_STAFF, program)
        at = now()
        scopes = list(Permission)
        token = identity.issue_api_token(Actor.operator(), person.id, scopes, "t", at + timedelta(days=1), at)
        return Player(person.id, person.email, "", str(token), program)


def test_a_contract_from_its_offer_to_what_each_program_pays(cast: Cast) -> None:
    here = cast.here
    own = offered(here)
    standing = own.read(here.director)["standing"]
    assert (standing["members"], standing["cents"], standing["highest_cents"]) == (0, 10_000, 10_000)
    assert standing["next_step"] == {"from_members": 2, "more": 2, "value": 8_000, "cents": 8_000}
    first = own.enrol(here.director, earlier_cents=12_500)
    assert first.status_code == 201, first.text
    assert first.json["state"] == "enrolled"
    assert first.json["cost"]["total_cents"] == 12 * 10_000
    assert own.read(here.director)["standing"]["next_step"]["more"] == 1
    assert own.enrol(here.fellow).json["cost"]["total_cents"] == 12 * 8_000
    done = own.close()
    assert (done.json["state"], done.json["standing"]["cents"]) == ("agreed", 8_000)
    mine = own.of(here.director)
    assert [one["cents"] for one in mine["cost"]["dues"]] == [8_000] * 12
    assert mine["cost"]["saved_cents"] == 12 * (12_500 - 8_000)
    assert "service.agreed" in _told(here, here.director)


def test_a_signature_keeps_who_signed_which_file_and_the_copy_can_be_taken(cast: Cast) -> None:
    here = cast.here
    own = offered(here)
    signed = own.enrol(here.director).json["signatures"]
    assert [one["sha256"] for one in signed] == [hashlib.sha256(PDF).hexdigest()]
    assert (signed[0]["typed_name"], signed[0]["person_id"]) == ("Dora Finch", str(here.director.id))
    copy = here.api("GET", f"/service-signatures/{signed[0]['id']}/file", here.director)
    assert copy.data == PDF
    # neither another program nor another state sees it
    path = f"/service-signatures/{signed[0]['id']}/file"
    assert here.api("GET", path, here.fellow).status_code == 404
    assert cast.there.api("GET", path, cast.there.administrator).status_code == 404


@pytest.mark.parametrize(
    ("signing", "field"),
    [
        (None, "typed_name"),
        ({"typed_name": "D", "consent": False}, "consent"),
        ({"typed_name": "D", "consent": True, "documents": ["0" * 64]}, "typed_name"),
        ({"typed_name": "D", "consent": True, "documents": []}, "typed_name"),
    ],
)
def test_nobody_is_enrolled_without_a_signature_under_the_document_of_now(
    cast: Cast, signing: dict[str, Any] | None, field: str
) -> None:
    own = offered(cast.here)
    signed = {"documents": list(own.documents), **signing} if signing else None
    path = own.path(f"/enrolments/{cast.here.director.program_id}")
    fresh = {"headers": {"If-None-Match": "*"}}
    refused = cast.here.api("PUT", path, cast.here.director, json={"sign": signed}, **fresh)
    assert field in _fields(refused)
    assert own.of(cast.here.director) is None


def test_a_form_sent_twice_is_one_enrollment_and_one_signature(cast: Cast) -> None:
    own = offered(cast.here)
    answers = [own.enrol(cast.here.director) for _ in range(2)]
    assert [one.json["version"] for one in answers] == [1, 1]
    assert len(answers[1].json["signatures"]) == 1
    assert _events(cast.here, "enrolment.made") == 1


def test_two_who_enroll_a_program_at_once_make_one_enrollment(cast: Cast) -> None:
    own = offered(cast.here)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: own.enrol(cast.here.director), range(4)))
    assert {one.status_code for one in answers} == {201}
    with cast.here.scope():
        assert db.session.scalar(select(func.count()).select_from(Signature)) == 1


def test_whoever_read_an_older_version_of_an_enrollment_changes_nothing(cast: Cast) -> None:
    own = offered(cast.here, basis="seat")
    assert own.enrol(cast.here.director, seats=3).status_code == 201
    assert own.enrol(cast.here.director, seats=4).status_code == 412
    changed = own.enrol(cast.here.director, etag='"1"', seats=4)
    assert (changed.status_code, changed.json["units"], changed.json["version"]) == (200, 4, 2)


def test_an_enrollment_is_taken_back_while_the_window_is_open_only(cast: Cast) -> None:
    here, own = cast.here, offered(cast.here)
    own.enrol(here.director)
    own.enrol(here.fellow)
    path = own.path(f"/enrolments/{here.fellow.program_id}")
    back = here.api("DELETE", path, here.fellow, headers={"If-Match": '"1"'})
    assert back.json["state"] == "withdrawn"
    # taken back, it is signed anew
    assert own.enrol(here.fellow, etag='"2"', sign=False).status_code == 422
    own.close()
    path = own.path(f"/enrolments/{here.director.program_id}")
    assert here.api("DELETE", path, here.director, headers={"If-Match": '"1"'}).json["type"].endswith("agreed")
    assert own.of(here.director)["state"] == "enrolled"


def test_a_program_hears_that_state_staff_took_it_out_and_nothing_of_what_it_does_itself(cast: Cast) -> None:
    here, own = cast.here, offered(cast.here)
    for player, by in ((here.director, here.director), (here.fellow, here.coordinator)):
        own.enrol(player)
        path = own.path(f"/enrolments/{player.program_id}")
        assert here.api("DELETE", path, by, headers={"If-Match": '"1"'}).status_code == 200
    assert "service.enrolment_ended" not in _told(here, here.director)
    assert "service.enrolment_ended" in _told(here, here.fellow)
    read = here.browser(here.fellow).submit("/messages", "GET").text
    assert "Coordinator took your program out of Liability insurance, or declined it." in read


def test_many_who_close_a_window_at_once_agree_on_it_once(cast: Cast) -> None:
    own = offered(cast.here)
    own.enrol(cast.here.director)
    etag = own.etag()
    with ThreadPoolExecutor(4) as pool:
        path = own.path("/close")
        closes = list(pool.map(lambda _: cast.here.api("POST", path, cast.here.coordinator, headers=etag), range(4)))
    assert {one.status_code for one in closes} == {200}
    assert let_close(own) == 0
    assert _events(cast.here, "service.agreed") == 1
    assert _told(cast.here, cast.here.director).count("service.agreed") == 1


def test_two_beats_close_a_window_that_is_due_once(cast: Cast) -> None:
    own = offered(cast.here)
    own.enrol(cast.here.director)
    assert [let_close(own), let_close(own)] == [1, 0]
    assert own.read()["state"] == "agreed"
    assert _events(cast.here, "service.agreed") == 1
    work(cast.here)
    read = cast.here.browser(cast.here.coordinator).submit("/messages", "GET").text
    assert read.count("Liability insurance is agreed with 1 member. Give the vendor the list of members.") == 1


def test_a_beat_that_waits_for_another_finds_nothing_left_to_close(cast: Cast) -> None:
    own = offered(cast.here)
    own.enrol(cast.here.director)
    let_be_due(own)

    def beat() -> int:
        with cast.here.scope():
            return closing.close_due(Actor.task())

    with ThreadPoolExecutor(1) as pool:
        with cast.here.scope() as session:
            # the first beat closed it and has not committed yet; the second found it due and waits
            assert closing.close_due(Actor.task()) == 1
            second = pool.submit(beat)
            until_someone_waits(session)
        second.result()
    assert _events(cast.here, "service.agreed") == 1
    assert own.read()["state"] == "agreed"


def test_too_few_members_and_nothing_comes_about(cast: Cast) -> None:
    own = offered(cast.here, min_members=2)
    own.enrol(cast.here.director)
    assert own.read()["standing"]["missing"] == 1
    assert own.close().json["state"] == "failed"
    assert own.of(cast.here.director)["cost"] is None
    assert "service.failed" in _told(cast.here, cast.here.director)


def test_too_few_members_and_it_goes_on_where_the_terms_say_so(cast: Cast) -> None:
    own = offered(cast.here, min_members=5, if_short="go_on")
    assert own.enrol(cast.here.director).json["cost"]["total_cents"] == 120_000
    assert own.close().json["state"] == "agreed"


def test_the_most_it_can_cost_is_that_of_the_minimum_where_fewer_make_it_fail(cast: Cast) -> None:
    own = offered(cast.here, min_members=2)
    standing = own.read()["standing"]
    assert (standing["highest_cents"], standing["cents"]) == (8_000, 8_000)
    assert standing["next_step"] == {"from_members": 10, "more": 10, "value": 6_000, "cents": 6_000}
    assert own.enrol(cast.here.director).json["cost"]["total_cents"] == 12 * 8_000


def test_too_few_members_put_the_last_day_off_once_however_often_it_is_pressed(cast: Cast) -> None:
    own = offered(cast.here, min_members=2, if_short="extend", extend_days=5)
    own.enrol(cast.here.director)
    before, etag = own.read(), own.etag()
    path = own.path("/close")
    [first, second] = [cast.here.api("POST", path, cast.here.coordinator, headers=etag) for _ in range(2)]
    assert (first.json["state"], second.status_code) == ("open", 412)
    assert first.json["closes_at"] != before["closes_at"]
    assert "service.extended" in _told(cast.here, cast.here.director)
    assert let_close(own) == 1
    assert own.read()["state"] == "failed"


def test_staff_of_a_program_wait_for_its_director(cast: Cast) -> None:
    here, own = cast.here, offered(cast.here)
    staff = _staff(here, here.director.program_id)
    asked = own.enrol(staff)
    assert (asked.status_code, asked.json["state"], asked.json["cost"]) == (201, "asked", None)
    assert own.read()["standing"]["members"] == 0
    assert "service.enrolment_asked" in _told(here, here.director)
    path = own.path(f"/enrolments/{here.director.program_id}/approval")
    yes = {"headers": {"If-Match": '"1"'}}
    assert here.api("POST", path, staff, **yes).status_code in (403, 404)
    assert here.api("POST", path, here.director, **yes).json["state"] == "enrolled"
    assert here.api("POST", path, here.director, headers={"If-Match": '"2"'}).status_code == 409
    assert "service.enrolment_approved" in _told(here, staff)


def test_staff_enroll_alone_up_to_the_amount_that_the_program_set(cast: Cast) -> None:
    here, own = cast.here, offered(cast.here)
    staff = _staff(here, here.director.program_id)
    rule = {"approve_above_cents": 120_000, "budget_cents": None}
    path = f"/programs/{here.director.program_id}/spending"
    assert here.api("PUT", path, here.director, json=rule, headers={"If-Match": '"0"'}).status_code == 200
    assert own.enrol(staff).json["state"] == "enrolled"


def test_a_budget_for_each_purchase_stops_a_contract_that_can_cost_more(cast: Cast) -> None:
    here, own = cast.here, offered(cast.here)
    path = f"/programs/{here.director.program_id}/spending"
    rule = {"approve_above_cents": None, "budget_cents": 119_999}
    here.api("PUT", path, here.director, json=rule, headers={"If-Match": '"0"'})
    refused = own.enrol(here.director)
    assert refused.status_code == 409 and refused.json["type"].endswith("over-budget")
    assert "$1,200.00" in refused.json["detail"]


def test_a_program_that_phones_in_signs_itself(cast: Cast) -> None:
    here, own = cast.here, offered(cast.here)
    entered = own.enrol(here.director, by=here.coordinator, sign=False)
    assert (entered.status_code, entered.json["state"]) == (201, "unsigned")
    assert own.read()["standing"]["members"] == 0
    assert "service.enrolled_for_you" in _told(here, here.director)
    assert own.enrol(here.director, etag='"1"').json["state"] == "enrolled"


def test_whoever_did_not_finish_in_time_is_no_member(cast: Cast) -> None:
    here, own = cast.here, offered(cast.here)
    own.enrol(here.director)
    own.enrol(here.fellow, by=here.coordinator, sign=False)
    with here.scope():
        soon = update(ServiceContract).where(ServiceContract.id == UUID(own.id))
        db.session.execute(soon.values(closes_at=func.now() + timedelta(days=2)))
    for _ in range(2):
        with here.scope():
            notices.enrolments_unfinished()
    own.close()
    assert own.of(here.fellow)["state"] == "withdrawn"
    told = _told(here, here.fellow)
    assert told.count("service.enrolment_unfinished") == 1
    assert "service.enrolment_lapsed" in told and "service.agreed" not in told


def test_each_licensed_place_is_paid_as_the_roster_says(cast: Cast) -> None:
    here, own = cast.here, offered(cast.here, basis="place", ladder=[[1, 250]], per="year")
    assert own.enrol(here.director).json["cost"]["total_cents"] == 40 * 250
    with here.scope():
        db.session.execute(update(Program).where(Program.id == here.fellow.program_id).values(capacity=None))
    assert own.enrol(here.fellow).json["type"].endswith("places-unknown")


def test_seats_must_be_said(cast: Cast) -> None:
    own = offered(cast.here, basis="seat")
    assert "seats" in _fields(own.enrol(cast.here.director))


def test_percent_off_a_list_price_that_nobody_knows_costs_what_is_not_known(cast: Cast) -> None:
    here = cast.here
    own = offered(here, pricing="percent_off", ladder=[[1, 500], [2, 1000]])
    assert own.read()["standing"]["cents"] is None
    staff = _staff(here, here.director.program_id)
    assert own.enrol(staff).json["state"] == "asked"
    assert own.enrol(here.fellow).json["cost"] is None
    known = offered(here, pricing="percent_off", ladder=[[1, 500]], list_cents=9_999)
    assert known.enrol(here.fellow).json["cost"]["dues"][0]["cents"] == 9_499


def test_late_joiners_pay_the_rate_that_holds_and_a_step_they_reach_lowers_it_for_all(cast: Cast) -> None:
    here = cast.here
    own = agreed(here, late_join=True, rate_falls=True)
    let_begin(own, 2)
    late = own.enrol(here.fellow)
    assert late.status_code == 201, late.text
    dues = late.json["cost"]["dues"]
    today = now().date()
    begins = date.fromisoformat(late.json["starts_on"])
    assert begins >= today and begins.day == 1
    assert {one["cents"] for one in dues if date.fromisoformat(one["first"]) > today} == {8_000}
    mine = own.of(here.director)["cost"]["dues"]
    fell = [one["cents"] for one in mine]
    assert fell[:2] == [10_000, 10_000] and fell[-1] == 8_000 and fell == sorted(fell, reverse=True)
    assert "service.rate_fell" in _told(here, here.director)
    # whoever leaves raises nothing
    ended = here.api(
        "POST",
        own.path(f"/enrolments/{here.fellow.program_id}/ending"),
        here.coordinator,
        json={"last_day": (begins - timedelta(days=1)).isoformat(), "reason": "Closed its doors"},
        headers={"If-Match": '"1"'},
    )
    assert ended.json["state"] == "left" and ended.json["cost"]["total_cents"] == 0
    assert [one["cents"] for one in own.of(here.director)["cost"]["dues"]] == fell
    assert "service.enrolment_ended" in _told(here, here.fellow)


def test_a_rate_that_fell_never_rises_again_though_members_leave_and_join(cast: Cast) -> None:
    here = cast.here
    steps = [[1, 10_000], [2, 8_000], [3, 6_000]]
    own = agreed(here, document=False, late_join=True, rate_falls=True, ladder=steps)
    let_begin(own)
    with here.scope():
        by = Actor.operator()
        more = [add_program(by, {"licence_number": f"R-{n}", "name": f"Row {n}"}).id for n in range(2)]
    others = [here.fellow, *(Player(here.coordinator.id, "", "", here.coordinator.token, one) for one in more)]
    for player in others[:2]:
        assert own.enrol(player, by=here.coordinator).status_code == 201
    assert own.of(here.director)["cost"]["dues"][-1]["cents"] == 6_000
    for player in others[:2]:
        leaving = {"last_day": own.of(player, here.coordinator)["starts_on"], "reason": "Moved"}
        path = own.path(f"/enrolments/{player.program_id}/ending")
        headers = {"If-Match": '"1"'}
        assert here.api("POST", path, here.coordinator, json=leaving, headers=headers).status_code == 200
    assert own.enrol(others[2], by=here.coordinator).json["cost"]["dues"][-1]["cents"] == 6_000
    assert own.of(here.director)["cost"]["dues"][-1]["cents"] == 6_000
    assert _events(here, "service.rate_fell") == 2


def test_nobody_joins_late_where_the_terms_do_not_say_so(cast: Cast) -> None:
    own = agreed(cast.here)
    let_begin(own)
    assert own.enrol(cast.here.fellow).json["type"].endswith("not-open")


def test_the_vendor_hears_names_license_numbers_units_and_days_and_nothing_else(cast: Cast) -> None:
    here, own = cast.here, offered(cast.here)
    path = own.path("/members")
    assert here.api("GET", path, here.coordinator).status_code == 409
    with here.scope():
        facts = {"name": "=Evil", "email": "desk@example.org", "street": "1 Home Way", "phone": "555-0100"}
        db.session.execute(update(Program).where(Program.id == here.director.program_id).values(**facts))
    own.enrol(here.director)
    own.enrol(here.fellow, by=here.coordinator, sign=False)
    own.close()
    taken = here.api("GET", path, here.coordinator)
    [head, *rows] = csv.reader(io.StringIO(taken.data.decode("utf-8-sig")))
    assert head == ["Program", "License number", "Units", "First day", "Last day"]
    assert [row[0] for row in rows] == ["'=Evil"] and len(rows[0]) == 5
    assert not any(secret in taken.text for secret in ("desk@", "Home Way", "555-0100"))
    assert here.api("GET", path, here.director).status_code == 403
    assert _events(here, "service.list_taken") == 1


def test_a_renewal_carries_the_terms_and_members_say_yes_again(cast: Cast) -> None:
    here = cast.here
    own = agreed(here)
    [again, same] = [here.api("POST", own.path("/renewal"), here.coordinator).json for _ in range(2)]
    assert again["id"] == same["id"] and again["state"] == "draft"
    old = own.read()
    begins = date.fromisoformat(again["starts_on"])
    assert begins == date.fromisoformat(old["ends_on"]) + timedelta(days=1)
    assert (again["previous_id"], again["ladder"]) == (own.id, old["ladder"])
    fresh = Service(here, again["id"], own.documents)
    assert here.api("POST", fresh.path("/open"), here.coordinator).status_code == 200
    mine = fresh.of(here.director)
    assert (mine["state"], mine["earlier_cents"], fresh.of(here.fellow)) == ("carried", 10_000, None)
    assert "service.renewal_offered" in _told(here, here.director)
    assert "service.opened" in _told(here, here.fellow)
    assert "service.opened" not in _told(here, here.director)
    yes = fresh.enrol(here.director, etag='"1"', earlier_cents=10_000)
    assert yes.json["state"] == "enrolled"


def test_members_and_coordinators_are_reminded_before_the_last_day_for_notice_once_each(cast: Cast) -> None:
    here, own = cast.here, agreed(cast.here)
    today = now().date()

    def at(days: int) -> None:
        """Let the last day for notice be so many days ahead, and two beats pass."""
        with here.scope():
            mine = update(ServiceContract).where(ServiceContract.id == UUID(own.id))
            db.session.execute(
                mine.values(starts_on=today - timedelta(days=200), ends_on=today + timedelta(days=60 + days))
            )
        for _ in range(2):
            with here.scope():
                notices.renewals_near()

    at(45)
    assert "service.renewal_near" not in _told(here, here.director)
    at(29)
    assert _told(here, here.director).count("service.renewal_near") == 1
    at(5)
    assert _told(here, here.director).count("service.renewal_near") == 2
    assert _told(here, here.coordinator).count("service.renewal_near") == 2
    assert "service.renewal_near" not in _told(here, here.fellow)


def test_a_contract_ends_by_itself_once(cast: Cast) -> None:
    here, own = cast.here, agreed(cast.here)
    let_begin(own, 14)
    found = []
    for _ in range(2):
        with here.scope():
            found.append(closing.end_due(Actor.task()))
    assert found == [1, 0] and own.read()["state"] == "ended"


def test_a_contract_that_is_canceled_ends_today_and_says_why(cast: Cast) -> None:
    here, own = cast.here, agreed(cast.here)
    let_begin(own, 1)
    path = own.path("/cancellation")
    gone = [here.api("POST", path, here.coordinator, json={"reason": f"Reason {n}"}) for n in range(2)]
    assert [one.json["reason"] for one in gone] == ["Reason 0", "Reason 0"]
    mine = own.of(here.director)
    assert mine["state"] == "left" and mine["reason"] == "Reason 0"
    assert mine["cost"]["total_cents"] < 2 * 10_000
    assert "service.cancelled" in _told(here, here.director)


def test_an_offer_that_is_canceled_lets_everyone_out_and_tells_those_who_were_in(cast: Cast) -> None:
    here, own = cast.here, offered(cast.here)
    own.enrol(here.director)
    own.enrol(here.fellow)
    path = own.path(f"/enrolments/{here.fellow.program_id}")
    here.api("DELETE", path, here.fellow, headers={"If-Match": '"1"'})
    path = own.path("/cancellation")
    assert here.api("POST", path, here.coordinator, json={"reason": "No vendor"}).json["state"] == "cancelled"
    assert (own.of(here.director)["state"], own.of(here.director)["cost"]) == ("withdrawn", None)
    assert "service.cancelled" in _told(here, here.director)
    assert "service.cancelled" not in _told(here, here.fellow)


def test_documents_are_versioned_and_stay_once_someone_signed(cast: Cast) -> None:
    here, own = cast.here, drafted(cast.here)
    assert add_document(here, own.id).json["version"] == 1
    newer = add_document(here, own.id, content=b"%PDF-1.7 another")
    assert newer.json["version"] == 2
    listed = here.api("GET", own.path("/documents"), here.coordinator).json["items"]
    assert [bool(one["replaced_at"]) for one in listed] == [True, False]
    assert add_document(here, own.id, content=b"MZ not a pdf").status_code == 422
    here.api("POST", own.path("/open"), here.coordinator)
    signed = Service(here, own.id, (newer.json["sha256"],))
    assert signed.enrol(here.director).status_code == 201
    assert add_document(here, own.id, content=b"%PDF-1.7 third").status_code == 409
    out = here.api("DELETE", f"/service-documents/{newer.json['id']}", here.coordinator)
    assert out.status_code == 409


def test_drafts_are_for_coordinators_only(cast: Cast) -> None:
    own = drafted(cast.here)
    assert cast.here.api("GET", own.path(), cast.here.director).status_code == 404
    assert cast.here.api("GET", "/service-contracts", cast.here.director).json["items"] == []
    [one] = cast.here.api("GET", "/service-contracts", cast.here.coordinator).json["items"]
    assert one["vendor_name"] == "Hearth Mutual"


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"ladder": [[1, 100], [2, 200]]}, "ladder[1]"),
        ({"ends_on": "2020-01-01"}, "ends_on"),
        ({"starts_on": "2020-01-01", "ends_on": "2020-12-31"}, "starts_on"),
        ({"starts_on": "9999-12-01", "ends_on": "9999-12-31"}, "ends_on"),
        ({"opens_at": "0001-01-01T00:00:00+14:00"}, "opens_at"),
        ({"if_short": "extend"}, "extend_days"),
        ({"rate_falls": True}, "rate_falls"),
        ({"notice_days": 3000}, "notice_days"),
        ({"vendor_name": ""}, "vendor_name"),
    ],
)
def test_terms_that_cannot_be_kept_are_refused(cast: Cast, more: dict[str, Any], field: str) -> None:
    refused = cast.here.api("POST", "/service-contracts", cast.here.coordinator, json=terms(**more))
    assert field in _fields(refused)


def test_terms_change_in_a_draft_only_and_only_from_what_was_read(cast: Cast) -> None:
    here, own = cast.here, drafted(cast.here)
    body = terms(title="Another")
    assert here.api("PUT", own.path(), here.coordinator, json=body, headers={"If-Match": '"7"'}).status_code == 412
    changed = here.api("PUT", own.path(), here.coordinator, json=body, headers={"If-Match": '"1"'})
    assert (changed.json["title"], changed.json["version"]) == ("Another", 2)
    here.api("POST", own.path("/open"), here.coordinator)
    assert here.api("PUT", own.path(), here.coordinator, json=body, headers=own.etag()).status_code == 409


def test_a_token_does_only_what_its_scopes_say(cast: Cast) -> None:
    here, own = cast.here, offered(cast.here)
    with here.scope():
        at, person = now(), here.director.id
        scopes = [Permission.PURCHASES_READ, Permission.ORDERS_READ]
        token = identity.issue_api_token(Actor.operator(), person, scopes, "t", at + timedelta(days=1), at)
    reader = Player(here.director.id, "", "", str(token), here.director.program_id)
    assert own.read(reader)["state"] == "open"
    assert own.enrol(reader).status_code == 403


def test_nobody_enrolls_a_program_of_another(cast: Cast) -> None:
    own = offered(cast.here)
    assert own.enrol(cast.here.fellow, by=cast.here.director).status_code == 404
    assert own.of(cast.here.fellow, cast.here.director) is None
    with cast.here.scope():
        ended = update(Membership).where(Membership.person_id == cast.here.fellow.id)
        db.session.execute(ended.values(valid_to=func.now()))
    assert own.enrol(cast.here.fellow).status_code in (403, 404)


def test_the_rate_of_the_close_is_written_once(cast: Cast) -> None:
    own = agreed(cast.here)
    with cast.here.scope():
        [row] = db.session.scalars(select(ServiceRate).where(ServiceRate.contract_id == UUID(own.id)))
        assert (row.value, row.members) == (10_000, 1)


def test_public_records_hold_contracts_members_signatures_and_the_documents(cast: Cast) -> None:
    here, own = cast.here, offered(cast.here)
    own.enrol(here.director)
    own.enrol(here.fellow)
    drafted(here, title="Not on offer")

    def records(**wish: Any) -> zipfile.ZipFile:
        answer = here.api("POST", "/public-records", here.administrator, json=wish)
        assert answer.status_code in (201, 202), answer.text
        work(here)
        taken = here.api("GET", f"/exports/{answer.json['id']}/file", here.administrator)
        return zipfile.ZipFile(io.BytesIO(taken.data))

    period = {"since": "2020-01-01T00:00:00Z", "before": "2099-01-01T00:00:00Z"}
    whole = records(**period)
    assert [one["title"] for one in json.loads(whole.read("service_contracts.json"))] == ["Liability insurance"]
    assert len(json.loads(whole.read("service_enrollments.json"))) == 2
    assert "typed_name" not in json.loads(whole.read("service_signatures.json"))[0]
    [document] = [one for one in whole.namelist() if "service contract" in one]
    assert whole.read(document) == PDF
    mine = records(**period, program_id=str(here.director.program_id), without_personal=False)
    [signed] = json.loads(mine.read("service_signatures.json"))
    assert (signed["typed_name"], signed["program_id"]) == ("Dora Finch", str(here.director.program_id))
