"""Plain lists, CSV and XLSX: an order as one row a line, which a vendor fills in and sends back, or answers with its own."""
