"""ASC X12 004010: purchase order (850) out; acknowledgment (855), ship notice (856), invoice (810), receipt (997) in."""
