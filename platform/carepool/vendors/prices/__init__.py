"""Changes of prices: a vendor proposes them with a day, and the state accepts or declines."""
