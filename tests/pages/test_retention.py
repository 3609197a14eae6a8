"""What is kept how long: the choice within limits, the round that deletes, what it tells, and the legal hold."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from carepool.config import BadSetting, load_settings
from carepool.files import StoredFile
from carepool.identity.models import AccessToken, SignInFailure
from carepool.imports.models import FileImport
from carepool.notifications.actions import tell
from carepool.notifications.models import Message
from carepool.notifications.notices import Notice
from carepool.outbox import Activity
from carepool.purchasing.models.closings import Close
from carepool.purchasing.models.packing_documents import PackingDocument
from carepool.records import retention
from carepool.records.keeping import FOUR_YEARS, KINDS, BadLimits, Kind, limits_of
from tenants.database import db
from tenants.ids import new_id
from tests.buying import Buy, open_buy, work
from tests.cast import Cast, State
from tests.importing import import_file, roster
from workers.sweeps import SWEEPS

_LONG_AGO = func.now() - timedelta(days=9000)


def _make_all_old(state: State) -> Buy:
    """One record or more of each kind, past every time that may be chosen."""
    import_file(state, roster(3))
    buy = open_buy(state)
    buy.order(state.director, {"GLOVES": (20,)})
    buy.close()
    path = buy.path("/packing-documents")
    assert state.api("POST", path, state.coordinator, json={"kind": "item"}).status_code == 202
    work(state)
    with state.scope():
        tell([state.director.id], Notice.PURCHASE_OPENED, new_id(), {"title": "T"})
        db.session.add(SignInFailure(key_hash=b"k", tries=1, last_at=_LONG_AGO))
    state.browser(state.fellow)
    with state.scope():
        for model, columns in (
            (Message, {"created_at": _LONG_AGO}),
            (Activity, {"at": _LONG_AGO}),
            (FileImport, {"created_at": _LONG_AGO}),
            (Close, {"computed_at": _LONG_AGO}),
            (PackingDocument, {"asked_at": _LONG_AGO}),
        ):
            db.session.execute(update(model).values(columns))
        sessions = update(AccessToken).where(AccessToken.kind == "session")
        db.session.execute(sessions.values(expires_at=_LONG_AGO))
    return buy


def _round(state: State) -> None:
    with state.scope():
        SWEEPS["delete_old"]()


def _going(state: State) -> dict[str, int]:
    answer = state.api("GET", "/retention", state.administrator)
    assert answer.status_code == 200, answer.text
    return dict(answer.json["would_go"])


def _deleted(state: State) -> dict[str, int]:
    """What the history says was deleted."""
    told: dict[str, int] = {}
    for one in state.api("GET", "/activity?verb=records.deleted", state.administrator).json["items"]:
        for kind, number in one["diff"].items():
            told[kind] = told.get(kind, 0) + number
    return told


def test_the_round_deletes_what_the_dry_run_says_and_the_history_tells_how_many(here: State) -> None:
    _make_all_old(here)
    going = _going(here)
    assert set(going) == set(map(str, Kind))
    assert all(going.values()), going
    _round(here)
    assert _deleted(here) == going
    assert not any(_going(here).values())
    with here.scope():
        for model in (Message, StoredFile, SignInFailure):
            assert not db.session.scalar(select(func.count()).select_from(model)), model
        assert db.session.scalar(select(func.count()).select_from(FileImport)) == 1, (
            "the import is kept, its file is not"
        )
        assert db.session.scalars(select(Close.record_id)).all() == [None]
    _round(here)
    assert _deleted(here) == going, "a second round finds nothing"


def test_a_packing_list_that_was_deleted_is_offered_and_made_anew(here: State) -> None:
    buy = _make_all_old(here)
    browser = here.browser(here.coordinator)
    assert "/packing-documents/" in browser.submit(buy.path("/packing"), "GET").text
    _round(here)
    page = browser.submit(buy.path("/packing"), "GET").text
    assert "/packing-documents/" not in page
    assert "every 3s" not in page, "nothing is being made"
    assert browser.submit(buy.path("/packing/ask"), "POST", {"kind": "item"}).status_code == 302
    work(here)
    for _ in range(2):
        assert "/packing-documents/" in browser.submit(buy.path("/packing"), "GET").text
        _round(here)


def test_what_is_not_old_stays(here: State) -> None:
    import_file(here, roster(3))
    _round(here)
    assert not _deleted(here)


def test_many_go_in_batches(here: State, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 4)
    with here.scope():
        for _ in range(10):
            tell([here.director.id], Notice.PURCHASE_OPENED, new_id(), {"title": "T"})
        db.session.execute(update(Message).values(created_at=_LONG_AGO))
    _round(here)
    told = here.api("GET", "/activity?verb=records.deleted", here.administrator).json["items"]
    assert sorted(one["diff"]["messages"] for one in told) == [2, 4, 4]


def test_a_legal_hold_stops_all_deletion_until_it_ends(here: State) -> None:
    _make_all_old(here)
    going = _going(here)
    browser = here.browser(here.administrator)
    assert browser.submit("/state/retention/hold", "POST", {"act": "begin", "reason": " "}).status_code == 422
    assert browser.submit("/state/retention/hold", "POST", {"act": "begin", "reason": "Case 7"}).status_code == 302
    page = browser.client.get("/state/retention").text
    assert "A legal hold is in force" in page
    assert "Case 7" in page
    _round(here)
    assert not _deleted(here)
    assert _going(here) == going
    with here.scope():
        assert db.session.scalar(select(func.count()).select_from(StoredFile))
    assert browser.submit("/state/retention/hold", "POST", {"act": "end"}).status_code == 302
    assert browser.submit("/state/retention/hold", "POST", {"act": "end"}).status_code == 302
    _round(here)
    assert _deleted(here) == going
    verbs = [
        one["verb"] for one in here.api("GET", "/activity?subject_kind=legal_hold", here.administrator).json["items"]
    ]
    assert verbs == ["hold.ended", "hold.begun"]


def test_two_presses_at_once_begin_one_hold(here: State) -> None:
    def press(_: int) -> int:
        answer = here.api("PUT", "/legal-hold", here.administrator, json={"reason": "Case"})
        return int(answer.status_code)

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(press, range(4))) == [200] * 4
    assert here.api("DELETE", "/legal-hold", here.administrator).status_code == 204
    assert here.api("DELETE", "/legal-hold", here.administrator).status_code == 409


def test_a_hold_of_one_state_stops_no_other(cast: Cast) -> None:
    for state in (cast.here, cast.there):
        _make_all_old(state)
    cast.here.api("PUT", "/legal-hold", cast.here.administrator, json={"reason": "Case"})
    for state in (cast.here, cast.there):
        _round(state)
    assert not _deleted(cast.here)
    assert _deleted(cast.there)


def test_the_state_chooses_within_limits(here: State) -> None:
    browser = here.browser(here.administrator)
    days: dict[str, Any] = {str(kind): own.days for kind, own in KINDS.items()}
    assert browser.submit("/state/retention", "POST", {**days, "messages": "100"}).status_code == 302
    assert 'value="100"' in browser.client.get("/state/retention").text
    for bad in ({"messages": "29"}, {"activity": "365"}, {"purchase_files": "1460"}, {"messages": "many"}):
        refused = browser.submit("/state/retention", "POST", {**days, **bad})
        assert refused.status_code == 422, bad
        assert f'href="#{next(iter(bad))}"' in refused.text
    answer = here.api("PUT", "/retention", here.administrator, json={"days": {"activity": 365}})
    assert answer.status_code == 422
    assert here.api("GET", "/retention", here.administrator).json["days"]["messages"] == 100
    for player in (here.coordinator, here.director):
        assert here.api("GET", "/retention", player).status_code == 403
        assert here.browser(player).submit("/state/retention/hold", "POST", {"reason": "x"}).status_code == 403


def test_an_installation_narrows_the_limits_but_not_below_the_federal_floor() -> None:
    assert limits_of("messages=90-200")[Kind.MESSAGES].days == 200
    assert limits_of("")[Kind.ACTIVITY].least == FOUR_YEARS
    for bad in ("activity=365-3650", "messages=9-1", "zebra=1-2", "messages"):
        with pytest.raises(BadLimits):
            limits_of(bad)
    needed = {"DATABASE_URL": "postgresql://a@b/c", "REDIS_URL": "redis://x", "SECRET_KEY": "s" * 32}
    needed |= {"SCOPE_SIGNING_KEYS": f"1:{'0f' * 32}", "DATA_KEYS": f"1:{'0f' * 32}"}
    needed |= {"RETENTION_LIMITS": "activity=1-2"}
    with pytest.raises(BadSetting, match="RETENTION_LIMITS"):
        load_settings(needed)
