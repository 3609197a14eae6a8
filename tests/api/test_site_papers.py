"""Labels and pick lists: tagged PDFs with codes that a phone can read, made by a worker, in the reader's language."""

import re
from typing import Any

import pytest

from carepool.purchasing.receiving.site_sections import square
from tests.buying import Buy, work
from tests.cast import State
from tests.receiving import bought, short_purchase


def _asked(buy: Buy, kind: str, language: str = "en") -> Any:
    body = {"kind": kind, "language": language}
    return buy.state.api("POST", buy.path("/papers"), buy.state.coordinator, json=body)


def _file(buy: Buy, document: Any) -> bytes:
    with buy.state.api("GET", f"/site-documents/{document['id']}/file", buy.state.coordinator) as answer:
        assert answer.status_code == 200, answer.text
        return bytes(answer.data)


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("kind", ["case_labels", "program_labels", "pick_list"])
def test_a_paper_is_a_tagged_pdf_with_its_codes(here: State, kind: str, language: str) -> None:
    buy, _ = short_purchase(here)
    asked = _asked(buy, kind, language)
    assert asked.status_code == 202, asked.text
    assert _asked(buy, kind, language).json["id"] == asked.json["id"]
    assert here.api("GET", f"/site-documents/{asked.json['id']}/file", here.coordinator).status_code == 404
    work(here)
    made = _file(buy, asked.json)
    assert made.startswith(b"%PDF-")
    assert b"/StructTreeRoot" in made and b"/Marked true" in made
    assert f"/Lang({language})".encode() in made.replace(b" ", b"")
    # each code is a figure with words for who cannot see it
    assert len(re.findall(rb"/S\s*/Figure", made)) == (1 if kind == "case_labels" else 2)
    job = here.api("GET", f"/jobs/{asked.json['job_id']}", here.coordinator).json
    assert (job["state"], job["done"]) == ("done", 1 if kind == "case_labels" else 2)


def test_a_finished_paper_is_made_anew_when_it_is_asked_for_again(here: State) -> None:
    buy, _ = short_purchase(here)
    first = _asked(buy, "pick_list").json
    work(here)
    again = _asked(buy, "pick_list").json
    assert (again["id"], again["file_id"]) == (first["id"], None)
    assert again["job_id"] != first["job_id"]


def test_a_pick_list_waits_for_the_goods_and_case_labels_do_not(here: State) -> None:
    buy = bought(here)
    assert _asked(buy, "pick_list").json["type"] == "urn:carepool:problem:not-shared-yet"
    assert _asked(buy, "case_labels").status_code == 202
    assert here.api("POST", buy.path("/papers"), here.director, json={"kind": "pick_list"}).status_code == 403


def test_papers_are_asked_for_and_taken_on_their_page(here: State) -> None:
    buy, _ = short_purchase(here)
    browser = here.browser(here.coordinator)
    path = f"/purchases/{buy.id}/papers"
    assert browser.submit(path, "POST", {"kind": "program_labels"}).status_code == 302
    assert "Being made" in browser.submit(path, "GET").text
    work(here)
    [address] = re.findall(r'href="(/site-documents/[^"]+)"', browser.submit(path, "GET").text)
    assert browser.client.get(address).data.startswith(b"%PDF-")


def test_a_code_holds_its_address() -> None:
    assert square("https://co.example.gov/receive/1").startswith("<svg")
