"""What pages and letters say can be read with eight years of school.

English: the grade of Flesch and Kincaid (U.S. Navy, 1975), 0.39 words a sentence + 11.8 syllables a word - 15.59.
Spanish: the ease of Fernández Huerta (1959), 206.84 - 60 syllables a word - 1.02 words a sentence; 60 to 70 is grade 8.
"""

import re
from collections.abc import Iterator

from carepool.ui.catalogs import read_catalog

_WORD = re.compile(r"[A-Za-zÁÉÍÓÚÜÑáéíóúüñ’']+")
_END = re.compile(r"[.!?:](?:\s|$)")
_SHORT = 6
"""Words below which a text is a label and no sentence."""


def _texts(language: str) -> Iterator[str]:
    for message in read_catalog("es"):
        own = message.id if language == "en" else message.string
        text = re.sub(r"%\(\w+\)[sd]", "it", own if isinstance(own, str) else own[-1])
        if message.id and len(_WORD.findall(text)) >= _SHORT:
            yield text


def _syllables(word: str) -> int:
    """Count groups of vowels; a silent e at an English word's end is counted, which makes words harder, not easier."""
    return max(1, len(re.findall(r"[aeiouyáéíóúü]+", word.lower())))


def _counted(text: str) -> tuple[float, float]:
    """Return words a sentence and syllables a word."""
    words = _WORD.findall(text)
    return len(words) / max(1, len(_END.findall(text))), sum(map(_syllables, words)) / len(words)


def _grade(text: str) -> float:
    words, syllables = _counted(text)
    return 0.39 * words + 11.8 * syllables - 15.59


def test_english_can_be_read_at_grade_eight() -> None:
    texts = list(_texts("en"))
    assert _grade(" ".join(texts)) <= 8
    assert not [text for text in texts if _grade(text) > 14]


def test_spanish_can_be_read_at_grade_eight() -> None:
    texts = list(_texts("es"))
    words, syllables = _counted(" ".join(texts))
    assert 206.84 - 60 * syllables - 1.02 * words >= 60
