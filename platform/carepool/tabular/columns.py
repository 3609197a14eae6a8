"""Which column is which: a map is proposed from the headers, confirmed by a person, and remembered."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from unicodedata import combining, normalize

from carepool.sentences import Sentence, marked


@dataclass(frozen=True)
class Field:
    """A thing wanted from a file: its name and the headers under which it is usually found, best first."""

    name: str
    synonyms: tuple[str, ...]
    required: bool = False


class BadMap(ValueError):
    """A column map that is not one; the sentence shows what one looks like."""

    def __init__(self) -> None:
        self.sentence = marked('A column map looks like {"columns": {"name": "Facility Name"}, "fixed": {}}.')
        super().__init__(self.sentence)


@dataclass(frozen=True)
class ColumnMap:
    """Field -> the headers whose cells make it (several are joined with "-"), and fields that are the same in all rows."""

    columns: Mapping[str, tuple[str, ...]]
    fixed: Mapping[str, str]

    def read(self, cells: Mapping[str, str], field: str) -> str:
        """Return the text of a field in a row, with white space tidied; empty where the map has no column."""
        headers = self.columns.get(field)
        if headers is None:
            return self.fixed.get(field, "")
        if len(headers) == 1:
            return tidy(cells.get(headers[0], ""))
        return "-".join(part for part in (tidy(cells.get(header, "")) for header in headers) if part)

    def as_json(self) -> dict[str, Any]:
        """Return the map for keeping."""
        return {"columns": {name: list(headers) for name, headers in self.columns.items()}, "fixed": dict(self.fixed)}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "ColumnMap":
        """Read a kept map: {"columns": {field: header or [headers]}, "fixed": {field: text}}. Raises BadMap."""
        columns, fixed = kept.get("columns", {}), kept.get("fixed", {})
        if isinstance(columns, dict) and isinstance(fixed, dict):
            lists = {name: [of] if isinstance(of, str) else of for name, of in columns.items()}
            texts = all(
                isinstance(of, list) and of and all(isinstance(one, str) for one in of) for of in lists.values()
            )
            if texts and all(isinstance(text, str) for text in fixed.values()) and not set(kept) - {"columns", "fixed"}:
                return cls({name: tuple(of) for name, of in lists.items()}, dict(fixed))
        raise BadMap()

    def missing(self, fields: Sequence[Field], headers: Sequence[str]) -> list[Sentence]:
        """Return what must be mended: fields that nobody asks for, lost columns, required fields without a column."""
        known, asked = set(headers), {field.name for field in fields}
        lost = [
            marked("%(field)s: there is no such field", field=name)
            for name in (*self.columns, *self.fixed)
            if name not in asked
        ]
        lost += [
            marked("%(field)s: the file has no column '%(column)s'", field=name, column=one)
            for name, of in self.columns.items()
            for one in of
            if one not in known
        ]
        return lost + [
            marked("%(field)s: choose its column", field=field.name)
            for field in fields
            if field.required and field.name not in self.columns and field.name not in self.fixed
        ]


def tidy(text: str) -> str:
    """Return a text without NUL, with inner white space collapsed and none around it."""
    return " ".join(text.replace("\0", "").split())


def plain(header: str) -> str:
    """Return a header for comparing: lower case words, camel case parted."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", header)
    return " ".join(re.sub(r"[^\w#]+", " ", parted.replace("_", " ").lower()).split())


def unaccented(text: str) -> str:
    """Return a text without accents: `Dirección` becomes `Direccion`."""
    return "".join(letter for letter in normalize("NFKD", text) if not combining(letter))


def propose(
    headers: Sequence[str], fields: Sequence[Field], hints: Mapping[str, str | Sequence[str]] | None = None
) -> ColumnMap:
    """Propose a map: the state's own hints first, then exact synonyms, then headers that hold all words of one.

    Deterministic; a header serves one field only. Fields that come first choose first.
    """
    columns: dict[str, tuple[str, ...]] = {}
    for name, of in (hints or {}).items():
        wanted = (of,) if isinstance(of, str) else tuple(of)
        if all(one in headers for one in wanted):
            columns[name] = wanted
    taken = {header for of in columns.values() for header in of}
    compared = {header: plain(unaccented(header)) for header in headers}
    for fits in (_same, _holds_all_words):
        for field in fields:
            if field.name in columns:
                continue
            free = [header for header in headers if header not in taken]
            found = next((h for synonym in field.synonyms for h in free if fits(compared[h], synonym)), None)
            if found is not None:
                columns[field.name] = (found,)
                taken.add(found)
    return ColumnMap(columns, {})


def _same(header: str, synonym: str) -> bool:
    return header == synonym


def _holds_all_words(header: str, synonym: str) -> bool:
    words = synonym.split()
    return len(words) > 1 and set(words) <= set(header.split())
