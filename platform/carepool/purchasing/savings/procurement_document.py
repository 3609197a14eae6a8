"""The words of a procurement file and its PDF, from its facts alone: the same facts give the same bytes."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _

from carepool.purchasing.savings.procurement import Fund, Method, Origin
from carepool.sentences import Sentence, marked
from carepool.typesetting.batches import set_all
from carepool.ui.formats import day, in_words, money, number
from carepool.ui.languages import LOCALES

TEMPLATE = Path(__file__).parent / "procurement.typ"
METHODS: dict[Method, Sentence] = {
    Method.MICRO_PURCHASE: marked("Micro-purchase (2 CFR 200.320(a)(1))"),
    Method.SMALL_PURCHASE: marked("Small purchase with quotes (2 CFR 200.320(a)(2))"),
    Method.SEALED_BIDS: marked("Sealed bids (2 CFR 200.320(b)(1))"),
    Method.PROPOSALS: marked("Proposals (2 CFR 200.320(b)(2))"),
    Method.NONCOMPETITIVE: marked("Without competition, for a reason of 2 CFR 200.320(c)"),
    Method.COOPERATIVE: marked("A contract of the state or of others that we joined (2 CFR 200.318(e))"),
}
ORIGINS: dict[Origin, Sentence] = {
    Origin.NO_FOOD: marked("There is no food in this purchase"),
    Origin.DOMESTIC: marked("All food is produced or processed in the United States"),
    Origin.EXCEPTION: marked("Some food is not; the note says which, and why"),
}
FUNDS: dict[Fund, Sentence] = {
    Fund.CACFP: marked("Food program (CACFP)"),
    Fund.HEAD_START: marked("Head Start"),
    Fund.STATE: marked("State funds"),
    Fund.PROGRAMS: marked("Programs' own money"),
    Fund.OTHER: marked("Other funds"),
}
KINDS: dict[str, Sentence] = {
    "vendor_list": marked("The vendor's list price"),
    "own_last_invoice": marked("Our last invoice"),
    "dated_quote": marked("A quote with a date"),
    "state_contract": marked("The price of a state contract"),
}
DOMESTIC = marked(
    "CACFP and Head Start: goods made in the United States are preferred as far as practicable (2 CFR 200.322). The Buy"
    " American rule of school meals (7 CFR 210.21(d), 220.16(d)) binds school food authorities; one that takes part notes"
    " its exceptions here."
)
KEPT = marked(
    "Three years after the final claim of the federal fiscal year (7 CFR 226.10(d)). For Head Start it is three years after"
    " the final financial report (2 CFR 200.334), which may be later. Keep it longer while an audit or a claim is open."
)
ALLOWABLE = marked("Each part must be allowable, reasonable and for the fund that pays it (2 CFR 200.403 to 200.405).")


def set_pdf(facts: dict[str, Any], language: str) -> bytes:
    """Return the file as a PDF (PDF/UA) in a language, `en` or `es`. Raises CalledProcessError."""
    with force_locale(LOCALES[language]):
        site, purchase = facts["site"], facts["purchase"]
        document = {
            "title": _("Procurement file"),
            "number": purchase["number"],
            "site": site["title"],
            "colour": site["colour"],
            "ask": f"{_('Questions? Ask a person.')} {site['ask']}" if site["ask"] else "",
            "language": language,
            "sections": sections_of(facts),
            "created_at": int(datetime.fromisoformat(facts["as_of"]).timestamp()),
        }
    [made] = set_all(TEMPLATE, [document])
    return made


def sections_of(facts: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the sections in the words of the current language."""
    return [_what(facts), _how(facts), _vendors(facts), _quotes(facts), _origin(facts), _funding(facts), *_rest(facts)]


def _section(
    head: str,
    paragraphs: Sequence[str],
    columns: Sequence[str] = (),
    rows: Sequence[Sequence[str]] = (),
    figures: int = 0,
) -> dict[str, Any]:
    """Return a section; the last `figures` columns of its table are figures."""
    numbers = [place >= len(columns) - figures for place in range(len(columns))]
    return {
        "head": head,
        "paragraphs": list(paragraphs),
        "columns": list(columns),
        "numbers": numbers,
        "rows": list(rows),
    }


def _facts(*lines: tuple[str, str]) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    return (_("What"), _("Which")), lines


def _day(text: str) -> str:
    return day(date.fromisoformat(text))


