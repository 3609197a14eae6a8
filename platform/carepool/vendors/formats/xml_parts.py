"""XML read part by part and safely: no entities, no definitions, nothing from elsewhere, limits on depth and size.

The parser is Expat as it comes with Python: it never loads an external definition, and any definition inside the file
is refused before it is used. Memory holds one part at a time, such as a line of an order.
"""

import sys
from collections.abc import Callable, Iterator
from typing import IO
from xml.parsers import expat

from carepool.sentences import Sentence, marked
from carepool.vendors.documents.faults import BadDocument, Place, PlaceKind
from carepool.vendors.formats.values import MOST_TEXT, clean

_BLOCK = 1 << 16
_DEEPEST = 40
_MOST_NODES = 20_000
"""Elements of one part."""
_MOST_LETTERS = 1 << 20
"""Letters of all texts and attributes of one part."""
_LONGEST_TOKEN = 1 << 20
"""Bytes of one tag, comment or instruction, which the parser must hold whole."""
_UNSAFE = marked("It defines entities or its own document type. Send it without a definition inside.")
_LONGEST_NAME, _MOST_NAMES = 100, 2_000
_SPACE = " "
_SKIPPED = frozenset({"EmbeddedDocumentBinaryObject", "UBLExtensions", "Signature"})
"""Elements that may be large and say nothing to us: files inside, extensions, signatures. What is inside is not kept."""


class Part:
    """An element that was read whole: its name without prefix, attributes, text, and elements inside."""

    __slots__ = ("attributes", "inside", "line", "name", "path", "texts")

    def __init__(self, name: str, attributes: dict[str, str], line: int, path: str) -> None:
        self.name = name
        self.attributes = attributes
        self.line = line
        self.path = path
        self.texts: list[str] = []
        self.inside: list[Part] = []

    @property
    def text(self) -> str:
        """Its own text, white space around it taken off."""
        return "".join(self.texts).strip()

    @property
    def place(self) -> Place:
        """Where it stands in the file."""
        return Place(PlaceKind.ELEMENT, self.line, self.path)

    def all(self, path: str) -> Iterator["Part"]:
        """Yield every element at a path below this one, such as `Item/Name`."""
        first, _, rest = path.partition("/")
        for one in self.inside:
            if one.name == first:
                if rest:
                    yield from one.all(rest)
                else:
                    yield one

    def find(self, path: str) -> "Part | None":
        """Return the first element at a path, or None."""
        return next(self.all(path), None)

    def text_of(self, *paths: str) -> str:
        """Return the text at the first of these paths that has one, in one line; empty where none has."""
        for path in paths:
            for one in self.all(path):
                if one.text:
                    return one.plain()
        return ""

    def attribute(self, path: str, name: str) -> str:
        """Return an attribute of the first element at a path (empty: this one); empty where there is none."""
        one = self.find(path) if path else self
        return clean(one.attributes.get(name, "")) if one else ""

    def plain(self) -> str:
        """Return its text in one line. Raises BadDocument where it is too long for any field."""
        text = clean(self.text)
        if len(text) > MOST_TEXT:
            raise BadDocument(
                self.place, marked("The text is longer than %(most)s letters. Shorten it.", most=MOST_TEXT)
            )
        return text

    def needed(self, path: str, problem: Sentence) -> "Part":
        """Return the first element at a path that has a text. Raises BadDocument with this problem at this element."""
        found = next((one for one in self.all(path) if one.text), None)
        if found is None:
            raise BadDocument(self.place, problem)
        return found


Opens = Callable[[str], bool]
"""Tells of an element's path, such as `cXML/Request`, whether its children are read one by one."""


def parts(file: IO[bytes], opens: Opens, namespaces: frozenset[str] | None = None) -> Iterator[Part]:
    """Yield the parts of a file in its order: each element whose parents all open.

    `opens` tells for an element's path (`Order/OrderLine`) that its children are parts of their own; such an element is
    itself yielded before them, without what is inside. The root always opens. `namespaces`: where elements of others are
    named `other:name`, so that nobody takes them for ours; None: the format has none. Raises BadDocument.
    """
    return _Reader(opens, namespaces).read(file)


def root_of(file: IO[bytes]) -> tuple[str, str]:
    """Return the root element's namespace and name, and set the file back to its start. Raises BadDocument."""
    reader = _Reader(lambda path: False, None)
    found = next(reader.read(file), None)
    file.seek(0)
    return reader.root_namespace, found.name if found else ""


