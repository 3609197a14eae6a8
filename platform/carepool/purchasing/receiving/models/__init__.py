"""Tables of receiving: counts, what they come to for each program, claims, hand-outs and leftovers."""
