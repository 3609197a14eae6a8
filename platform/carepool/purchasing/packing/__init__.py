"""Packing lists: who gets how many of what, as pages, workbooks and documents to print."""
