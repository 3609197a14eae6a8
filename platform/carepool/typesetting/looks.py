"""What the documents of a state bear: its site, colour and contact as its own people set them, in the reader's language."""

from flask_babel import gettext as _

from carepool.notifications.letters import Sender
from carepool.typesetting import Look


def look_here(
    title: str, number: str, language: str, *, new_page: bool = False, landscape: bool = False, labels: bool = False
) -> Look:
    """Return the look of a document of the session's state; asked for while `language` is spoken."""
    state = Sender.here().shown(language)
    ask = " ".join(one for one in (state.brand.contact_name, state.brand.contact_phone) if one)
    return Look(
        title=title,
        number=number,
        site=state.title,
        colour=state.brand.colour,
        ask=f"{_('Questions? Ask a person.')} {ask}" if ask else "",
        language=language,
        new_page=new_page,
        landscape=landscape,
        labels=labels,
    )
