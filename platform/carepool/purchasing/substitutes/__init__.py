"""Whether a program takes what a vendor brings instead of an item: for each item, or for all of them."""
