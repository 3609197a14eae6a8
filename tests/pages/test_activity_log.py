"""The activity log: what it says, whom it is shown to, and its file: made by a worker, stopped, taken by who asked."""

import csv
import io
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from carepool.files import StoredFile, tidy_files
from carepool.identity.models import Person
from carepool.jobs import working
from carepool.outbox import Activity, ActorKind
from carepool.records import exports, log_file
from carepool.records.models import RecordExport
from tenants.database import bulk_insert, db
from tenants.ids import new_id
from tests.buying import open_buy, work
from tests.cast import State
from workers.sweeps import SWEEPS


def _ask(state: State, **wish: Any) -> Any:
    answer = state.api("POST", "/exports", state.administrator, json={"kind": "activity", **wish})
    assert answer.status_code == 201, answer.text
    return answer.json


def _file(state: State, one: Any) -> Any:
    return state.api("GET", f"/exports/{one['id']}/file", state.administrator)


def _rows(answer: Any) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))


def _fill(state: State, entries: int) -> None:
    """Add entries of a catalog item that never was."""
    columns = ("id", "actor_kind", "verb", "subject_kind", "subject_id", "diff")
    facts = (ActorKind.TASK, "catalog_item.changed", "catalog_item")
    with state.scope():
        bulk_insert(Activity, columns, ((new_id(), *facts, new_id(), {"sku": ["A", "B"]}) for _ in range(entries)))


def _folder(state: State) -> Path:
    return Path(state.app.config["CAREPOOL_FILES"]) / "tenant" / str(state.tenant.id)


def test_the_log_says_who_did_what_to_which_thing(here: State) -> None:
    open_buy(here, title="Fall of “blue” tiles")
    browser = here.browser(here.administrator)
    page = browser.client.get("/state/activity").text
    assert "Coordinator opened the group purchase Fall of “blue” tiles." in page
    assert "Mountain Time" in page
    page = browser.client.get("/state/activity?lang=es").text
    assert "Coordinator abrió la compra en grupo Fall of “blue” tiles." in page
    assert "(with an API token)" not in page


def test_filters_narrow_and_pages_follow_each_other(here: State) -> None:
    open_buy(here)

    def verbs(query: str) -> list[str]:
        found: list[str] = []
        cursor = ""
        while True:
            answer = here.api("GET", f"/activity?limit=3&{query}{cursor}", here.administrator)
            assert answer.status_code == 200, answer.text
            found += [one["verb"] for one in answer.json["items"]]
            if answer.json["next_cursor"] is None:
                return found
            cursor = f"&cursor={answer.json['next_cursor']}"

    every = verbs("")
    with here.scope():
        newest = select(Activity.verb).order_by(Activity.at.desc(), Activity.id.desc())
        assert every == list(db.session.scalars(newest))
    assert set(verbs("verb=purchase.opened")) == {"purchase.opened"}
    assert set(verbs("subject_kind=contract")) == {"contract.made"}
    assert set(verbs("who=coordinator@")) >= {"purchase.opened", "contract.made"}
    assert verbs(f"person_id={here.director.id}") == []
    assert verbs("before=2020-01-01T00:00:00Z") == []
    assert verbs("since=2020-01-01T00:00:00Z") == every
    browser = here.browser(here.administrator)
    assert "No entry was found" in browser.client.get("/state/activity?until=2020-01-01").text
    for bad, field in (
        ("since=yesterday", "since"),
        ("kind=zebra", "kind"),
        ("since=2026-02-02&until=2026-01-01", "until"),
    ):
        refused = browser.client.get(f"/state/activity?{bad}")
        assert refused.status_code == 422
        assert f'href="#{field}"' in refused.text


def test_who_finds_the_entries_of_everyone_so_called_also_in_the_file(here: State) -> None:
    people = [new_id() for _ in range(230)]
    with here.scope():
        named = ((one, f"{one}@many.example", "Mary Many") for one in people)
        bulk_insert(Person, ("id", "email", "name"), named, same={"language": "en"})
        columns = ("id", "actor_kind", "person_id", "verb", "subject_kind", "subject_id", "diff")
        facts = (ActorKind.PERSON, people[-1], "person.changed", "person", people[-1], {})
        bulk_insert(Activity, columns, [(new_id(), *facts)])
    found = here.api("GET", "/activity?who=mary+many", here.administrator).json["items"]
    assert [one["person_id"] for one in found] == [str(people[-1])]
    one = _ask(here, who="Mary Many")
    work(here)
    assert len(_rows(_file(here, one))) == 1


def test_only_an_administrator_reads_the_log(here: State) -> None:
    for player in (here.coordinator, here.director):
        assert here.api("GET", "/activity", player).status_code == 403
        browser = here.browser(player)
        for path in ("/state/activity", "/state/exports"):
            assert browser.client.get(path).status_code == 403
        assert browser.submit("/state/activity/export", "POST", {}).status_code == 403


