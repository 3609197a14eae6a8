"""Bulk orders on their way to vendors: queued, sent, proved; each version once."""
