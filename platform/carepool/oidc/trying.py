"""Trying a provider out before people need it: what is right, and in plain words what is wrong."""

from dataclasses import dataclass

from carepool.errors import Refusal
from carepool.oidc import asking, discovery
from carepool.oidc.client_secret import secret_of
from carepool.oidc.discovery import Discovered
from carepool.oidc.faults import ClientRefused, ProviderFault
from carepool.oidc.id_tokens import NotBelieved
from carepool.oidc.models import SignInProvider
from carepool.sentences import Sentence, marked


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    right: bool
    sentence: Sentence


def findings(own: SignInProvider, back: str) -> list[Finding]:
    """Ask the provider for its description, its keys, and whether it takes our secret; ends with the first that is wrong.

    `back`: our address that must be registered there; a code that nobody has is sent with it.
    """
    found: list[Finding] = []
    try:
        discovered = discovery.discover(own.issuer)
        found.append(Finding(True, marked("The provider answers and describes itself.")))
        discovery.fetch_keys(discovered)
        found.append(Finding(True, marked("Its keys can be read.")))
        found.append(_client_taken(discovered, own, back))
    except ProviderFault as fault:
        found.append(Finding(False, fault.sentence))
    except Refusal as refused:
        found.append(Finding(False, refused.sentence))
    return found


def _client_taken(discovered: Discovered, own: SignInProvider, back: str) -> Finding:
    """Redeem a code that is made up: a provider that takes the client refuses the code, and says so."""
    try:
        asking.redeem(discovered, own.client_id, secret_of(own), "made-up", "t" * 43, back)
    except NotBelieved:
        return Finding(True, marked("It takes the client ID and the client secret."))
    except ProviderFault as fault:
        if fault.silent or isinstance(fault, ClientRefused):
            raise
    return Finding(True, marked("Whether it takes the client secret, only a real sign-in can tell."))
