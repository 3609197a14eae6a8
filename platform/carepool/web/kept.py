"""What was typed into a form whose session ended: it goes along while its writer signs in, and is sent after that.

It travels in hidden boxes and is stored nowhere, so that nobody who is not signed in writes anything.
"""

from collections.abc import Iterable

from flask import request

_PREFIX = "kept."
_NEVER = ("password", "code", "token", "secret", "answer")

Kept = list[tuple[str, str]]
"""The boxes of a form in their order: name and what was typed."""


def kept_boxes() -> Kept:
    """Return the boxes of the form that was just sent; none of a form that holds a secret or a file."""
    boxes = [(name, text) for name, text in request.form.items(multi=True) if name != "csrf_token"]
    if request.files or any(word in name for name, _ in boxes for word in _NEVER):
        return []
    return boxes


def carried_boxes() -> Kept:
    """Return the boxes that went along with a sign-in."""
    return [
        (name.removeprefix(_PREFIX), text) for name, text in request.form.items(multi=True) if name.startswith(_PREFIX)
    ]


def as_carried(boxes: Iterable[tuple[str, str]]) -> Kept:
    """Return boxes under the names by which they go along with a sign-in."""
    return [(_PREFIX + name, text) for name, text in boxes]
