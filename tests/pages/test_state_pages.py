"""A state administrator sets the state up: the list of steps, the site's look and contact, the words of the roster."""

import re

from tests.buying import open_buy
from tests.cast import State
from tests.importing import import_file, roster

GOOD = {
    "title": "Peaks Together",
    "colour": "#7a1f1f",
    "contact_name": "Ana Ruiz",
    "contact_phone": "303-555-0100",
    "contact_email": "ana@example.org",
    "footer": "Made with programs.",
    "link_text_1": "Licensing",
    "link_1": "https://example.org/licensing",
}


def test_settings_are_shown_on_every_page_of_this_state_only(here: State) -> None:
    browser = here.browser(here.administrator)
    assert browser.submit("/state/settings", "POST", GOOD).status_code == 302
    page = here.client().get("/sign-in").text
    for text in ("Peaks Together", "/brand/7a1f1f.css", "Ana Ruiz", "tel:+13035550100", "Made with programs."):
        assert text in page
    assert 'href="https://example.org/licensing">Licensing</a>' in page
    again = browser.client.get("/state/settings").text
    assert 'value="Licensing"' in again


def test_another_state_keeps_its_own_look(cast: object) -> None:
    here, there = cast.here, cast.there  # type: ignore[attr-defined]
    here.browser(here.administrator).submit("/state/settings", "POST", GOOD)
    assert "Peaks Together" not in there.client().get("/sign-in").text


def test_a_colour_that_cannot_be_read_and_bad_addresses_are_refused(here: State) -> None:
    browser = here.browser(here.administrator)
    for change, field, sentence in [
        ({"colour": "#ffee99"}, "colour", "Choose a darker one"),
        ({"colour": "red"}, "colour", "Write a color such as"),
        ({"link_1": "javascript:alert(1)"}, "link_1", "must begin with https://"),
        ({"link_1": ""}, "link_1", "needs its words and its address"),
        ({"contact_email": "nobody"}, "contact_email", "name@example.org"),
        ({"title": ""}, "title", "Fill this in"),
    ]:
        answer = browser.submit("/state/settings", "POST", {**GOOD, **change})
        assert answer.status_code == 422, change
        assert f'href="#{field}"' in answer.text
        assert sentence in answer.text
    assert "Peaks Together" not in here.client().get("/sign-in").text


def test_the_steps_are_done_one_by_one(here: State) -> None:
    browser = here.browser(here.administrator)

    def done() -> int:
        found = re.search(r"(\d) of 6 steps are done", browser.client.get("/state").text)
        assert found
        return int(found.group(1))

    assert done() == 1  # the cast has a coordinator
    browser.submit("/state/settings", "POST", GOOD)
    assert done() == 2
    import_file(here, roster(3).replace(b"Center", b"Zebra stable"))
    assert done() == 3
    page = browser.client.get("/state/words").text
    assert "Not known: choose" in page
    form = {"kind": "type", "word.0": "Zebra stable", "meaning.0": "family_home"}
    assert browser.submit("/state/words", "POST", form).status_code == 302
    assert done() == 4
    open_buy(here)
    assert done() == 5


def test_a_word_counts_at_the_next_import(here: State) -> None:
    rows = roster(3).replace(b"Center", b"Zebra stable")
    import_file(here, rows)
    browser = here.browser(here.administrator)
    form = {"kind": "type", "word.0": "Zebra stable", "meaning.0": "family_home"}
    browser.submit("/state/words", "POST", form)
    kinds = {one["type"] for one in here.api("GET", "/programs?name=Place", here.administrator).json["items"]}
    assert kinds == {"other"}
    import_file(here, rows)
    kinds = {one["type"] for one in here.api("GET", "/programs?name=Place", here.administrator).json["items"]}
    assert kinds == {"family_home"}
    assert browser.submit("/state/words", "POST", {**form, "meaning.0": "castle"}).status_code == 422
    assert browser.submit("/state/words", "POST", {**form, "kind": "region"}).status_code == 404


def test_only_a_state_administrator_sets_the_state_up(here: State) -> None:
    for player in (here.coordinator, here.director):
        browser = here.browser(player)
        for path in ("/state", "/state/settings", "/state/words"):
            assert browser.client.get(path).status_code == 403
        assert browser.submit("/state/settings", "POST", GOOD).status_code == 403
        assert browser.submit("/state/words", "POST", {"kind": "type"}).status_code == 403
