"""What a vendor's systems took: orders as they came over the wire."""

import threading
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Taken:
    """A message as it came. `way`: mail, link, webhook, cxml or sftp; `files`: (name, bytes); `text`: a letter's words."""

    way: str
    files: tuple[tuple[str, bytes], ...]
    text: str = ""
    #: What a webhook was signed over, and its headers.
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    #: The page at which the vendor answers, where the message itself names it.
    link: str = ""


class Desk:
    """All that a vendor's systems took, and by which ways it takes no orders: those are read whole and then refused."""

    def __init__(self) -> None:
        self.refusing: frozenset[str] = frozenset()
        self._taken: list[Taken] = []
        self._came = threading.Condition()

    def take(self, taken: Taken) -> bool:
        """Keep a message; tell whether the vendor accepts orders this way."""
        with self._came:
            self._taken.append(taken)
            self._came.notify_all()
        return taken.way not in self.refusing

    def of(self, way: str) -> list[Taken]:
        """Return what came by a way, the oldest first."""
        with self._came:
            return [one for one in self._taken if one.way == way]

    def wait(self, way: str, known: int, seconds: float) -> Taken:
        """Return the first message by a way after the known ones. Raises TimeoutError."""
        with self._came:
            if self._came.wait_for(lambda: sum(1 for one in self._taken if one.way == way) > known, seconds):
                return [one for one in self._taken if one.way == way][known]
        raise TimeoutError(way)
