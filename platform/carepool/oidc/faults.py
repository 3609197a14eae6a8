"""What can be wrong with a provider's answer."""

from carepool.sentences import Sentence, marked


class ProviderFault(Exception):
    """The provider did not answer, or not as it must; `sentence` says what is wrong, for who sets it up.

    `silent`: it did not answer at all.
    """

    def __init__(self, sentence: Sentence, *, silent: bool = False) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.silent = silent


class ClientRefused(ProviderFault):
    """The provider does not take our client ID with our client secret."""

    def __init__(self) -> None:
        super().__init__(marked("The provider does not take the client ID with this client secret."))