def test_the_file_holds_what_was_asked_for_and_nothing_is_a_formula(here: State) -> None:
    with here.scope():
        db.session.execute(update(Person).where(Person.id == here.coordinator.id).values(name="=cmd|x"))
    open_buy(here)
    browser = here.browser(here.administrator)
    answer = browser.submit("/state/activity/export", "POST", {"who": "coordinator@"})
    page = answer.headers["Location"]
    assert "Working" in browser.client.get(page).text, "the page shows how far it is after it is loaded again"
    work(here)
    assert "Ready" in browser.client.get(page).text
    rows = _rows(browser.client.get(f"{page}/file"))
    assert {one["Who"] for one in rows} == {"'=cmd|x"}
    assert "'=cmd|x opened the group purchase Fall supplies." in {one["What happened"] for one in rows}
    taken = here.api("GET", "/activity?verb=export.taken", here.administrator).json["items"]
    assert len(taken) == 1


def test_an_export_that_is_stopped_leaves_nothing(here: State, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working, "SECONDS_BETWEEN_WRITES", 0)
    _fill(here, log_file.CHUNK * 3)
    one = _ask(here)
    chunks: list[int] = []
    plain = log_file.csv_bytes
    browser = here.browser(here.administrator)

    def press() -> None:
        assert browser.submit(f"/state/exports/{one['id']}/cancel", "POST").status_code == 302

    def stop_at_the_second(rows: Any) -> bytes:
        chunks.append(1)
        if len(chunks) == 2:
            with ThreadPoolExecutor(1) as beside:
                beside.submit(press).result(timeout=20)
        return plain(rows)

    monkeypatch.setattr(log_file, "csv_bytes", stop_at_the_second)
    work(here)
    assert len(chunks) == 2, "the next chunk was not begun"
    assert here.api("GET", f"/jobs/{one['job_id']}", here.administrator).json["state"] == "cancelled"
    assert here.api("GET", f"/exports/{one['id']}", here.administrator).json["ready"] is False
    assert _file(here, one).status_code == 404
    assert not list(_folder(here).iterdir()), "no byte is left"
    late = here.api("POST", f"/jobs/{one['job_id']}/cancel", here.administrator)
    assert late.status_code == 409


def test_only_who_asked_may_take_the_file_and_only_for_a_time(here: State) -> None:
    one = _ask(here)
    assert _file(here, one).status_code == 404, "it is not made yet"
    work(here)
    assert _file(here, one).status_code == 200
    with here.scope():
        from carepool.identity import actions
        from carepool.identity.rights import Role
        from carepool.outbox import Actor

        actions.grant_role(Actor.operator(), here.coordinator.id, Role.STATE_ADMINISTRATOR)
    # another administrator, who may read the log, may not take this file
    other = here.browser(here.coordinator)
    assert other.client.get("/state/activity").status_code == 200
    assert here.api("GET", f"/exports/{one['id']}/file", here.coordinator).status_code == 404
    for path in ("", "/file", "/progress"):
        assert other.client.get(f"/state/exports/{one['id']}{path}").status_code == 404
    assert one["id"] not in other.client.get("/state/exports").text
    with here.scope():
        db.session.execute(update(RecordExport).values(expires_at=func.now() - timedelta(seconds=1)))
    assert _file(here, one).status_code == 404
    bytes_of = list(_folder(here).iterdir())
    assert bytes_of
    for _round in range(2):
        with here.scope():
            SWEEPS["remove_exports"]()
    assert not list(_folder(here).iterdir()), "the file is removed after its time"
    with here.scope():
        assert not db.session.scalar(select(func.count()).select_from(StoredFile))
    assert "Its time is over" in here.browser(here.administrator).client.get(f"/state/exports/{one['id']}").text


def test_a_person_has_only_some_exports_under_way(here: State) -> None:
    for _ in range(exports.AT_ONCE):
        _ask(here)
    refused = here.api("POST", "/exports", here.administrator, json={"kind": "activity"})
    assert (refused.status_code, refused.json["detail"][:15]) == (409, "Several exports")
    work(here)
    _ask(here)


def test_the_memory_of_an_export_does_not_grow_with_the_log(here: State) -> None:
    def peak(entries: int) -> int:
        _fill(here, entries)
        _ask(here)
        tracemalloc.start()
        work(here)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(log_file.CHUNK)  # what is made once
    small, large = peak(log_file.CHUNK), peak(log_file.CHUNK * 20)
    assert large < small * 1.5, (small, large)


def test_bytes_of_a_refused_upload_are_removed_and_those_in_use_stay(here: State) -> None:
    from tests.importing import import_file, roster, upload

    import_file(here, roster(3), apply=False)
    kept = set(_folder(here).iterdir())
    assert upload(here, b"\x00\x01 no table").status_code == 422
    assert set(_folder(here).iterdir()) > kept, "the upload was written before it was refused"
    with here.scope():
        assert tidy_files() == 1
    assert set(_folder(here).iterdir()) == kept
