"""Settlement: vendors' invoices against what arrived, what programs owe and paid, the ledger, payments, exports."""