class _Reader:
    def __init__(self, opens: Opens, namespaces: frozenset[str] | None) -> None:
        self._opens = opens
        self._namespaces = namespaces
        self._paths: list[str] = []
        self._names: dict[str, str] = {}
        self._open: list[bool] = []
        self._parts: list[Part] = []
        self._ready: list[Part] = []
        self._nodes = 0
        self._letters = 0
        self._skipped_at = 0
        self.root_namespace = ""
        self._parser = parser = expat.ParserCreate(namespace_separator=_SPACE)
        parser.buffer_text = True
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        parser.StartDoctypeDeclHandler = self._doctype
        parser.EntityDeclHandler = parser.UnparsedEntityDeclHandler = self._unsafe
        parser.SkippedEntityHandler = self._skipped
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text

    def read(self, file: IO[bytes]) -> Iterator[Part]:
        fed = 0
        while True:
            block = file.read(_BLOCK)
            self._feed(block)
            fed += len(block)
            yield from self._ready
            self._ready.clear()
            if not block:
                return
            if fed - self._parser.CurrentByteIndex > _LONGEST_TOKEN:
                raise BadDocument(self._here(), marked("A tag or comment is longer than a million letters."))

    def _feed(self, block: bytes) -> None:
        try:
            self._parser.Parse(block, not block)
        except expat.ExpatError as error:
            problem = marked(
                "It is not well-formed XML (%(reason)s). Export it again.", reason=expat.ErrorString(error.code) or ""
            )
            place = Place(PlaceKind.ELEMENT, error.lineno, self._paths[-1] if self._paths else "-")
            raise BadDocument(place, problem) from error
        except (LookupError, ValueError) as error:
            if isinstance(error, BadDocument):
                raise
            raise BadDocument(self._here(), marked("Its encoding is not known. Save it as UTF-8.")) from error

    def _here(self) -> Place:
        return Place(PlaceKind.ELEMENT, self._parser.CurrentLineNumber, self._paths[-1] if self._paths else "-")

    def _doctype(self, name: str, system: str | None, public: str | None, internal: bool) -> None:
        if internal:
            raise BadDocument(self._here(), _UNSAFE)

    def _unsafe(self, *told: object) -> None:
        raise BadDocument(self._here(), _UNSAFE)

    def _skipped(self, name: str, parameter: bool) -> None:
        problem = marked('It uses "&%(name)s;", which it does not define. Write the letter itself.', name=name[:40])
        raise BadDocument(self._here(), problem)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        bare = self._names.get(name) or self._name(name)
        path = sys.intern(f"{self._paths[-1]}/{bare}") if self._paths else bare
        self._paths.append(path)
        if len(self._paths) > _DEEPEST:
            raise BadDocument(self._here(), marked("Its elements lie more than %(most)s deep.", most=_DEEPEST))
        if self._skipped_at:
            return
        if bare.removeprefix("other:") in _SKIPPED:
            self._skipped_at = len(self._paths)
            return
        part = Part(bare, attributes, self._parser.CurrentLineNumber, path)
        # an element opens only inside one that does
        opens = not self._open or (self._open[-1] and self._opens(path))
        self._open.append(opens)
        if opens:
            self._nodes = self._letters = 0
            self._ready.append(part)
            return
        self._nodes += 1
        if attributes:
            self._letters += sum(map(len, attributes.values()))
        if self._nodes > _MOST_NODES or self._letters > _MOST_LETTERS:
            self._too_large()
        if self._parts:
            self._parts[-1].inside.append(part)
        self._parts.append(part)

    def _name(self, name: str) -> str:
        """Return an element's name without its namespace, or marked as another's; names are few, so they are kept."""
        uri, _, bare = name.rpartition(_SPACE)
        if not self._paths:
            self.root_namespace = uri
        if self._namespaces is not None and uri not in self._namespaces:
            bare = f"other:{bare}"
        bare = bare[:_LONGEST_NAME]
        if len(self._names) < _MOST_NAMES:
            self._names[name] = bare
        return bare

    def _end(self, name: str) -> None:
        depth = len(self._paths)
        self._paths.pop()
        if self._skipped_at:
            self._skipped_at = self._skipped_at if depth > self._skipped_at else 0
            return
        if self._open.pop():
            return
        part = self._parts.pop()
        if not self._parts:
            self._ready.append(part)
            self._nodes = self._letters = 0

    def _text(self, text: str) -> None:
        if self._parts and not self._skipped_at:
            self._letters += len(text)
            if self._letters > _MOST_LETTERS:
                self._too_large()
            self._parts[-1].texts.append(text)

    def _too_large(self) -> None:
        raise BadDocument(
            self._here(), marked("This part of the file is far larger than any real one. Export it again.")
        )
