"""A vendor's own systems on this machine, one for each way by which an order leaves: they take, keep and answer."""
