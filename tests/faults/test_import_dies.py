"""An import is killed at every SQL statement; delivered again it begins anew, and its job does not run for ever."""

from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from carepool.imports.models import ImportRow
from carepool.outbox import OutboxRow
from carepool.programs.models import Program
from tenants.database import db
from tests.cast import State
from tests.faults.dying import deliver_in_child
from tests.importing import upload
from workers.deliveries import deliver


def _waiting(state: State, topic: str) -> UUID:
    with state.scope():
        query = select(OutboxRow.id).where(OutboxRow.topic == topic, OutboxRow.done_at.is_(None))
        return db.session.scalars(query).one()


def _count(state: State, *where: Any) -> int:
    with state.scope():
        return int(db.session.scalar(select(func.count()).where(*where)) or 0)


def test_an_import_killed_at_any_statement_is_whole_when_it_is_run_again(here: State) -> None:
    lived = {"import.started": False, "import.confirmed": False}
    statement = 0
    while not all(lived.values()):
        statement += 1
        roster = f"License #,Name,Type\nA-1,Oaks {statement},Center\nB-{statement},Elms,Center\n"
        path = f"/imports/{upload(here, roster.encode()).json['id']}"
        for topic, door in (("import.started", "columns"), ("import.confirmed", "apply")):
            body = {"json": {}} if door == "columns" else {}
            assert here.api("POST", f"{path}/{door}", here.administrator, **body).status_code == 202
            own = here.api("GET", path, here.administrator).json
            row_id = _waiting(here, topic)
            lived[topic] = deliver_in_child(here, topic, row_id, statement)
            if not lived[topic]:
                cut_off = here.api("GET", f"/jobs/{own['job_id']}", here.administrator).json
                assert cut_off["state"] in ("waiting", "running", "done")
                deliver(here.app, here.tenant.scope, topic, [row_id])
            job = here.api("GET", f"/jobs/{own['job_id']}", here.administrator).json
            assert (job["state"], job["error"]) == ("done", None), f"{topic} died at {statement}"
            assert job["done"] == job["total"] == (2 if topic == "import.started" or statement == 1 else 3)
            if topic == "import.started":
                assert _count(here, ImportRow.import_id == own["id"]) == 2 + (statement > 1)
        assert here.api("GET", path, here.administrator).json["state"] == "applied"
        assert _count(here, Program.licence_number == f"B-{statement}") == 1
    assert statement > 20, "the hook saw hardly any statement"
