"""The page behind a signed link, on which a vendor without an account sees, acknowledges and answers an order."""
