"""Sets a document of sections and stores it."""

import json
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

from carepool.files import StoredFile, keep_file
from carepool.typesetting import SECONDS, Look, Section, parts_of


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
    subprocess.run(command, check=True, timeout=SECONDS)  # noqa: S603 - our own module and our own paths
    return made
