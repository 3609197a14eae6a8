"""What the documents of a state bear: its site, colour and contact as its own people set them, in the reader's language.

What an alliance bills bears the alliance's name and its hub's contact in their place.
"""

from dataclasses import dataclass

from flask_babel import gettext as _

from carepool.notifications.letters import Sender
from carepool.typesetting import Look


@dataclass(frozen=True)
class Owner:
    """An alliance that a document is from: its name, the hub that acts for it, and whom to ask there ("" for nobody)."""

    name: str
    hub: str
    contact: str

    @property
    def at_hub(self) -> str:
        """The hub and whom to ask there: to whom money for the alliance is sent."""
        return ", ".join(one for one in (self.hub, self.contact) if one)


def look_here(
    title: str,
    number: str,
    language: str,
    *,
    owner: Owner | None = None,
    new_page: bool = False,
    landscape: bool = False,
    labels: bool = False,
) -> Look:
    """Return the look of a document of the session's state, or of one of its alliances; asked for while `language` is
    spoken."""
    state = Sender.here().shown(language)
    ask = " ".join(one for one in (state.brand.contact_name, state.brand.contact_phone) if one)
    if owner is not None:
        ask = owner.at_hub
    return Look(
        title=title,
        number=number,
        site=owner.name if owner else state.title,
        colour=state.brand.colour,
        ask=f"{_('Questions? Ask a person.')} {ask}" if ask else "",
        language=language,
        new_page=new_page,
        landscape=landscape,
        labels=labels,
    )
