"""What comes in and goes out of the programs API."""

from marshmallow import Schema, fields, validate

from carepool.web.bodies import PageQuery, Strict, Text
from tenants.vocabularies import LicenceStatus, ProgramType


class ProgramIn(Strict):
    """A program that is typed in."""

    licence_number = Text(required=True, least=1, most=60)
    name = Text(required=True, least=1)
    legal_entity = Text(load_default="")
    type = fields.Enum(ProgramType, by_value=True, load_default=ProgramType.OTHER)
    status = fields.Enum(LicenceStatus, by_value=True, load_default=LicenceStatus.UNKNOWN)
    capacity = fields.Integer(load_default=None, allow_none=True, strict=True, validate=validate.Range(1, 100_000))
    street = Text(load_default="")
    city = Text(load_default="")
    zip = Text(load_default="", most=10)
    county = Text(load_default="")
    phone = Text(load_default="", most=40)
    email = Text(load_default="", most=254)
    contact_name = Text(load_default="")


class ProgramOut(Schema):
    """A program; a home's address is left out for people of other programs."""

    id = fields.UUID(required=True)
    licence_number = fields.String(required=True)
    name = fields.String(required=True)
    type = fields.String(required=True)
    type_word = fields.String(required=True)
    status = fields.String(required=True)
    capacity = fields.Integer(required=True, allow_none=True)
    quality_level = fields.Integer(required=True, allow_none=True)
    city = fields.String(required=True)
    county = fields.String(required=True)
    phone = fields.String()
    email = fields.String()
    street = fields.String()
    zip = fields.String()


class ProgramQuery(PageQuery):
    """Which programs to list."""

    type = fields.Enum(ProgramType, by_value=True, load_default=None, allow_none=True)
    county = Text(load_default=None, allow_none=True)
    name = Text(load_default=None, allow_none=True, metadata={"description": "Names that begin like this"})
