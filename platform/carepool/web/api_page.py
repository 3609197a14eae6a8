"""The API's document as a page to browse."""

from typing import Any

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue

from carepool.web.guards import open_to_all

blueprint = Blueprint("api_page", __name__, template_folder="templates")


@blueprint.get("/api")
@open_to_all
def browse() -> ResponseReturnValue:
    """Show every operation with its parameters, body and answers."""
    document = current_app.extensions["carepool_api"].spec.to_dict()
    operations = [
        {**operation, "method": method.upper(), "path": path, "parameters": _resolved(document, operation, item)}
        for path, item in sorted(document["paths"].items())
        for method, operation in item.items()
        if method in ("get", "put", "post", "delete", "patch")
    ]
    schemas = document["components"]["schemas"]
    return render_template("web/api.html", operations=operations, schemas=schemas, name_of=_name_of)


def _resolved(document: dict[str, Any], operation: dict[str, Any], item: dict[str, Any]) -> list[dict[str, Any]]:
    parameters = [*item.get("parameters", []), *operation.get("parameters", [])]
    return [
        document["components"]["parameters"][one["$ref"].rsplit("/", 1)[1]] if "$ref" in one else one
        for one in parameters
    ]


def _name_of(schema: dict[str, Any]) -> str:
    """Return the name of a schema, or its type."""
    if "$ref" in schema:
        return str(schema["$ref"].rsplit("/", 1)[1])
    if schema.get("type") == "array":
        return f"[{_name_of(schema.get('items', {}))}]"
    kind = schema.get("type", "any")
    return " | ".join(kind) if isinstance(kind, list) else str(kind)
