"""What counts as an e-mail address when someone types one: enough to send to it; whether it arrives, a letter shows."""

from carepool.sentences import marked

LONGEST = 254
"""Characters (RFC 5321, 4.5.3.1.3, without the angle brackets)."""
NOT_ONE = marked("Write an e-mail address such as name@example.org.")


def is_address(text: str) -> bool:
    """Tell whether a text can be an address: an @ with something on both sides, no spaces, not too long. Pure."""
    inside = "@" in text.strip("@") and len(text) <= LONGEST
    return inside and not any(one.isspace() or one == "\0" for one in text)
