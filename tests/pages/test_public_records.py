"""Public records as one ZIP: whole, checked by its manifest, without personal data where that was asked, of one state."""

import ast
import csv
import hashlib
import io
import json
import re
import tracemalloc
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import carepool
from carepool import events
from carepool.clock import now
from carepool.events import topics
from carepool.jobs import working
from carepool.outbox import Actor, record_event
from carepool.records import archive
from carepool.records.datasets import DATASETS, LEFT_OUT, PERSONAL_KEYS, SECRET_KEYS
from tenants.database import db, tables_by_kind
from tenants.ids import new_id
from tests.buying import Buy, open_buy, work
from tests.cast import Cast, State
from tests.hubs import founded
from tests.importing import import_file

_ROSTER = b"License #,Name,Type,Phone,Email,Contact\nP-1,Oak House,Center,303-555-0199,oak@secret.example,Olga Oak\n"


def _closed(state: State, title: str = "Fall supplies") -> Buy:
    buy = open_buy(state, title=title)
    buy.order(state.director, {"GLOVES": (60, 4)})
    buy.order(state.fellow, {"GLOVES": (33,)})
    buy.close()
    return buy


def _zip(state: State, **wish: Any) -> zipfile.ZipFile:
    made = state.api("POST", "/public-records", state.administrator, json=wish)
    assert made.status_code == 201, made.text
    work(state)
    answer = state.api("GET", f"/exports/{made.json['id']}/file", state.administrator)
    assert answer.status_code == 200, answer.text
    return zipfile.ZipFile(io.BytesIO(answer.data))


