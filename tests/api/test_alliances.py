"""Alliances through the API: who founds and changes them, who is a member when, and what their hub sees."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from carepool.alliances.models import AllianceMember
from carepool.clock import today_here
from carepool.identity.models import Membership
from carepool.notifications.models import Message
from carepool.notifications.notices import Notice
from carepool.outbox import Activity, Actor
from carepool.programs.actions import add_program
from carepool.programs.models import Program
from tenants.database import db
from tests.buying import draft, open_buy, work
from tests.cast import Cast, Player, State
from tests.hubs import ended, founded, hub_staff, joined, left
from tests.staffing import staff_of


def _faults(answer: Any) -> dict[str, str]:
    """Return {field: sentence} of a refusal."""
    return {one["field"]: one["message"] for one in answer.json["errors"]}


def _read(state: State, alliance: str, player: Player | None = None) -> Any:
    return state.api("GET", f"/alliances/{alliance}", player or state.coordinator)


def _patch(state: State, alliance: str, etag: str, **facts: Any) -> Any:
    path = f"/alliances/{alliance}"
    return state.api("PATCH", path, state.coordinator, json=facts, headers={"If-Match": etag})


def _paste(state: State, alliance: str, *numbers: str, **more: Any) -> Any:
    body = {"licence_numbers": list(numbers), **more}
    return state.api("POST", f"/alliances/{alliance}/members/by-licence", state.coordinator, json=body)


def _members(state: State, alliance: str, player: Player | None = None, **query: str) -> list[dict[str, Any]]:
    path = f"/alliances/{alliance}/members"
    items = state.api("GET", path, player or state.coordinator, query_string=query).json["items"]
    return list(items)


def _programs(state: State, count: int) -> list[str]:
    """Add programs; return their license numbers."""
    numbers = [f"A-{uuid4().hex[:8]}" for _ in range(count)]
    with state.scope():
        for number in numbers:
            add_program(Actor.operator(), {"licence_number": number, "name": f"Program {number}"})
    return numbers


def _day(state: State, back: int = 0) -> str:
    with state.scope():
        return (today_here() - timedelta(days=back)).isoformat()


def _verbs(state: State, *kinds: str) -> list[str]:
    with state.scope():
        mine = select(Activity.verb).where(Activity.subject_kind.in_(kinds)).order_by(Activity.id)
        return list(db.session.scalars(mine))


def test_an_alliance_is_founded_read_changed_and_ended(here: State) -> None:
    alliance = founded(here, name="Front Range", shape="home_network", contact_email="hub@example.org")
    first = _read(here, alliance)
    assert (first.json["name"], first.json["members"], first.json["ended_on"]) == ("Front Range", 0, None)
    assert first.json["started_on"] == _day(here)
    changed = _patch(here, alliance, first.headers["ETag"], hub_name="Other House")
    assert changed.status_code == 200 and changed.json["hub_name"] == "Other House", changed.text
    assert changed.json["contact_email"] == "hub@example.org"
    assert _patch(here, alliance, first.headers["ETag"], hub_name="Late").status_code == 412
    same = _patch(here, alliance, changed.headers["ETag"], hub_name="Other House")
    assert same.headers["ETag"] == changed.headers["ETag"]
    assert ended(here, alliance).json["ended_on"] == _day(here)
    late = _patch(here, alliance, _read(here, alliance).headers["ETag"], name="Again")
    assert late.status_code == 409 and "This alliance ended" in late.json["detail"]
    assert _verbs(here, "alliance") == ["alliance.founded", "alliance.changed", "alliance.ended"]


@pytest.mark.parametrize(
    ("facts", "status", "field"),
    [
        ({"name": ""}, 422, "name"),
        ({"hub_name": " "}, 422, "hub_name"),
        ({"shape": "club"}, 422, "shape"),
        ({"contact_email": "nobody"}, 422, "contact_email"),
        ({"name": "front RANGE"}, 409, "name"),
        ({"started_on": "2999-01-01"}, 422, "started_on"),
    ],
)
def test_what_is_wrong_with_an_alliance_is_told_by_field(
    here: State, facts: dict[str, Any], status: int, field: str
) -> None:
    alliance = founded(here, name="Front Range")
    body = {"name": "Another", "shape": "membership", "hub_name": "Hub House", **facts}
    made = here.api("POST", "/alliances", here.coordinator, json=body)
    assert made.status_code == status and list(_faults(made)) == [field], made.text
    other = founded(here)
    tag = _read(here, other).headers["ETag"]
    changed = _patch(here, other, tag, **facts)
    assert changed.status_code == status and list(_faults(changed)) == [field], changed.text
    assert _read(here, alliance).json["name"] == "Front Range"


def test_an_alliance_that_is_renamed_keeps_its_own_name_to_itself(here: State) -> None:
    alliance = founded(here, name="Front Range")
    changed = _patch(here, alliance, _read(here, alliance).headers["ETag"], name="FRONT RANGE")
    assert changed.status_code == 200 and changed.json["name"] == "FRONT RANGE"


def test_only_state_staff_found_and_change_alliances(here: State) -> None:
    alliance = founded(here, here.director)
    member = _members(here, alliance)[0]["id"]
    body = {"name": "Mine", "shape": "membership", "hub_name": "Me"}
    calls: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", "/alliances", body),
        ("PATCH", f"/alliances/{alliance}", {"name": "Mine"}),
        ("POST", f"/alliances/{alliance}/end", {}),
        ("POST", f"/alliances/{alliance}/members", {"program_id": str(here.fellow.program_id)}),
        ("POST", f"/alliances/{alliance}/members/by-licence", {"licence_numbers": ["L-1"]}),
        ("POST", f"/alliances/{alliance}/members/{member}/end", {}),
    ]
    for player in (here.director, hub_staff(here, alliance)):
        for method, path, sent in calls:
            answer = here.api(method, path, player, json=sent, headers={"If-Match": '"1"'})
            assert answer.status_code == 403, f"{method} {path} answered {answer.status_code}"
    assert here.api("POST", "/alliances", here.administrator, json=body).status_code == 201


def test_a_program_is_a_member_once_at_a_time_and_of_several_alliances(here: State) -> None:
    one, other = founded(here, here.director), founded(here, here.director)
    body = {"program_id": str(here.director.program_id)}
    again = here.api("POST", f"/alliances/{one}/members", here.coordinator, json=body)
    assert again.status_code == 409 and "is a member already" in again.json["detail"]
    assert [len(_members(here, alliance)) for alliance in (one, other)] == [1, 1]
    with here.scope(), pytest.raises(IntegrityError, match="uq_alliance_member_now"):
        values = {"tenant_id": here.tenant.id, "id": uuid4(), "alliance_id": UUID(one), "joined_on": "2026-01-01"}
        db.session.execute(insert(AllianceMember).values(program_id=here.director.program_id, **values))


def test_of_two_who_add_a_program_at_once_one_is_told_that_it_is_a_member(here: State) -> None:
    alliance, answers = founded(here), []
    body = {"program_id": str(here.director.program_id)}

    def add(player: Player) -> None:
        answers.append(here.api("POST", f"/alliances/{alliance}/members", player, json=body).status_code)

    both = [threading.Thread(target=add, args=(one,)) for one in (here.coordinator, here.administrator)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(answers) == [201, 409] and len(_members(here, alliance)) == 1


def test_a_purchase_opens_before_its_alliance_ends_or_not_at_all(here: State) -> None:
    alliance = founded(here, here.director)
    buy = open_buy(here, alliance_id=alliance)
    waiting = here.api("POST", buy.path("/copy"), here.coordinator).json["id"]
    here.api("POST", buy.path("/cancel"), here.coordinator)
    answers: dict[str, int] = {}

    def do(name: str, call: Callable[[], Any]) -> threading.Thread:
        return threading.Thread(target=lambda: answers.update({name: call().status_code}))

    path = f"/purchases/{waiting}/open"
    both = [
        do("open", lambda: here.api("POST", path, here.coordinator)),
        do("end", lambda: ended(here, alliance)),
    ]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(answers.values()) == [200, 409], answers


def test_a_member_that_left_may_come_back_on_that_day_or_later(here: State) -> None:
    alliance = founded(here)
    path = f"/alliances/{alliance}/members"
    mine = {"program_id": str(here.director.program_id)}
    first = here.api("POST", path, here.coordinator, json={**mine, "joined_on": _day(here, 9)}).json
    end = f"{path}/{first['id']}/end"
    assert here.api("POST", end, here.coordinator, json={"left_on": _day(here, 10)}).status_code == 422
    assert here.api("POST", end, here.coordinator, json={"left_on": _day(here, -1)}).status_code == 422
    for _ in range(2):
        done = here.api("POST", end, here.coordinator, json={"left_on": _day(here, 3)})
        assert (done.status_code, done.json["left_on"]) == (200, _day(here, 3))
    assert _members(here, alliance) == []
    assert [one["id"] for one in _members(here, alliance, left="true")] == [first["id"]]
    early = here.api("POST", path, here.coordinator, json={**mine, "joined_on": _day(here, 4)})
    assert early.status_code == 422 and list(_faults(early)) == ["joined_on"]
    assert here.api("POST", path, here.coordinator, json={**mine, "joined_on": _day(here, -1)}).status_code == 422
    assert here.api("POST", path, here.coordinator, json={**mine, "joined_on": _day(here, 3)}).status_code == 201
    told = ["alliance.member_added", "alliance.member_left", "alliance.member_added"]
    assert _verbs(here, "alliance_member") == told


def test_a_program_that_the_roster_lost_becomes_no_member(here: State) -> None:
    alliance, (number,) = founded(here), _programs(here, 1)
    with here.scope():
        gone = update(Program).where(Program.licence_number == number).values(gone_at="2026-01-01T00:00:00Z")
        program = db.session.scalars(gone.returning(Program.id)).one()
    answer = here.api("POST", f"/alliances/{alliance}/members", here.coordinator, json={"program_id": str(program)})
    assert answer.status_code == 409 and list(_faults(answer)) == ["program_id"]
    assert "no longer in the roster" in _faults(_paste(here, alliance, number))["licence_numbers.0"]


def test_a_pasted_list_is_taken_whole_or_not_at_all(here: State) -> None:
    alliance, numbers = founded(here), _programs(here, 3)
    refused = _paste(here, alliance, numbers[0], "nowhere", numbers[1], "nobody")
    assert refused.status_code == 422 and "2 of these license numbers" in refused.json["detail"]
    assert sorted(_faults(refused)) == ["licence_numbers.1", "licence_numbers.3"]
    assert _members(here, alliance) == [] and _verbs(here, "alliance_member") == []
    assert _paste(here, alliance, *numbers[:2], joined_on=_day(here, 5)).json == {"added": 2, "present": 0}
    assert _paste(here, alliance, *numbers).json == {"added": 1, "present": 2}
    days = {one["licence_number"]: one["joined_on"] for one in _members(here, alliance)}
    assert days == {numbers[0]: _day(here, 5), numbers[1]: _day(here, 5), numbers[2]: _day(here)}
    assert _read(here, alliance).json["members"] == 3


def test_a_number_named_twice_in_a_list_makes_one_member(here: State) -> None:
    alliance, (number,) = founded(here), _programs(here, 1)
    assert _paste(here, alliance, number, number).json == {"added": 1, "present": 0}


def test_in_a_list_who_left_later_than_the_day_is_named(here: State) -> None:
    alliance, (number,) = founded(here), _programs(here, 1)
    _paste(here, alliance, number, joined_on=_day(here, 9))
    left(here, alliance, _members(here, alliance)[0]["id"])
    refused = _paste(here, alliance, number, joined_on=_day(here, 4))
    assert refused.status_code == 422 and "It left on" in _faults(refused)["licence_numbers.0"]


def test_lists_are_paged(here: State) -> None:
    alliance, numbers = founded(here), _programs(here, 3)
    _paste(here, alliance, *numbers)
    path, seen = f"/alliances/{alliance}/members?limit=2", []
    cursor = ""
    for _ in range(2):
        page = here.api("GET", path + cursor, here.coordinator).json
        seen += [one["licence_number"] for one in page["items"]]
        cursor = f"&cursor={page['next_cursor']}"
    assert sorted(seen) == sorted(numbers) and page["next_cursor"] is None


def test_the_directors_of_a_new_member_are_told_once(here: State) -> None:
    staff = staff_of(here, here.director)
    alliance = founded(here, here.director, name="Front Range")
    work(here)
    with here.scope():
        told = db.session.scalars(select(Message).where(Message.kind == Notice.ALLIANCE_JOINED)).all()
        assert [one.person_id for one in told] == [here.director.id] and staff.id != here.director.id
        assert told[0].facts == {"title": "Front Range", "program": "Sunny Hill"}
    page = here.browser(here.director).client.get("/messages").text
    assert "Sunny Hill is now a member of the alliance Front Range" in page
    assert f'href="/programs/{here.director.program_id}"' in page
    gone = joined(here, alliance, here.fellow.program_id)
    left(here, alliance, gone)
    work(here)
    with here.scope():
        people = select(Message.person_id).where(Message.kind == Notice.ALLIANCE_JOINED)
        assert list(db.session.scalars(people)) == [here.director.id]


def test_an_alliance_with_an_open_purchase_cannot_end(here: State) -> None:
    alliance = founded(here, here.director)
    buy = open_buy(here, alliance_id=alliance)
    refused = ended(here, alliance)
    assert refused.status_code == 409 and "Fall supplies is a purchase of this alliance" in refused.json["detail"]
    assert here.api("POST", buy.path("/cancel"), here.coordinator).status_code == 200
    assert ended(here, alliance).status_code == 200


def test_an_alliance_ends_with_its_members_time_and_its_hubs_roles(here: State) -> None:
    alliance, other = founded(here, here.director, here.fellow), founded(here, here.director)
    hub, elsewhere = hub_staff(here, alliance), hub_staff(here, other)
    assert _read(here, alliance, hub).status_code == 200
    assert ended(here, alliance).json["members"] == 0
    assert {one["left_on"] for one in _members(here, alliance, left="true")} == {_day(here)}
    assert _read(here, alliance, hub).status_code == 403 and _read(here, other, elsewhere).status_code == 200
    assert len(_members(here, other)) == 1
    body = {"role": "hub_staff", "alliance_id": alliance}
    refused = here.api("POST", f"/people/{hub.id}/memberships", here.administrator, json=body)
    assert refused.status_code == 409 and "ended. Choose one that goes on" in refused.json["detail"]
    add = {"program_id": str(here.director.program_id)}
    assert here.api("POST", f"/alliances/{alliance}/members", here.coordinator, json=add).status_code == 409


def test_a_member_of_later_than_the_day_of_the_end_leaves_on_its_first_day(here: State) -> None:
    alliance = founded(here, started_on="2026-01-01")
    joined(here, alliance, here.director.program_id)
    body, tag = {"ended_on": _day(here, 9)}, {"If-Match": _read(here, alliance).headers["ETag"]}
    assert here.api("POST", f"/alliances/{alliance}/end", here.coordinator, json=body, headers=tag).status_code == 200
    (member,) = _members(here, alliance, left="true")
    assert member["left_on"] == member["joined_on"] == _day(here)


@pytest.mark.parametrize("day", ["2025-12-31", "2999-01-01"])
def test_an_alliance_ends_on_no_day_before_it_started_and_none_to_come(here: State, day: str) -> None:
    alliance = founded(here, started_on="2026-01-01")
    tag = {"If-Match": _read(here, alliance).headers["ETag"]}
    answer = here.api("POST", f"/alliances/{alliance}/end", here.coordinator, json={"ended_on": day}, headers=tag)
    assert answer.status_code == 422 and list(_faults(answer)) == ["ended_on"]


def test_state_people_invite_hub_staff_to_an_alliance(here: State) -> None:
    alliance = founded(here, here.director)
    person = {"email": "hana@example.org", "name": "Hana", "role": "hub_staff", "alliance_id": alliance}
    made = here.api("POST", "/people", here.administrator, json=person)
    assert made.status_code == 201, made.text
    path = f"/people/{made.json['id']}/memberships"
    (role,) = here.api("GET", path, here.administrator).json["items"]
    assert (role["role"], role["program_id"], role["alliance_id"]) == ("hub_staff", None, alliance)
    again = here.api("POST", path, here.administrator, json={"role": "hub_staff", "alliance_id": alliance})
    assert again.json["id"] == role["id"]
    second = founded(here)
    other = here.api("POST", path, here.administrator, json={"role": "hub_staff", "alliance_id": second})
    assert other.status_code == 201 and other.json["id"] != role["id"]
    assert here.api("DELETE", f"/memberships/{role['id']}", here.administrator).json["valid_to"] is not None


@pytest.mark.parametrize("role", ["hub_staff", "program_staff", "purchasing_coordinator"])
def test_a_role_needs_its_own_kind_of_place(here: State, role: str) -> None:
    alliance, program = founded(here), str(here.director.program_id)
    right = {"hub_staff": (None, alliance), "program_staff": (program, None), "purchasing_coordinator": (None, None)}
    path = f"/people/{here.fellow.id}/memberships"
    for place in ((None, None), (program, None), (None, alliance), (program, alliance)):
        body = {"role": role, "program_id": place[0], "alliance_id": place[1]}
        answer = here.api("POST", path, here.administrator, json=body)
        assert answer.status_code == (201 if place == right[role] else 422), f"{role} {place}: {answer.text}"


def test_the_database_keeps_a_role_out_of_two_places_and_hub_staff_in_an_alliance(here: State) -> None:
    alliance = UUID(founded(here))
    wrong = [
        ({"role": "hub_staff"}, "hub_staff_in_an_alliance"),
        ({"role": "purchasing_coordinator", "alliance_id": alliance}, "hub_staff_in_an_alliance"),
        ({"role": "hub_staff", "alliance_id": alliance, "program_id": here.director.program_id}, "one_place"),
    ]
    for values, rule in wrong:
        with here.scope() as session, pytest.raises(IntegrityError, match=rule):
            session.execute(insert(Membership).values(id=uuid4(), person_id=here.fellow.id, **values))


def test_an_alliance_of_another_state_takes_no_person_no_member_and_no_purchase(cast: Cast) -> None:
    here, theirs = cast.here, founded(cast.there)
    person = {"email": "x@example.org", "role": "hub_staff", "alliance_id": theirs}
    assert here.api("POST", "/people", here.administrator, json=person).status_code == 404
    add = {"program_id": str(here.director.program_id)}
    assert here.api("POST", f"/alliances/{theirs}/members", here.coordinator, json=add).status_code == 404
    foreign = {"program_id": str(cast.there.director.program_id)}
    assert here.api("POST", f"/alliances/{founded(here)}/members", here.coordinator, json=foreign).status_code == 404
    terms = {"title": "T", "opens_at": "2026-01-01T00:00:00Z", "closes_at": "2027-01-01T00:00:00Z"}
    body = {**terms, "alliance_id": theirs}
    assert here.api("POST", "/purchases", here.coordinator, json=body).status_code == 404


def test_hub_staff_read_their_alliance_its_members_and_its_purchases(here: State) -> None:
    alliance, other = founded(here, here.director), founded(here, here.fellow)
    hub = hub_staff(here, alliance)
    buy = open_buy(here, alliance_id=alliance)
    draft(here, alliance_id=alliance)
    assert [one["id"] for one in here.api("GET", "/alliances", hub).json["items"]] == [alliance]
    (member,) = _members(here, alliance, hub)
    assert member["program_id"] == str(here.director.program_id)
    assert not {"street", "zip", "phone", "email", "city"} & set(member)
    shown = here.api("GET", f"/alliances/{alliance}/purchases", hub).json["items"]
    assert [one["id"] for one in shown] == [buy.id]
    assert len(here.api("GET", f"/alliances/{alliance}/purchases", here.coordinator).json["items"]) == 2
    for path in ("", "/members", "/purchases"):
        assert here.api("GET", f"/alliances/{other}{path}", hub).status_code == 404
    me = here.api("GET", "/me", hub).json
    assert me["roles"] == [{"role": "hub_staff", "program_id": None, "alliance_id": alliance}]


def test_one_who_is_of_a_hub_and_of_a_program_holds_each_role_in_its_place(here: State) -> None:
    alliance = founded(here, here.director)
    body = {"role": "hub_staff", "alliance_id": alliance}
    assert here.api("POST", f"/people/{here.fellow.id}/memberships", here.administrator, json=body).status_code == 201
    assert _read(here, alliance, here.fellow).status_code == 200
    assert here.api("GET", f"/programs/{here.director.program_id}", here.fellow).status_code == 404
    assert [one["id"] for one in here.api("GET", "/programs", here.fellow).json["items"]] == [
        str(here.fellow.program_id)
    ]
    assert here.api("GET", "/people", here.fellow).status_code == 403


def test_the_log_of_one_who_acted_for_hub_staff_is_not_that_of_the_state(here: State) -> None:
    alliance = founded(here, here.director)
    hub, colleague = hub_staff(here, alliance), hub_staff(here, alliance)
    end = {"valid_to": f"{_day(here, -2)}T00:00:00Z"}
    body = {"person_id": str(here.administrator.id), "permissions": ["alliances:read"], **end}
    made = here.api("POST", "/me/delegations", hub, json=body)
    assert made.status_code == 201, made.text
    # what the administrator does in the state while acting for someone of a hub is none of the hub's
    assert here.api("POST", f"/people/{colleague.id}/links", here.administrator).status_code == 201
    draft(here)
    log = f"/delegations/{made.json['id']}/log"
    assert here.api("GET", log, hub).json["items"] == []
    assert [one["verb"] for one in here.api("GET", log, here.administrator).json["items"]] == []
    assert here.api("POST", "/me/delegations", hub, json={**body, "permissions": ["people:read"]}).status_code == 403


def test_a_calendar_of_hub_staff_is_empty(here: State) -> None:
    alliance = founded(here, here.director)
    open_buy(here, alliance_id=alliance)
    open_buy(here)
    page = here.browser(hub_staff(here, alliance)).submit("/messages/settings/calendar", "POST", {"act": "make"}).text
    feed = here.client().get(f"/calendar/{page.split('/calendar/')[1].split('.ics')[0]}.ics")
    assert feed.status_code == 200 and "BEGIN:VEVENT" not in feed.text


def test_a_token_of_hub_staff_may_no_more_than_they(here: State) -> None:
    hub = hub_staff(here, founded(here))
    body = {"scopes": ["alliances:read"], "label": "", "days": 1}
    assert here.api("POST", "/me/tokens", hub, json=body).status_code == 201
    for scope in ("alliances:write", "programs:read", "purchases:read", "people:read", "records:read"):
        refused = here.api("POST", "/me/tokens", hub, json={**body, "scopes": [scope]})
        assert refused.status_code == 403, scope
