"""Tables of service contracts."""
