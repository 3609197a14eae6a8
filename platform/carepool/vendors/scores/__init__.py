"""How well a vendor delivers, in numbers that follow from what was received and billed."""
