"""Money, numbers, dates and instants in both languages."""

import tomllib
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask_babel import force_locale
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql

from carepool.kept_sentences import KeptSentence
from carepool.sentences import marked
from carepool.ui import formats

Speaking = Callable[[str], AbstractContextManager[None]]
KITS = Path(__file__).resolve().parents[3] / "tenants" / "kits"
WINTER = datetime(2026, 11, 28, 0, 0, tzinfo=UTC)
SUMMER = datetime(2026, 7, 1, 23, 0, tzinfo=UTC)

_DIALECT = postgresql.dialect()


@pytest.mark.parametrize("language", ["en", "es"])
def test_money_is_written_as_in_the_united_states_in_both_languages(speaking: Speaking, language: str) -> None:
    with speaking(language):
        assert formats.money(123450) == "$1,234.50"
        assert formats.money(0) == "$0.00"
        assert formats.money(-5) == "-$0.05"
        assert formats.money_each(1100, 24) == "$0.4583"
        assert formats.money_each(4500, 24) == "$1.875"
        assert formats.money_each(4000, 10) == "$4.00"
        assert formats.number(1234567) == "1,234,567"
        assert formats.percent(9) == "9%"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(st.integers(-(10**14), 10**14))
def test_no_cent_is_lost_in_writing(speaking: Speaking, cents: int) -> None:
    with speaking("es"):
        written = formats.money(cents)
    assert int(written.replace("$", "").replace(",", "").replace(".", "")) == cents


def test_an_instant_says_day_time_and_zone_where_the_state_is(speaking: Speaking) -> None:
    with speaking("en"):
        assert formats.when(WINTER) == "Fri, Nov 27, 2026, 5:00\u00a0PM Mountain Time"
    with speaking("es"):
        assert formats.when(WINTER) == "vie 27 de nov de 2026, 5:00\u00a0p.m., hora de las Montañas Rocosas"


def test_a_day_is_the_day_where_the_state_is(speaking: Speaking) -> None:
    with speaking("en"):
        assert formats.day(WINTER) == "Fri, Nov 27, 2026"
        assert formats.day(date(2026, 11, 28)) == "Sat, Nov 28, 2026"
    with speaking("es"):
        assert formats.day(WINTER) == "vie 27 de nov de 2026"


@pytest.mark.parametrize(
    ("zone", "english"),
    [
        ("America/Phoenix", "Mountain Standard Time"),
        ("America/Indiana/Indianapolis", "Eastern Time"),
        ("Pacific/Honolulu", "Hawaii-Aleutian Standard Time"),
        ("Pacific/Guam", "Chamorro Standard Time"),
        ("America/Puerto_Rico", "Atlantic Standard Time"),
        ("UTC", "UTC"),
    ],
)
def test_zones_are_named_as_people_there_say(speaking: Speaking, zone: str, english: str) -> None:
    with speaking("en"):
        assert formats.when(SUMMER, zone).endswith(english)


def test_the_zone_of_every_state_has_a_name_in_both_languages(speaking: Speaking) -> None:
    for kit in sorted(KITS.glob("*.toml")):
        zone = ZoneInfo(tomllib.loads(kit.read_text())["zone"])
        for language in ("en", "es"):
            with speaking(language):
                name = formats.zone_name(zone, WINTER.astimezone(zone))
            assert not any(sign in name for sign in ("GMT", "(", "verano")), f"{kit.stem} in {language}: {name}"


def test_an_instant_without_a_zone_is_refused(speaking: Speaking) -> None:
    with speaking("en"), pytest.raises(ValueError, match="no time zone"):
        formats.when(datetime(2026, 11, 28))  # noqa: DTZ001


def test_a_notice_is_written_in_the_reader_s_language_without_a_request(pages: Flask) -> None:
    with pages.app_context(), force_locale("es"):
        assert formats.money(123450) == "$1,234.50"
        assert formats.when(WINTER, "America/Denver").endswith("hora de las Montañas Rocosas")
        assert formats.in_words("Next page") == "Página siguiente"


def test_a_sentence_that_no_catalog_has_stays_as_it_is(speaking: Speaking) -> None:
    with speaking("es"):
        assert formats.in_words("100 % of %(nothing)s") == "100 % of %(nothing)s"
        assert formats.in_words("") == ""


@pytest.mark.parametrize(
    ("written", "link"),
    [
        ("303-555-0142", "tel:+13035550142"),
        ("(303) 555-0142 ext. 4", "tel:+13035550142"),
        ("+1 787 555 0100", "tel:+17875550100"),
    ],
)
def test_a_phone_number_can_be_dialed(written: str, link: str) -> None:
    assert formats.phone_link(written) == link


def test_the_machine_s_time_is_utc() -> None:
    assert formats.machine_time(WINTER.astimezone(ZoneInfo("America/Denver"))) == "2026-11-28T00:00:00Z"


def test_a_template_writes_money_and_time_by_itself(render: Callable[..., str], tenant: SimpleNamespace) -> None:
    written = render("stat", "moment(at)", at=WINTER)
    assert written == '<time datetime="2026-11-28T00:00:00Z">Fri, Nov 27, 2026, 5:00 PM Mountain Time</time>'


def test_a_kept_sentence_says_its_days_as_its_reader_writes_days(pages: Flask) -> None:
    told = marked("It joined on %(day)s. It cannot leave before.", day=date(2026, 11, 27))
    kept = KeptSentence()
    for read in (told, kept.process_result_value(kept.process_bind_param(told, _DIALECT), _DIALECT)):
        assert read == "It joined on 2026-11-27. It cannot leave before."
        with pages.app_context(), force_locale("en_US"):
            assert formats.in_words(read or "") == "It joined on Fri, Nov 27, 2026. It cannot leave before."
        with pages.app_context(), force_locale("es"):
            assert "vie 27 de nov de 2026" in formats.in_words(read or "")
