"""Pages of receiving: count at the door, see what it comes to, claim, hand out, offer on what is left."""

from carepool.purchasing.receiving.pages import arriving, claiming, counting, handing_out, leftovers, printing
from carepool.purchasing.receiving.pages.frame import blueprint

__all__ = ["arriving", "blueprint", "claiming", "counting", "handing_out", "leftovers", "printing"]
