"""Tells whether only a part of a page that is open is asked for."""

from flask import request


def is_partial() -> bool:
    """Tell whether only a part of an open page is asked for."""
    return request.headers.get("HX-Request-Type") == "partial"
