"""How a state orders from a vendor: by which channel and format, until when, and when goods come."""
