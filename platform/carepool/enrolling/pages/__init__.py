"""Pages of service contracts: the list, one contract, drafting it, a program in it, its members."""

from carepool.enrolling.pages import drafting, joining, members, reading
from carepool.enrolling.pages.frame import blueprint

__all__ = ["blueprint", "drafting", "joining", "members", "reading"]
