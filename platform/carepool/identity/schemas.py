"""What comes in and goes out of the identity API."""

from marshmallow import Schema, fields, validate

from carepool.identity.rights import Permission, Role
from carepool.web.bodies import IdOf, Strict, Text


class MembershipOut(Schema):
    """A role in force."""

    role = fields.Enum(Role, by_value=True, required=True)
    program_id = fields.UUID(required=True, allow_none=True)


class MeOut(Schema):
    """Who the caller is."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    email = fields.String(required=True)
    language = fields.String(required=True)
    roles = fields.List(fields.Nested(MembershipOut), required=True)


class PersonIn(Strict):
    """A person to invite."""

    email = fields.Email(required=True, validate=validate.Length(max=254))
    name = Text(load_default="")
    language = fields.String(load_default="en", validate=validate.OneOf(["en", "es"]))
    role = fields.Enum(Role, by_value=True, required=True)
    program_id = IdOf("program", load_default=None, allow_none=True)


class PersonOut(Schema):
    """A person of this state."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    email = fields.String(required=True)
    language = fields.String(required=True)


class LinkOut(Schema):
    """A link that signs a person in once; shown only here."""

    link = fields.String(required=True)
    expires_at = fields.AwareDateTime(required=True)


class TokenIn(Strict):
    """An API token to make."""

    scopes = fields.List(fields.Enum(Permission, by_value=True), required=True, validate=validate.Length(min=1, max=20))
    label = Text(load_default="", most=100)
    days = fields.Integer(load_default=90, validate=validate.Range(1, 366), metadata={"description": "Life in days"})


class TokenOut(Schema):
    """A token without its secret."""

    id = fields.UUID(required=True)
    label = fields.String(required=True)
    scopes = fields.List(fields.String(), required=True)
    expires_at = fields.AwareDateTime(required=True)
    revoked_at = fields.AwareDateTime(required=True, allow_none=True)


class NewTokenOut(TokenOut):
    """A token just made; its secret is shown only here."""

    token = fields.String(required=True)
