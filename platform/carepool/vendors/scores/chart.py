"""The line of a measure over the quarters, as points of an SVG of 320 by 150. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from carepool.vendors.scores.scorecard import MILLION

WIDTH, HEIGHT, EDGE = 320, 150, 10


@dataclass(frozen=True)
class Line:
    """Points of a line and of the area under it, as SVG writes them."""

    line: str
    area: str


def line_of(shares: Sequence[int | None]) -> Line | None:
    """Return the line of shares in millionths, the oldest first; quarters without one are passed over.

    None where fewer than two are there: a single point is no line.
    """
    known = [(place, share) for place, share in enumerate(shares) if share is not None]
    if len(known) < 2:
        return None
    step = (WIDTH - 2 * EDGE) / (len(shares) - 1)
    high = HEIGHT - 2 * EDGE
    points = [
        (EDGE + place * step, HEIGHT - EDGE - high * min(max(share, 0), MILLION) / MILLION) for place, share in known
    ]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    floor = HEIGHT - EDGE
    return Line(line, f"{points[0][0]:.1f},{floor} {line} {points[-1][0]:.1f},{floor}")
