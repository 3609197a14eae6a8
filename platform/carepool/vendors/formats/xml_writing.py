"""XML written element by element: texts are data, empty ones are left out."""

from collections.abc import Mapping
from xml.sax.saxutils import escape, quoteattr

from carepool.vendors.formats.values import clean

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


class Writer:
    """Collects a document; `bytes()` returns it as UTF-8. Elements nest by `with`."""

    def __init__(self, start: str) -> None:
        self._written = [start]
        self._open: list[str] = []

    def leaf(self, name: str, text: str, attributes: Mapping[str, str] | None = None, *, keep: bool = False) -> None:
        """Write an element with a text; nothing where the text is empty, unless it is kept."""
        plain = clean(text)
        if plain or keep:
            self._written.append(f"<{name}{_attributes(attributes)}>{escape(plain)}</{name}>")

    def empty(self, name: str, attributes: Mapping[str, str]) -> None:
        """Write an element with attributes and nothing inside."""
        self._written.append(f"<{name}{_attributes(attributes)}/>")

    def inside(self, name: str, attributes: Mapping[str, str] | None = None) -> "Writer":
        """Open an element; the `with` that this is for closes it."""
        self._written.append(f"<{name}{_attributes(attributes)}>")
        self._open.append(name)
        return self

    def __enter__(self) -> None:
        return None

    def __exit__(self, *told: object) -> None:
        self._written.append(f"</{self._open.pop()}>")

    def bytes(self) -> bytes:
        """Return the document."""
        return "".join(self._written).encode()


def _attributes(attributes: Mapping[str, str] | None) -> str:
    if not attributes:
        return ""
    return "".join(f" {name}={quoteattr(clean(value))}" for name, value in attributes.items())
