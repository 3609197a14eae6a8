"""Rosters and catalogs from files: proposal, preview, all or nothing, again."""

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from carepool.imports.actions import PREVIEW_LIFE
from carepool.imports.models import FileImport, ImportRow
from carepool.programs.models import Program
from tenants.database import db
from tests.buying import add_item, make_contract, work
from tests.cast import State, make_state
from tests.importing import import_file, roster, upload
from tests.unit.tabular.books import SHEET_END, SHEET_START, raw_book, row_xml
from workers.sweeps import sweep

ROSTER = (
    "\ufeffLicense #,Facility Name,Type ,Licensed Capacity,County\n"
    "A-1,Little Oaks,Child Care Center ,45,Adams\n"
    'A-2,"Casa\nFeliz",Family Home,N/A,Boulder\n'
    ",Totals,,45,\n"
    "A-1,Copy Cat,Center,3,Adams\n"
)


def rows_with(state: State, one: Any, verdict: str) -> list[Any]:
    path = f"/imports/{one['id']}/rows?verdict={verdict}"
    return list(state.api("GET", path, state.administrator).json["items"])


def test_a_preview_tells_what_each_row_would_do_and_changes_nothing(here: State) -> None:
    one = import_file(here, ROSTER.encode(), apply=False)
    assert one["state"] == "previewed"
    assert one["counts"] == {"new": 2, "changed": 0, "same": 0, "gone": 0, "refused": 2}
    refused = rows_with(here, one, "refused")
    assert [row["row"] for row in refused] == [4, 5]
    assert refused[0]["note"].startswith("There is no licence number.")
    assert refused[1]["note"] == "Licence number A-1 stands in row 2 already."
    with here.scope():
        assert db.session.scalar(select(func.count()).select_from(Program)) == 2


def test_words_in_the_capacity_column_are_unknown_and_not_zero(here: State) -> None:
    import_file(here, ROSTER.encode())
    with here.scope():
        home = db.session.scalars(select(Program).where(Program.licence_number == "A-2")).one()
        assert (home.name, home.type, home.capacity, home.capacity_note) == ("Casa Feliz", "family_home", None, "N/A")


def test_a_second_import_changes_only_what_changed(here: State) -> None:
    import_file(here, ROSTER.encode())
    again = import_file(here, ROSTER.encode())
    assert (again["counts"]["same"], again["counts"]["new"], again["counts"]["changed"]) == (2, 0, 0)
    newer = ROSTER.replace("Little Oaks", "Little Oaks II").replace('A-2,"Casa\nFeliz",Family Home,N/A,Boulder\n', "")
    one = import_file(here, newer.encode())
    assert (one["counts"]["changed"], one["counts"]["gone"]) == (1, 1)
    assert rows_with(here, one, "changed")[0]["changes"] == {"name": ["Little Oaks", "Little Oaks II"]}
    with here.scope():
        gone = db.session.scalars(select(Program).where(Program.gone_at.is_not(None))).all()
        assert [program.licence_number for program in gone] == ["A-2"]


def test_an_unknown_layout_asks_for_the_columns_and_remembers_them(here: State) -> None:
    content = b"Ref;Wording\nZ9;Blue Door\n"
    began = upload(here, content)
    path = f"/imports/{began.json['id']}/columns"
    refused = here.api("POST", path, here.administrator, json={"column_map": None})
    assert refused.status_code == 422
    assert "licence_number: choose its column" in refused.json["detail"]
    chosen = {"columns": {"licence_number": "Ref", "name": "Wording"}, "fixed": {}}
    import_file(here, content, map_=chosen)
    assert upload(here, content).json["column_map"]["columns"]["name"] == ["Wording"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"%PDF-1.4 ...", "PDF"),
        (b"PK\x03\x04broken", "cannot be opened"),
        (b"{", "JSON"),
        (b"\0\0\0", "empty"),
    ],
)
def test_an_unreadable_file_gets_a_sentence_and_changes_nothing(here: State, content: bytes, words: str) -> None:
    answer = upload(here, content)
    assert answer.status_code == 422, answer.text
    assert words in answer.json["errors"][0]["message"]


