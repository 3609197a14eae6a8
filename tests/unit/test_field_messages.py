"""Whatever marshmallow says of a field is known as a sentence, so that a newer one of its messages is not told in English."""

import inspect
from typing import Any

import pytest
from flask_babel import force_locale
from marshmallow import Schema, ValidationError, fields, validate

from carepool.ui.formats import in_words
from carepool.web.field_messages import told

_CHECKS = {
    validate.Length(min=2, max=9): "",
    validate.Length(min=2): "",
    validate.Length(max=2): "abc",
    validate.Length(equal=2): "abc",
    validate.Range(2, 9): 1,
    validate.Range(min=2): 1,
    validate.Range(max=2): 3,
    validate.Range(min=2, min_inclusive=False): 1,
    validate.Range(max=2, max_inclusive=False): 3,
    validate.OneOf(["a. b", "c"]): "d",
    validate.NoneOf(["a"]): "a",
    validate.Equal(2): 3,
    validate.Regexp("a"): "b",
    validate.ContainsOnly(["a"]): ["b"],
    validate.ContainsNoneOf(["a"]): ["a"],
    validate.URL(): "x",
    validate.Email(): "x",
}
_UNUSED = (fields.IP, fields.IPInterface)


def _of_fields() -> set[str]:
    """Every message of a field, filled with what it may hold; not those of writing one out."""
    classes = [one for one in vars(fields).values() if inspect.isclass(one) and issubclass(one, fields.Field)]
    told_by = [one.default_error_messages for one in classes if not issubclass(one, _UNUSED)]
    templates = {text for messages in told_by for key, text in messages.items() if key != "format"}
    templates |= set(Schema._default_error_messages.values())
    filled = {
        one.format(obj_type=kind, awareness=awareness, choices="a, b")
        for one in templates
        for kind in ("datetime", "time", "date")
        for awareness in ("aware", "naive")
    }
    # only an instant can have a zone, or none
    return {one for one in filled if not one.endswith(("aware time.", "naive time.", "aware date.", "naive date."))}


def _of_check(check: Any, wrong: Any) -> str:
    with pytest.raises(ValidationError) as refused:
        check(wrong)
    return str(refused.value.messages[0])


def _known(message: str) -> bool:
    sentence = told(message)
    assert str(sentence) == message
    with force_locale("es_US"):
        return in_words(sentence) != message


@pytest.mark.parametrize("message", sorted(_of_fields()))
def test_every_message_of_a_field_is_known(app: Any, message: str) -> None:
    with app.test_request_context():
        assert _known(message)


@pytest.mark.parametrize(("check", "wrong"), _CHECKS.items(), ids=lambda one: type(one).__name__)
def test_every_message_of_a_check_is_known_with_its_values(app: Any, check: Any, wrong: Any) -> None:
    with app.test_request_context():
        assert _known(_of_check(check, wrong))


def test_a_message_that_is_not_known_is_told_as_it_is() -> None:
    assert told("100 % of it") == "100 % of it"
