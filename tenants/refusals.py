"""Refusing to start or to act on what an operator gave: one sentence and exit status 2, never a traceback."""


class Refused(Exception):
    """What an operator gave cannot be used; the message is a sentence that says what to mend."""
