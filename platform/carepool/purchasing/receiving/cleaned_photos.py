"""Photos without what phones write into them: where they were taken, by which device, by whom. They stay upright.

A photo is drawn anew: turned as its EXIF orientation says (EXIF 2.32, tag 0x0112), and kept with its pixels alone. HEIC
becomes JPEG, which every browser shows.
"""

import io
import warnings
from typing import IO, Any

import pillow_heif
from PIL import Image, ImageOps

from carepool.errors import Invalid
from carepool.sentences import marked

LONGEST_SIDE = 4096
"""Pixels; a longer photo is made smaller."""
MOST_PIXELS = 120_000_000
"""More than any phone takes; what says that it has more is not opened."""
_SAVED: dict[str, tuple[str, dict[str, Any]]] = {
    "image/jpeg": ("JPEG", {"quality": 90, "optimize": True}),
    "image/png": ("PNG", {"optimize": True}),
    "image/webp": ("WEBP", {"quality": 90}),
}
_FORMATS = {"image/jpeg": ("JPEG", "MPO"), "image/png": ("PNG",), "image/webp": ("WEBP",), "image/heic": ("HEIF",)}
pillow_heif.register_heif_opener(thumbnails=False)


def cleaned(photo: IO[bytes], kind: str) -> tuple[bytes, str]:
    """Return a photo of a media type without anything but its pixels, and the type that it has now.

    The same photo gives the same bytes. Raises Invalid for one that cannot be read or is too large.
    """
    try:
        # what it does not know of is no reason to keep it; only what cannot be drawn is
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _drawn(photo, kind)
    except Invalid:
        raise
    except Exception as error:
        # decoders raise whatever they come upon in bytes that are no picture
        sentence = marked("This photo cannot be read. Take it again, or send it as a JPEG.")
        raise Invalid("no-photo", sentence, {"photo": [sentence]}) from error


def _drawn(photo: IO[bytes], kind: str) -> tuple[bytes, str]:
    with Image.open(photo, formats=_FORMATS[kind]) as opened:
        if opened.width * opened.height > MOST_PIXELS:
            sentence = marked("This photo is too large. Take it again with a smaller size.")
            raise Invalid("photo-too-large", sentence, {"photo": [sentence]})
        # a JPEG is read at half, a quarter or an eighth of its size, where that is enough
        opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        upright = ImageOps.exif_transpose(opened)
        upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        now = kind if kind in _SAVED else "image/jpeg"
        # drawn on a new sheet: nothing that hung on the old one comes along
        mode = "RGBA" if upright.has_transparency_data and now != "image/jpeg" else "RGB"
        pixels = upright.convert(mode)
        sheet = Image.new(mode, pixels.size)
        sheet.paste(pixels)
    name, options = _SAVED[now]
    written = io.BytesIO()
    sheet.save(written, name, **options)
    return written.getvalue(), now
