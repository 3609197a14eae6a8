"""URL converters: each names the model whose id stands in the address, so that tests try all with foreign ids."""

from typing import Any, cast
from uuid import UUID

from flask import Flask
from sqlalchemy import Table
from werkzeug.routing import UUIDConverter

from tenants.database import Base


class ModelIdConverter(UUIDConverter):
    """A UUID in an address; subclasses name the model."""

    model: type[Any]


def converter_for(model: type[Any]) -> type[ModelIdConverter]:
    """Return a converter whose ids are those of a model."""
    return type(f"{model.__name__}Id", (ModelIdConverter,), {"model": model})


def register(app: Flask, models: dict[str, type[Any]]) -> None:
    """Make `<program:program_id>` and the like known to the application."""
    for name, model in models.items():
        app.url_map.converters[name] = converter_for(model)


def register_all(app: Flask) -> None:
    """Make a converter for every table whose key, after the scope, is one `id`: `<program:program_id>`."""
    register(
        app,
        {
            cast(Table, mapper.local_table).name: mapper.class_
            for mapper in Base.registry.mappers
            if "id" in mapper.columns and mapper.columns["id"].type.python_type is UUID
        },
    )
