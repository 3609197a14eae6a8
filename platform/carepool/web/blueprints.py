"""The blueprint of every feature's JSON routes."""

from typing import Any

from flask_smorest import Blueprint
from marshmallow import Schema


class ApiBlueprint(Blueprint):  # type: ignore[misc]
    """JSON routes of one feature under `/api/v1`; a schema is made once, not again for each request."""

    def __init__(self, name: str, import_name: str, description: str) -> None:
        super().__init__(name, import_name, url_prefix="/api/v1", description=description)

    def arguments(self, schema: Any, **options: Any) -> Any:
        """Say which schema reads the arguments."""
        made = schema() if isinstance(schema, type) and issubclass(schema, Schema) else schema
        return super().arguments(made, **options)
