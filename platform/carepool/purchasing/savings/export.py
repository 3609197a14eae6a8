"""What the state saved as a file for funders (CSV or XLSX), with small cells hidden and the method in words."""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import force_locale
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from sqlalchemy import select

from carepool.clock import now
from carepool.files import StoredFile, keep_file, writing
from carepool.identity.models import Person
from carepool.jobs.working import Failed, Progress
from carepool.purchasing.models.purchases import Purchase
from carepool.purchasing.savings.content import XLSX
from carepool.purchasing.savings.groups import name_of
from carepool.purchasing.savings.small_cells import SUM, hidden, years_shown
from carepool.purchasing.savings.sums import By, Counted, Sums, cells, sums_by, whole, whole_shown
from carepool.records.models import RecordExport
from carepool.sentences import Sentence, marked
from carepool.tabular.csv_lines import BEGIN, csv_bytes
from carepool.ui.formats import in_words
from carepool.ui.languages import LOCALES, SOURCE
from tenants.database import db, find, one_of, session
from tenants.registry import Tenant
from tenants.scope import visiting

TABLES = {By.COUNTY: marked("By county"), By.TYPE: marked("By type"), By.PURCHASE: marked("By purchase")}
_WHOLE, _ALL = marked("Whole state"), marked("All years")
HIDDEN = marked("hidden")
FIGURES: dict[str, Sentence] = {
    "programs": marked("Programs"),
    "purchases": marked("Purchases"),
    "baseline_cents": marked("Alone"),
    "goods_cents": marked("Goods"),
    "gross_cents": marked("Saved on goods"),
    "freight_cents": marked("Freight"),
    "handling_cents": marked("Handling"),
    "net_cents": marked("Saved in all"),
    "tax_cents": marked("Sales tax"),
    "net_after_tax_cents": marked("After sales tax, too"),
}
_PROVED, _UNPROVED = marked("Saved, with evidence"), marked("Saved, without evidence")
_ABOUT = marked("About these figures")
_TOO_FEW = marked(
    "Fewer than %(least)s programs have bought so far. No figure can be given without telling what one of them paid.",
    least=0,
)


@dataclass(frozen=True)
class Line:
    """A line of the file: its table, group and year in words, and sums; None: hidden. `proofs`: cents with and without."""

    table: str
    group: str
    year: str
    sums: Sums | None
    proofs: tuple[int, int] | None = None


def write(own: RecordExport, progress: Progress) -> StoredFile:
    """Write the file that an export asks for, of one moment, in the words of who asked. Raises Failed."""
    person = find(Person, own.person_id)
    language = person.language if person and person.language in LOCALES else SOURCE
    zone = db.session.scalars(select(Tenant.zone).where(Tenant.id == session().scope.id)).one()
    least = int(own.wish["least_programs"])
    progress.expect(len(TABLES) + 1)
    with force_locale(LOCALES[language]):
        with visiting(session().scope, snapshot=True), force_locale(LOCALES[language]):
            lines, left_out = lines_of(zone, least, progress)
            about = [in_words(one) for one in _method(zone, least, left_out)]
        if own.wish["format"] == "xlsx":
            return _workbook(lines, about)
        with writing("savings.csv", "text/csv; charset=utf-8") as file:
            file.write(BEGIN + csv_bytes([_titles(), *(_cells(line) for line in lines), [], [in_words(_ABOUT)]]))
            file.write(csv_bytes([one] for one in about))
        return file.row


def lines_of(zone: str, least: int, progress: Progress) -> tuple[list[Line], list[int]]:
    """Return the lines of the file and the years that are left out because too few programs bought. Raises Failed."""
    years = sums_by(By.YEAR, Counted(zone))
    shown = years_shown({year: own.programs for year, own in years.items()}, least)
    if not shown:
        raise Failed(_TOO_FEW.filled(least=least))
    counted = Counted(zone, years=tuple(shown))
    lines = []
    for year in shown:
        proofs = whole_shown(Counted(zone, year))
        pair = (proofs.proved_cents, proofs.unproved_cents)
        lines.append(Line(in_words(_WHOLE), in_words(_WHOLE), str(year), years[year], pair))
    proofs = whole_shown(counted)
    pair = (proofs.proved_cents, proofs.unproved_cents)
    lines.append(Line(in_words(_WHOLE), in_words(_WHOLE), in_words(_ALL), whole(counted), pair))
    progress.add()
    for by in TABLES:
        lines += _table(by, counted, shown, least)
        progress.add()
    return lines, sorted(set(years) - set(shown))


