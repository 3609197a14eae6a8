"""A state's records: who did what, exports of it, what is kept how long, and the proof that states are kept apart."""
