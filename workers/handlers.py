"""Which function does the work of which topic; each handler is thin and calls one verb."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from carepool.events import Topic

Handler = Callable[[Sequence[UUID]], None]


@dataclass(frozen=True)
class Work:
    """A topic and the function that does its work for a batch of subjects in one transaction."""

    topic: Topic
    handle: Handler


_WORK: dict[str, Work] = {}


def does(topic: Topic) -> Callable[[Handler], Handler]:
    """Register a function that does the work of a topic for a batch of subject ids, safely more than once."""

    def register(handle: Handler) -> Handler:
        if topic.name in _WORK:
            raise RuntimeError(f"Two functions do the work of {topic.name}.")
        _WORK[topic.name] = Work(topic, handle)
        return handle

    return register


def does_each(topic: Topic) -> Callable[[Callable[[UUID], None]], Callable[[UUID], None]]:
    """Register a function that does the work of a topic for one subject id."""

    def register(handle: Callable[[UUID], None]) -> Callable[[UUID], None]:
        def one_by_one(subject_ids: Sequence[UUID]) -> None:
            for subject_id in subject_ids:
                handle(subject_id)

        does(topic)(one_by_one)
        return handle

    return register


def work_of(topic_name: str) -> Work | None:
    """Return the work of a topic, or None where nothing is to be done."""
    import workers.tasks  # noqa: F401 - the handlers register themselves

    return _WORK.get(topic_name)
