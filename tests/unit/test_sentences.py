"""Every sentence of a refusal can be said in Spanish: found by construction in the code, nothing to remember."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from carepool import errors
from carepool.purchasing.ladder import BadLadder
from carepool.sentences import Sentence, marked
from carepool.tables import carepool as all_tables
from carepool.tabular.columns import BadMap
from carepool.tabular.tables import UnreadableFile
from carepool.vendors.documents.faults import BadDocument, CannotWrite
from carepool.web import etags

ROOT = Path(__file__).resolve().parents[2] / "platform" / "carepool"
_PLACE = re.compile(r"%\((\w+)\)[a-z]")


def _subclasses(kind: type[Exception]) -> Iterator[type[Exception]]:
    yield kind
    for one in kind.__subclasses__():
        yield from _subclasses(one)


def _raised() -> set[str]:
    """Names of every exception that carries a sentence for people."""
    assert all_tables and etags  # all modules with refusals of their own are imported
    return {
        one.__name__
        for kind in (errors.Refusal, UnreadableFile, BadLadder, BadMap, BadDocument, CannotWrite)
        for one in _subclasses(kind)
    }


def _unmarked(tree: ast.AST, names: set[str]) -> Iterator[str]:
    """Yield each text inside a refusal's arguments that is written out without `marked`."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        if name not in names:
            continue
        values = [*node.args, *(keyword.value for keyword in node.keywords)]
        for place, value in enumerate(values):
            # the first is the stable kind, the name of what is missing, or a sentence; dictionary keys are field names
            if place == 0 and isinstance(value, ast.Constant) and " " not in str(value.value):
                continue
            if place == 0 and name in ("NotFound", "BadDocument"):  # what is missing; where it stands
                continue
            for text in _texts(value):
                yield f"line {node.lineno}: {name}: {text}"


def _texts(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "marked":
        return
    if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str)):
        yield ast.unparse(node)
        return
    for child in node.values if isinstance(node, ast.Dict) else ast.iter_child_nodes(node):
        yield from _texts(child)


def _names_assigned(tree: ast.AST) -> Iterator[str]:
    """Yield each `sentence = "..."` that is not marked, wherever it goes."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and any(getattr(to, "id", "") == "sentence" for to in node.targets):
            for text in _texts(node.value):
                yield f"line {node.lineno}: sentence = {text}"


def _badly_marked(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or getattr(node.func, "id", "") not in ("marked", "Sentence"):
            continue
        if getattr(node.func, "id", "") == "Sentence":
            yield f"line {node.lineno}: only marked() makes sentences"
            continue
        first = node.args[0]
        if not (isinstance(first, ast.Constant) and isinstance(first.value, str)):
            yield f"line {node.lineno}: marked() takes a literal"
        elif set(_PLACE.findall(first.value)) != {keyword.arg for keyword in node.keywords}:
            yield f"line {node.lineno}: the values are not those of {first.value!r}"


def _modules() -> Iterator[tuple[str, ast.AST]]:
    for path in sorted(ROOT.rglob("*.py")):
        where = path.relative_to(ROOT).as_posix()
        if where not in ("sentences.py", "kept_sentences.py"):
            yield where, ast.parse(path.read_text())


def test_no_refusal_carries_a_sentence_that_is_not_marked() -> None:
    names = _raised()
    assert {"Refusal", "NotFound", "VersionRequired", "UnreadableFile"} <= names
    found = [
        f"{where} {fault}" for where, tree in _modules() for fault in (*_unmarked(tree, names), *_names_assigned(tree))
    ]
    assert not found, "write marked(...) around the sentence:\n" + "\n".join(found)


def test_marked_takes_a_literal_and_exactly_its_values() -> None:
    found = [f"{where} {fault}" for where, tree in _modules() for fault in _badly_marked(tree)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "code",
    [
        'raise Refusal("kind", "A sentence.")',
        'raise Invalid("kind", marked("Good."), {"field": ["A sentence."]})',
        'raise Refusal("kind", f"A sentence about {thing}.")',
        'raise Invalid("kind", "A sentence" + more)',
        'raise SignInRequired("A sentence.")',
    ],
)
def test_an_unmarked_sentence_is_found(code: str) -> None:
    assert list(_unmarked(ast.parse(code), _raised()))


@pytest.mark.parametrize(
    "code", ["marked(f'A {thing}.')", "marked(words)", "marked('A %(thing)s.')", "marked('A.', b=1)", "Sentence('A.')"]
)
def test_a_badly_marked_sentence_is_found(code: str) -> None:
    assert list(_badly_marked(ast.parse(code)))


def test_every_missing_thing_that_is_named_has_its_sentence() -> None:
    for where, tree in _modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "NotFound" and node.args:
                what = node.args[0]
                if isinstance(what, ast.Constant):
                    assert isinstance(errors.NotFound(str(what.value)).sentence, Sentence), where


def test_a_sentence_is_its_english_and_remembers_its_parts() -> None:
    sentence = marked("Mend %(faults)s by %(when)s.", faults=(marked("this"), marked("that")), when=3)
    assert sentence == "Mend this; that by 3."
    assert (sentence.template, sentence.values["when"]) == ("Mend %(faults)s by %(when)s.", 3)
    assert marked("100 % of it") == "100 % of it"
