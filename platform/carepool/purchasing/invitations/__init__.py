"""Who is told of a purchase."""
