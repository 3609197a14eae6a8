"""What a state and a vendor say to each other, whatever format it is written in.

An `Order` goes out; an `OrderAnswer`, a `Shipment`, an `Invoice` or a `Receipt` comes back. Nothing here knows of the web,
the database or a file format. Money is whole cents, quantities carry their unit, and X12's line status codes (element
668) say on every channel what becomes of a line.
"""
