"""Interchanges and groups around transaction sets: who sends, which numbers, and whether all of it arrived."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from carepool.sentences import marked
from carepool.vendors.documents.faults import BadDocument, Place
from carepool.vendors.formats.x12.segments import Segment, segments

MOST_SETS = 1_000
"""Transaction sets in one file."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """What is around a transaction set. `kind`: `855`; ids without their padding; control numbers as they are written."""

    kind: str
    control: str
    sender: str
    sender_qualifier: str
    receiver: str
    receiver_qualifier: str
    group_sender: str
    group_control: str
    version: str
    #: Where the set begins.
    place: Place


def transaction_sets(file: IO[bytes]) -> Iterator[tuple[Envelope, Iterator[Segment]]]:
    """Yield each transaction set with the segments between ST and SE; what is left unread of one is read on.

    Counts and control numbers of SE, GE and IEA are checked. Raises BadDocument.
    """
    stream = segments(file)
    found = 0
    for isa in stream:
        _expect(isa, "ISA")
        groups = 0
        for opening in stream:
            if opening.id == "IEA":
                _count(opening, groups)
                _control(opening, isa.get(13))
                break
            if opening.id == "TA1":
                continue
            _expect(opening, "GS")
            groups += 1
            for sets, segment in enumerate(stream):
                if segment.id == "GE":
                    _count(segment, sets)
                    _control(segment, opening.get(6))
                    break
                _expect(segment, "ST")
                found += 1
                if found > MOST_SETS:
                    raise BadDocument(
                        segment.place(), marked("It has more than %(most)s transaction sets.", most=MOST_SETS)
                    )
                body = _body(segment, stream)
                yield _envelope(isa, opening, segment), body
                for _ in body:
                    pass


def _body(start: Segment, stream: Iterator[Segment]) -> Iterator[Segment]:
    count = 1
    for segment in stream:
        count += 1
        if segment.id == "SE":
            _count(segment, count)
            _control(segment, start.get(2))
            return
        if segment.id in ("ISA", "GS", "ST", "GE", "IEA"):
            raise BadDocument(segment.place(), marked("The transaction set before it has no SE segment."))
        yield segment


def _envelope(isa: Segment, group: Segment, start: Segment) -> Envelope:
    return Envelope(
        kind=start.get(1),
        control=start.get(2),
        sender=isa.get(6),
        sender_qualifier=isa.get(5),
        receiver=isa.get(8),
        receiver_qualifier=isa.get(7),
        group_sender=group.get(2),
        group_control=group.get(6),
        version=group.get(8),
        place=start.place(),
    )


def _expect(segment: Segment, name: str) -> None:
    if segment.id != name:
        raise BadDocument(segment.place(), marked("Here a segment %(name)s is due.", name=name))


def _count(segment: Segment, found: int) -> None:
    told = segment.get(1)
    if told.lstrip("0") != str(found).lstrip("0"):
        raise BadDocument(
            segment.place(1),
            marked(
                'It counts "%(told)s", but there are %(found)s. Send the file whole and unchanged.',
                told=told[:20],
                found=str(found),
            ),
        )


def _control(segment: Segment, expected: str) -> None:
    told = segment.get(2)
    if told.lstrip("0") != expected.lstrip("0"):
        raise BadDocument(
            segment.place(2),
            marked(
                'Its control number is "%(told)s", but it began with "%(expected)s". Send the file whole and unchanged.',
                told=told[:20],
                expected=expected[:20],
            ),
        )
