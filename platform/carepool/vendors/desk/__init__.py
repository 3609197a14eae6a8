"""The desk at which a vendor signs in: the orders of all states, and nothing else of a state."""
