"""What comes in and goes out of the messages API."""

from marshmallow import Schema, fields, validate

from carepool.notifications.models import DeliveryState
from carepool.notifications.notices import Notice
from carepool.notifications.sending import Outcome
from carepool.web.bodies import IdOf, PageQuery, Strict, Worded


class MessageQuery(PageQuery):
    """Which messages to list."""

    unread = fields.Boolean(load_default=False, metadata={"description": "Only those that were not read yet"})


class MessageOut(Schema):
    """A message: its sentence in the reader's language, and what it is about."""

    id = fields.UUID(required=True)
    kind = fields.String(required=True)
    subject_id = fields.UUID(required=True)
    sentence = fields.String(required=True)
    created_at = fields.AwareDateTime(required=True)
    read_at = fields.AwareDateTime(required=True, allow_none=True)


class ReadIn(Strict):
    """The newest message that was seen; it and all older ones are read."""

    up_to = IdOf("message", required=True)


class ReadOut(Schema):
    """How many messages are unread now."""

    unread = fields.Integer(required=True)


class ChannelsIn(Strict):
    """By which channels a notice is wanted; what is left out stays as it is."""

    mail = fields.Boolean()
    sms = fields.Boolean()


class SettingsIn(Strict):
    """How messages come to the caller. Quiet hours are minutes after midnight where the state is."""

    notices = fields.Dict(keys=fields.Enum(Notice, by_value=True), values=fields.Nested(ChannelsIn), load_default=dict)
    quiet_from = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(0, 1439))
    quiet_to = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(0, 1439))
    digest = fields.Boolean(load_default=False, metadata={"description": "One summary a day by mail"})


class SettingsOut(Schema):
    """How messages come to the caller."""

    notices = fields.Dict(keys=fields.String(), values=fields.Dict(keys=fields.String(), values=fields.Boolean()))
    quiet_from = fields.Integer(required=True, allow_none=True)
    quiet_to = fields.Integer(required=True, allow_none=True)
    digest = fields.Boolean(required=True)
    phone = fields.String(required=True, allow_none=True, metadata={"description": "A verified number, or null"})


class SilencedOut(Schema):
    """An address that nothing is sent to: it bounced, complained or said STOP."""

    id = fields.UUID(required=True)
    channel = fields.String(required=True)
    address = fields.String(required=True)
    reason = fields.String(required=True)
    at = fields.AwareDateTime(required=True)


class DeliveryQuery(PageQuery):
    """Which deliveries to list."""

    state = fields.Enum(DeliveryState, by_value=True, load_default=None, allow_none=True)


class DeliveryOut(Schema):
    """A message on its way to an address; `unknown`: the answer was lost, so a person decides."""

    message_id = fields.UUID(required=True)
    channel = fields.String(required=True)
    address = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf([str(one) for one in DeliveryState]))
    attempts = fields.Integer(required=True)
    error = Worded(required=True)
    due_at = fields.AwareDateTime(
        required=True, allow_none=True, metadata={"description": "When a waiting delivery is tried next"}
    )
    changed_at = fields.AwareDateTime(required=True)


class ResolveIn(Strict):
    """What a person found out, or wants: it was sent, or it is to be sent again."""

    outcome = fields.Enum(Outcome, by_value=True, required=True)
    channel = fields.String(load_default="mail", validate=validate.OneOf(["mail", "sms"]))


class StandingOut(Schema):
    """Where a channel stands; `waiting`: messages that should be out and are not."""

    channel = fields.String(required=True)
    waiting = fields.Integer(required=True)
    oldest = fields.AwareDateTime(required=True, allow_none=True)
    failing_since = fields.AwareDateTime(required=True, allow_none=True)
    stuck = fields.Boolean(required=True)
    reason = Worded(required=True)
    error = fields.String(required=True, metadata={"description": "As the other server said it"})


class RetryIn(Strict):
    """Which channel."""

    channel = fields.String(required=True, validate=validate.OneOf(["mail", "sms"]))


class RetryOut(Schema):
    """How many messages are tried again now."""

    messages = fields.Integer(required=True)
