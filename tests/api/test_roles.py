"""Roles end and begin again, the last administrator stays, and someone may act for another within limits."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select, update

from carepool.clock import now
from carepool.events import topics
from carepool.identity.models import Delegation, Membership
from carepool.identity.rights import DESK, Permission
from carepool.identity.roles import DONE_WITH
from carepool.programs.models import Program
from tenants.database import db
from tests.buying import Buy, open_buy
from tests.cast import Player, State


def _roles(state: State, player: Player) -> Any:
    answer = state.api("GET", f"/people/{player.id}/memberships", state.coordinator)
    assert answer.status_code == 200, answer.text
    return answer.json["items"]


def _end(state: State, role_id: str, by: Player | None = None) -> Any:
    return state.api("DELETE", f"/memberships/{role_id}", by or state.administrator)


def _grant(state: State, player: Player, role: str, program: Any = None) -> Any:
    body = {"role": role, "program_id": str(program) if program else None}
    return state.api("POST", f"/people/{player.id}/memberships", state.administrator, json=body)


def test_a_role_that_ended_gives_nothing_until_it_is_given_again(here: State) -> None:
    [own] = _roles(here, here.director)
    assert _end(here, own["id"]).json["valid_to"]
    assert here.api("GET", "/programs", here.director).status_code == 403
    assert _grant(here, here.director, "program_director", here.director.program_id).json["valid_to"] is None
    assert here.api("GET", "/programs", here.director).status_code == 200
    assert [one["id"] for one in _roles(here, here.director)] == [own["id"]]


def test_only_who_may_change_people_changes_roles(here: State) -> None:
    [own] = _roles(here, here.director)
    assert _end(here, own["id"], here.coordinator).status_code == 403
    assert here.api("GET", f"/people/{here.fellow.id}/memberships", here.director).status_code == 403


def test_the_last_administrator_stays_also_when_two_end_each_other_at_once(here: State) -> None:
    [own] = _roles(here, here.administrator)
    refused = _end(here, own["id"])
    assert (refused.status_code, refused.json["type"].rsplit(":", 1)[1]) == (409, "last-administrator")
    other = _grant(here, here.coordinator, "state_administrator").json
    with ThreadPoolExecutor(2) as pool:
        ended = list(pool.map(lambda pair: _end(here, *pair), [(own["id"], here.coordinator), (other["id"], None)]))
    assert sorted(one.status_code for one in ended) != [200, 200]
    with here.scope():
        left = select(func.count()).where(Membership.role == "state_administrator", Membership.valid_to.is_(None))
        assert db.session.scalar(left) == 1


def _delegate(state: State, by: Player, to: Player, *permissions: str, days: int = 7) -> Any:
    until = (now() + timedelta(days=days)).isoformat()
    body = {"person_id": str(to.id), "permissions": permissions, "valid_to": until}
    return state.api("POST", "/me/delegations", by, json=body)


def _order_for(state: State, buy: Buy, by: Player, whose: Player) -> Any:
    body = {"delivery_point_id": buy.point, "place": True, "lines": [{"item_id": buy.items["GLOVES"], "wanted": 3}]}
    path = buy.path(f"/orders/{whose.program_id}")
    return state.api("PUT", path, by, json=body, headers={"If-None-Match": "*"})


def test_someone_acts_for_another_within_the_limits_until_the_end_and_it_is_logged(here: State) -> None:
    buy = open_buy(here)
    assert _order_for(here, buy, here.fellow, here.director).status_code == 404
    made = _delegate(here, here.director, here.fellow, "orders:write", "orders:read", "purchases:read").json
    assert _order_for(here, buy, here.fellow, here.director).status_code == 201
    assert here.api("GET", f"/programs/{here.director.program_id}", here.fellow).status_code == 404
    log = here.api("GET", f"/delegations/{made['id']}/log", here.director).json["items"]
    assert [(one["verb"], one["subject_id"]) for one in log] == [("order.placed", str(here.director.program_id))]
    with here.scope():
        db.session.execute(update(Delegation).values(valid_to=func.now()))
    path = buy.path(f"/orders/{here.director.program_id}")
    assert here.api("GET", path, here.fellow).status_code == 404


def test_the_log_shows_nothing_of_other_programs(here: State) -> None:
    made = _delegate(here, here.director, here.fellow, "orders:write").json
    assert open_buy(here).order(here.fellow, {"GLOVES": (3,)}).status_code == 201
    assert here.api("GET", f"/delegations/{made['id']}/log", here.director).json["items"] == []


def test_a_delegation_ends_at_once_and_is_nobody_elses_business(here: State) -> None:
    made = _delegate(here, here.director, here.coordinator, "orders:write").json
    assert here.api("DELETE", f"/delegations/{made['id']}", here.fellow).status_code == 404
    assert here.api("DELETE", f"/delegations/{made['id']}", here.coordinator).status_code == 204
    [told] = here.api("GET", "/me/delegations", here.director).json["items"]
    assert told["id"] == made["id"] and told["valid_to"] < made["valid_to"]


def test_nobody_gives_on_what_is_not_their_own(here: State) -> None:
    assert _delegate(here, here.director, here.fellow, "catalogs:write").status_code == 403
    assert _delegate(here, here.administrator, here.fellow, "people:write").status_code == 422
    assert _delegate(here, here.director, here.director, "orders:write").status_code == 422
    assert _delegate(here, here.director, here.fellow, "orders:write", days=400).status_code == 422
    assert _delegate(here, here.coordinator, here.director, "catalogs:write").status_code == 201
    assert here.api("GET", "/contracts", here.director).status_code == 200
    assert _delegate(here, here.director, here.fellow, "catalogs:write").status_code == 403


def test_a_delegation_that_begins_later_gives_nothing_yet(here: State) -> None:
    program = f"/programs/{here.director.program_id}"
    _delegate(here, here.director, here.fellow, "programs:read")
    assert here.api("GET", program, here.fellow).status_code == 200
    with here.scope():
        db.session.execute(update(Delegation).values(valid_from=now() + timedelta(days=1)))
    assert here.api("GET", program, here.fellow).status_code == 404


def test_who_acts_for_another_gets_no_role_of_theirs_that_begins_later(here: State) -> None:
    program = f"/programs/{here.director.program_id}"
    _delegate(here, here.director, here.fellow, "programs:read")
    with here.scope():
        later = update(Membership).where(Membership.person_id == here.director.id)
        db.session.execute(later.values(valid_from=now() + timedelta(days=1)))
    assert here.api("GET", program, here.fellow).status_code == 404


def test_lists_keep_to_the_limits_of_a_delegation(here: State) -> None:
    buy = open_buy(here, program_types=["center"])
    with here.scope():
        theirs = update(Program).where(Program.id == here.fellow.program_id)
        db.session.execute(theirs.values(type="family_home"))
        db.session.execute(update(Program).where(Program.id == here.director.program_id).values(type="center"))
    _delegate(here, here.director, here.fellow, "orders:write")
    assert [one["id"] for one in here.api("GET", "/programs", here.fellow).json["items"]] == [
        str(here.fellow.program_id)
    ]
    assert here.api("GET", "/purchases", here.fellow).json["items"] == []
    _delegate(here, here.director, here.fellow, "purchases:read", "programs:read")
    assert len(here.api("GET", "/programs", here.fellow).json["items"]) == 2
    assert [one["id"] for one in here.api("GET", "/purchases", here.fellow).json["items"]] == [buy.id]


def test_without_the_right_to_read_records_the_log_tells_what_was_done_with_what_was_given(here: State) -> None:
    made = _delegate(here, here.coordinator, here.administrator, "purchases:write").json
    path = f"/delegations/{made['id']}/log"
    person = {"email": "new@example.org", "role": "purchasing_coordinator"}
    assert here.api("POST", "/people", here.administrator, json=person).status_code == 201
    terms = {"title": "T", "opens_at": "2026-01-01T00:00:00Z", "closes_at": "2027-01-01T00:00:00Z"}
    assert here.api("POST", "/purchases", here.administrator, json=terms).status_code == 201
    seen = [one["verb"] for one in here.api("GET", path, here.coordinator).json["items"]]
    assert seen == ["purchase.drafted"]
    everything = {one["verb"] for one in here.api("GET", path, here.administrator).json["items"]}
    assert everything == {"purchase.drafted", "person.invited", "membership.granted"}


def test_who_changes_people_reads_no_log_without_the_right_to(here: State) -> None:
    made = _delegate(here, here.director, here.fellow, "orders:write").json
    path = f"/delegations/{made['id']}"
    for scopes, status in ((["people:write"], 403), (["people:write", "records:read"], 200)):
        token = here.api("POST", "/me/tokens", here.administrator, json={"scopes": scopes}).json["token"]
        answer = here.api("GET", f"{path}/log", replace(here.administrator, token=token))
        assert answer.status_code == status, answer.text


def test_a_role_of_long_ago_shows_nothing_of_what_is_done_now(here: State) -> None:
    role = _grant(here, here.director, "purchasing_coordinator").json
    assert _end(here, role["id"]).status_code == 200
    made = _delegate(here, here.director, here.fellow, "orders:write").json
    assert open_buy(here).order(here.fellow, {"GLOVES": (3,)}).status_code == 201
    assert here.api("GET", f"/delegations/{made['id']}/log", here.director).json["items"] == []


def test_every_word_of_what_is_done_with_a_permission_is_in_the_log_and_no_right_is_forgotten() -> None:
    words = {name.partition(".")[0] for name in topics()}
    assert {word for given in DONE_WITH.values() for word in given} <= words
    changing = {one for one in set(Permission) - DESK if not one.endswith(":read")}
    assert changing - set(DONE_WITH) == {Permission.PEOPLE_WRITE}
