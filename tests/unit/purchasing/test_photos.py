"""A photo is known by its first bytes, whatever it is called."""

import pytest

from carepool.purchasing.receiving.photos import photo_type


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\xff\xd8\xff\xe1rest", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\nrest", "image/png"),
        (b"RIFF1234WEBPVP8 ", "image/webp"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "image/heic"),
        (b"RIFF1234WAVEfmt ", None),
        (b"\0\0\0\x18ftypmp42\0\0\0\0", None),
        (b"<svg xmlns='http", None),
        (b"<html><script>", None),
        (b"%PDF-1.7", None),
        (b"", None),
    ],
)
def test_photo_type(head: bytes, kind: str | None) -> None:
    assert photo_type(head) == kind
