"""Service contracts: the second kind of purchase. Programs enroll instead of ordering quantities; members lower the rate."""
