"""Pages of savings: evidence, the state's sums, settings, procurement files."""

from carepool.purchasing.savings.pages import evidence, procurement, settings, sums
from carepool.purchasing.savings.pages.frame import blueprint

__all__ = ["blueprint", "evidence", "procurement", "settings", "sums"]
