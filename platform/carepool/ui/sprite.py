"""One small file of the icons that pages use, cut from the sprite of the design system."""

import re
from collections.abc import Sequence

_SYMBOL = re.compile(r'<symbol id="([a-z0-9_]+)".*?</symbol>', re.DOTALL)


class UnknownIcon(ValueError):
    """An icon that the design system does not have; the message names it."""


def cut_sprite(whole: str, names: Sequence[str]) -> str:
    """Return an SVG with only the named symbols, in the order given. Raises UnknownIcon."""
    symbols = {found[1]: found[0] for found in _SYMBOL.finditer(whole)}
    if missing := [name for name in names if name not in symbols]:
        raise UnknownIcon(f"The design system has no icon named {', '.join(missing)}.")
    return '<svg xmlns="http://www.w3.org/2000/svg">' + "".join(symbols[name] for name in names) + "</svg>"
