"""State kits: one TOML file a jurisdiction with its names, time zone, languages and words."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tenants.refusals import Refused
from tenants.vocabularies import LicenceStatus, ProgramType


class BadKit(Refused):
    """A kit that cannot be used; the message names the file and the key."""


@dataclass(frozen=True)
class Kit:
    """What a state starts with; everything can be changed later."""

    #: USPS code in lower case, names in English and Spanish, FIPS code with its leading zero.
    code: str
    name: str
    name_es: str
    fips: str
    #: `state`, `district` or `territory`.
    kind: str
    #: Title of the state's site.
    title: str
    #: Main IANA time zone, and the others of the jurisdiction.
    zone: str
    other_zones: tuple[str, ...] = ()
    languages: tuple[str, ...] = ("en", "es")
    #: The state's own words -> national type, status, quality level ("" for none).
    types: Mapping[str, str] = field(default_factory=dict)
    statuses: Mapping[str, str] = field(default_factory=dict)
    quality_levels: Mapping[str, int | str] = field(default_factory=dict)
    #: Roster field -> the header that the state uses, or several headers whose cells are joined with "-".
    roster_columns: Mapping[str, str | list[str]] = field(default_factory=dict)


@cache
def kit_codes() -> tuple[str, ...]:
    """Return the codes of all kits in order."""
    return tuple(
        sorted(one.name.removesuffix(".toml") for one in files(__name__).iterdir() if one.name.endswith(".toml"))
    )


@cache
def load_kit(code: str) -> Kit:
    """Return the kit of a code such as `pa`. Raises BadKit with a sentence that names file and key."""
    name = f"{code.lower()}.toml"
    try:
        read = tomllib.loads((files(__name__) / name).read_text("utf-8"))
    except FileNotFoundError:
        raise BadKit(f"There is no kit {name}.") from None
    except tomllib.TOMLDecodeError as error:
        raise BadKit(f"{name} is not valid TOML: {error}.") from None
    return _checked(name, read)


def _checked(name: str, read: dict[str, Any]) -> Kit:
    known = {one.name for one in fields(Kit)}
    for key in read:
        if key not in known:
            raise BadKit(f"{name}: unknown key {key}. Keys are: {', '.join(sorted(known))}.")
    for key in ("code", "name", "name_es", "fips", "kind", "title", "zone"):
        if not isinstance(read.get(key), str) or not read[key]:
            raise BadKit(f"{name}: {key} must be a text.")
    for zone in (read["zone"], *read.get("other_zones", ())):
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError):
            raise BadKit(f"{name}: {zone} is not an IANA time zone.") from None
    known_words = {"types": [str(one) for one in ProgramType], "statuses": [str(one) for one in LicenceStatus]}
    for key, words in known_words.items():
        for word, national in read.get(key, {}).items():
            if national not in words:
                raise BadKit(f"{name}: {key}.{word} is {national!r}; choose from {', '.join(words)}.")
    for word, level in read.get("quality_levels", {}).items():
        if level != "" and level not in range(6):
            raise BadKit(f'{name}: quality_levels.{word} must be 0 to 5, or "" for none.')
    values: dict[str, Any] = dict(read)
    values.update({key: tuple(read[key]) for key in ("other_zones", "languages") if key in read})
    return Kit(**values)