def _table(by: By, counted: Counted, years: Sequence[int], least: int) -> Iterator[Line]:
    inside, groups = cells(by, counted), sums_by(by, counted)
    programs = {key: own.programs for key, own in inside.items()}
    out = hidden(programs, {key: own.programs for key, own in groups.items()}, least)
    names = _names(by, list(groups))
    for key in sorted(groups, key=lambda one: (not names[one], names[one], str(one))):
        for year in years:
            own = inside.get((key, year))
            if own is not None:
                yield Line(in_words(TABLES[by]), names[key], str(year), None if (key, year) in out else own)
        total = None if (key, SUM) in out else groups[key]
        yield Line(in_words(TABLES[by]), names[key], in_words(_ALL), total)


def _names(by: By, keys: Sequence[Any]) -> dict[Any, str]:
    if by is not By.PURCHASE:
        return {key: name_of(by, key) for key in keys}
    query = select(Purchase.id, Purchase.title, Purchase.number).where(one_of(Purchase.id, keys))
    return {one: f"{number or ''} {title}".strip() for one, title, number in db.session.execute(query)}


def _method(zone: str, least: int, left_out: Sequence[int]) -> Iterator[Sentence]:
    """Yield what a reader must know of the figures."""
    yield marked("Alone is what the same goods cost at the price that each item is compared with, without sales tax.")
    yield marked(
        "That price is the vendor's list price, a program's last invoice, a quote with a date or a state contract."
    )
    yield marked(
        "Saved on goods is alone less what programs paid for the goods. It is negative where buying together cost more."
    )
    yield marked(
        "Saved in all is what is left of it after freight and handling. Sales tax stands in a column of its own."
    )
    yield marked("With evidence: a kept document shows the price, and none of its kind shows a lower one.")
    yield marked("A year is a calendar year where the state is (%(zone)s), by the day of the close.", zone=zone)
    yield marked("Counties and types are those that programs have now.")
    yield marked(
        "Figures of fewer than %(least)s programs are hidden. So are others from which they could be worked out.",
        least=least,
    )
    if left_out:
        years = ", ".join(map(str, left_out))
        yield marked(
            "Left out, because fewer programs bought: %(years)s. All years means the years shown.", years=years
        )
    yield marked(
        "Give out one file for a period. From files of two days someone could work out what came between them."
    )
    made = now().astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")
    yield marked("Made: %(when)s", when=made)


def _titles() -> list[str]:
    heads = (marked("Table"), marked("Group"), marked("Year"), *FIGURES.values(), _PROVED, _UNPROVED)
    return [in_words(one) for one in heads]


def _cells(line: Line) -> list[Any]:
    """Return a line's cells; amounts in dollars."""
    begin = [line.table, line.group, line.year]
    if line.sums is None:
        return begin + [in_words(HIDDEN)] * len(FIGURES)
    proofs = [] if line.proofs is None else [_dollars(one) for one in line.proofs]
    return begin + [_figure(name, getattr(line.sums, name)) for name in FIGURES] + proofs


def _figure(name: str, value: int) -> Any:
    return _dollars(value) if name.endswith("_cents") else value


def _dollars(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)


def _workbook(lines: Sequence[Line], about: Sequence[str]) -> StoredFile:
    """Write one sheet a table and one with the method."""
    book = Workbook(write_only=True)
    sheets: dict[str, Any] = {}
    for line in lines:
        if line.table not in sheets:
            sheets[line.table] = book.create_sheet(line.table[:31])
            sheets[line.table].append(_titles())
        sheets[line.table].append([_cell(sheets[line.table], one) for one in _cells(line)])
    sheet = book.create_sheet(in_words(_ABOUT)[:31])
    for one in about:
        sheet.append([_cell(sheet, one)])
    with tempfile.TemporaryFile() as file:
        book.save(file)
        file.seek(0)
        return keep_file(file, "savings.xlsx", XLSX)


def _cell(sheet: Any, value: Any) -> Any:
    cell = WriteOnlyCell(sheet, value)
    if isinstance(value, str):
        # a name that begins with "=" stays a name
        cell.data_type = "s"
    return cell
