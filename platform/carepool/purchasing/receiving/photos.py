"""Which bytes are a photo as phones and browsers make them. Pure."""

_STARTS = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}
_HEIF = {b"heic", b"heix", b"mif1", b"msf1", b"heim", b"heis"}
HEAD = 16
"""So many first bytes tell what a file is."""
ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/heic": "heic"}


def photo_type(head: bytes) -> str | None:
    """Return the media type of a photo by its first bytes, whatever its name says; None for anything else."""
    for start, kind in _STARTS.items():
        if head.startswith(start):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp" and head[8:12] in _HEIF:
        return "image/heic"
    return None
