"""What comes in and goes out of the records API."""

from marshmallow import Schema, fields, validate

from carepool.records.keeping import Kind
from carepool.records.models import ExportKind
from carepool.records.sentences import SUBJECTS
from carepool.web.bodies import IdOf, PageQuery, Strict, Text, Worded


class LogQuery(PageQuery):
    """Which entries of the log to list; all that is given must fit. `since` is included, `before` is not."""

    who = Text(load_default="", metadata={"description": "part of the name or e-mail address of who did it"})
    person_id = fields.UUID(load_default=None)
    verb = Text(load_default="", metadata={"description": "kind of entry, such as purchase.opened"})
    subject_kind = fields.String(load_default="", validate=validate.OneOf(["", *SUBJECTS]))
    subject_id = fields.UUID(load_default=None)
    since = fields.AwareDateTime(load_default=None)
    before = fields.AwareDateTime(load_default=None)


class EntryOut(Schema):
    """An entry of the activity log; `diff` is {field: [before, after]} or other small facts."""

    id = fields.UUID(required=True)
    at = fields.AwareDateTime(required=True)
    verb = fields.String(required=True)
    actor_kind = fields.String(required=True)
    person_id = fields.UUID(required=True, allow_none=True)
    who = Worded(required=True)
    sentence = Worded(required=True)
    subject_kind = fields.String(required=True)
    subject_id = fields.UUID(required=True)
    diff = fields.Dict(required=True)


class ExportIn(Strict):
    """What to export. For the activity log: the same filter as for reading it."""

    kind = fields.String(required=True, validate=validate.Equal(ExportKind.ACTIVITY))
    who = Text(load_default="")
    verb = Text(load_default="")
    subject_kind = fields.String(load_default="", validate=validate.OneOf(["", *SUBJECTS]))
    since = fields.AwareDateTime(load_default=None, allow_none=True)
    before = fields.AwareDateTime(load_default=None, allow_none=True)


class ExportOut(Schema):
    """An export that the caller asked for: its job says how far it is, `ready` that its file may be taken."""

    id = fields.UUID(required=True)
    kind = fields.String(required=True)
    wish = fields.Dict(required=True)
    ready = fields.Boolean(required=True)
    asked_at = fields.AwareDateTime(required=True)
    expires_at = fields.AwareDateTime(required=True, allow_none=True)
    job_id = fields.UUID(required=True)


class CheckOut(Schema):
    """A check that states are kept apart: {what was checked: [how many times, how many were not as they must be]}."""

    id = fields.UUID(required=True)
    job_id = fields.UUID(required=True, allow_none=True)
    asked_at = fields.AwareDateTime(required=True)
    done_at = fields.AwareDateTime(required=True, allow_none=True)
    results = fields.Dict(required=True)


class HoldIn(Strict):
    """A legal hold to begin."""

    reason = Text(required=True, least=1, most=500)


class HoldOut(Schema):
    """A legal hold."""

    id = fields.UUID(required=True)
    reason = fields.String(required=True)
    begun_at = fields.AwareDateTime(required=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)


class RetentionIn(Strict):
    """How many days each kind is kept."""

    days = fields.Dict(
        keys=fields.Enum(Kind, by_value=True), values=fields.Integer(validate=validate.Range(1, 99_999)), required=True
    )


class RetentionOut(Schema):
    """How many days each kind is kept, how many records the next round would delete, and the hold in force."""

    days = fields.Dict(required=True)
    would_go = fields.Dict(required=True)
    hold = fields.Nested(HoldOut, required=True, allow_none=True)


class RecordsIn(Strict):
    """Whose public records: what is given must all fit. `before` is not included."""

    purchase_id = IdOf("purchase", load_default=None, allow_none=True)
    program_id = IdOf("program", load_default=None, allow_none=True)
    since = fields.AwareDateTime(load_default=None, allow_none=True)
    before = fields.AwareDateTime(load_default=None, allow_none=True)
    without_personal = fields.Boolean(load_default=True)
