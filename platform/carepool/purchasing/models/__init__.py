"""Tables of purchasing: catalogs, group purchases, orders, what a close decided, purchase orders."""
