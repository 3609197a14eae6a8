"""Verbs of programs."""

import re
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from carepool import events
from carepool.errors import Refusal
from carepool.outbox import Actor, record_event
from carepool.programs.models import LegalEntity, Program
from carepool.sentences import marked
from tenants.database import db
from tenants.ids import new_id


def match_name(name: str) -> str:
    """Return a name as owners are matched by: lower case, letters and digits only, single blanks."""
    return " ".join(re.sub(r"[^\w\s]", " ", name.casefold()).split())


def add_program(by: Actor, facts: dict[str, Any]) -> Program:
    """Add one program. Raises Refusal when its licence number is known already."""
    known = select(Program.id).where(Program.licence_number == facts["licence_number"])
    if db.session.execute(known).first():
        sentence = marked("A program with this licence number is known already.")
        raise Refusal("licence-known", sentence, {"licence_number": [sentence]})
    owner = facts.get("legal_entity", "")
    plain = {name: value for name, value in facts.items() if name != "legal_entity"}
    program = Program(id=new_id(), legal_entity_id=_legal_entity(owner), **plain)
    db.session.add(program)
    record_event(events.PROGRAM_ADDED, program.id, by, {"licence_number": [None, program.licence_number]})
    db.session.flush()
    return program


def _legal_entity(name: str) -> Any:
    matched = match_name(name)
    if not matched:
        return None
    statement = insert(LegalEntity).values(id=new_id(), name=name, match_name=matched).on_conflict_do_nothing()
    db.session.execute(statement)
    return db.session.scalar(select(LegalEntity.id).where(LegalEntity.match_name == matched))
