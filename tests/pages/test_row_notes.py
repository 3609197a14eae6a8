"""Why a row was refused is told in the reader's language, on the page and through the API."""

from typing import Any

from tests.buying import make_contract
from tests.cast import State
from tests.importing import import_file


def test_a_refused_row_is_told_in_spanish(here: State) -> None:
    own = import_file(here, b"License #,Name,Type\n,A Place,Center\nN-1,,Center\n", apply=False)
    path = f"/imports/{own['id']}/rows?verdict=refused"
    spanish = here.api("GET", path, here.administrator, headers={"Accept-Language": "es"}).json["items"]
    assert [one["note"] for one in spanish] == [
        "No hay número de licencia. ¿Es una fila de totales, o se corrieron celdas a otra columna?",
        "No hay nombre.",
    ]
    english = here.api("GET", path, here.administrator).json["items"]
    assert english[1]["note"] == "There is no name."
    page = here.browser(here.administrator).client.get(f"/imports/{own['id']}?verdict=refused&lang=es").text
    assert "No hay nombre." in page


def _told(state: State, own: dict[str, Any], verdict: str, language: str) -> list[str]:
    path = f"/imports/{own['id']}/rows?verdict={verdict}"
    rows = state.api("GET", path, state.administrator, headers={"Accept-Language": language}).json["items"]
    return [one["note"] for one in rows]


def test_notes_with_values_are_kept_as_facts_and_told_in_the_readers_language(here: State) -> None:
    contract = make_contract(here)
    head = b"SKU,Product Name,Case Size,Case Price,Price 10+,GTIN\n"
    first = head + b"G1,Gloves,12,$24.00,,036000291452\nG2,Soap,10,$20.00,$18.00,\n"
    import_file(here, first, "catalog", contract_id=contract)
    second = head + b"G1,Gloves,10,$22.80,,036000291453\nG2,Soap,10,$20.00,$17.10,\nG3,Paper,1,-3,,\nG1,Bags,1,5,,\n"
    own = import_file(here, second, "catalog", contract_id=contract, apply=False)
    assert _told(here, own, "changed", "en") == [
        "case 12 to 10: real price up 14 %; GTIN 036000291453 has a wrong check digit and was left out",
        "from 10 cases: real price down 5 %",
    ]
    assert _told(here, own, "changed", "es") == [
        "caja de 12 a 10: precio real sube 14 %; el GTIN 036000291453 tiene un dígito de control incorrecto y se dejó fuera",
        "desde 10 cajas: precio real baja 5 %",
    ]
    assert _told(here, own, "refused", "en") == [
        "The price '-3' is below zero.",
        "SKU G1 stands in row 2 already, with other facts.",
    ]
    assert _told(here, own, "refused", "es") == [
        "El precio '-3' es menor que cero.",
        "El SKU G1 ya está en la fila 2, con otros datos.",
    ]
    page = here.browser(here.administrator).client.get(f"/imports/{own['id']}?verdict=changed&lang=es").text
    assert "precio real sube 14 %" in page


def test_a_roster_row_is_refused_in_spanish_with_its_values(here: State) -> None:
    own = import_file(here, b"License #,Name,Type\nTotal,A Place,Center\nN-1,A,Center\nN-1,B,Center\n", apply=False)
    assert _told(here, own, "refused", "es") == [
        "'Total' no es un número de licencia. ¿Se corrieron celdas a otra columna?",
        "El número de licencia N-1 ya está en la fila 3.",
    ]
