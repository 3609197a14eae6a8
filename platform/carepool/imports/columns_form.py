"""The form in which a person says which column is which: what each field offers, and the map that was chosen. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from carepool.errors import Invalid
from carepool.sentences import marked
from carepool.tabular.columns import ColumnMap, Field

_BASES = ("case", "each")
_SAMPLES = 3


@dataclass(frozen=True)
class Choice:
    """One field of the form. `options` are columns by their places, `2`, or several that are joined, `2-5`.

    `fixed` are texts that hold for all rows, sent as `=text`.
    """

    field: str
    required: bool
    chosen: str
    options: tuple[tuple[str, str], ...]
    fixed: tuple[str, ...]
    samples: tuple[str, ...]


def choices_of(
    fields: Sequence[Field], headers: Sequence[str], columns: ColumnMap, rows: Sequence[Mapping[str, str]]
) -> list[Choice]:
    """Return what the form shows: each field with the column proposed for it and what stands there in the first rows."""
    single = tuple((str(place), header) for place, header in enumerate(headers))
    shown = []
    for field in fields:
        of = columns.columns.get(field.name, ())
        chosen = "-".join(str(headers.index(one)) for one in of if one in headers)
        options = single if len(of) < 2 else (*single, (chosen, " + ".join(of)))
        fixed = _BASES if field.name == "price_basis" else ()
        if not of and (text := columns.fixed.get(field.name)):
            chosen, fixed = f"={text}", tuple(dict.fromkeys((*fixed, text)))
        samples = tuple(dict.fromkeys(text for row in rows if (text := columns.read(row, field.name))))[:_SAMPLES]
        shown.append(Choice(field.name, field.required, chosen, options, fixed, samples if of else ()))
    return shown


def chosen_map(fields: Sequence[Field], headers: Sequence[str], form: Mapping[str, str]) -> ColumnMap:
    """Return the map that the form says, from boxes `column.<field>`. Raises Invalid for a place that is no column."""
    columns: dict[str, tuple[str, ...]] = {}
    fixed: dict[str, str] = {}
    for field in fields:
        chosen = form.get(f"column.{field.name}", "")
        if chosen.startswith("="):
            fixed[field.name] = chosen[1:201].replace("\0", "")
        elif chosen:
            columns[field.name] = tuple(_header(headers, place, field.name) for place in chosen.split("-"))
    return ColumnMap(columns, fixed)


def _header(headers: Sequence[str], place: str, field: str) -> str:
    if place.isascii() and place.isdecimal() and len(place) < 5 and int(place) < len(headers):
        return headers[int(place)]
    sentence = marked("Choose from the list.")
    raise Invalid("no-such-column", sentence, {f"column.{field}": [sentence]})
