"""A state's licensing roster: its fields, and each row as facts of a program or a reason why not. Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from carepool.sentences import NOTHING, Sentence, marked
from carepool.tabular.columns import ColumnMap, Field
from carepool.tabular.tables import BadRow, Table
from tenants.vocabularies import LicenceStatus, ProgramType, national_status, national_type, quality_level

FIELDS = (
    Field(
        "licence_number",
        (
            "license number", "licence number", "operation #", "operation number", "certificate number", "program number",
            "license #", "lic #", "license no", "lic no", "license id", "permit number", "registration number",
            "facility number", "facility id", "provider number", "provider id", "facility license number",
            "numero de licencia", "no de licencia", "licencia", "license", "site id", "id",
        ),
        required=True,
    ),
    Field(
        "name",
        (
            "facility name", "program name", "provider name", "operation name", "operation caregiver name", "center name",
            "account name", "business name", "site name", "dba", "doing business as", "nombre del centro", "nombre del programa",
            "nombre del proveedor", "nombre comercial", "nombre", "name",
        ),
        required=True,
    ),
    Field("type_word", ("program type", "facility type", "provider type", "license type", "care type", "type of care",
                        "operation type", "service type", "category", "type", "license type id", "tipo de programa",
                        "tipo de licencia", "tipo de cuidado", "tipo")),
    Field("status_word", ("license status", "operation status", "facility status", "status", "estado de licencia",
                          "estado de la licencia", "estatus")),
    Field("capacity", ("capacity total licensed", "total licensed capacity", "licensed capacity", "license capacity",
                       "child capacity", "total capacity", "max capacity", "maximum capacity", "capacity", "capacidad autorizada",
                       "capacidad total", "capacidad", "cupo")),
    Field("legal_entity", ("legal entity name", "owner name", "licensee name", "licensee", "owner", "parent organization",
                           "governing body", "agency name", "entidad legal", "propietario", "titular")),
    Field("street", ("facility address", "street address", "physical street", "address one", "address address one",
                     "address line 1", "location address", "address", "street", "direccion", "domicilio")),
    Field("city", ("facility city", "physical city", "address city", "city", "town", "ciudad", "municipality", "municipio")),
    Field("zip", ("facility zip code", "physical zip postal code", "address zip code", "zip code", "zip", "postal code",
                  "codigo postal")),
    Field("county", ("facility county", "physical county", "address county", "county", "parish", "county name", "condado")),
    Field("phone", ("facility phone", "facility phone number", "phone number", "phone", "telephone", "telefono")),
    Field("email", ("facility email", "email address", "e mail", "email", "correo electronico", "correo")),
    Field("quality_word", ("star level", "sutq rating", "texas rising star", "quality rating", "qris rating", "star rating",
                           "qris level", "permit type", "quality level", "rating", "nivel de calidad", "estrellas")),
    Field("contact_name", ("director", "administrator 1 name", "administrator name", "contact name", "responsible person",
                           "administrator", "directors", "contact", "directora", "contacto")),
)  # fmt: skip


@dataclass(frozen=True)
class RosterRow:
    """One program as the roster tells it: the key and the facts, named like the columns of `program`."""

    number: int
    key: str
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class Words:
    """A state's own words -> national type, status, level."""

    types: Mapping[str, str]
    statuses: Mapping[str, str]
    levels: Mapping[str, str]


def read_roster(table: Table, columns: ColumnMap, words: Words) -> Iterator[RosterRow | BadRow]:
    """Yield each program of a roster, or why a row is refused: no licence number, a second one, no name, no type."""
    seen: dict[str, int] = {}
    has_type = "type_word" in columns.columns
    for row in table.rows:
        if isinstance(row, BadRow):
            yield row
            continue
        text = {field.name: columns.read(row.cells, field.name) for field in FIELDS}
        reason = _fault(text, has_type, seen)
        if reason:
            yield BadRow(row.number, reason)
            continue
        seen[text["licence_number"]] = row.number
        yield RosterRow(row.number, text["licence_number"], _facts(text, words))


def _fault(text: Mapping[str, str], has_type: bool, seen: Mapping[str, int]) -> Sentence:
    number = text["licence_number"]
    if not number:
        return marked("There is no licence number. Is this a totals row, or were cells pushed to another column?")
    if not any(letter.isdigit() for letter in number):
        return marked("%(text)s is not a licence number. Were cells pushed to another column?", text=repr(number))
    if len(number) > 60:
        return marked("The licence number is longer than 60 characters.")
    if not text["name"]:
        return marked("There is no name.")
    if has_type and not text["type_word"]:
        return marked("There is no program type. Were cells pushed to another column?")
    if number in seen:
        return marked("Licence number %(number)s stands in row %(row)s already.", number=number, row=str(seen[number]))
    return NOTHING


def _facts(text: Mapping[str, str], words: Words) -> dict[str, Any]:
    places, note = read_capacity(text["capacity"])
    kind = national_type(text["type_word"], words.types) or ProgramType.OTHER
    status = national_status(text["status_word"], words.statuses) or LicenceStatus.UNKNOWN
    kept = (
        "name",
        "type_word",
        "status_word",
        "quality_word",
        "street",
        "city",
        "zip",
        "county",
        "phone",
        "contact_name",
    )
    return {
        **{name: text[name][:200] for name in kept},
        "email": text["email"].lower()[:200] if "@" in text["email"] else "",
        "legal_entity": text["legal_entity"][:200],
        "type": str(kind),
        "status": str(status),
        "capacity": places,
        "capacity_note": note,
        "quality_level": quality_level(text["quality_word"], words.levels),
    }


def read_capacity(text: str) -> tuple[int | None, str]:
    """Return licensed places, or None and the words that stood there; 0 and words are unknown, never a number."""
    digits = re.sub(r"[,\s]", "", text)
    if re.fullmatch(r"\d{1,6}(\.0+)?", digits) and int(float(digits)) > 0:
        return int(float(digits)), ""
    return None, text[:100]
