"""Photos keep what they show, upright, and nothing of where and by which device they were taken."""

import io

import pytest
from PIL import Image
from PIL.ExifTags import Base

from carepool.errors import Invalid
from carepool.purchasing.receiving import cleaned_photos
from carepool.purchasing.receiving.cleaned_photos import cleaned
from tests.receiving import photo


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        ("JPEG", "image/jpeg", "image/jpeg"),
        ("PNG", "image/png", "image/png"),
        ("WEBP", "image/webp", "image/webp"),
        ("HEIF", "image/heic", "image/jpeg"),
    ],
)
def test_only_pixels_are_kept(kind: str, before: str, after: str) -> None:
    written = photo(kind)
    assert b"Acme" in written, "the photo of this test says which device took it"
    content, told = cleaned(io.BytesIO(written), before)
    assert told == after
    assert b"Acme" not in content and b"Phone 9" not in content
    with Image.open(io.BytesIO(content)) as kept:
        assert Image.MIME[kept.format or ""] == after
        assert not kept.getexif() and "exif" not in kept.info and "xmp" not in kept.info


def test_it_stays_upright() -> None:
    content, _ = cleaned(io.BytesIO(photo(orientation=6)), "image/jpeg")
    with Image.open(io.BytesIO(content)) as kept:
        assert kept.size == (32, 64), "held upright, it was taken lying"
        top, bottom = (kept.getpixel((16, y)) for y in (8, 56))
        assert top[2] > 200 > top[0] and bottom[0] > 200 > bottom[2]  # type: ignore[index]
        assert Base.Orientation not in kept.getexif()


def test_the_same_photo_gives_the_same_bytes() -> None:
    one, other = (cleaned(io.BytesIO(photo()), "image/jpeg")[0] for _ in range(2))
    assert one == other


def test_what_only_begins_like_a_photo_is_refused() -> None:
    for content in (b"\xff\xd8\xff\xe0" + b"no picture" * 20, photo()[:200], photo("PNG")):
        with pytest.raises(Invalid):
            cleaned(io.BytesIO(content), "image/jpeg")


def test_more_pixels_than_any_phone_has_are_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cleaned_photos, "MOST_PIXELS", 64 * 32 - 1)
    with pytest.raises(Invalid, match="too large"):
        cleaned(io.BytesIO(photo()), "image/jpeg")


def test_a_large_photo_is_made_smaller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cleaned_photos, "LONGEST_SIDE", 16)
    content, _ = cleaned(io.BytesIO(photo("PNG")), "image/png")
    with Image.open(io.BytesIO(content)) as kept:
        assert max(kept.size) == 16
