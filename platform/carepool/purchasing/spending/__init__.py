"""What an order can cost at the most, and what a program lets its staff spend."""
