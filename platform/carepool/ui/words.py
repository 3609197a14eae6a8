"""Finds and keeps the words of pages and notices: `python -m carepool.ui.words`.

How a word gets its Spanish:

1. Write it in English where it is used: `_("Your order is in")` in Python and templates; `ngettext("%(num)d case",
   "%(num)d cases", n)` for numbers, or `%(count)s` with `count=number(n)` for large ones ("1,204"); `marked("...")` for
   a sentence that `in_words` shows later, such as a refusal (`carepool/sentences.py`). Values go in by name, `%(name)s`;
   a literal percent sign in a template or in a sentence with values is `%%`.
2. Run `python -m carepool.ui.words`. It adds what is new to `translations/es.po`, removes what is gone, and lists what
   still lacks words.
3. Fill in each empty `msgstr` in `translations/es.po`: plain Spanish as it is used in the U.S., "usted", with the same
   `%(name)s`. Run it again; it says when nothing is missing. A test does the same (`--check` writes nothing).

English needs no catalog: the sentence in the code is the sentence on the page. No compiled file is kept; the
application reads the catalogs when it starts.
"""

import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import write_po

from carepool.ui.catalogs import FOLDER, catalog_path, read_catalog

PACKAGE = Path(__file__).resolve().parents[1]
"""The package whose words are found: carepool. State words of other places are data, not words of pages."""
_METHODS = [("**/templates/**", "jinja2"), ("**.py", "python")]
_KEYWORDS = {**DEFAULT_KEYWORDS, "lazy_gettext": None, "lazy_ngettext": (1, 2), "marked": None}
_IDLE_HEADERS = (
    b"Report-Msgid",
    b"POT-Creation",
    b"PO-Revision",
    b"Last-Translator",
    b"Language-Team",
    b"Generated-By",
)
_PLACE = re.compile(r"%\((\w+)\)[a-z]")


def found_words(package: Path = PACKAGE) -> Catalog:
    """Return every message that the code and templates of a package use."""
    catalog = Catalog(charset="utf-8")
    rows = extract_from_dir(
        package, _METHODS, keywords=_KEYWORDS, comment_tags=("Translators:",), strip_comment_tags=True
    )
    for name, line, message, comments, context in rows:
        catalog.add(message, None, [(Path(name).as_posix(), line)], auto_comments=comments, context=context)
    return catalog


def languages() -> list[str]:
    """Return the languages that have a catalog."""
    return sorted(path.stem for path in FOLDER.glob("*.po"))


def updated(language: str, words: Catalog) -> Catalog:
    """Return the catalog of a language with the messages in use: new ones empty, gone ones gone, none guessed."""
    catalog = read_catalog(language)
    catalog.update(words, no_fuzzy_matching=True, update_creation_date=False)
    catalog.obsolete.clear()
    return catalog


def faults(catalog: Catalog) -> Iterator[str]:
    """Yield a sentence for each message that is missing, only guessed, or whose values differ from the English."""
    for message in catalog:
        if not message.id:
            continue
        name = message.id if isinstance(message.id, str) else message.id[0]
        if not all(_texts(message.string)):
            yield f"{catalog.locale}: no words for {name!r}"
        elif message.fuzzy:
            yield f"{catalog.locale}: {name!r} is marked fuzzy; check it and remove the mark"
        elif wrong := _wrong_places(message):
            yield f"{catalog.locale}: {name!r} and its translation differ in {', '.join(sorted(wrong))}"


def _texts(string: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    return (string or "",) if string is None or isinstance(string, str) else tuple(string)


def _wrong_places(message: Message) -> set[str]:
    """Return values that one side has and the other lacks; the form for one may leave out the number."""
    singular, *plural = _texts(message.id)
    first, *others = _texts(message.string)
    if not plural:
        return _places(singular) ^ _places(first)
    wrong = (_places(first) ^ _places(singular)) - {"num", "count"}
    for text in others:
        wrong |= _places(text) ^ _places(plural[0])
    return wrong


def _places(text: str) -> set[str]:
    return set(_PLACE.findall(text))


def written(catalog: Catalog) -> bytes:
    """Return a catalog as it is kept: by file, without line numbers and dates, so that changes are small."""
    file = io.BytesIO()
    write_po(file, catalog, sort_by_file=True, include_lineno=False, ignore_obsolete=True, width=118)
    idle = tuple(b'"' + header for header in _IDLE_HEADERS)
    return b"".join(line for line in file.getvalue().splitlines(keepends=True) if not line.startswith(idle))


def main(arguments: list[str]) -> int:
    """Update every catalog (unless `--check`) and print what is missing; return 1 where something is."""
    words = found_words()
    wrong: list[str] = []
    for language in languages():
        catalog = updated(language, words)
        if "--check" not in arguments:
            catalog_path(language).write_bytes(written(catalog))
        wrong += faults(catalog)
    for sentence in wrong:
        print(sentence)
    print(f"{len(words)} messages; {len(wrong)} to mend." if wrong else f"{len(words)} messages, nothing is missing.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
