"""Packing lists to print: asked for once, made by a worker, tagged, with fonts, in the reader's language, bounded."""

import re
import zipfile
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from carepool.files import open_file
from carepool.jobs.working import Progress
from carepool.purchasing.models.packing_documents import PackingKind
from carepool.purchasing.models.purchases import Purchase
from carepool.purchasing.packing_sections import sections_of
from carepool.typesetting import Look, Section, parts_of
from carepool.typesetting.keeping import keep_document
from tenants.database import db
from tests.buying import Buy, add_item, make_contract, open_buy, work
from tests.cast import State


def _closed(state: State, items: int = 2) -> Buy:
    contract = make_contract(state)
    offered = {f"S{n:02d}": add_item(state, contract, f"S{n:02d}", name=f"Artículo #{n} *x*") for n in range(items)}
    buy = open_buy(state, offered)
    buy.order(state.director, dict.fromkeys(offered, (20,)))
    buy.order(state.fellow, dict.fromkeys(offered, (10,)))
    buy.close()
    return buy


def _asked(buy: Buy, kind: str, language: str = "en") -> Any:
    body = {"kind": kind, "language": language}
    answer = buy.state.api("POST", buy.path("/packing-documents"), buy.state.coordinator, json=body)
    assert answer.status_code == 202, answer.text
    return answer.json


def _file(buy: Buy, document: Any) -> bytes:
    with buy.state.api("GET", f"/packing-documents/{document['id']}/file", buy.state.coordinator) as answer:
        assert answer.status_code == 200, answer.text
        return bytes(answer.data)


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize(("kind", "pages"), [("item", 2), ("program", 2), ("matrix", 2)])
def test_a_packing_list_is_a_tagged_pdf_with_its_fonts(here: State, kind: str, pages: int, language: str) -> None:
    buy = _closed(here, items=8)
    document = _asked(buy, kind, language)
    assert here.api("GET", f"/packing-documents/{document['id']}/file", here.coordinator).status_code == 404
    work(here)
    made = _file(buy, document)
    assert made.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type\s*/Page\b", made)) == pages
    assert b"/StructTreeRoot" in made and b"/Marked true" in made and b"/FontFile" in made
    assert f"/Lang({language})".encode() in made.replace(b" ", b"")
    job = here.api("GET", f"/jobs/{document['job_id']}", here.coordinator).json
    assert (job["state"], job["done"]) == ("done", 2 if kind == "program" else 8)


def test_items_of_two_vendors_that_are_called_alike_stay_apart(here: State) -> None:
    first, second = (add_item(here, make_contract(here), "WIPES", name="Wipes") for _ in range(2))
    buy = open_buy(here, {"one": first, "two": second})
    [one, two] = [item["id"] for item in here.api("GET", buy.path("/items"), here.coordinator).json["items"]]
    path, lines = buy.path("/orders/{}"), [(here.director, one, 20), (here.fellow, two, 10)]
    for player, item, wanted in lines:
        body = {"place": True, "lines": [{"item_id": item, "wanted": wanted}]}
        at = path.format(player.program_id)
        assert here.api("PUT", at, player, json=body, headers={"If-None-Match": "*"}).status_code == 201
    buy.close()
    with here.app.test_request_context(), here.scope():
        purchase = db.session.scalars(select(Purchase).where(Purchase.id == UUID(buy.id))).one()
        by_item, matrix = (
            list(sections_of(purchase, 1, kind, Progress(None))) for kind in (PackingKind.ITEM, PackingKind.MATRIX)
        )
    assert sorted([row[2] for row in section.rows] for section in by_item) == [["10"], ["20"]]
    [section] = matrix
    cells = sorted(tuple(sorted(row[1:])) for row in section.rows)
    assert cells == [("", "10"), ("", "20"), ("10", "20")]


def test_asking_twice_gives_the_same_one_and_only_coordinators_may(here: State) -> None:
    buy = _closed(here)
    first = _asked(buy, "item")
    assert _asked(buy, "item") == first
    assert _asked(buy, "item", "es")["id"] != first["id"]
    work(here)
    made = _asked(buy, "item")
    assert made["id"] == first["id"] and made["file_id"] is not None
    body = {"kind": "item"}
    assert here.api("POST", buy.path("/packing-documents"), here.director, json=body).status_code == 403
    assert here.api("GET", f"/packing-documents/{first['id']}/file", here.director).status_code == 403
    fresh = open_buy(here)
    assert here.api("POST", fresh.path("/packing-documents"), here.coordinator, json=body).status_code == 404


def test_the_page_asks_for_a_list_and_hands_it_out(here: State) -> None:
    buy, browser = _closed(here), here.browser(here.coordinator)
    asked = browser.submit(buy.path("/packing/ask"), "POST", {"kind": "program"})
    assert asked.status_code == 302
    assert "every 3s" in browser.submit(buy.path("/packing"), "GET").text
    work(here)
    page = browser.submit(buy.path("/packing"), "GET").text
    found = re.search(r'href="(/packing-documents/[^"]+/file)"', page)
    assert found and "every 3s" not in page
    with browser.submit(found[1], "GET") as answer:
        assert answer.data.startswith(b"%PDF-") and "attachment" in answer.headers["Content-Disposition"]


def test_a_long_list_comes_in_parts(here: State) -> None:
    look = Look("T", "N", "S", "#0b4766", "", "en")
    sections = [Section("Head", "", ("A", "B"), (False, True), [("x", "1")] * 4_000)]
    with here.scope():
        row = keep_document("list", look, sections)
        assert (row.name, row.content_type) == ("list.zip", "application/zip")
        with open_file(row) as stored, zipfile.ZipFile(stored) as bundle:
            assert bundle.namelist() == ["list 001.pdf", "list 002.pdf"]
            assert all(bundle.read(name).startswith(b"%PDF-") for name in bundle.namelist())


@given(st.lists(st.integers(0, 30), max_size=12), st.integers(1, 10))
def test_parts_hold_every_row_once_and_no_more_than_they_may(lengths: list[int], most: int) -> None:
    sections = [
        Section(str(n), "", ("A",), (False,), [(f"{n}.{row}",) for row in range(length)])
        for n, length in enumerate(lengths)
    ]
    parts = list(parts_of(sections, most))
    assert [row for part in parts for one in part for row in one.rows] == [row for one in sections for row in one.rows]
    assert all(sum(len(one.rows) for one in part) <= most for part in parts)
    assert list(dict.fromkeys(one.head for part in parts for one in part)) == [one.head for one in sections]


def test_the_pick_up_card_bears_a_code_of_its_own_address(here: State) -> None:
    buy = _closed(here)
    page = here.browser(here.director).submit(buy.path(f"/orders/{here.director.program_id}/pick-up"), "GET").text
    assert "cp-pick-up__code" in page and "<svg" in page and "Staff: open this card" in page