def test_a_catalog_shows_price_changes_as_the_price_of_one_each(here: State) -> None:
    contract = make_contract(here)
    first = b"SKU,Product Name,Case Size,Case Price,GTIN\nG1,Gloves,12,$24.00,036000291452\nG2,Soap,1,-,\n"
    one = import_file(here, first, "catalog", contract_id=contract)
    assert one["counts"] == {"new": 1, "changed": 0, "same": 0, "gone": 0, "refused": 1}
    second = first.replace(b"12,$24.00,036000291452", b"10,$22.80,036000291453")
    two = import_file(here, second, "catalog", contract_id=contract)
    [changed] = rows_with(here, two, "changed")
    assert changed["note"] == (
        "case 12 to 10: real price up 14 %; GTIN 036000291453 has a wrong check digit and was left out"
    )


def test_a_cancelled_import_cannot_be_applied(here: State) -> None:
    one = import_file(here, ROSTER.encode(), apply=False)
    path = f"/imports/{one['id']}"
    assert here.api("DELETE", path, here.administrator).json["state"] == "cancelled"
    assert here.api("POST", f"{path}/apply", here.administrator).status_code == 409


def test_a_preview_that_was_overtaken_is_refused_and_can_be_read_again(here: State) -> None:
    first = import_file(here, ROSTER.encode(), apply=False)
    import_file(here, ROSTER.replace("Little Oaks", "Big Oaks").encode())
    path = f"/imports/{first['id']}"
    refused = here.api("POST", f"{path}/apply", here.administrator)
    assert (refused.status_code, refused.json["type"].rsplit(":", 1)[1]) == (409, "stale-preview")
    assert _name_of(here, "A-1") == "Big Oaks"
    assert here.api("POST", f"{path}/columns", here.administrator, json={}).status_code == 202
    work(here)
    again = here.api("GET", path, here.administrator).json
    assert (again["state"], again["counts"]["changed"]) == ("previewed", 1)
    assert here.api("POST", f"{path}/apply", here.administrator).status_code == 202
    work(here)
    assert _name_of(here, "A-1") == "Little Oaks"


def test_of_the_same_file_applied_twice_at_once_one_is_refused_with_a_sentence(here: State) -> None:
    both = [import_file(here, ROSTER.encode(), apply=False) for _ in range(2)]
    for one in both:
        assert here.api("POST", f"/imports/{one['id']}/apply", here.administrator).status_code == 202
    work(here)
    ended = [here.api("GET", f"/imports/{one['id']}", here.administrator).json for one in both]
    assert [one["state"] for one in ended] == ["applied", "failed"]
    assert ended[1]["error"].startswith("Something else was applied after this preview")
    job = here.api("GET", f"/jobs/{ended[1]['job_id']}", here.administrator, headers={"Accept-Language": "es"}).json
    assert job["state"] == "failed"
    assert job["error"].startswith("Se aplicó otra cosa")


def test_of_two_previews_that_change_the_same_row_at_once_the_second_never_overwrites_the_first(here: State) -> None:
    import_file(here, ROSTER.encode())
    names = ("First Name", "Second Name")
    both = [import_file(here, ROSTER.replace("Little Oaks", name).encode(), apply=False) for name in names]
    for one in both:
        assert here.api("POST", f"/imports/{one['id']}/apply", here.administrator).status_code == 202
    work(here)
    states = [here.api("GET", f"/imports/{one['id']}", here.administrator).json["state"] for one in both]
    assert (states, _name_of(here, "A-1")) == (["applied", "failed"], "First Name")


def test_previews_of_other_contracts_and_rosters_do_not_overtake_each_other(here: State) -> None:
    contracts = [make_contract(here), make_contract(here, vendor="Other")]
    catalog = b"SKU,Product Name,Case Size,Case Price\nG1,Gloves,12,$24.00\n"
    staged = [import_file(here, catalog, "catalog", apply=False, contract_id=one) for one in contracts]
    import_file(here, ROSTER.encode())
    for one in staged:
        assert here.api("POST", f"/imports/{one['id']}/apply", here.administrator).status_code == 202
    work(here)
    assert {here.api("GET", f"/imports/{one['id']}", here.administrator).json["state"] for one in staged} == {"applied"}


