"""Schemas that every list and body shares."""

from functools import cache
from typing import Any

from marshmallow import RAISE, Schema, fields, validate

from carepool.ui.formats import in_words
from carepool.web.paging import LARGEST_PAGE, Page, page_of


class Strict(Schema):
    """A body in which an unknown field is an error, and no text holds a NUL, which PostgreSQL cannot keep."""

    class Meta:
        """Refuse what is not named."""

        unknown = RAISE


class Text(fields.String):
    """A text without NUL, with white space around it taken off."""

    def __init__(self, *, most: int = 200, least: int = 0, **options: Any) -> None:
        super().__init__(validate=validate.Length(min=least, max=most), **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = str(super()._deserialize(value, attr, data, **kwargs)).strip()
        if "\0" in text:
            raise self.make_error("invalid")
        return text


class PageQuery(Schema):
    """Where a page begins and how long it is."""

    cursor = Text(load_default=None, allow_none=True, most=2000)
    limit = fields.Integer(load_default=50, validate=validate.Range(1, LARGEST_PAGE))


@cache
def page_schema(row: type[Schema]) -> type[Schema]:
    """Return the schema of a page of rows: `items` and the cursor of the next page."""
    return type(
        f"{row.__name__.removesuffix('Out')}Page",
        (Schema,),
        {
            "items": fields.List(fields.Nested(row), required=True),
            "next_cursor": fields.String(required=True, allow_none=True),
        },
    )


def page_body(page: Page[Any]) -> dict[str, Any]:
    """Return a page as its schema wants it."""
    return {"items": page.rows, "next_cursor": page.next_cursor}


def listed(query: Any, keys: list[Any], asked: dict[str, Any], **options: Any) -> dict[str, Any]:
    """Return one page of a list as its schema wants it; `asked` is a loaded PageQuery, the rest as for `page_of`."""
    return page_body(page_of(query, keys, asked["cursor"], asked["limit"], **options))


class Worded(fields.String):
    """A sentence for people, given in the language that the caller asked for."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else in_words(value)


class IdOf(fields.UUID):
    """An id inside a body; it names its table, so that tests try every body with another state's ids."""

    def __init__(self, table: str, **options: Any) -> None:
        super().__init__(**options)
        self.table = table


class SharedId(fields.UUID):
    """An id of the shared directory inside a body: every state may name it."""
