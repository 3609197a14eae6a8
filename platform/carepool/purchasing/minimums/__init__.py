"""Vendors' minimums: where each stands, and what is done where one is missed."""
