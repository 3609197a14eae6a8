"""What goes out of the jobs API."""

from marshmallow import Schema, fields, validate

from carepool.jobs.kinds import KINDS
from carepool.jobs.models import JobState
from carepool.web.bodies import Worded


class JobOut(Schema):
    """Long work and how far it has come: `done` of `total` rows or items; `total` is null while unknown."""

    id = fields.UUID(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(list(KINDS)))
    subject_id = fields.UUID(required=True)
    state = fields.String(required=True, validate=validate.OneOf([str(one) for one in JobState]))
    done = fields.Integer(required=True)
    total = fields.Integer(required=True, allow_none=True)
    cancel_asked = fields.Boolean(required=True)
    error = Worded(required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)
    started_at = fields.AwareDateTime(required=True, allow_none=True)
    finished_at = fields.AwareDateTime(required=True, allow_none=True)
