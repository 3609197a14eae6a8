"""Verbs of a state's own settings and words."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from carepool import events
from carepool.errors import Invalid
from carepool.outbox import Actor, record_event
from carepool.sentences import marked
from tenants.brand import READABLE, BadBrand, Brand, check_brand, contrast
from tenants.database import db, find
from tenants.state_settings import StateSetting
from tenants.state_words import StateWord, WordKind
from tenants.turns import take_turn
from tenants.vocabularies import LicenceStatus, ProgramType

MEANINGS = {
    WordKind.TYPE: frozenset(map(str, ProgramType)),
    WordKind.STATUS: frozenset(map(str, LicenceStatus)),
    WordKind.QUALITY: frozenset(["", *map(str, range(6))]),
}


def change_settings(by: Actor, state_id: UUID, facts: Mapping[str, Any]) -> StateSetting:
    """Keep how the site looks and whom to ask; `state_id`: the state's public id. Raises Invalid naming the field."""
    colour = facts["colour"]
    if colour:
        _check_colour(colour)
    take_turn("settings")
    own = find(StateSetting)
    if own is None:
        own = StateSetting()
        db.session.add(own)
    diff = {name: [getattr(own, name) or None, value] for name, value in facts.items() if getattr(own, name) != value}
    for name, value in facts.items():
        setattr(own, name, value)
    record_event(events.STATE_CHANGED, state_id, by, diff)
    db.session.flush()
    return own


def _check_colour(colour: str) -> None:
    try:
        check_brand(Brand(colour=colour))
    except BadBrand:
        readable = len(colour) == 7 and colour.startswith("#") and all(one in "0123456789abcdef" for one in colour[1:])
        sentence = marked("Write a color such as #0b4766.")
        if readable:
            found = f"{contrast(colour):.1f}"
            sentence = marked(
                "White text cannot be read on this color (contrast %(found)s, at least %(least)s). Choose a darker one.",
                found=found,
                least=str(READABLE),
            )
        raise Invalid("bad-colour", sentence, {"colour": [sentence]}) from None


def set_meanings(by: Actor, state_id: UUID, kind: WordKind, meanings: Mapping[str, str]) -> int:
    """Map words of the state to their national meaning and return how many changed; imports use it from now on.

    Raises Invalid for a meaning that the kind does not have.
    """
    known = {word.word: word.national for word in db.session.scalars(select(StateWord).where(StateWord.kind == kind))}
    changed = {word: meaning for word, meaning in meanings.items() if known.get(word) != meaning}
    for word, meaning in changed.items():
        if meaning not in MEANINGS[kind] or not word.strip() or len(word) > 200:
            sentence = marked("Choose from the list.")
            raise Invalid("no-such-meaning", sentence, {"meaning": [sentence]})
        row = insert(StateWord).values(kind=kind, word=word, national=meaning)
        keys = ["tenant_id", "kind", "word"]
        db.session.execute(row.on_conflict_do_update(index_elements=keys, set_={"national": row.excluded.national}))
    if changed:
        diff = {word: [known.get(word), meaning] for word, meaning in changed.items()}
        record_event(events.STATE_WORDS_CHANGED, state_id, by, diff)
    return len(changed)
