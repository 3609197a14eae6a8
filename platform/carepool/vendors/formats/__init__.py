"""File formats of the documents between a state and a vendor, each a plug-in; `formats.py` lists them all.

A format writes an `Order` as bytes and reads what comes back from a stream, as documents of `carepool.vendors.documents`.
Nothing here knows of the web or the database, and nothing read is trusted: sizes, depths, encodings and numbers are
limited, and what is refused is refused with its place.
"""
