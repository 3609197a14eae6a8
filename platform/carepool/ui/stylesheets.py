"""What the build changes in the style sheet of the U.S. Web Design System: pure text in, text out."""

import re
from collections.abc import Callable

SYSTEM_FONTS = "system-ui,-apple-system,Segoe UI,Roboto,Helvetica Neue,Arial,sans-serif"
"""Fonts that every device has, so that no font is ever fetched."""
SYSTEM_MONOSPACE = "ui-monospace,SFMono-Regular,Menlo,Consolas,Liberation Mono,monospace"

_FACE = re.compile(r"@font-face\{[^}]*\}")
_STACK = re.compile(r"(font-family:)(Source Sans Pro Web|Merriweather Web|Roboto Mono Web),[^;}]*")
_URL = re.compile(r"""url\(\s*(['"]?)([^'")]+)\1\s*\)""")
_SOURCE_MAP = re.compile(r"\s*(/\*# sourceMappingURL=\S+ \*/|//# sourceMappingURL=\S+)\s*$")


def with_system_fonts(css: str) -> str:
    """Drop every font face and name the device's own fonts where a web font was named."""
    return _STACK.sub(_system_stack, _FACE.sub("", css))


def _system_stack(found: re.Match[str]) -> str:
    return found[1] + (SYSTEM_MONOSPACE if found[2].startswith("Roboto Mono") else SYSTEM_FONTS)


def with_urls(css: str, place: Callable[[str], str]) -> str:
    """Rewrite each relative address in `url(...)` by `place`; addresses with a scheme, and `#...`, stay."""

    def rewritten(found: re.Match[str]) -> str:
        target = found[2]
        return found[0] if re.match(r"[a-z]+:|//|#", target) else f"url({place(target)})"

    return _URL.sub(rewritten, css)


def without_source_map(text: str) -> str:
    """Drop the line that points a browser's tools to a source map, which is not shipped."""
    return _SOURCE_MAP.sub("\n", text)