def _table(found: zipfile.ZipFile, name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(found.read(f"{name}.json"))
    lines = list(csv.DictReader(io.StringIO(found.read(f"{name}.csv").decode("utf-8-sig"))))
    assert len(lines) == len(rows), name
    return rows


def test_every_table_of_a_state_is_exported_or_left_out_for_a_reason() -> None:
    tables = {name for name, kind in tables_by_kind().items() if kind in ("tenant", "bridge")}
    exported = {one.model.__table__.name for one in DATASETS} - {"activity"}
    assert exported | set(LEFT_OUT) == tables
    assert not exported & set(LEFT_OUT)


_TELLING = re.compile(
    r"^(?!.*_(id|at|kind)$)(.*_)?"
    r"(e?mail|phone|name|contact|street|zip|address|deliver_to|url|subject|reason|note|why|comment|description|who)($|_)"
)
_TELL_OF_NOBODY = {
    "service_contracts.description": "what is on offer, in the state's words",
    "service_contracts.description_es": "what is on offer, in the state's words",
    "service_documents.name": "what the state calls its own document",
    "service_documents.file_name": "what the state calls its own file",
    "delivery_points.name": "a place that the state chose",
    "purchase_items.name": "a product",
    "purchase_order_lines.name": "a product",
    "alliances.name": "an organization",
    "alliances.hub_name": "an organization that serves programs",
    "programs.name": "who holds the license is public",
    "programs.capacity_note": "how many children, in the roster's words",
    "shares.reason": "a code of the rules of sharing",
    "imports.file_name": "what the state calls its own file",
    "baseline_evidence.vendor_name": "a seller",
    "procurement.origin_note": "why food is not from the United States",
    "receipt_lines.substitute_name": "a product",
    "arrival_shares.reason": "a code of the rules of sharing",
    "baseline_evidence.file_name": "what the state calls its own file",
    "vendor_answer_lines.substitute_name": "a product",
    "vendor_invoice_lines.name": "a product",
    "price_proposal_lines.name": "a product",
}
_FACTS_OF_NOBODY = {
    "description_es": "what a service contract offers, in the state's words",
    "agency_url": "the site of the agency",
    "bank_name": "the bank that takes the state's files",
    "hub_name": "an organization that serves programs",
    "company_name": "how the state is called in its bank's files",
    "capacity_note": "how many children, in the roster's words",
    "contact_role": "an office of the state, on every page",
    "contact_role_es": "an office of the state, on every page",
    "file_name": "what the state calls its own file",
    "substitute_name": "a product",
    "why": "a sentence of ours",
}


def _fact_names() -> set[str]:
    """Names that facts and diffs can have: those written where they are recorded, and the columns of their things."""
    found: set[str] = set()
    for path in (Path(carepool.__file__).parent).rglob("*.py"):
        for one in ast.walk(ast.parse(path.read_text())):
            if isinstance(one, ast.FunctionDef) and _records(one):
                dicts = [node for node in ast.walk(one) if isinstance(node, ast.Dict)]
                found |= {str(key.value) for node in dicts for key in node.keys if isinstance(key, ast.Constant)}
    things = {topic.subject for topic in topics().values()}
    return found | {column.name for name in things for column in db.metadata.tables[name].columns}


def _records(function: ast.FunctionDef) -> bool:
    if function.name in ("_told", "_facts"):
        return True
    calls = [node.func for node in ast.walk(function) if isinstance(node, ast.Call)]
    return any(getattr(one, "id", "") in ("record_event", "record_events", "tell", "_tell") for one in calls)


def test_no_fact_that_tells_of_a_person_is_forgotten() -> None:
    names = _fact_names()
    assert {"email", "subject", "url", "reason", "why", "title"} <= names
    for name in names:
        if name in PERSONAL_KEYS | SECRET_KEYS or name in _FACTS_OF_NOBODY:
            continue
        assert not _TELLING.search(name), f"Is {name} personal? Say so in carepool/records/datasets.py."


def test_a_secret_address_is_never_in_it_and_an_account_only_with_personal_data(here: State) -> None:
    with here.scope():
        record_event(events.PROVIDER_LINKED, here.director.id, Actor.task(), {"subject": [None, "agency-77"]})
        record_event(events.WEBHOOK_MADE, new_id(), Actor.task(), {"url": [None, "https://in.example/hook-key-88"]})
    for without in (True, False):
        found = _zip(here, since="2020-01-01T00:00:00Z", without_personal=without)
        told = found.read("activity.json").decode() + found.read("activity.csv").decode()
        assert {"provider.linked", "webhook.made"} <= {one["verb"] for one in _table(found, "activity")}
        assert ("agency-77" in told) is not without
        assert "hook-key-88" not in told
        assert "url" in json.loads(found.read("manifest.json"))["left_out_columns"]["activity.diff"]


def test_no_secret_and_no_contact_is_ever_forgotten() -> None:
    for one in DATASETS:
        for column in one.columns(without_personal=False):
            assert not any(word in column.name for word in ("hash", "secret", "password")), (one.name, column.name)
        for column in one.columns(without_personal=True):
            personal = {"email", "phone", "contact_name", "street", "address", "deliver_to"}
            assert column.name not in personal, (one.name, column.name)
            known = f"{one.name}.{column.name}" in _TELL_OF_NOBODY
            assert known or not _TELLING.search(column.name), (one.name, column.name)


def test_the_archive_of_a_purchase_holds_the_alliance_that_owns_it(here: State) -> None:
    own = founded(here, here.director, name="Front Range", contact_name="Hana")
    founded(here, name="Nobody's")
    buy = open_buy(here, alliance_id=own)
    buy.order(here.director, {"GLOVES": (3,)})
    found = _zip(here, purchase_id=buy.id)
    (alliance,), (member,) = _table(found, "alliances"), _table(found, "alliance_members")
    assert (alliance["id"], alliance["name"], "contact_name" in alliance) == (own, "Front Range", False)
    assert (member["alliance_id"], member["program_id"]) == (own, str(here.director.program_id))
    assert _table(found, "purchases")[0]["alliance_id"] == own


def test_the_archive_of_a_purchase_is_whole_and_its_manifest_true(here: State) -> None:
    buy, other = _closed(here), _closed(here, "Winter")
    found = _zip(here, purchase_id=buy.id, without_personal=False)
    assert found.testzip() is None
    for entry in found.infolist():
        assert entry.compress_type == zipfile.ZIP_DEFLATED, entry.filename
        assert entry.compress_size < entry.file_size or entry.file_size < 100, entry.filename
    assert found.getinfo("activity.json").compress_size < found.getinfo("activity.json").file_size / 2
    manifest = json.loads(found.read("manifest.json"))
    assert {one["name"] for one in manifest["files"]} | {"manifest.json"} == set(found.namelist())
    for one in manifest["files"]:
        content = found.read(one["name"])
        assert (len(content), hashlib.sha256(content).hexdigest()) == (one["bytes"], one["sha256"]), one["name"]
    assert [one["title"] for one in _table(found, "purchases")] == ["Fall supplies"]
    assert len(_table(found, "shares")) == len(_table(found, "orders")) == 2
    assert {one["purchase_id"] for one in _table(found, "order_lines")} == {buy.id}
    assert {one["email"] for one in _table(found, "people")} == {"director@example.org", "fellow@example.org"}
    assert "purchase.opened" in {one["verb"] for one in _table(found, "activity")}
    assert other.id not in "".join(found.read(name).decode() for name in found.namelist())
    assert manifest["personal_data"] == "included" and manifest["missing"] == []


def test_the_documents_of_its_closes_are_in_it_as_they_were_stored(here: State) -> None:
    buy, other = _closed(here), _closed(here, "Winter")
    asked = {"kind": "matrix", "language": "es"}
    made = here.api("POST", buy.path("/packing-documents"), here.coordinator, json=asked).json
    work(here)
    here.api("POST", buy.path("/packing-documents"), here.coordinator, json={"kind": "item", "language": "en"})
    close = here.api("GET", buy.path("/close"), here.coordinator).json
    with here.api("GET", f"/packing-documents/{made['id']}/file", here.coordinator) as answer:
        printed = answer.data
    found = _zip(here, purchase_id=buy.id)
    record, matrix = f"documents/{buy.number} close 1.json", f"documents/{buy.number} close 1 packing matrix es.pdf"
    assert {record, matrix} <= set(found.namelist())
    assert hashlib.sha256(found.read(record)).hexdigest() == close["sha256"]
    assert found.read(matrix) == printed
    told = {one["name"]: one for one in json.loads(found.read("manifest.json"))["files"]}
    assert (told[record]["sha256"], told[record]["rows"]) == (close["sha256"], None)
    both = set(_zip(here, since="2020-01-01T00:00:00Z").namelist())
    assert {record, f"documents/{other.number} close 1.json"} <= both
    mine = _zip(here, program_id=str(here.director.program_id)).namelist()
    assert not [name for name in mine if name.startswith("documents/")]


def test_a_document_whose_bytes_are_gone_is_named_and_stops_nothing(here: State) -> None:
    buy = _closed(here)
    with here.scope():
        for path in Path(here.app.config["CAREPOOL_FILES"], "tenant", str(here.tenant.id)).iterdir():
            path.unlink()
    found = _zip(here, purchase_id=buy.id)
    assert json.loads(found.read("manifest.json"))["missing"] == [f"documents/{buy.number} close 1.json"]
    assert f"documents/{buy.number} close 1.json" not in found.namelist()


def test_a_program_gets_only_its_own_part(here: State) -> None:
    buy = _closed(here)
    found = _zip(here, program_id=str(here.director.program_id))
    assert [one["purchase_id"] for one in _table(found, "orders")] == [buy.id]
    for name in ("orders", "order_lines", "shares", "member_bills"):
        assert {one["program_id"] for one in _table(found, name)} == {str(here.director.program_id)}, name
    assert [one["name"] for one in _table(found, "programs")] == ["Sunny Hill"]


def test_personal_contact_data_is_left_out_and_the_manifest_says_which(here: State) -> None:
    import_file(here, _ROSTER)
    _closed(here)
    day = now()
    found = _zip(here, since=(day - timedelta(days=1)).isoformat(), before=(day + timedelta(days=9)).isoformat())
    everything = "".join(found.read(name).decode() for name in found.namelist())
    for secret in ("director@example.org", "oak@secret.example", "Olga Oak", "303-555-0199", "Library parking lot, "):
        assert secret not in everything
    left = json.loads(found.read("manifest.json"))["left_out_columns"]
    assert "email" in left["people"]
    assert "street" in left["programs"]
    assert "email" in left["activity.diff"]
    invited = [one for one in _table(found, "activity") if one["verb"] == "person.invited"]
    assert invited
    assert all(one["diff"] == {} for one in invited)


def test_the_page_asks_and_refuses_by_field(here: State) -> None:
    buy = _closed(here)
    browser = here.browser(here.administrator)
    asked = browser.submit("/state/records", "POST", {"purchase_id": buy.id, "without_personal": "1"})
    assert asked.status_code == 302
    assert "Working" in browser.client.get(asked.headers["Location"]).text
    work(here)
    assert "Download" in browser.client.get(asked.headers["Location"]).text
    for bad, field in (
        ({}, "purchase_id"),
        ({"licence_number": "zebra"}, "licence_number"),
        ({"since": "soon"}, "since"),
        ({"since": "2026-02-02", "until": "2026-01-01"}, "until"),
    ):
        refused = browser.submit("/state/records", "POST", bad)
        assert refused.status_code == 422, bad
        assert f'href="#{field}"' in refused.text
    assert here.browser(here.coordinator).submit("/state/records", "POST", {"purchase_id": buy.id}).status_code == 403


def test_another_states_records_are_not_in_it(cast: Cast) -> None:
    mine, theirs = _closed(cast.here), _closed(cast.there)
    found = _zip(cast.here, since="2020-01-01T00:00:00Z", without_personal=False)
    everything = "".join(found.read(name).decode() for name in found.namelist())
    assert mine.id in everything
    for foreign in (theirs.id, str(cast.there.director.id), str(cast.there.director.program_id)):
        assert foreign not in everything


def test_it_is_stopped_between_two_chunks(here: State, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working, "SECONDS_BETWEEN_WRITES", 0)
    _closed(here)
    one = here.api("POST", "/public-records", here.administrator, json={"since": "2020-01-01T00:00:00Z"}).json
    plain, pressed = archive.csv_bytes, []

    def stop(rows: Any) -> bytes:
        if not pressed:
            pressed.append(1)
            with ThreadPoolExecutor(1) as beside:
                path = f"/jobs/{one['job_id']}/cancel"
                assert beside.submit(here.api, "POST", path, here.administrator).result(20).status_code == 202
        return plain(rows)

    monkeypatch.setattr(archive, "csv_bytes", stop)
    work(here)
    assert here.api("GET", f"/jobs/{one['job_id']}", here.administrator).json["state"] == "cancelled"
    assert here.api("GET", f"/exports/{one['id']}/file", here.administrator).status_code == 404


def test_its_memory_does_not_grow_with_the_records(here: State) -> None:
    from tests.pages.test_activity_log import _fill

    def peak(entries: int) -> int:
        _fill(here, entries)
        here.api("POST", "/public-records", here.administrator, json={"since": "2020-01-01T00:00:00Z"})
        tracemalloc.start()
        work(here)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(archive.CHUNK)
    small, large = peak(archive.CHUNK), peak(archive.CHUNK * 15)
    assert large < small * 1.5, (small, large)
