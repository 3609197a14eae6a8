"""Refusals in the reader's language: pages follow the page's language, the API follows Accept-Language."""

from tests.buying import make_contract, open_buy
from tests.cast import State


def _over_limit(state: State, **headers: str) -> object:
    buy = open_buy(state, per_place=2)
    return buy.order(
        state.director, {"GLOVES": (1_000_000,)}, headers={name.replace("_", "-"): v for name, v in headers.items()}
    )


def test_the_api_speaks_english_unless_spanish_is_preferred(here: State) -> None:
    english = _over_limit(here)
    assert english.json["detail"] == "At most 80 for 40 licensed places, extra and boost counted."
    assert english.headers["Content-Language"] == "en"
    spanish = _over_limit(here, Accept_Language="es-MX, en;q=0.5")
    assert spanish.headers["Content-Language"] == "es"
    assert spanish.json["detail"].startswith("Como máximo 80 para 40 cupos")
    assert spanish.json["errors"][0]["message"] == spanish.json["detail"]
    assert spanish.json["type"] == english.json["type"]
    assert _over_limit(here, Accept_Language="fr").json["detail"] == english.json["detail"]
    assert here.api("GET", "/me", headers={"Accept-Language": "es"}).json["detail"].startswith("Primero inicie sesión")


def test_a_spanish_page_shows_the_refusal_of_a_verb_in_spanish_with_its_values(here: State) -> None:
    buy = open_buy(here, per_place=50)
    browser = here.browser(here.director)
    path = f"/purchases/{buy.id}/orders/{here.director.program_id}?lang=es"
    box = f"wanted.{buy.items['GLOVES']}"
    page = browser.submit(path, "POST", {"act": "place", box: "2500", "point": buy.point})
    assert page.status_code == 422
    assert "Como máximo 2,000 para 40 cupos con licencia" in page.text
    assert "At most" not in page.text
    wrong = browser.submit(path, "POST", {"act": "place", box: "many", "point": buy.point})
    assert "Escriba un número entero, como 12." in wrong.text


def test_a_spanish_problem_page_says_what_happened_in_spanish(here: State) -> None:
    browser = here.browser(here.coordinator)
    buy = open_buy(here)
    buy.close()
    refused = browser.submit(f"/purchases/{buy.id}/close?lang=es", "POST")
    assert refused.status_code == 409
    assert "This purchase" not in refused.text
    assert "Esta compra" in refused.text


def test_what_is_wrong_with_a_field_is_told_in_spanish_with_its_values(here: State) -> None:
    body = {"wanted_events": 1, "description": "x" * 201, "events": 7}
    spanish = here.api("POST", "/webhooks", here.administrator, json=body, headers={"Accept-Language": "es"})
    assert spanish.status_code == 422
    assert {one["field"]: one["message"] for one in spanish.json["errors"]} == {
        "url": "Falta este dato, que es obligatorio.",
        "wanted_events": "Campo desconocido.",
        "description": "El largo debe ser de 0 a 200.",
        "events": "No es una lista válida.",
    }
    english = here.api("POST", "/webhooks", here.administrator, json=body)
    told = {one["field"]: one["message"] for one in english.json["errors"]}
    assert told["url"] == "Missing data for required field."
    assert told["description"] == "Length must be between 0 and 200."
    query = here.api("GET", "/people?limit=0", here.administrator, headers={"Accept-Language": "es"})
    assert query.json["errors"][0]["message"] == "Debe ser como mínimo 1 y como máximo 200."


def test_a_check_of_our_own_on_a_field_is_told_in_spanish(here: State) -> None:
    item = {"sku": "S", "name": "N", "case_size": 1, "ladder": [[1, 100]], "gtin": "036000291453"}
    path = f"/contracts/{make_contract(here)}/items"
    refused = here.api("POST", path, here.coordinator, json=item, headers={"Accept-Language": "es"})
    assert refused.json["errors"][0]["message"].startswith("Escriba 8, 12, 13 o 14 dígitos")
