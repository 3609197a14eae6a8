"""A column that keeps a sentence with its values, so that whoever reads it later reads it in their own language."""

import json
from typing import Any

from sqlalchemy import Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from carepool.sentences import Sentence


class KeptSentence(TypeDecorator[Sentence]):
    """A `Sentence` as text: the template as it is, or `["template", {values}]` where it has values."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Write a sentence; tuples of sentences inside it are kept in English."""
        if not isinstance(value, Sentence) or not value.values:
            return None if value is None else str(value)
        values = {name: "; ".join(one) if isinstance(one, tuple) else one for name, one in value.values.items()}
        return json.dumps([value.template, values])

    def process_result_value(self, value: Any, dialect: Dialect) -> Sentence | None:
        """Read a sentence; a text of another origin is one without values."""
        if value is None:
            return None
        if value.startswith('["'):
            template, values = json.loads(value)
            return Sentence(template, values)
        return Sentence(value)
