"""Reads the form of a count: the boxes of each line, such as `cases.3`, and the photos that go with them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from werkzeug.datastructures import FileStorage, MultiDict

from carepool.errors import Invalid
from carepool.purchasing.receiving.actions.counting import MOST_CASES, MOST_EACHES, Count, LineOfCount
from carepool.purchasing.receiving.counts import LineCount
from carepool.sentences import marked
from carepool.web.forms import FormReader
from tenants.ids import new_id

_KEY = re.compile(r"[A-Za-z0-9-]{8,100}")
_TEXTS = ("substitute_name", "substitute_sku", "lot", "expires_on", "note")
NUMBERS = {"cases": MOST_CASES, "short": MOST_EACHES, "damaged": MOST_EACHES, "substitute": MOST_EACHES}


@dataclass(frozen=True)
class TypedCount:
    """A count as it was typed, with the box that each of its lines came from."""

    count: Count
    numbers: Sequence[int]

    def on_boxes(self, fields: Mapping[str, Sequence[str]]) -> dict[str, Sequence[str]]:
        """Put the sentences of `lines.<place>.<field>` on the boxes of the form."""
        placed: dict[str, Sequence[str]] = {}
        for name, sentences in fields.items():
            part = name.split(".")
            if len(part) == 3 and part[0] == "lines" and int(part[1]) < len(self.numbers):
                field = "cases" if part[2] == "line" else part[2]
                name = f"{field}.{self.numbers[int(part[1])]}"
            placed[name if name != "lines" else "form"] = sentences
        return placed


def fresh_key() -> str:
    """Return a key for a count that is not made yet."""
    return str(new_id())


def typed_count(typed: Mapping[str, str], counts: Iterable[LineCount]) -> TypedCount:
    """Read a count. Lines of which nothing was typed are left out. Raises Invalid naming each wrong box."""
    form = FormReader(typed)
    lines = [one for count in counts if (one := _line(form, typed, count.line.line))]
    key = typed.get("key", "")
    if not _KEY.fullmatch(key):
        form.refuse("form", marked("This page is too old. Load it again and count once more."))
    if not lines:
        form.refuse("form", marked("Nothing was counted. Write down at least one line."))
    form.checked()
    at = _instant(typed.get("counted_at", ""))
    return TypedCount(Count(key, lines, form.text("note", most=500), "", at), [one.line for one in lines])


def all_as_ordered(typed: Mapping[str, str], counts: Iterable[LineCount]) -> TypedCount:
    """Return the count that all that was not counted yet came as ordered, but for lines whose lot is wanted."""
    lines = [
        LineOfCount(one.line.line, one.line.cases - one.counted.cases)
        for one in counts
        if not one.is_tracked and one.line.cases > one.counted.cases
    ]
    key = typed.get("key", "")
    if not lines or not _KEY.fullmatch(key):
        sentence = marked("Nothing is left to count in one tap. Count the lines below one by one.")
        raise Invalid("nothing-left", sentence, {"form": [sentence]})
    return TypedCount(Count(key, lines), [one.line for one in lines])


def photos_of(files: "MultiDict[str, FileStorage]", number: int) -> list[FileStorage]:
    """Return the photos that were chosen for a line."""
    return [one for one in files.getlist(f"photo.{number}") if one.filename]


def _line(form: FormReader, typed: Mapping[str, str], number: int) -> LineOfCount | None:
    names = (*NUMBERS, *_TEXTS)
    if not any(typed.get(f"{name}.{number}", "").strip() for name in names):
        return None
    counts = {name: form.whole(f"{name}.{number}", most=most) or 0 for name, most in NUMBERS.items()}
    expires = typed.get(f"expires_on.{number}", "").strip()
    return LineOfCount(
        line=number,
        **counts,
        substitute_name=form.text(f"substitute_name.{number}"),
        substitute_sku=form.text(f"substitute_sku.{number}", most=80),
        substitute_accepted=bool(typed.get(f"substitute_accepted.{number}")),
        lot=form.text(f"lot.{number}", most=80),
        expires_on=_day(form, f"expires_on.{number}", expires) if expires else None,
        note=form.text(f"note.{number}", most=500),
    )


def _day(form: FormReader, name: str, text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        form.refuse(name, marked("Write a day, such as 2027-11-30."))
        return None


def _instant(text: str) -> datetime | None:
    """Return the instant that a device wrote with its zone, or None."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None