def test_an_item_that_was_added_by_hand_after_the_preview_is_not_overwritten(here: State) -> None:
    contract = make_contract(here)
    catalog = b"SKU,Product Name,Case Size,Case Price\nG1,Gloves,12,$24.00\nG2,Soap,6,$9.00\n"
    one = import_file(here, catalog, "catalog", apply=False, contract_id=contract)
    add_item(here, contract, "G1", name="By hand")
    assert here.api("POST", f"/imports/{one['id']}/apply", here.administrator).status_code == 202
    work(here)
    failed = here.api("GET", f"/imports/{one['id']}", here.administrator).json
    assert (failed["state"], failed["error"][:14]) == ("failed", "Something else")
    items = here.api("GET", f"/contracts/{contract}/items", here.administrator).json["items"]
    assert [item["name"] for item in items] == ["By hand"]


def test_a_program_typed_in_before_the_roster_is_taken_over_by_it(here: State) -> None:
    here.api("POST", "/programs", here.administrator, json={"licence_number": "A-1", "name": "Typed"})
    one = import_file(here, ROSTER.encode())
    assert (one["state"], one["counts"]["new"], _name_of(here, "A-1")) == ("applied", 2, "Little Oaks")


def test_imports_are_listed_by_what_the_caller_may_import(here: State) -> None:
    import_file(here, ROSTER.encode(), apply=False)
    catalog = b"SKU,Product Name,Case Size,Case Price\nG1,Gloves,12,$24.00\n"
    import_file(here, catalog, "catalog", apply=False, contract_id=make_contract(here))
    seen = {}
    for scope in ("programs:write", "catalogs:write", "orders:read"):
        token = here.api("POST", "/me/tokens", here.coordinator, json={"scopes": [scope]}).json["token"]
        answer = here.client().get("/api/v1/imports", headers={"Authorization": f"Bearer {token}"})
        seen[scope] = [one["kind"] for one in answer.json["items"]] if answer.status_code == 200 else answer.status_code
    assert seen == {"programs:write": ["roster"], "catalogs:write": ["catalog"], "orders:read": 403}


def test_a_preview_that_expired_is_removed_and_can_be_made_again(here: State) -> None:
    one = import_file(here, ROSTER.encode(), apply=False)
    young = import_file(here, ROSTER.encode(), apply=False)
    with here.scope():
        old = update(FileImport).where(FileImport.id == one["id"])
        db.session.execute(old.values(read_at=func.now() - PREVIEW_LIFE - timedelta(seconds=1)))
    sweep(here.app, "forget_previews")
    expired = here.api("GET", f"/imports/{one['id']}", here.administrator).json
    assert (expired["state"], expired["error"][:23]) == ("mapping", "The preview was too old")
    assert _staged(here) == {young["id"]: 4}
    path = f"/imports/{one['id']}"
    assert here.api("POST", f"{path}/apply", here.administrator).status_code == 409
    assert here.api("POST", f"{path}/columns", here.administrator, json={}).status_code == 202
    work(here)
    again = here.api("GET", path, here.administrator).json
    assert (again["state"], again["error"], again["counts"]["new"]) == ("previewed", "", 2)


def test_a_large_preview_is_removed_in_batches_and_cannot_be_applied_in_between(here: State) -> None:
    one = import_file(here, roster(10_050), apply=False)
    with here.scope():
        db.session.execute(update(FileImport).values(read_at=func.now() - PREVIEW_LIFE - timedelta(seconds=1)))
    sweep(here.app, "forget_previews")
    assert _staged(here) == {one["id"]: 50}
    assert here.api("POST", f"/imports/{one['id']}/apply", here.administrator).status_code == 409
    sweep(here.app, "forget_previews")
    assert _staged(here) == {}


