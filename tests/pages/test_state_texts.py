"""What a state writes of itself is shown in the reader's language, or in the other with a sign of which that is."""

from typing import Any

from sqlalchemy import select, update

from carepool.identity.models import Person
from carepool.notifications.actions import tell
from carepool.notifications.letters import Sender, letter_of
from carepool.notifications.models import Message
from carepool.notifications.notices import Notice
from tenants.database import db
from tenants.ids import new_id
from tenants.state_settings import StateSetting
from tests.cast import State

TEXTS = {
    "title": "Peaks Together",
    "title_es": "Cumbres Unidas",
    "agency": "Office of Children",
    "footer": "Made with programs.",
    "footer_es": "Hecho con los programas.",
    "link_text_1": "Licensing",
    "link_text_es_1": "Licencias",
    "link_1": "https://example.org/licensing",
}


def _page(state: State, language: str) -> str:
    return str(state.client().get(f"/sign-in?lang={language}").text)


def _keep(state: State, **changes: str) -> Any:
    answer = state.browser(state.administrator).submit("/state/settings", "POST", {**TEXTS, **changes})
    assert answer.status_code == 302, answer.text


def test_each_reader_sees_the_version_in_their_language(here: State) -> None:
    _keep(here)
    english, spanish = _page(here, "en"), _page(here, "es")
    for text in ("Peaks Together", "Made with programs.", "Licensing</a>"):
        assert text in english and text not in spanish
    for text in ("Cumbres Unidas", "Hecho con los programas.", "Licencias</a>"):
        assert text in spanish and text not in english
    assert '<span lang="en">Office of Children</span>' in spanish
    assert "<span>Office of Children</span>" in english


def test_where_a_version_is_missing_the_other_is_shown_and_marked(here: State) -> None:
    _keep(here, title_es="", footer="", link_text_es_1="")
    english, spanish = _page(here, "en"), _page(here, "es")
    assert '<a class="cp-site" href="/" lang="en">Peaks Together</a>' in spanish
    assert '<p lang="es">Hecho con los programas.</p>' in english
    assert "<p>Hecho con los programas.</p>" in spanish
    assert 'href="https://example.org/licensing" lang="en">Licensing</a>' in spanish


def test_the_form_and_the_steps_say_what_is_missing(here: State) -> None:
    _keep(here, title_es="", footer="", link_text_es_1="")
    browser = here.browser(here.administrator)
    for path in ("/state/settings", "/state"):
        page = browser.client.get(path).text
        for missing in ("Name of the site: Spanish", "Agency: Spanish", "Text at the foot: English"):
            assert f"<li>{missing}</li>" in page, path
        assert "<li>Words of link 1: Spanish</li>" in page
    form = browser.client.get("/state/settings").text
    assert 'value="Peaks Together"' in form and "Hecho con los programas.</textarea>" in form
    _keep(here, agency_es="Oficina de la Niñez")
    for path in ("/state/settings", "/state"):
        assert "in one language only" not in browser.client.get(path).text


def test_a_form_that_is_refused_keeps_both_versions(here: State) -> None:
    answer = here.browser(here.administrator).submit("/state/settings", "POST", {**TEXTS, "colour": "red"})
    assert answer.status_code == 422
    assert 'value="Cumbres Unidas"' in answer.text and 'value="Licencias"' in answer.text


def test_words_of_a_link_in_spanish_only_need_their_address(here: State) -> None:
    form = {**TEXTS, "link_text_1": "", "link_1": ""}
    answer = here.browser(here.administrator).submit("/state/settings", "POST", form)
    assert (answer.status_code, "needs its words and its address" in answer.text) == (422, True)


def test_a_letter_bears_the_name_in_its_readers_language(here: State) -> None:
    _keep(here)
    with here.scope():
        db.session.execute(update(Person).where(Person.id == here.director.id).values(language="es"))
        tell([here.director.id, here.fellow.id], Notice.PURCHASE_OPENED, new_id(), {"title": "T"})
        told = {}
        for message in db.session.scalars(select(Message)).all():
            person = db.session.scalars(select(Person).where(Person.id == message.person_id)).one()
            told[person.email] = letter_of(Sender.here(), person, message).site
    assert told == {"director@example.org": "Cumbres Unidas", "fellow@example.org": "Peaks Together"}


def test_links_of_before_without_a_spanish_version_are_shown(here: State) -> None:
    _keep(here)
    with here.scope() as session:
        session.execute(update(StateSetting).values(links=[["Licensing", "https://example.org/licensing"]]))
    assert 'lang="en">Licensing</a>' in _page(here, "es")
    assert here.browser(here.administrator).client.get("/state/settings").status_code == 200


def test_what_the_contact_person_is_is_said_in_the_readers_language(here: State) -> None:
    role = {"contact_role": "Purchasing coordinator", "contact_role_es": "Coordinadora de compras"}
    _keep(here, contact_name="Ana Ruiz", contact_phone="303-555-0100", **role)
    english, spanish = _page(here, "en"), _page(here, "es")
    assert "Ana Ruiz<br><span>Purchasing coordinator</span>" in english
    assert "Ana Ruiz<br><span>Coordinadora de compras</span>" in spanish
    _keep(here, contact_name="Ana Ruiz", contact_phone="303-555-0100", contact_role="Purchasing coordinator")
    assert 'Ana Ruiz<br><span lang="en">Purchasing coordinator</span>' in _page(here, "es")
    form = here.browser(here.administrator).submit("/state/settings", "GET").text
    assert 'value="Purchasing coordinator"' in form
