"""Kits."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Kit:
    """A kit."""

    code: str
    name: str
    name_es: str
    title: str
    zone: str
    languages: tuple[str, ...] = ("en", "es")
    types: dict[str, str] = field(default_factory=dict)
    statuses: dict[str, str] = field(default_factory=dict)
    quality_levels: dict[str, int | None] = field(default_factory=dict)


def kit_codes() -> tuple[str, ...]:
    """Codes."""
    return ("co", "pa")


def load_kit(code: str) -> Kit:
    """Load."""
    return Kit(code, code.upper(), code.upper(), f"{code} title", "America/Denver")
