"""Printed documents: sections with tables become tagged PDFs (PDF/UA), part by part, each in a process of its own.

A typesetter keeps all pages of a document in memory and its caches for good, so a part holds a few thousand rows, and
the process that sets it ends with it. What people wrote is data to the template and never its markup.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

ROWS_OF_A_PART = 3_000
"""About 100 pages; setting them takes about a second and 200 MB."""
SECONDS = 300


@dataclass(frozen=True)
class Look:
    """What every page of a document bears. `colour`: `#rrggbb`; `ask`: whom to ask; `language`: `en` or `es`."""

    title: str
    number: str
    site: str
    colour: str
    ask: str
    language: str
    #: Each section begins a page.
    new_page: bool = False
    landscape: bool = False
    #: Each section is a label, two side by side, with its rows as lines of text.
    labels: bool = False


@dataclass(frozen=True)
class Section:
    """A heading, a line below it, and a table. `numbers`: which columns are figures; the first column is the widest."""

    head: str
    below: str
    columns: Sequence[str]
    numbers: Sequence[bool]
    rows: Sequence[Sequence[str]]
    #: A square code as SVG, and what it leads to in words; empty: none.
    code: str = ""
    code_words: str = ""


def parts_of(sections: Iterable[Section], most: int = ROWS_OF_A_PART) -> Iterator[list[Section]]:
    """Yield the sections in parts of at most so many rows; a section that is longer goes on in the next part."""
    part: list[Section] = []
    room = most
    for section in sections:
        rows = section.rows
        while True:
            if not room or (part and len(rows) > room and len(rows) <= most):
                yield part
                part, room = [], most
            part.append(replace(section, rows=rows[:room]))
            rows, room = rows[room:], room - min(room, len(rows))
            if not rows:
                break
    if part:
        yield part