def _what(facts: dict[str, Any]) -> dict[str, Any]:
    purchase, close = facts["purchase"], facts["close"]
    columns, rows = _facts(
        (_("Group purchase"), f"{purchase['number']} {purchase['title']}"),
        (_("Closed"), _day(purchase["closed"])),
        (_("Ordered from vendors, with freight"), money(facts["bought_cents"])),
        (_("Owed by programs, with freight, handling and tax"), money(facts["owed_cents"])),
        (_("Checksum of the record of the close"), close["sha256"]),
    )
    return _section(_("The purchase"), (), columns, rows)


def _how(facts: dict[str, Any]) -> dict[str, Any]:
    limits = facts["limits"]
    source = limits["source"] or _("set by this state")
    columns, rows = _facts(
        (_("Way of buying"), in_words(METHODS[Method(facts["method"])])),
        (_("Simplest way that the amount allows"), in_words(METHODS[Method(facts["least_method"])])),
        (_("Micro-purchase up to"), money(limits["micro_cents"])),
        (_("Small purchase up to"), money(limits["small_cents"])),
        (_("Limits hold from"), f"{_day(limits['first_day'])} ({source})"),
        (_("Decided by"), facts["decided_by"]),
        (_("Why"), facts["reason"]),
    )
    return _section(_("How it was bought"), (), columns, rows)


def _vendors(facts: dict[str, Any]) -> dict[str, Any]:
    rows = [
        (one["vendor"], f"{one['contract']} {one['title']}", money(one["ordered_cents"])) for one in facts["vendors"]
    ]
    return _section(_("Vendors"), _canceled(facts), (_("Vendor"), _("Contract"), _("Ordered")), rows, 1)


def _canceled(facts: dict[str, Any]) -> list[str]:
    """Say which orders were taken back whole; files of before this was kept have none."""
    return [
        _(
            "Canceled after the close: %(vendor)s, order %(orders)s of %(amount)s. Nothing is bought from it.",
            vendor=one["vendor"],
            orders=", ".join(one["orders"]),
            amount=money(one["ordered_cents"]),
        )
        for one in facts.get("canceled", [])
    ]


def _quotes(facts: dict[str, Any]) -> dict[str, Any]:
    rows = [
        (one["vendor"], f"{item['name']} ({item['sku']})", _day(one["day"]), money(item["price_cents"]))
        for one in facts["evidence"]
        if one["kind"] == "dated_quote" and one["withdrawn"] is None
        for item in one["items"]
        if item["price_cents"] is not None
    ]
    told = _(
        "Quotes of %(found)s vendors are kept; this state wants %(wanted)s in a small purchase.",
        found=number(facts["quote_vendors"]),
        wanted=number(facts["quotes_wanted"]),
    )
    return _section(_("Quotes"), [told], (_("Vendor"), _("Item"), _("Date"), _("A case")), rows, 1)


def _origin(facts: dict[str, Any]) -> dict[str, Any]:
    note = [facts["origin_note"]] if facts["origin_note"] else []
    return _section(
        _("Goods made in the United States"), [in_words(DOMESTIC), in_words(ORIGINS[Origin(facts["origin"])]), *note]
    )


def _funding(facts: dict[str, Any]) -> dict[str, Any]:
    rows = [(in_words(FUNDS[Fund(name)]), money(cents)) for name, cents in facts["funding"].items()]
    rows.append((_("In all"), money(sum(facts["funding"].values()))))
    return _section(_("Who pays"), [in_words(ALLOWABLE)], (_("Fund"), _("Amount")), rows, 1)


def _rest(facts: dict[str, Any]) -> list[dict[str, Any]]:
    saved = _(
        "Saved on goods: %(yes)s with evidence, %(no)s without.",
        yes=money(facts["proved_cents"]),
        no=money(facts["unproved_cents"]),
    )
    rows = [
        (
            one["file"],
            in_words(KINDS[one["kind"]])
            + (f" – {_('Taken back: %(why)s', why=one['withdrawn'])}" if one["withdrawn"] else ""),
            f"{_day(one['day'])} {one['source']}",
            one["sha256"],
        )
        for one in facts["evidence"]
    ]
    columns = (_("File"), _("What it shows"), _("Where it is from"), _("Checksum (SHA-256)"))
    return [
        _section(_("Documents"), [saved], columns, rows),
        _section(_("Keep until"), [_day(facts["kept_until"]), in_words(KEPT)]),
    ]
