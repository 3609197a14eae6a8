"""Coming sums that a state lets a vendor see."""
