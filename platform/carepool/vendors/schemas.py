"""What goes out of the vendor directory."""

from marshmallow import Schema, fields

from carepool.web.bodies import PageQuery, Text


class VendorQuery(PageQuery):
    """Which vendors to list; `words` is a part of the name."""

    words = Text(load_default=None, allow_none=True, most=100)


class VendorOut(Schema):
    """A vendor of the directory that all states share; `id` is what a contract names."""

    id = fields.UUID(required=True, attribute="public_id")
    name = fields.String(required=True)
    email = fields.String(required=True)
    phone = fields.String(required=True)
