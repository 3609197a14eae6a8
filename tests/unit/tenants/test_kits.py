"""State kits: all 56 load, and a bad one is refused with its file and key."""

import csv
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants.brand import READABLE, BadBrand, Brand, check_brand, contrast
from tenants.kits import BadKit, kit_codes, load_kit, read_kit
from tenants.vocabularies import LicenceStatus, ProgramType, national_status, national_type, quality_level

GOOD = """
code = "zz"
name = "Zenith"
name_es = "Zenit"
fips = "99"
kind = "state"
title = "Zenith Shared Services"
zone = "America/Denver"
"""


@pytest.mark.parametrize("code", kit_codes())
def test_every_kit_loads(code: str) -> None:
    kit = load_kit(code)
    assert kit.code == code and len(kit.fips) == 2
    assert contrast(kit.brand.colour) >= READABLE


def test_there_is_a_kit_for_each_of_the_56_jurisdictions(shared: Path) -> None:
    with (shared / "jurisdictions.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert {row["usps"].lower() for row in rows} == set(kit_codes())
    for row in rows:
        kit = load_kit(row["usps"])
        assert (kit.name, kit.fips, kit.kind, kit.zone) == (
            row["name"], row["fips"], row["kind"], row["primary_time_zone"],
        )  # fmt: skip


def test_56_kits_without_any_file() -> None:
    assert len(kit_codes()) == 56
    assert len({load_kit(code).fips for code in kit_codes()}) == 56


@pytest.mark.parametrize("code", [code for code in kit_codes() if load_kit(code).types])
def test_a_states_words_mean_what_its_kit_says(code: str) -> None:
    kit = load_kit(code)
    for word, national in kit.types.items():
        assert national_type(word.upper() + " ", kit.types) is ProgramType(national)
    for word, national in kit.statuses.items():
        assert national_status(word, kit.statuses) is LicenceStatus(national)
    for word, level in kit.quality_levels.items():
        levels = {one: str(known) for one, known in kit.quality_levels.items()}
        assert quality_level(word, levels) == (None if level == "" else level)


def test_pennsylvania_has_19_regions_that_share_its_67_counties() -> None:
    regions = load_kit("pa").regions
    assert len(regions) == 19
    assert sum(len(counties) for counties in regions.values()) == 67


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ("colour = 1", "unknown key colour"),
        ('languages = ["fr"]', "languages"),
        ("languages = []", "languages"),
        ('other_zones = ["America/Nowhere"]', "America/Nowhere"),
        ('[types]\nHouse = "castle"', "types.House"),
        ('[statuses]\nGone = "vanished"', "statuses.Gone"),
        ("[quality_levels]\nTop = 9", "quality_levels.Top"),
        ('[brand]\ncolour = "#ffff00"', "contrast"),
        ('[brand]\ncolour = "blue"', "colour"),
        ('[brand]\nlogo = "https://example.org/x.png"', "logo"),
        ('[brand]\nagency_url = "http://example.org"', "agency_url"),
        ("[brand]\nagency = 5", "brand.agency"),
        ('[brand]\nfont = "Comic"', "unknown key font"),
        ('[regions]\nNorth = "Adams"', "regions.North"),
        ("[regions]\nNorth = []", "regions.North"),
        ('[regions]\nNorth = ["Adams"]\nSouth = ["ADAMS"]', "adams"),
        ("[regions", "not valid TOML"),
    ],
)
def test_a_bad_kit_is_refused_with_its_file_and_key(more: str, named: str) -> None:
    assert read_kit("zz.toml", GOOD).brand == Brand()
    with pytest.raises(BadKit, match=r"^zz\.toml") as refused:
        read_kit("zz.toml", GOOD + more)
    assert named in str(refused.value) and str(refused.value).endswith(".")


def test_a_kit_is_named_for_its_code() -> None:
    with pytest.raises(BadKit, match="named for its code"):
        read_kit("yy.toml", GOOD)


_COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@given(_COLOURS, _COLOURS)
def test_contrast_is_between_1_and_21_and_the_same_both_ways(one: str, other: str) -> None:
    assert 1 <= contrast(one, other) <= 21.000001
    assert contrast(one, other) == contrast(other, one)
    assert contrast(one, one) == 1


@pytest.mark.parametrize(("colour", "wanted"), [("#000000", 21.0), ("#767676", 4.54), ("#777777", 4.48)])
def test_contrast_is_that_of_wcag(colour: str, wanted: float) -> None:
    assert contrast(colour) == pytest.approx(wanted, abs=0.01)


@given(_COLOURS)
def test_a_brand_is_taken_exactly_when_white_text_on_it_can_be_read(colour: str) -> None:
    brand = replace(Brand(), colour=colour)
    if contrast(colour) >= READABLE:
        check_brand(brand)
    else:
        with pytest.raises(BadBrand, match="contrast"):
            check_brand(brand)
