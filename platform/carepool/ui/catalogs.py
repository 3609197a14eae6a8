"""The message catalogs, read from their .po files when the application starts; no compiled file is kept anywhere."""

import io
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask_babel import Babel, Domain, get_locale

FOLDER = Path(__file__).parent / "translations"
SOURCE_LANGUAGE = "en"


def catalog_path(language: str) -> Path:
    """Return where the catalog of a language is kept."""
    return FOLDER / f"{language}.po"


def read_catalog(language: str) -> Catalog:
    """Read the catalog of a language such as `es`."""
    with catalog_path(language).open("rb") as file:
        return read_po(file, locale=language)


def compiled(catalog: Catalog) -> Translations:
    """Return a catalog in the form that looks words up."""
    packed = io.BytesIO()
    write_mo(packed, catalog)
    packed.seek(0)
    return Translations(packed)


class Catalogs(Domain):  # type: ignore[misc]
    """All catalogs, by language; a region such as es_US speaks its language."""

    def __init__(self) -> None:
        super().__init__()
        found = sorted(path.stem for path in FOLDER.glob("*.po"))
        self._languages = {language: compiled(read_catalog(language)) for language in found}
        self._source = NullTranslations()

    def get_translations(self) -> NullTranslations:
        """Return the words of the language spoken now; the source language needs none."""
        locale = get_locale()
        return self._languages.get(locale.language, self._source) if locale else self._source


class CatalogBabel(Babel):  # type: ignore[misc]
    """Flask-Babel with the catalogs above."""

    def __init__(self) -> None:
        super().__init__()
        self._catalogs = Catalogs()

    @property
    def domain_instance(self) -> Domain:
        """The catalogs, in place of folders of compiled files."""
        return self._catalogs
