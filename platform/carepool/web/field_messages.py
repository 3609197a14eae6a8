"""What marshmallow says of a field that cannot be read, as sentences of ours: so that they are told in every language."""

import re
from functools import cache

from carepool.sentences import Sentence, marked

_KNOWN = (
    marked("Missing data for required field."),
    marked("Unknown field."),
    marked("Field may not be null."),
    marked("Invalid value."),
    marked("Invalid input."),
    marked("Invalid input type."),
    marked("Invalid type."),
    marked("Invalid JSON body."),
    marked("Not a valid list."),
    marked("Not a valid tuple."),
    marked("Not a valid string."),
    marked("Not a valid utf-8 string."),
    marked("Not a valid UUID."),
    marked("Not a valid number."),
    marked("Not a valid integer."),
    marked("Not a valid boolean."),
    marked("Not a valid date."),
    marked("Not a valid time."),
    marked("Not a valid datetime."),
    marked("Not a valid aware datetime."),
    marked("Not a valid naive datetime."),
    marked("Not a valid period of time."),
    marked("Not a valid mapping type."),
    marked("Not a valid URL."),
    marked("Not a valid email address."),
    marked("Number too large."),
    marked("Special numeric values (nan or infinity) are not permitted."),
    marked("String does not match expected pattern."),
    marked("Must be one of: %(choices)s.", choices=""),
    marked("Must be equal to %(other)s.", other=""),
    # the longer ones first, as the others would fit them, too
    marked("Must be greater than or equal to %(min)s and less than or equal to %(max)s.", min="", max=""),
    marked("Must be greater than or equal to %(min)s.", min=""),
    marked("Must be less than or equal to %(max)s.", max=""),
    marked("Must be greater than %(min)s.", min=""),
    marked("Must be less than %(max)s.", max=""),
    marked("Length must be between %(min)s and %(max)s.", min="", max=""),
    marked("Length must be %(equal)s.", equal=""),
    marked("Shorter than minimum length %(min)s.", min=""),
    marked("Longer than maximum length %(max)s.", max=""),
    marked("One or more of the choices you made was not in: %(choices)s.", choices=""),
    marked("One or more of the choices you made was in: %(values)s.", values=""),
)
_PLACE = re.compile(r"%\\\((\w+)\\\)s")


def told(message: str) -> str:
    """Return a message as a sentence with its values; one that is not known is told as it is. Pure."""
    for pattern, sentence in _patterns():
        if found := pattern.fullmatch(message):
            return sentence.filled(**found.groupdict()) if sentence.values else sentence
    return message


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], Sentence], ...]:
    """Return each known sentence with what fits it."""
    fits = (_PLACE.sub(r"(?P<\1>.*)", re.escape(one.template)) for one in _KNOWN)
    return tuple((re.compile(fit, re.DOTALL), one) for fit, one in zip(fits, _KNOWN, strict=True))
