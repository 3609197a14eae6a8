"""What comes in and goes out of the identity API."""

from marshmallow import Schema, fields, validate

from carepool.identity.models import ClaimState
from carepool.identity.rights import Permission, Role
from carepool.web.bodies import IdOf, PageQuery, Strict, Text


class MembershipOut(Schema):
    """A role in force."""

    role = fields.Enum(Role, by_value=True, required=True)
    program_id = fields.UUID(required=True, allow_none=True)
    alliance_id = fields.UUID(required=True, allow_none=True)


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
    alliance_id = IdOf("alliance", load_default=None, allow_none=True)


class PersonOut(Schema):
    """A person of this state."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    email = fields.String(required=True)
    language = fields.String(required=True)


class RoleIn(Strict):
    """A role to give: state roles hold in the whole state, program roles need a program, hub staff need an alliance."""

    role = fields.Enum(Role, by_value=True, required=True)
    program_id = IdOf("program", load_default=None, allow_none=True)
    alliance_id = IdOf("alliance", load_default=None, allow_none=True)


class RoleOut(Schema):
    """A role of a person, from a moment to a moment."""

    id = fields.UUID(required=True)
    person_id = fields.UUID(required=True)
    role = fields.String(required=True)
    program_id = fields.UUID(required=True, allow_none=True)
    alliance_id = fields.UUID(required=True, allow_none=True)
    valid_from = fields.AwareDateTime(required=True)
    valid_to = fields.AwareDateTime(required=True, allow_none=True)


class DelegationIn(Strict):
    """Who shall act for the caller, with which permissions, until when."""

    person_id = IdOf("person", required=True)
    permissions = fields.List(
        fields.Enum(Permission, by_value=True), required=True, validate=validate.Length(min=1, max=len(Permission))
    )
    valid_to = fields.AwareDateTime(required=True)


class DelegationOut(Schema):
    """Someone acts for another."""

    id = fields.UUID(required=True)
    person_id = fields.UUID(required=True)
    for_person_id = fields.UUID(required=True)
    permissions = fields.List(fields.String(), required=True)
    valid_from = fields.AwareDateTime(required=True)
    valid_to = fields.AwareDateTime(required=True)


class ActivityOut(Schema):
    """One thing that was done."""

    at = fields.AwareDateTime(required=True)
    verb = fields.String(required=True)
    subject_kind = fields.String(required=True)
    subject_id = fields.UUID(required=True)


class LinkOut(Schema):
    """A link that signs a person in once; shown only here."""

    link = fields.String(required=True)
    expires_at = fields.AwareDateTime(required=True)


class ClaimQuery(PageQuery):
    """Which claims are wanted."""

    state = fields.Enum(ClaimState, by_value=True, load_default=ClaimState.WAITING)


class ClaimOut(Schema):
    """Someone says that they run a program."""

    id = fields.UUID(required=True)
    licence_number = fields.String(required=True)
    program_id = fields.UUID(required=True, allow_none=True)
    name = fields.String(required=True)
    email = fields.String(required=True)
    state = fields.String(required=True)
    way = fields.String(required=True, allow_none=True)
    reason = fields.String(required=True)
    created_at = fields.AwareDateTime(required=True)


class DeclineIn(Strict):
    """Why a claim is declined; the claimant reads it."""

    reason = Text(required=True, least=1, most=500)


class CodeOut(Schema):
    """A code that proves a claim; shown only here."""

    code = fields.String(required=True)
    expires_at = fields.AwareDateTime(required=True)


class TokenIn(Strict):
    """An API token to make."""

    scopes = fields.List(
        fields.Enum(Permission, by_value=True), required=True, validate=validate.Length(min=1, max=len(Permission))
    )
    label = Text(load_default="", most=100)
    days = fields.Integer(load_default=90, validate=validate.Range(1, 366), metadata={"description": "Life in days"})


class TokenOut(Schema):
    """A token without its secret."""

    id = fields.UUID(required=True)
    person_id = fields.UUID(required=True)
    label = fields.String(required=True)
    scopes = fields.List(fields.String(), required=True)
    created_at = fields.AwareDateTime(required=True)
    seen_at = fields.AwareDateTime(required=True, allow_none=True, metadata={"description": "last used, to 5 minutes"})
    expires_at = fields.AwareDateTime(required=True)
    revoked_at = fields.AwareDateTime(required=True, allow_none=True)


class NewTokenOut(TokenOut):
    """A token just made; its secret is shown only here."""

    token = fields.String(required=True)
