"""The same file twice: known by its content, whatever it is called and whoever sends it."""

import hashlib
from dataclasses import dataclass
from typing import IO

from carepool.sentences import marked
from carepool.vendors.documents.faults import WHOLE_FILE, BadDocument

MOST_BYTES = 64 << 20
"""No document of a vendor is larger; 200,000 lines take about 40 MB in the most talkative format."""


@dataclass(frozen=True, slots=True)
class Content:
    """SHA-256 of a file in hexadecimal, and its size in bytes."""

    sha256: str
    size: int


def content_of(file: IO[bytes]) -> Content:
    """Read a file through, from where it stands, and set it back to its start. Raises BadDocument where it is too large."""
    summed, size = hashlib.sha256(), 0
    while block := file.read(1 << 20):
        size += len(block)
        if size > MOST_BYTES:
            raise BadDocument(
                WHOLE_FILE,
                marked("It is larger than %(most)s MB. Send it in several files.", most=MOST_BYTES >> 20),
            )
        summed.update(block)
    file.seek(0)
    return Content(summed.hexdigest(), size)
