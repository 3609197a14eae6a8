"""A program looks around: the catalog with unit prices, its favourites, items side by side, what it saved."""
