"""What comes in and goes out of the API of alliances."""

from marshmallow import Schema, fields, validate

from carepool.alliances.actions import MOST_PASTED
from carepool.alliances.models import Shape
from carepool.purchasing.schemas.fields import word
from carepool.web.bodies import IdOf, PageQuery, Strict, Text

_TODAY = {"description": "A day on the state's calendar that is not to come; today where it is left out"}


class AllianceIn(Strict):
    """An alliance to found."""

    name = Text(required=True, least=1)
    shape = fields.Enum(Shape, by_value=True, required=True)
    hub_name = Text(required=True, least=1, metadata={"description": "The organization that serves it"})
    contact_name = Text(load_default="")
    contact_email = Text(load_default="", most=254)
    contact_phone = Text(load_default="", most=40)
    started_on = fields.Date(load_default=None, allow_none=True)


class AllianceChange(Strict):
    """What is to be changed of an alliance; what is left out stays."""

    name = Text(least=1)
    shape = fields.Enum(Shape, by_value=True)
    hub_name = Text(least=1)
    contact_name = Text()
    contact_email = Text(most=254)
    contact_phone = Text(most=40)
    started_on = fields.Date()


class AllianceOut(Schema):
    """An alliance; `members` are those of now."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    shape = word(Shape)
    hub_name = fields.String(required=True)
    contact_name = fields.String(required=True)
    contact_email = fields.String(required=True)
    contact_phone = fields.String(required=True)
    started_on = fields.Date(required=True)
    ended_on = fields.Date(required=True, allow_none=True)
    members = fields.Integer(required=True)
    version = fields.Integer(required=True)


class AllianceEnd(Strict):
    """On which day an alliance ends."""

    ended_on = fields.Date(load_default=None, allow_none=True, metadata=_TODAY)


class AllianceMemberQuery(PageQuery):
    """Which members to list: those of now, or those who left."""

    left = fields.Boolean(load_default=False)


class AllianceMemberIn(Strict):
    """A program to make a member."""

    program_id = IdOf("program", required=True)
    joined_on = fields.Date(load_default=None, allow_none=True, metadata=_TODAY)


class AllianceMembersIn(Strict):
    """Programs to make members, all or none, by their license numbers."""

    licence_numbers = fields.List(
        Text(least=1, most=60), required=True, validate=validate.Length(min=1, max=MOST_PASTED)
    )
    joined_on = fields.Date(load_default=None, allow_none=True, metadata=_TODAY)


class AllianceMembersAdded(Schema):
    """How many programs joined, and how many were members already."""

    added = fields.Integer(required=True)
    present = fields.Integer(required=True)


class AllianceMemberEnd(Strict):
    """From which day on a program is a member no more."""

    left_on = fields.Date(load_default=None, allow_none=True, metadata=_TODAY)


class AllianceMemberOut(Schema):
    """A program's time in an alliance, and what is public of the program."""

    id = fields.UUID(required=True)
    program_id = fields.UUID(required=True)
    licence_number = fields.String(required=True)
    name = fields.String(required=True)
    type = fields.String(required=True)
    county = fields.String(required=True)
    joined_on = fields.Date(required=True)
    left_on = fields.Date(required=True, allow_none=True)
