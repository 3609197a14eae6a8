"""What is wrong with a document, where it is wrong, and what to do."""

from dataclasses import dataclass
from enum import Enum

from carepool.sentences import Sentence, marked


class PlaceKind(Enum):
    """How the places of a format are counted."""

    FILE = "file"
    ROW = "row"
    SEGMENT = "segment"
    ELEMENT = "element"


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a file: a row and its column, a segment and its element, a line and its XML element, or the file."""

    kind: PlaceKind = PlaceKind.FILE
    #: Counted from 1; 0: none in particular.
    number: int = 0
    #: A column, `PO1 element 02`, or the path of an XML element; empty: none in particular.
    name: str = ""

    def sentence(self) -> Sentence:
        """Return where it is, for people."""
        number = str(self.number)
        if self.kind is PlaceKind.ROW and self.number:
            if self.name:
                return marked('Row %(number)s, column "%(name)s"', number=number, name=self.name)
            return marked("Row %(number)s", number=number)
        if self.kind is PlaceKind.SEGMENT and self.number:
            return marked("Segment %(number)s (%(name)s)", number=number, name=self.name)
        if self.kind is PlaceKind.ELEMENT and self.number:
            return marked("Line %(number)s, element %(name)s", number=number, name=self.name)
        return marked("The file")


WHOLE_FILE = Place()


class BadDocument(ValueError):
    """A document that cannot be read. `sentence` names the place and says what to do."""

    def __init__(self, place: Place, problem: Sentence) -> None:
        self.place = place
        self.problem = problem
        self.sentence = marked("%(place)s: %(problem)s", place=place.sentence(), problem=problem)
        super().__init__(self.sentence)


class CannotWrite(ValueError):
    """An order that a format cannot carry. `sentence` says what is missing."""

    def __init__(self, sentence: Sentence) -> None:
        self.sentence = sentence
        super().__init__(sentence)
