"""What a channel is given to send, and what it answers."""

from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self
from uuid import UUID

from carepool.notifications.models import DeliveryState


@dataclass(frozen=True)
class Letter:
    """A message put into the reader's words, with addresses that open without our help."""

    message_id: UUID
    #: `en` or `es`.
    language: str
    #: One sentence; the subject of a mail.
    sentence: str
    #: The same for a text message: 160 characters at the most.
    short: str
    #: More sentences below the first, such as those of a daily summary.
    more: tuple[str, ...]
    #: Where it is told in full.
    link: str
    #: Opens without sign-in; empty for letters that nobody can do without.
    unsubscribe: str
    #: Name and host of the state's site, and who answers for it.
    site: str
    host: str
    agency: str
    #: Whom to ask: name, phone, e-mail, those that there are.
    contact: tuple[str, ...]
    #: `#rrggbb` on which white text can be read.
    colour: str


@dataclass(frozen=True)
class Answer:
    """What is known of a send: its state, why, and what the other side calls it."""

    state: DeliveryState
    error: str = ""
    reference: str = ""
    #: What the other side replied to a send that it took, literally.
    reply: str = ""


class Channel(Protocol):
    """A way out; used as a context, so that many letters share one connection."""

    @staticmethod
    def configured() -> bool:
        """Tell whether this installation can send by it."""

    def send(self, letter: Letter, address: str) -> Answer:
        """Send and tell what happened: sent, refused, waiting (surely not sent), unknown (the answer was lost)."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
