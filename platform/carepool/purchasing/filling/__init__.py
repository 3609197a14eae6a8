"""How a purchase fills day by day."""
