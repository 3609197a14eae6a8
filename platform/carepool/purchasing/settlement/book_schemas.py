"""How requests name a book: by `alliance_id`, null being the state's; lists and exports by `state`, `all` or an id."""

from marshmallow import Schema, fields, validate

from carepool.purchasing.settlement.books import ALL, OF_STATE, STATE, Books
from carepool.web.bodies import IdOf

_ID = "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"


def book_id() -> IdOf:
    """Whose book: an alliance's; null or left out: the state's."""
    words = "Whose book: an alliance's; null or left out: the state's"
    return IdOf("alliance", load_default=None, allow_none=True, metadata={"description": words})


def book_name(otherwise: Books = OF_STATE) -> fields.String:
    """Which books a list or an export is of, as text for `books_named`."""
    words = f"Whose book: `{STATE}`, `{ALL}`, or an alliance's id; left out: `{otherwise.name}`"
    known = validate.Regexp(f"^({STATE}|{ALL}|{_ID})$")
    return fields.String(load_default=None, validate=known, metadata={"description": words})


class BookQuery(Schema):
    """Whose book."""

    alliance_id = IdOf(
        "alliance", load_default=None, metadata={"description": "Whose book: an alliance's; left out: the state's"}
    )
