"""The ways by which an order leaves us for a vendor. Each says what surely happened; only a lost answer is `unknown`."""
