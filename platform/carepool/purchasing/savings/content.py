"""What a file of evidence is, by its content: a PDF, a picture or a spreadsheet; anything else is refused."""

import zipfile
from typing import IO

from carepool.errors import Invalid
from carepool.sentences import Sentence, marked

LARGEST = 10 * 1024 * 1024
"""Bytes of a piece of evidence."""
SHOWN_KINDS = ".pdf,.png,.jpg,.jpeg,.webp,.xlsx,.csv"
_SAMPLE = 1 << 16
_STARTS = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def content_type_of(stream: IO[bytes]) -> str:
    """Return the media type of a file of evidence, opened at its start and left there. Raises Invalid."""
    size = stream.seek(0, 2)
    stream.seek(0)
    if size > LARGEST:
        raise _refused(
            "file-too-large", marked("The file is larger than %(most)s MB. Send a smaller one.", most=LARGEST >> 20)
        )
    start = stream.read(_SAMPLE)
    found = _kind(stream, start)
    stream.seek(0)
    if found is None:
        raise _refused("unknown-file", marked("Send a PDF, a picture (PNG, JPEG, WebP) or a spreadsheet (XLSX, CSV)."))
    return found


def _refused(kind: str, sentence: Sentence) -> Invalid:
    return Invalid(kind, sentence, {"file": [sentence]})


def _kind(stream: IO[bytes], start: bytes) -> str | None:
    for begins, kind in _STARTS:
        if start.startswith(begins):
            return kind
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "image/webp"
    if start.startswith(b"PK\x03\x04"):
        return XLSX if _is_workbook(stream) else None
    return "text/csv; charset=utf-8" if _is_csv(start) else None


def _is_workbook(stream: IO[bytes]) -> bool:
    """Tell whether an archive is a workbook without macros; nothing in it is unpacked."""
    stream.seek(0)
    try:
        with zipfile.ZipFile(stream) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return False
    return {"[Content_Types].xml", "xl/workbook.xml"} <= names and not any("vbaProject" in one for one in names)


def _is_csv(start: bytes) -> bool:
    """Tell whether a file begins as lines of text with cells, and is not markup that a browser would run."""
    try:
        # the sample may end inside a letter
        text = start.decode("utf-8-sig") if len(start) < _SAMPLE else start[:-4].decode("utf-8-sig", "ignore")
    except UnicodeDecodeError:
        return False
    plain = all(letter.isprintable() or letter in "\r\n\t" for letter in text)
    head = text.splitlines()[0] if text.strip() else ""
    return plain and any(mark in head for mark in ",;\t") and "<" not in head
