"""What comes in and goes out of the imports API."""

from flask_smorest.fields import Upload
from marshmallow import Schema, fields, validate

from carepool.imports.models import ImportKind, ImportState, Verdict
from carepool.web.bodies import IdOf, PageQuery, Strict, Worded


class ImportFile(Schema):
    """The file itself (multipart)."""

    file = Upload(required=True)


class ImportForm(Schema):
    """What the file is."""

    kind = fields.Enum(ImportKind, by_value=True, required=True)
    contract_id = IdOf("contract", load_default=None, allow_none=True)


class MapIn(Strict):
    """The confirmed column map; null confirms the proposal."""

    column_map = fields.Dict(load_default=None, allow_none=True)


class ImportOut(Schema):
    """An import and where it stands."""

    id = fields.UUID(required=True)
    kind = fields.String(required=True, validate=validate.OneOf([str(one) for one in ImportKind]))
    state = fields.String(required=True, validate=validate.OneOf([str(one) for one in ImportState]))
    file_name = fields.String(required=True)
    headers = fields.List(fields.String(), required=True)
    column_map = fields.Dict(required=True)
    counts = fields.Dict(required=True)
    done = fields.Integer(required=True)
    error = Worded(required=True)
    job_id = fields.UUID(required=True, allow_none=True)


class RowQuery(PageQuery):
    """Which staged rows to list."""

    verdict = fields.Enum(Verdict, by_value=True, load_default=None, allow_none=True)


class ImportRowOut(Schema):
    """A staged row and what it would do."""

    row = fields.Integer(required=True, allow_none=True)
    key = fields.String(required=True)
    verdict = fields.String(required=True)
    note = Worded(required=True)
    facts = fields.Dict(required=True)
    changes = fields.Dict(required=True)