def _staged(state: State) -> dict[str, int]:
    with state.scope():
        query = select(ImportRow.import_id, func.count()).group_by(ImportRow.import_id)
        return {str(one): count for one, count in db.session.execute(query)}


def _name_of(state: State, licence: str) -> str:
    with state.scope():
        return db.session.scalars(select(Program.name).where(Program.licence_number == licence)).one()


REAL = {
    "AZ_2025-03-20.csv": (2535, 3),
    "LA_2025-03-31.csv": (1781, 0),
    "LA_2025-03-24.xlsx": (1781, 0),
    "NC_2025-03-26_pdf_extracted.csv": (5486, 1865),
    "OH_2025-03-26.csv": (8403, 0),
    "PA_2025-03-27.csv": (7378, 0),
    "TX_2025-03-27.csv": (14850, 0),
    "UT_2025-03-26.json": (2105, 0),
}


@pytest.mark.parametrize("name", REAL)
def test_real_rosters_import(app: Any, shared: Path, name: str) -> None:
    state = make_state(app, name[:2].lower())
    content = (shared / "providers" / name).read_bytes()
    kit = _kit_map(name[:2].lower(), content)
    one = import_file(state, content, map_=kit)
    assert (one["state"], one["counts"]["new"], one["counts"]["refused"]) == ("applied", *REAL[name])
    with state.scope():
        assert db.session.scalar(select(func.count()).where(Program.capacity == 0)) == 0


def _kit_map(code: str, content: bytes) -> Any:
    """What a person would confirm for the state; the test states' codes have no kit of their own."""
    from carepool.programs.roster_file import FIELDS
    from carepool.tabular.columns import propose
    from carepool.tabular.reading import read_table
    from tenants.kits import load_kit

    return propose(read_table(io.BytesIO(content)).headers, FIELDS, load_kit(code).roster_columns).as_json()


def test_louisiana_of_one_week_follows_the_other(app: Any, shared: Path) -> None:
    state = make_state(app, "la")
    import_file(state, (shared / "providers" / "LA_2025-03-24.xlsx").read_bytes())
    second = import_file(state, (shared / "providers" / "LA_2025-03-31.csv").read_bytes())
    counts = second["counts"]
    assert counts["same"] + counts["changed"] + counts["new"] == 1781
    assert counts["same"] > 1500, counts


def test_a_file_above_the_limit_is_answered_413(here: State) -> None:
    limit = here.app.config["MAX_CONTENT_LENGTH"]
    answer = upload(here, b"License Number,Name\n" + b"x" * limit)
    assert (answer.status_code, answer.content_type) == (413, "application/problem+json")
    assert answer.json["detail"] == "What was sent is too large."


def test_a_spreadsheet_that_is_damaged_behind_its_header_fails_with_a_sentence_and_changes_nothing(here: State) -> None:
    rows = [row_xml(number, f"L-{number}", f"Place {number}") for number in range(2, 5000)]
    head = SHEET_START + row_xml(1, "License Number", "Name")
    one = import_file(here, raw_book([head, *rows, "<row><c></row>", SHEET_END]), apply=False)
    assert (one["state"], one["counts"]) == ("failed", {})
    assert one["error"] == "The spreadsheet cannot be opened: the file is damaged. Save it again as .xlsx or .csv."
    assert rows_with(here, one, "new") == []


def test_a_map_that_is_no_map_is_refused(here: State) -> None:
    path = f"/imports/{upload(here, ROSTER.encode()).json['id']}/columns"
    for wrong in ({"columns": {"name": [{}]}}, {"columns": {"name": 5}}, {"fixed": {"name": 5}}, {"kolumns": {}}):
        answer = here.api("POST", path, here.administrator, json={"column_map": wrong})
        assert (answer.status_code, answer.json["type"]) == (422, "urn:carepool:problem:bad-map"), answer.text
    misspelt = {"columns": {"licence_number": "License #", "name": "Facility Name", "capcity": "Licensed Capacity"}}
    answer = here.api("POST", path, here.administrator, json={"column_map": misspelt})
    assert "capcity: there is no such field" in answer.json["detail"]
