"""Printed documents: sections with tables become tagged PDFs (PDF/UA), part by part, each in a process of its own.

A typesetter keeps all pages of a document in memory and its caches for good, so a part holds a few thousand rows, and
the process that sets it ends with it. What people wrote is data to the template and never its markup.
"""

import json
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from carepool.files import StoredFile, keep_file

ROWS_OF_A_PART = 3_000
"""About 100 pages; setting them takes about a second and 200 MB."""
_SECONDS = 300


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


def keep_document(name: str, look: Look, sections: Iterable[Section]) -> StoredFile:
    """Set a document and store it: one PDF named `<name>.pdf`, or `<name>.zip` of its parts where it is long."""
    with tempfile.TemporaryDirectory(prefix="carepool-document-") as folder:
        place = Path(folder)
        made = [_set(place, number, look, part) for number, part in enumerate(parts_of(sections), start=1)]
        if not made:
            made = [_set(place, 1, look, [])]
        if len(made) == 1:
            with made[0].open("rb") as stream:
                return keep_file(stream, f"{name}.pdf", "application/pdf")
        bundle = place / "parts.zip"
        with zipfile.ZipFile(bundle, "w", zipfile.ZIP_STORED) as written:
            for path in made:
                written.write(path, f"{name} {path.stem}.pdf")
        with bundle.open("rb") as stream:
            return keep_file(stream, f"{name}.zip", "application/zip")


def _set(folder: Path, number: int, look: Look, part: Sequence[Section]) -> Path:
    """Set one part in a process of its own and return its file. Raises CalledProcessError."""
    data, made = folder / "data.json", folder / f"{number:03d}.pdf"
    with data.open("w") as written:
        json.dump({**asdict(look), "sections": [asdict(one) for one in part]}, written)
    command = [sys.executable, "-m", "carepool.typesetting", str(folder), str(made)]
    subprocess.run(command, check=True, timeout=_SECONDS)  # noqa: S603 - our own module and our own paths
    return made
