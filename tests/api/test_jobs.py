"""Long work: progress is seen while it runs, a wish to stop is obeyed, and a failure says why."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, func, select

from carepool.imports.models import ImportRow
from carepool.jobs import working
from carepool.jobs.models import JobState
from carepool.outbox import OutboxRow
from carepool.programs.models import Program
from tenants.database import db, engine
from tests.buying import open_buy, work
from tests.cast import State
from tests.importing import import_file, roster, upload
from workers.deliveries import deliver


@contextmanager
def _before(state: State, statement: str, act: Callable[[], None], times: int = 1) -> Iterator[None]:
    """Do something, once, just before the worker runs a statement that begins so for the n-th time, holding its locks.

    It is done in a thread of its own, as by another process, and must not have to wait for the worker.
    """
    seen = 0

    def watch(_c: Any, _cursor: Any, running: str, *_rest: Any) -> None:
        nonlocal seen
        seen += running.startswith(statement)
        if seen == times and running.startswith(statement):
            with ThreadPoolExecutor(1) as beside:
                beside.submit(act).result(timeout=20)

    with state.app.app_context():
        target = engine()
    event.listen(target, "before_cursor_execute", watch)
    try:
        yield
    finally:
        event.remove(target, "before_cursor_execute", watch)
    assert seen >= times, f"only {seen} statements began with {statement}"


def _job(state: State, one: Any) -> Any:
    answer = state.api("GET", f"/jobs/{one['job_id']}", state.administrator)
    assert answer.status_code == 200, answer.text
    return answer.json


def _programs(state: State) -> int:
    with state.scope():
        return int(db.session.scalar(select(func.count()).select_from(Program)) or 0)


def _begun(state: State, content: bytes, door: str) -> tuple[str, Any]:
    """An import whose file is to be read ("columns") or whose preview is to be applied ("apply")."""
    one = import_file(state, content, apply=False) if door == "apply" else upload(state, content).json
    path = f"/imports/{one['id']}"
    body = {"json": {}} if door == "columns" else {}
    return path, state.api("POST", f"{path}/{door}", state.administrator, **body).json


MIDDLE = {"columns": "INSERT INTO import_row", "apply": "INSERT INTO program"}


@pytest.mark.parametrize("door", MIDDLE)
@pytest.mark.parametrize("through", ["job", "import"])
def test_work_that_is_stopped_in_the_middle_changes_nothing(here: State, door: str, through: str) -> None:
    before = _programs(here)
    path, begun = _begun(here, roster(20), door)
    seen: list[Any] = []

    def stop() -> None:
        seen.append(_job(here, begun))
        if through == "job":
            seen.append(here.api("POST", f"/jobs/{begun['job_id']}/cancel", here.administrator))
        else:
            seen.append(here.api("DELETE", path, here.administrator))

    with _before(here, MIDDLE[door], stop):
        work(here)
    running, answer = seen
    assert running["state"] == "running"
    assert answer.status_code in (200, 202), answer.text
    assert _job(here, begun)["state"] == "cancelled"
    assert here.api("GET", path, here.administrator).json["state"] == "cancelled"
    assert _programs(here) == before
    with here.scope():
        assert not db.session.scalar(select(func.count()).select_from(ImportRow))
    late = here.api("POST", f"/jobs/{begun['job_id']}/cancel", here.administrator)
    assert (late.status_code, late.json["detail"]) == (409, "This work has ended already. There is nothing to stop.")


def test_progress_is_seen_while_the_work_is_not_committed(here: State, monkeypatch: pytest.MonkeyPatch) -> None:
    before = _programs(here)
    _, begun = _begun(here, roster(5_500), "apply")
    monkeypatch.setattr(working, "SECONDS_BETWEEN_WRITES", 0)
    seen: list[Any] = []

    def look() -> None:
        seen.append(_job(here, begun))
        seen.append(_programs(here))

    with _before(here, "INSERT INTO program", look, times=2):
        work(here)
    job, programs = seen
    assert (job["state"], job["done"], job["total"]) == ("running", 5_000, 5_500)
    assert programs == before, "nothing is seen before all of it"
    ended = _job(here, begun)
    assert (ended["state"], ended["done"], ended["total"]) == ("done", 5_500, 5_500)
    assert _programs(here) == before + 5_500


def test_a_wish_to_stop_is_seen_between_two_chunks(here: State, monkeypatch: pytest.MonkeyPatch) -> None:
    _, begun = _begun(here, roster(10_500), "apply")
    monkeypatch.setattr(working, "SECONDS_BETWEEN_WRITES", 0)

    def stop() -> None:
        assert here.api("POST", f"/jobs/{begun['job_id']}/cancel", here.administrator).status_code == 202

    written: list[str] = []

    def count(_c: Any, _cursor: Any, running: str, *_rest: Any) -> None:
        written.extend([running] if running.startswith("INSERT INTO program") else [])

    with here.app.app_context():
        target = engine()
    event.listen(target, "before_cursor_execute", count)
    try:
        with _before(here, "INSERT INTO program", stop):
            work(here)
    finally:
        event.remove(target, "before_cursor_execute", count)
    assert len(written) == 1, "the second chunk was not begun"
    assert (_job(here, begun)["state"], _job(here, begun)["done"]) == ("cancelled", 5_000)


def test_progress_is_written_a_few_times_a_second_at_the_most(here: State) -> None:
    _, _begun_import = _begun(here, roster(5_500), "columns")
    writes: list[str] = []

    def count(_c: Any, _cursor: Any, running: str, *_rest: Any) -> None:
        if running.startswith("UPDATE job SET"):
            writes.append(running)

    with here.app.app_context():
        target = engine()
    event.listen(target, "before_cursor_execute", count)
    try:
        work(here)
    finally:
        event.remove(target, "before_cursor_execute", count)
    assert 2 <= len(writes) <= 30, "one at the beginning, one at the end, and two a second"


def test_a_wish_to_stop_before_any_worker_came_is_obeyed(here: State) -> None:
    path, begun = _begun(here, roster(3), "columns")
    assert _job(here, begun)["state"] == "waiting"
    asked = here.api("POST", f"/jobs/{begun['job_id']}/cancel", here.administrator)
    assert (asked.status_code, asked.json["cancel_asked"]) == (202, True)
    assert here.api("POST", f"/jobs/{begun['job_id']}/cancel", here.administrator).status_code == 202
    work(here)
    assert (_job(here, begun)["state"], _job(here, begun)["done"]) == ("cancelled", 0)
    assert here.api("GET", path, here.administrator).json["state"] == "cancelled"


def test_a_door_does_not_wait_for_a_worker_that_has_the_import(here: State) -> None:
    path, _ = _begun(here, roster(3), "apply")
    answers: list[Any] = []

    def press() -> None:
        answers.append(here.api("POST", f"{path}/columns", here.administrator, json={}))
        answers.append(here.api("POST", f"{path}/apply", here.administrator))

    with _before(here, "INSERT INTO program", press):
        work(here)
    assert [answer.status_code for answer in answers] == [409, 409]
    assert answers[0].json["detail"] == "This import is being applied. Wait a moment and look again."
    assert here.api("GET", path, here.administrator).json["state"] == "applied"


def test_a_close_and_a_dry_run_have_jobs_that_cannot_be_stopped(here: State) -> None:
    buy = open_buy(here)
    buy.order(here.director, {"GLOVES": (20,)})
    run = here.api("POST", buy.path("/dry-runs"), here.coordinator).json
    begun = here.api("POST", buy.path("/close"), here.coordinator).json
    for one, sentence in ((begun, "A close cannot be stopped"), (run, "A dry run cannot be stopped")):
        assert _job(here, one)["state"] == "waiting"
        refused = here.api("POST", f"/jobs/{one['job_id']}/cancel", here.coordinator)
        assert (refused.status_code, refused.json["detail"][: len(sentence)]) == (409, sentence)
    seen: list[Any] = []
    with _before(here, "INSERT INTO share", lambda: seen.append(_job(here, begun))):
        work(here)
    assert (seen[0]["state"], seen[0]["total"]) == ("running", 1)
    for one in (begun, run):
        assert (_job(here, one)["state"], _job(here, one)["done"], _job(here, one)["total"]) == ("done", 1, 1)


def test_a_failure_is_told_in_a_sentence_with_its_values_in_the_readers_language(here: State) -> None:
    content = (
        b'[{"licence_number": "A-1", "name": "Oak", "type": "Center"},' + b'{"licence_number": "A-2"},' * 300 + b"{]"
    )
    path, begun = _begun(here, content, "columns")
    work(here)
    failed = here.api("GET", path, here.administrator).json
    assert failed["state"] == "failed"
    assert failed["error"].startswith("The JSON cannot be read: ")
    assert (_job(here, begun)["state"], _job(here, begun)["error"]) == ("failed", failed["error"])
    spanish = here.api("GET", f"/jobs/{begun['job_id']}", here.administrator, headers={"Accept-Language": "es"})
    assert spanish.json["error"].startswith("No se puede leer el JSON: ")


def test_work_that_meets_an_error_of_ours_waits_for_its_next_try(here: State) -> None:
    _, begun = _begun(here, roster(3), "columns")

    def crash() -> None:
        raise RuntimeError("the disk is on fire")

    with _before(here, "INSERT INTO import_row", crash):
        work(here)
    waiting = _job(here, begun)
    assert (waiting["state"], waiting["error"][:20]) == ("waiting", "Something went wrong")
    with here.scope():
        again = db.session.execute(select(OutboxRow.topic, OutboxRow.id).where(OutboxRow.done_at.is_(None))).all()
    for topic, row_id in again:
        deliver(here.app, here.tenant.scope, topic, [row_id])
    ended = _job(here, begun)
    assert (ended["state"], ended["done"], ended["error"]) == (JobState.DONE, 3, None)


def test_a_job_is_shown_to_those_who_may_change_its_subject(here: State) -> None:
    _, begun = _begun(here, roster(3), "columns")
    path = f"/jobs/{begun['job_id']}"
    assert here.api("GET", path, here.coordinator).status_code == 200
    # a director sees jobs of papers for a door, and no others
    assert here.api("GET", path, here.director).status_code == 404
    token = here.api("POST", "/me/tokens", here.coordinator, json={"scopes": ["catalogs:write"]}).json["token"]
    other = here.client().get(f"/api/v1{path}", headers={"Authorization": f"Bearer {token}"})
    assert other.status_code == 404
