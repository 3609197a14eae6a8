"""What vendors answer to an order, and what becomes of it: proposals with their consequences."""
