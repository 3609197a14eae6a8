"""A state's own words for licence types, statuses, quality levels and regions, mapped to the national set."""

from enum import StrEnum

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import TenantTable


class WordKind(StrEnum):
    """What a word speaks of."""

    TYPE = "type"
    STATUS = "status"
    QUALITY = "quality"
    REGION = "region"


class StateWord(TenantTable):
    """One word of a state and its national meaning."""

    __tablename__ = "state_word"

    kind: Mapped[WordKind] = mapped_column(Text, primary_key=True)
    #: As the state writes it, trimmed.
    word: Mapped[str] = mapped_column(Text, primary_key=True)
    #: A type, a status, a level 0 to 5 or "" for none; of a region its counties, separated by a comma and a blank.
    national: Mapped[str] = mapped_column(Text)
