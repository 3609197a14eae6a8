"""How a state's site looks and who answers for it: pure rules, no database."""

import re
from dataclasses import dataclass

COLOUR = "#0b4766"
"""The national colour, for states that name none."""
READABLE = 4.5
"""The smallest contrast of text on its ground (WCAG 2.2, level AA)."""
LOGO_BYTES = 32 * 1024

_COLOUR = re.compile(r"#[0-9a-f]{6}")


class BadBrand(ValueError):
    """A brand that cannot be shown; the message says which key and why."""


@dataclass(frozen=True)
class Brand:
    """A state's colour (`#rrggbb`, white text stands on it), its logo as a data: address, its agency, whom to ask."""

    colour: str = COLOUR
    logo: str = ""
    agency: str = ""
    agency_url: str = ""
    contact_name: str = ""
    contact_role: str = ""
    contact_phone: str = ""
    contact_email: str = ""


def contrast(colour: str, other: str = "#ffffff") -> float:
    """Return the contrast of two colours `#rrggbb`, from 1 (none) to 21 (black on white), as WCAG 2.2 defines it."""
    lighter, darker = sorted((_luminance(colour), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def check_brand(brand: Brand) -> None:
    """Refuse a colour that white text cannot be read on, and addresses a page would not show. Raises BadBrand."""
    if not _COLOUR.fullmatch(brand.colour):
        raise BadBrand(f"colour must look like #0b4766, not {brand.colour!r}")
    if contrast(brand.colour) < READABLE:
        raise BadBrand(
            f"white text on {brand.colour} has a contrast of {contrast(brand.colour):.1f}; choose a darker colour, {READABLE}"
            " at least"
        )
    if brand.logo and (not brand.logo.startswith("data:image/") or len(brand.logo) > LOGO_BYTES):
        raise BadBrand(f"logo must be a data:image/ address of at most {LOGO_BYTES} characters")
    if brand.agency_url and not brand.agency_url.startswith("https://"):
        raise BadBrand("agency_url must begin with https://")
    if brand.contact_email and "@" not in brand.contact_email:
        raise BadBrand("contact_email must be an e-mail address")


def _luminance(colour: str) -> float:
    parts = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
