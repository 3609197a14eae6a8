"""The catalogs: complete, checked by people, and with the same values as the English."""

from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from carepool.ui import catalogs, words


def _faults(message_id: str | tuple[str, str], string: str | tuple[str, ...], flags: tuple[str, ...] = ()) -> list[str]:
    catalog = Catalog(locale="es")
    catalog.add(message_id, string, flags=flags)
    return list(words.faults(catalog))


@pytest.mark.parametrize("language", words.languages())
def test_no_message_is_missing_guessed_or_differs_in_its_values(language: str) -> None:
    found = words.found_words()
    assert list(words.faults(words.updated(language, found))) == [], "run python -m carepool.ui.words and fill them in"


@pytest.mark.parametrize("language", words.languages())
def test_the_catalog_is_kept_as_the_command_writes_it(language: str) -> None:
    kept = catalogs.catalog_path(language).read_bytes()
    assert words.written(words.updated(language, words.found_words())) == kept, "run python -m carepool.ui.words"


def test_spanish_is_there() -> None:
    assert "es" in words.languages()


def test_a_missing_message_is_found() -> None:
    assert _faults("Open", "") == ["es: no words for 'Open'"]
    assert _faults(("%(num)d case", "%(num)d cases"), ("%(num)d caja", "")) == ["es: no words for '%(num)d case'"]


def test_a_guessed_message_is_found() -> None:
    assert "fuzzy" in _faults("Open", "Abierta", flags=("fuzzy",))[0]


@pytest.mark.parametrize("spanish", ["Ahorra.", "Ahorra %(monto)s.", "Ahorra %(amount)s y %(more)s."])
def test_a_value_that_is_lost_or_renamed_is_found(spanish: str) -> None:
    assert len(_faults("You save %(amount)s.", spanish)) == 1


def test_the_form_for_one_may_leave_out_the_number_but_nothing_else() -> None:
    english = ("%(num)d case of %(size)s", "%(num)d cases of %(size)s")
    assert _faults(english, ("una caja de %(size)s", "%(num)d cajas de %(size)s")) == []
    assert len(_faults(english, ("una caja", "%(num)d cajas de %(size)s"))) == 1
    assert len(_faults(english, ("una caja de %(size)s", "cajas de %(size)s"))) == 1


def test_words_are_found_in_code_and_templates_and_marked_sentences(tmp_path: Path) -> None:
    folder = tmp_path / "sites"
    (folder / "templates").mkdir(parents=True)
    (folder / "pages.py").write_text('_("One")\nngettext("%(num)d two", "%(num)d twos", n)\nmarked("Three")\n')
    (folder / "templates" / "a.html").write_text('{{ _("Four") }}{{ pgettext("state", "Five") }}')
    assert {message.id for message in words.found_words(tmp_path) if message.id} == {
        "One",
        ("%(num)d two", "%(num)d twos"),
        "Three",
        "Four",
        "Five",
    }


def test_a_new_message_comes_in_empty_and_a_gone_one_goes() -> None:
    new = Catalog()
    new.add("A sentence that nobody wrote before")
    after = words.updated("es", new)
    assert [message.id for message in after if message.id] == ["A sentence that nobody wrote before"]
    assert list(words.faults(after)) == ["es: no words for 'A sentence that nobody wrote before'"]


def test_the_command_says_that_nothing_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    assert words.main(["--check"]) == 0
    assert "nothing is missing" in capsys.readouterr().out


def test_a_catalog_speaks_with_the_right_plural() -> None:
    catalog = Catalog(locale="es")
    catalog.add(("%(num)d case", "%(num)d cases"), ("%(num)d caja", "%(num)d cajas"))
    translations = catalogs.compiled(catalog)
    assert translations.ngettext("%(num)d case", "%(num)d cases", 1) == "%(num)d caja"
    assert translations.ngettext("%(num)d case", "%(num)d cases", 2) == "%(num)d cajas"
