"""Long work that people wait for: one row each, with its progress, the wish to stop it, and why it failed."""
