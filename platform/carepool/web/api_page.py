"""The API's document as pages to browse: one of its areas, and one an area."""

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue

from carepool.errors import NotFound
from carepool.web.guards import open_to_all

blueprint = Blueprint("api_page", __name__, template_folder="templates")

_METHODS = ("get", "put", "post", "delete", "patch")
_SCHEMAS = "#/components/schemas/"


@blueprint.get("/api")
@open_to_all
def browse() -> ResponseReturnValue:
    """Show the areas of the API, or the operations of one with their parameters, bodies, answers and schemas."""
    document = current_app.extensions["carepool_api"].spec.to_dict()
    areas = {tag["name"]: tag["description"] for tag in document["tags"]}
    operations = list(_operations(document))
    name = request.args.get("area", "")
    if not name:
        counts = {area: sum(area in one["tags"] for one in operations) for area in areas}
        return render_template("web/api.html", areas=areas, counts=counts)
    if name not in areas:
        raise NotFound("address")
    own = [one for one in operations if name in one["tags"]]
    schemas = document["components"]["schemas"]
    named = {one: schemas[one] for one in sorted(_named(own, schemas))}
    return render_template("web/api_area.html", title=areas[name], operations=own, schemas=named, name_of=_name_of)


def _operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every operation by path and method, with its parameters in full."""
    for path, item in sorted(document["paths"].items()):
        for method, operation in item.items():
            if method in _METHODS:
                parameters = _resolved(document, operation, item)
                yield {**operation, "method": method.upper(), "path": path, "parameters": parameters}


def _resolved(document: dict[str, Any], operation: dict[str, Any], item: dict[str, Any]) -> list[dict[str, Any]]:
    parameters = [*item.get("parameters", []), *operation.get("parameters", [])]
    return [
        document["components"]["parameters"][one["$ref"].rsplit("/", 1)[1]] if "$ref" in one else one
        for one in parameters
    ]


def _named(operations: list[dict[str, Any]], schemas: dict[str, Any]) -> set[str]:
    """Return the schemas that operations name, and those that these name in turn."""
    found: set[str] = set()
    left: list[Any] = list(operations)
    while left:
        for name in set(_references(left.pop())) - found:
            found.add(name)
            left.append(schemas[name])
    return found


def _references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        named = part.get("$ref")
        if isinstance(named, str) and named.startswith(_SCHEMAS):
            yield named.removeprefix(_SCHEMAS)
        for one in part.values():
            yield from _references(one)
    elif isinstance(part, list):
        for one in part:
            yield from _references(one)


def _name_of(schema: dict[str, Any]) -> str:
    """Return the name of a schema, or its type."""
    if "$ref" in schema:
        return str(schema["$ref"].rsplit("/", 1)[1])
    if schema.get("type") == "array":
        return f"[{_name_of(schema.get('items', {}))}]"
    kind = schema.get("type", "any")
    return " | ".join(kind) if isinstance(kind, list) else str(kind)
