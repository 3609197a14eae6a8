"""What verbs raise when they refuse; every door turns them into its own words."""

from collections.abc import Mapping, Sequence


class Refusal(Exception):
    """A request that cannot be done. `kind` is stable (part of the API), the sentence says what to do.

    `fields`: {field path: sentences} where the fault lies in what was sent.
    """

    status = 409

    def __init__(self, kind: str, sentence: str, fields: Mapping[str, Sequence[str]] | None = None) -> None:
        super().__init__(sentence)
        self.kind = kind
        self.sentence = sentence
        self.fields = dict(fields or {})


class Invalid(Refusal):
    """What was sent cannot be accepted as it is."""

    status = 422


class NotFound(Refusal):
    """No such thing here. The same for a thing that never was and a thing of another state."""

    status = 404

    def __init__(self, what: str = "thing") -> None:
        super().__init__("not-found", f"There is no such {what} here.")


class Forbidden(Refusal):
    """The person may not do this."""

    status = 403

    def __init__(self, sentence: str = "You do not have the right to do this.") -> None:
        super().__init__("forbidden", sentence)


class SignInRequired(Refusal):
    """Nobody is signed in, or the token is not valid."""

    status = 401

    def __init__(self, sentence: str = "Sign in first, or send a valid token.") -> None:
        super().__init__("sign-in-required", sentence)


class Stale(Refusal):
    """The thing was changed by someone else in the meantime."""

    status = 412

    def __init__(
        self, sentence: str = "This was changed in the meantime. Load it again and repeat your change."
    ) -> None:
        super().__init__("changed-meanwhile", sentence)
