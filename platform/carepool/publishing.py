"""Facts that a state's own systems may hear of: which topics, under which stable names, and what is told of each.

A feature registers with `publishes` how the facts of one of its topics are read. `record_event` hands such a change on
only where the state has someone who listens.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from carepool.events import Topic
from carepool.sentences import Sentence


@dataclass(frozen=True)
class Fact:
    """What is told of one thing: its id, and a small object of JSON values."""

    subject_id: UUID
    data: Mapping[str, Any]


Facts = Callable[[UUID, Mapping[str, Any]], Iterator[Fact]]
"""Reads the facts of a change from its subject's id and its diff, in the state's scope."""


@dataclass(frozen=True)
class PublishedEvent:
    """A kind of event: its stable name, what it is called on pages, and how its facts are read."""

    name: str
    meaning: Sentence
    facts: Facts


_BY_TOPIC: dict[str, list[PublishedEvent]] = {}


def publishes(topic: Topic, name: str, meaning: Sentence) -> Callable[[Facts], Facts]:
    """Register how the facts of a topic are read for the event `name`."""

    def register(facts: Facts) -> Facts:
        if name in published_events():
            raise RuntimeError(f"Two functions tell {name}.")
        _BY_TOPIC.setdefault(topic.name, []).append(PublishedEvent(name, meaning, facts))
        return facts

    return register


def published_of(topic_name: str) -> list[PublishedEvent]:
    """Return the events that follow from a topic; most have none."""
    return _BY_TOPIC.get(topic_name, [])


def published_events() -> dict[str, PublishedEvent]:
    """Return every event by its name, in the order of the names."""
    found = {one.name: one for events in _BY_TOPIC.values() for one in events}
    return dict(sorted(found.items()))
