"""A state sets itself up: what is still to do, how its site looks, what its words mean."""
