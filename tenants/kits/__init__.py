"""State kits: one TOML file a jurisdiction with its names, time zone, languages, brand and words."""

import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tenants.brand import BadBrand, Brand, check_brand
from tenants.refusals import Refused
from tenants.vocabularies import LicenceStatus, ProgramType

KINDS = ("state", "district", "territory")
LANGUAGES = ("en", "es")


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
    #: One of KINDS.
    kind: str
    #: Title of the state's site.
    title: str
    #: Main IANA time zone, and the others of the jurisdiction.
    zone: str
    other_zones: tuple[str, ...] = ()
    languages: tuple[str, ...] = LANGUAGES
    brand: Brand = field(default_factory=Brand)
    #: The state's own words -> national type, status, quality level ("" for none).
    types: Mapping[str, str] = field(default_factory=dict)
    statuses: Mapping[str, str] = field(default_factory=dict)
    quality_levels: Mapping[str, int | str] = field(default_factory=dict)
    #: The state's own regions -> the counties in each; a county is in one region at the most.
    regions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
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
    if code.lower() not in kit_codes():
        raise BadKit(f"There is no kit {code}. Kits: {', '.join(kit_codes())}.")
    name = f"{code.lower()}.toml"
    return read_kit(name, (files(__name__) / name).read_text("utf-8"))


def read_kit(name: str, text: str) -> Kit:
    """Return the kit that a text holds; `name` is its file's. Raises BadKit with a sentence that names file and key."""
    try:
        read = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadKit(f"{name} is not valid TOML: {error}.") from None
    _check_names(name, read)
    _check_words(name, read)
    values: dict[str, Any] = dict(read)
    values["brand"] = _brand(name, read.get("brand", {}))
    values["regions"] = _regions(name, read.get("regions", {}))
    values.update({key: tuple(read[key]) for key in ("other_zones", "languages") if key in read})
    return Kit(**values)


def _check_names(name: str, read: dict[str, Any]) -> None:
    _refuse_unknown(name, read, Kit)
    for key in ("code", "name", "name_es", "fips", "kind", "title", "zone"):
        if not isinstance(read.get(key), str) or not read[key]:
            raise BadKit(f"{name}: {key} must be a text.")
    if name != f"{read['code']}.toml":
        raise BadKit(f"{name}: code is {read['code']!r}, but a kit is named for its code.")
    if read["kind"] not in KINDS:
        raise BadKit(f"{name}: kind must be one of {', '.join(KINDS)}.")
    for zone in (read["zone"], *read.get("other_zones", ())):
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError):
            raise BadKit(f"{name}: {zone} is not an IANA time zone.") from None
    languages = read.get("languages", LANGUAGES)
    if not languages or not set(languages) <= set(LANGUAGES):
        raise BadKit(f"{name}: languages must be one or more of {', '.join(LANGUAGES)}.")


def _check_words(name: str, read: dict[str, Any]) -> None:
    known_words = {"types": [str(one) for one in ProgramType], "statuses": [str(one) for one in LicenceStatus]}
    for key, words in known_words.items():
        for word, national in read.get(key, {}).items():
            if national not in words:
                raise BadKit(f"{name}: {key}.{word} is {national!r}; choose from {', '.join(words)}.")
    for word, level in read.get("quality_levels", {}).items():
        if level != "" and level not in range(6):
            raise BadKit(f'{name}: quality_levels.{word} must be 0 to 5, or "" for none.')


def _brand(name: str, read: dict[str, Any]) -> Brand:
    _refuse_unknown(f"{name}: [brand]", read, Brand)
    for key, value in read.items():
        if not isinstance(value, str):
            raise BadKit(f"{name}: brand.{key} must be a text.")
    brand = Brand(**read)
    try:
        check_brand(brand)
    except BadBrand as error:
        raise BadKit(f"{name}: brand: {error}.") from None
    return brand


def _regions(name: str, read: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    for region, counties in read.items():
        if not isinstance(counties, list) or not counties or not all(isinstance(one, str) and one for one in counties):
            raise BadKit(f"{name}: regions.{region} must be a list of counties.")
    times = Counter(county.casefold() for counties in read.values() for county in counties)
    if twice := sorted(county for county, number in times.items() if number > 1):
        raise BadKit(f"{name}: regions: {', '.join(twice)} must be in one region only.")
    return {region: tuple(counties) for region, counties in read.items()}


def _refuse_unknown(where: str, read: dict[str, Any], kind: type[Any]) -> None:
    known = sorted(one.name for one in fields(kind))
    for key in read:
        if key not in known:
            raise BadKit(f"{where}: unknown key {key}. Keys are: {', '.join(known)}.")
