"""Orders that Hypothesis makes."""

from datetime import UTC, date, datetime
from string import ascii_letters, digits
from typing import Any

from hypothesis import Phase
from hypothesis import strategies as st

from carepool.quantities import Cases, Eaches
from carepool.vendors.documents.order import DeliveryPoint, Order, OrderLine
from carepool.vendors.documents.parties import Address, Contact, Mailbox, Party
from carepool.vendors.documents.units import UNITS

FAST = (Phase.explicit, Phase.generate)
"""Whole orders take minutes to shrink; take the other phases in to look into a failure."""
PLAIN = ascii_letters + digits + ".,-/#&()'\"+;:@="
"""Letters that every format carries. X12's separators, and accents, are tested apart."""
ANY = st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs"))


def texts(letters: str | None, most: int = 30, least: int = 0) -> st.SearchStrategy[str]:
    """Texts in one line. Words of 20 letters at most; none begins as a formula does or means nothing in a list."""
    word = st.text(letters if letters else ANY, min_size=1, max_size=20)
    joined = st.lists(word, min_size=1 if least else 0, max_size=4).map(" ".join)
    tidy = joined.map(lambda text: " ".join(text[:most].split()))
    return tidy.filter(lambda text: len(text) >= least and not text.startswith("'") and "_x" not in text)


def instants() -> st.SearchStrategy[datetime]:
    made = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1))  # noqa: DTZ001 - the zone is put on next
    return made.map(lambda at: at.replace(microsecond=0, tzinfo=UTC))


def parties(letters: str | None, *, mailbox: bool) -> st.SearchStrategy[Party]:
    text = texts(letters)
    code = st.text(ascii_letters + digits, min_size=2, max_size=12)
    address = st.builds(
        Address,
        texts(letters, least=1),
        text,
        texts(letters, 20, 2),
        st.sampled_from(["CO", "VT", "PR"]),
        st.just("80203"),
    )
    contact = st.builds(
        Contact, texts(letters, least=1), st.just("a@example.org"), st.sampled_from(["", "303-555-0101"])
    )
    no_contact = st.just(Contact())
    boxes = st.builds(Mailbox, st.text(digits, min_size=9, max_size=9), st.sampled_from(["", "0060"]))
    return st.builds(
        Party, texts(letters, least=2), code, address, contact | no_contact, boxes if mailbox else st.none()
    )


@st.composite
def orders(draw: Any, letters: str | None = PLAIN) -> Order:
    """Whole orders with one to four delivery points."""
    points = tuple(
        DeliveryPoint(
            f"XX-2026-{draw(st.integers(1, 9999)):04d}-{place:02d}",
            draw(texts(letters, least=1)),
            Address(draw(texts(letters, least=1)), "", draw(texts(letters, 20, 2)), "CO", "80204"),
            draw(texts(letters, 60)),
            draw(texts(letters, 20)),
            draw(
                st.builds(
                    Contact, texts(letters, least=1), st.sampled_from(["", "b@example.org"]), st.just("719-555-0101")
                )
            ),
        )
        for place in range(1, draw(st.integers(1, 4)) + 1)
    )
    lines = []
    for point in points:
        for _ in range(draw(st.integers(1, 3))):
            line = OrderLine(
                line=len(lines) + 1,
                point=point.number,
                sku=draw(st.text(ascii_letters + digits + "-./", min_size=2, max_size=20)),
                name=draw(texts(letters, least=1)),
                cases=Cases(draw(st.integers(1, 99_999))),
                case_size=Eaches(draw(st.integers(1, 9_999))),
                price_cents=draw(st.integers(0, 10**7)),
                unit=draw(st.sampled_from(UNITS)),
                unit_text=draw(texts(letters)),
                gtin=draw(st.sampled_from(["", "012345678905", "0012345678905", "10012345678902"])),
            )
            lines.append(line)
    return Order(
        number=f"XX-2026-{draw(st.integers(1, 9999)):04d}",
        version=draw(st.integers(1, 40)),
        issued_at=draw(instants()),
        buyer=draw(parties(letters, mailbox=True)),
        vendor=draw(parties(letters, mailbox=True)),
        points=points,
        lines=tuple(lines),
        currency=draw(st.sampled_from(["USD", "CAD"])),
        bill_to=draw(st.none() | parties(letters, mailbox=False)),
        remit_to=draw(st.none() | parties(letters, mailbox=False)),
        contract=draw(texts(letters)),
        cutoff_at=draw(st.none() | instants()),
        deliver_on=draw(st.none() | st.dates(date(2020, 1, 1), date(2040, 1, 1))),
        terms=draw(texts(letters, 60)),
        net_days=draw(st.none() | st.integers(0, 180)),
        tax_exemption=draw(texts(letters, 80)),
        notes=" ".join(draw(st.lists(texts(letters, least=1), max_size=12))),
        link=draw(st.sampled_from(["", "https://vendor.example.org/answer/AbC-123_4"])),
    )
