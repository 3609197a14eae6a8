"""A column that keeps a sentence with its values, so that whoever reads it later reads it in their own language."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from carepool.sentences import Sentence


class KeptSentence(TypeDecorator[Sentence]):
    """A `Sentence` as text: the template as it is, or `["template", {values}]` where it has values.

    A value that is a sentence is written as `{"sentence": "template", "values": {...}}`, several of them as a list, and a
    day as `{"day": "2026-11-27"}`.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Write a sentence."""
        if not isinstance(value, Sentence) or not value.values:
            return None if value is None else str(value)
        return json.dumps([value.template, _written(value.values)])

    def process_result_value(self, value: Any, dialect: Dialect) -> Sentence | None:
        """Read a sentence; a text of another origin is one without values."""
        if value is None:
            return None
        if value.startswith('["'):
            template, values = json.loads(value)
            return Sentence(template, _read(values))
        return Sentence(value)


def _written(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _one_written(value) for name, value in values.items()}


def _one_written(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_one_written(one) for one in value]
    if isinstance(value, Sentence):
        return {"sentence": value.template, "values": _written(value.values)}
    if isinstance(value, date):
        return {"day": value.isoformat()}
    return value


def _read(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _one_read(value) for name, value in values.items()}


def _one_read(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_one_read(one) for one in value)
    if isinstance(value, dict) and "day" in value:
        return date.fromisoformat(value["day"])
    if isinstance(value, dict):
        return Sentence(value["sentence"], _read(value["values"]))
    return value
