"""What comes in and goes out of the webhooks API."""

from marshmallow import Schema, fields, validate

from carepool.web.bodies import PageQuery, Strict, Text, Worded
from carepool.webhooks.models import EndpointState, HookState


class EndpointIn(Strict):
    """An address that is to hear of events."""

    url = Text(required=True, least=1, most=500, metadata={"description": "Begins with https://"})
    description = Text(load_default="", most=200)
    events = fields.List(
        Text(most=60),
        load_default=list,
        validate=validate.Length(max=50),
        metadata={"description": "Names of events; none: all"},
    )


class EndpointChangeIn(EndpointIn):
    """An endpoint as it is to be."""

    enabled = fields.Boolean(load_default=True)


class EndpointOut(Schema):
    """An endpoint; `state` gone: it answered 410."""

    id = fields.UUID(required=True)
    url = fields.String(required=True)
    description = fields.String(required=True)
    events = fields.List(fields.String(), required=True)
    state = fields.String(
        required=True, validate=validate.OneOf([*map(str, set(EndpointState) - {EndpointState.DELETED})])
    )
    failing_since = fields.AwareDateTime(required=True, allow_none=True)
    previous_until = fields.AwareDateTime(
        required=True, allow_none=True, metadata={"description": "Until when the secret before signs too"}
    )
    made_at = fields.AwareDateTime(required=True)


class EndpointWithSecretOut(EndpointOut):
    """An endpoint with its secret, which is shown this once."""

    secret = fields.String(required=True, metadata={"description": "whsec_..., as Standard Webhooks write it"})


class EventOut(Schema):
    """A kind of event."""

    name = fields.String(required=True)
    meaning = Worded(required=True)


class DeliveryQuery(PageQuery):
    """Which deliveries to list."""

    state = fields.Enum(HookState, by_value=True, load_default=None, allow_none=True)


class HookDeliveryOut(Schema):
    """An event for an endpoint; its id is the webhook-id."""

    id = fields.UUID(required=True)
    endpoint_id = fields.UUID(required=True)
    event = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf([str(one) for one in HookState]))
    reason = Worded(required=True, metadata={"description": "Why it was given up; empty where it was not"})
    attempts = fields.Integer(required=True)
    due_at = fields.AwareDateTime(required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)


class AttemptOut(Schema):
    """One attempt; `status` is null where there was no answer."""

    at = fields.AwareDateTime(required=True)
    milliseconds = fields.Integer(required=True)
    status = fields.Integer(required=True, allow_none=True)
    answer = fields.String(required=True)
    error = Worded(required=True)


class HookDeliveryWholeOut(HookDeliveryOut):
    """A delivery with what is posted and its attempts, the newest first."""

    body = fields.String(required=True)
    tried = fields.List(fields.Nested(AttemptOut), required=True)


class ResendIn(Strict):
    """Since when."""

    since = fields.AwareDateTime(required=True)


class ResendOut(Schema):
    """How many deliveries are sent again."""

    deliveries = fields.Integer(required=True)
