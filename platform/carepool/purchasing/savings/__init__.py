"""Saving, proved: evidence of what goods cost alone, sums for the state, exports for funders, procurement files."""
