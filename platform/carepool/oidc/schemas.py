"""What comes in and goes out of the provider's API."""

from marshmallow import Schema, fields, validate

from carepool.oidc.actions import NEWCOMER_ROLES
from carepool.web.bodies import Strict, Text, Worded


class ProviderIn(Strict):
    """A state's OpenID provider. An empty `client_secret` keeps the one there is."""

    switched_on = fields.Boolean(required=True)
    issuer = Text(required=True, least=1, most=500)
    client_id = Text(required=True, least=1)
    client_secret = Text(load_default="", most=500)
    label_en = Text(required=True, least=1, most=60)
    label_es = Text(load_default="", most=60)
    domains = fields.List(Text(least=1), required=True, validate=validate.Length(min=1, max=50))
    factor_values = fields.List(Text(least=1), load_default=list, validate=validate.Length(max=20))
    newcomer_role = fields.String(
        load_default=None, allow_none=True, validate=validate.OneOf([str(one) for one in NEWCOMER_ROLES])
    )


class ProviderOut(Schema):
    """A state's OpenID provider, without the secret."""

    switched_on = fields.Boolean(required=True)
    issuer = fields.String(required=True)
    client_id = fields.String(required=True)
    label_en = fields.String(required=True)
    label_es = fields.String(required=True)
    domains = fields.List(fields.String(), required=True)
    factor_values = fields.List(fields.String(), required=True)
    newcomer_role = fields.String(required=True, allow_none=True)
    changed_at = fields.AwareDateTime(required=True, allow_none=True)


class FindingOut(Schema):
    """One thing that was looked at."""

    right = fields.Boolean(required=True)
    sentence = Worded(required=True)


class FindingsOut(Schema):
    """What was looked at, in this order; the last may be wrong, and then nothing more was looked at."""

    right = fields.Boolean(required=True)
    redirect_address = fields.String(required=True)
    findings = fields.List(fields.Nested(FindingOut), required=True)
