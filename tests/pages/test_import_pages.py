"""A person brings a roster and a catalog in the browser: columns, preview, apply, cancel, and what is refused."""

import io
import re
from typing import Any

from tests.buying import work
from tests.cast import Browser, State
from tests.importing import import_file, roster

ROSTER = b"License #,Name,Type,Capacity,Town\nA-1,One,Center,20,Dillon\nA-2,Two,Home,x,Dillon\n,Three,Home,1,Dillon\n"


def _send(browser: Browser, content: bytes, **form: str) -> Any:
    data = {"file": (io.BytesIO(content), "list.csv"), "csrf_token": browser.csrf, "kind": "roster", **form}
    return browser.client.post("/imports/new", data=data, content_type="multipart/form-data")


def _begun(browser: Browser, content: bytes, **form: str) -> str:
    answer = _send(browser, content, **form)
    assert answer.status_code == 302, answer.text
    return str(answer.headers["Location"])


def _proposed(page: str) -> dict[str, str]:
    """The form as the page proposes it."""
    boxes = re.findall(r'<select class="usa-select[^"]*" id="(column[^"]+)".*?</select>', page, re.S)
    found = {}
    for name in boxes:
        box = page[page.index(f'id="{name}"') :]
        box = box[: box.index("</select>")]
        chosen = re.search(r'value="([^"]*)" selected', box)
        found[name] = chosen.group(1) if chosen else ""
    return found


def test_a_roster_is_brought_looked_at_and_applied(here: State) -> None:
    browser = here.browser(here.administrator)
    path = _begun(browser, ROSTER)
    page = browser.client.get(path).text
    form = _proposed(page)
    assert form["column.licence_number"] == "0"
    assert "In the first rows: A-1 · A-2" in page
    form["column.city"] = "4"
    assert browser.submit(f"{path}/columns", "POST", form).status_code == 302
    assert "Being read" in browser.client.get(path).text
    work(here)
    page = browser.client.get(path).text
    assert "There is no licence number" in page
    assert "Row 4" not in page
    assert browser.client.get(f"{path}?verdict=refused").text.count("<tr role") == 2
    assert here.api("GET", "/programs?name=One", here.administrator).json["items"] == []
    assert browser.submit(f"{path}/apply", "POST").status_code == 302
    work(here)
    assert "This file was applied" in browser.client.get(path).text
    [one] = here.api("GET", "/programs?name=One", here.administrator).json["items"]
    assert one["city"] == "Dillon"


def test_a_changed_row_shows_before_and_after(here: State) -> None:
    import_file(here, roster(2))
    browser = here.browser(here.administrator)
    changed = roster(2).replace(b"Place 1", b"Hall 1")
    path = _begun(browser, changed)
    browser.submit(f"{path}/columns", "POST", _proposed(browser.client.get(path).text))
    work(here)
    assert "Name: Place 1 → Hall 1" in browser.client.get(path).text


def test_a_preview_is_read_page_by_page(here: State) -> None:
    browser = here.browser(here.administrator)
    path = _begun(browser, roster(60))
    browser.submit(f"{path}/columns", "POST", _proposed(browser.client.get(path).text))
    work(here)
    seen: list[str] = []
    at: str | None = path
    while at:
        page = browser.client.get(at).text
        seen += re.findall(r'<td role="cell"[^>]*>(R-\d+)</td>', page)
        found = re.search(r'rel="next" href="([^"]+)"', page)
        at = found.group(1).replace("&amp;", "&") if found else None
    assert sorted(seen) == sorted(f"R-{n}" for n in range(60))


def test_a_catalog_comes_with_a_new_contract_and_then_with_the_known_one(here: State) -> None:
    browser = here.browser(here.coordinator)
    contract = {"kind": "catalog", "vendor_name": "Acme", "number": "C-1", "title": "Cleaning"}
    items = b"SKU,Item,Case Price,Case Size,Price 10+\nG,Gloves,40.00,10,34.00\n"
    path = _begun(browser, items, **contract)
    browser.submit(f"{path}/columns", "POST", _proposed(browser.client.get(path).text))
    work(here)
    assert "from 1: $40.00; from 10: $34.00" in browser.client.get(path).text
    browser.submit(f"{path}/apply", "POST")
    work(here)
    [known] = here.api("GET", "/contracts", here.coordinator).json["items"]
    path = _begun(browser, items.replace(b"40.00", b"41.00"), kind="catalog", contract_id=known["id"])
    browser.submit(f"{path}/columns", "POST", _proposed(browser.client.get(path).text))
    work(here)
    assert "Price steps: from 1: $40.00; from 10: $34.00 → from 1: $41.00; from 10: $34.00" in (
        browser.client.get(path).text
    )
    assert len(here.api("GET", "/contracts", here.coordinator).json["items"]) == 1


def test_an_empty_form_and_an_unreadable_file_are_refused_at_their_fields(here: State) -> None:
    browser = here.browser(here.administrator)
    answer = browser.submit("/imports/new", "POST", {"kind": "catalog"})
    assert answer.status_code == 422
    for field in ("file", "vendor_name", "number", "title"):
        assert f'href="#{field}"' in answer.text
    refused = _send(browser, b"%PDF-1.7 ...")
    assert refused.status_code == 422
    assert "Save it as .xlsx or .csv" in refused.text
    failed = _send(browser, b"", kind="catalog", vendor_name="V", number="N-1", title="T")
    assert failed.status_code == 422
    assert here.api("GET", "/contracts", here.administrator).json["items"] == []


def test_a_missing_required_column_is_named_and_the_choice_kept(here: State) -> None:
    browser = here.browser(here.administrator)
    path = _begun(browser, ROSTER)
    answer = browser.submit(f"{path}/columns", "POST", {"column.name": "1", "column.city": "4"})
    assert answer.status_code == 422
    assert "choose its column" in answer.text
    assert _proposed(answer.text)["column.city"] == "4"
    assert browser.submit(f"{path}/columns", "POST", {"column.name": "99"}).status_code == 422


def test_progress_is_a_piece_of_the_page_and_the_page_without_script(here: State) -> None:
    browser = here.browser(here.administrator)
    path = _begun(browser, ROSTER)
    browser.submit(f"{path}/columns", "POST", _proposed(browser.client.get(path).text))
    piece = browser.client.get(f"{path}/progress", headers={"HX-Request": "true"})
    assert "<html" not in piece.text
    assert 'hx-trigger="every 2s"' in piece.text
    assert "HX-Refresh" not in piece.headers
    assert browser.client.get(f"{path}/progress").headers["Location"] == path
    work(here)
    over = browser.client.get(f"{path}/progress", headers={"HX-Request": "true"})
    assert over.headers["HX-Refresh"] == "true"
    assert "hx-trigger" not in over.text


def test_canceling_twice_says_so(here: State) -> None:
    browser = here.browser(here.administrator)
    path = _begun(browser, ROSTER)
    assert browser.submit(f"{path}/cancel", "POST").status_code == 302
    assert "Nothing was changed" in browser.client.get(path).text
    assert browser.submit(f"{path}/cancel", "POST").status_code == 302
    assert "Upload the file again" in browser.client.get(path).text


def test_programs_have_no_imports(here: State) -> None:
    browser = here.browser(here.director)
    assert browser.client.get("/imports").status_code == 403
    assert "/imports" not in browser.client.get("/").text
    assert 'href="/imports"' in here.browser(here.administrator).client.get("/").text
