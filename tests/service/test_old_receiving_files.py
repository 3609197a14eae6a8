"""Files of receiving go when their time is over: records of results, papers, photos; what was counted stays."""

import io
from datetime import timedelta

from sqlalchemy import func, select, update

from carepool.clock import now
from carepool.files import StoredFile
from carepool.outbox import Actor
from carepool.purchasing.models.closings import Close
from carepool.purchasing.receiving.models.counting import ReceiptLine, ReceiptPhoto
from carepool.purchasing.receiving.models.documents import SiteDocument
from carepool.purchasing.receiving.models.sharing import Arrival
from carepool.records.retention import delete_old
from tenants.database import db
from tests.buying import work
from tests.cast import State
from tests.receiving import JPEG, bought, count, finish, first_order, line


def test_old_files_go_and_counts_stay(here: State) -> None:
    buy = bought(here)
    receipt = count(here, first_order(buy), line(1, 7)).json["id"]
    data = {"photo": (io.BytesIO(JPEG), "a.jpg"), "line": "1"}
    path, form = f"/receipts/{receipt}/photos", "multipart/form-data"
    assert here.api("POST", path, here.coordinator, data=data, content_type=form).status_code == 201
    finish(here, first_order(buy))
    here.api("POST", buy.path("/papers"), here.coordinator, json={"kind": "pick_list"})
    work(here)
    old = now() - timedelta(days=9000)
    with here.scope():
        dated = {Close: "computed_at", Arrival: "computed_at", SiteDocument: "asked_at", ReceiptPhoto: "added_at"}
        for model, column in dated.items():
            db.session.execute(update(model).values({column: old}))
        assert db.session.scalar(select(func.count()).select_from(StoredFile)) == 4
    with here.scope():
        delete_old(Actor.task())
    with here.scope():
        assert db.session.scalar(select(func.count()).select_from(StoredFile)) == 0
        assert db.session.scalars(select(Arrival.record_id)).all() == [None]
        assert db.session.scalar(select(func.count()).select_from(ReceiptPhoto)) == 0
        assert db.session.scalar(select(func.count()).select_from(ReceiptLine)) == 1
    assert here.api("GET", buy.path(f"/arrived/{here.director.program_id}"), here.director).status_code == 200
