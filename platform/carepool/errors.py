"""What verbs raise when they refuse; every door turns them into its own words and the reader's language."""

from collections.abc import Mapping, Sequence

from carepool.sentences import Sentence, marked


class Refusal(Exception):
    """A request that cannot be done. `kind` is stable (part of the API), the sentence says what to do.

    `fields`: {field path: sentences} where the fault lies in what was sent.
    """

    status = 409

    def __init__(self, kind: str, sentence: Sentence, fields: Mapping[str, Sequence[Sentence]] | None = None) -> None:
        super().__init__(sentence)
        self.kind = kind
        self.sentence = sentence
        self.fields = dict(fields or {})


class Invalid(Refusal):
    """What was sent cannot be accepted as it is."""

    status = 422


_NOT_HERE = {
    "thing": marked("There is no such thing here."),
    "address": marked("There is no such address here."),
    "alliance": marked("There is no such alliance here."),
    "alliance member": marked("There is no such member here."),
    "arrival": marked("There is no such result here."),
    "approval": marked("Nobody asked to approve this order."),
    "catalog item": marked("There is no such catalog item here."),
    "claim": marked("There is no such request here."),
    "close": marked("There is no such close here."),
    "contract": marked("There is no such contract here."),
    "delegation": marked("There is no such delegation here."),
    "evidence": marked("There is no such evidence here."),
    "procurement file": marked("There is no such procurement file here."),
    "delivery": marked("There is no such delivery here."),
    "delivery point": marked("There is no such delivery point here."),
    "check": marked("There is no such check here."),
    "dry run": marked("There is no such dry run here."),
    "export": marked("There is no such export here, or its time is over."),
    "file": marked("There is no such file here."),
    "import": marked("There is no such import here."),
    "job": marked("There is no such job here."),
    "membership": marked("There is no such role here."),
    "message": marked("There is no such message here."),
    "order answer": marked("There is no such answer here."),
    "order delivery": marked("There is no such order to a vendor here."),
    "order link": marked("This link does not open an order. It may be too old, or was ended. Ask who sent it."),
    "proposal": marked("There is no such change here."),
    "edit": marked("There is no such change after a close here."),
    "question": marked("There is no such question to a vendor here."),
    "passkey": marked("There is no such passkey here."),
    "order": marked("There is no such order here."),
    "packing list": marked("There is no such packing list here."),
    "paper": marked("There are no such labels or lists here."),
    "person": marked("There is no such person here."),
    "program": marked("There is no such program here."),
    "provider": marked("No provider for signing in was set up here."),
    "purchase": marked("There is no such purchase here."),
    "invoice": marked("There is no such invoice here."),
    "statement": marked("There is no such statement here."),
    "payment": marked("There is no such payment here."),
    "settlement": marked("This purchase was not settled yet."),
    "write-off": marked("There is no such wish to write something off here."),
    "bank file": marked("There is no such file for the bank here."),
    "bank account": marked("No bank account is on file here."),
    "item": marked("There is no such item in the purchase."),
    "purchase order": marked("There is no such purchase order here."),
    "record": marked("There is no such record here."),
    "role": marked("There is no such role here."),
    "service contract": marked("There is no such contract here."),
    "service document": marked("There is no such document here."),
    "service signature": marked("There is no such signature here."),
    "enrolment": marked("This program is not enrolled in the contract."),
    "set": marked("There is no such set here."),
    "token": marked("There is no such token here."),
    "receipt": marked("There is no such count here."),
    "leftover": marked("These goods are not offered here."),
    "vendor claim": marked("There is no such claim here."),
    "vendor": marked("There is no such vendor here."),
    "desk": marked("This vendor has no desk here."),
    "desk word": marked("Nothing like this was said at a desk."),
    "price proposal": marked("There is no such proposal of prices here."),
    "state": marked("There is no such state here."),
    "webhook": marked("There is no such webhook here."),
    "webhook delivery": marked("There is no such delivery of an event here."),
}


class NotFound(Refusal):
    """No such thing here. The same for a thing that never was and a thing of another state."""

    status = 404

    def __init__(self, what: str = "thing") -> None:
        super().__init__("not-found", _NOT_HERE[what])


class Forbidden(Refusal):
    """The person may not do this."""

    status = 403

    def __init__(self) -> None:
        super().__init__("forbidden", marked("You do not have the right to do this."))


class SignInRequired(Refusal):
    """Nobody is signed in, or the token is not valid."""

    status = 401

    def __init__(self, sentence: Sentence | None = None) -> None:
        super().__init__("sign-in-required", sentence or marked("Sign in first, or send a valid token."))


class SecondFactorRequired(SignInRequired):
    """The password or link was right, and the second factor is still to be proved or set up."""


class ProofRequired(SignInRequired):
    """What is asked for needs a fresh proof of who asks; `back` is the page to return to afterwards."""

    def __init__(self, back: str) -> None:
        super().__init__(marked("Prove once more that it is you."))
        self.back = back


class TooMany(Refusal):
    """It was asked for too often."""

    status = 429

    def __init__(self) -> None:
        super().__init__("too-many-requests", marked("Too many requests. Wait a little and try again."))


class Stale(Refusal):
    """The thing was changed by someone else in the meantime."""

    status = 412

    def __init__(self) -> None:
        super().__init__(
            "changed-meanwhile", marked("This was changed in the meantime. Load it again and repeat your change.")
        )
