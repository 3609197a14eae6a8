"""Rosters as states publish them: titles, totals, words for numbers, line breaks, Spanish headers."""

import io

from carepool.programs.roster_file import FIELDS, RosterRow, Words, read_roster
from carepool.tabular.columns import propose
from carepool.tabular.reading import read_table
from carepool.tabular.tables import BadRow

WORDS = Words({"center": "center", "home": "family_home"}, {"active": "full"}, {})


def read(content: bytes) -> list[RosterRow | BadRow]:
    table = read_table(io.BytesIO(content))
    return list(read_roster(table, propose(table.headers, FIELDS), WORDS))


def test_titles_totals_blank_rows_and_line_breaks() -> None:
    content = (
        "\ufeffLicensed programs,,,\nas of March 2026,,,\n,,,\n"
        '"License\nNumber",Facility Name,Facility Type,"Licensed\nCapacity"\n'
        'A-1,"Little\nOaks",Center,"1,045"\n'
        ",,,\n"
        "A-2,Casa Luna,Home,School Age Provider\n"
        "A-3,Blue Door,Home,0\n"
        ",Total,,1045\n"
    ).encode()
    one, two, three, total = read(content)
    assert isinstance(one, RosterRow)
    assert isinstance(two, RosterRow)
    assert isinstance(three, RosterRow)
    assert (one.key, one.facts["name"], one.facts["capacity"], one.number) == ("A-1", "Little Oaks", 1045, 5)
    assert (two.facts["capacity"], two.facts["capacity_note"]) == (None, "School Age Provider")
    assert (three.facts["capacity"], three.facts["capacity_note"]) == (None, "0")
    assert isinstance(total, BadRow)
    assert (total.number, total.reason[:32]) == (9, "There is no licence number. Is t")


def test_spanish_headers_semicolons_and_windows_letters() -> None:
    content = (
        "Número de licencia;Nombre del centro;Tipo de programa;Capacidad autorizada;Dirección;Municipio;"
        "Código postal;Teléfono;Correo electrónico;Titular\r\n"
        "PR-7;Niños Felices;Center;32;Calle Sol 5;San Juan;00901;787-555-0100;Ana@Example.org;Ana Ruiz\r\n"
    ).encode("cp1252")
    [row] = read(content)
    assert isinstance(row, RosterRow)
    assert row.key == "PR-7"
    told = ("name", "capacity", "street", "city", "zip", "phone", "email", "legal_entity")
    assert [row.facts[name] for name in told] == [
        "Niños Felices", 32, "Calle Sol 5", "San Juan", "00901", "787-555-0100", "ana@example.org", "Ana Ruiz",
    ]  # fmt: skip


def test_a_licence_number_that_comes_twice_is_refused_with_the_first_row() -> None:
    rows = read(b"License #,Name,Type\n7,A,Center\n8,B,Center\n7,C,Home\n")
    assert rows[2] == BadRow(4, "Licence number 7 stands in row 2 already.")


def test_cells_pushed_to_other_columns_are_refused_and_not_taken_for_programs() -> None:
    rows = read(
        b"License #,Name,Type\nMain Street 4,,Center\nPleasant Way,Oak House,Center\n9,Elm House,\n9,Elm,Home,5\n"
    )
    assert [isinstance(row, BadRow) for row in rows] == [True] * 4
