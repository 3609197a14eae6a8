"""UBL 2.1 (OASIS): orders as Peppol BIS Order 3 wants them, and what comes back."""
