"""Why a row was refused is told in the reader's language, on the page and through the API."""

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
